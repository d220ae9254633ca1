#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "codec/json_in.h"
#include "config/config_internal.h"

#ifdef COFFER_PRODUCTION
#    define DEFAULT_LISTEN "vsock:5000"
#else
#    define DEFAULT_LISTEN "127.0.0.1:4000"
#endif

#define AT(member) offsetof(struct config, member)

static const struct schema_row rows[] = {
    TEXTS(listen, listen.item, listen.count, CONFIG_LISTEN_MAX, .min = 1, .text = DEFAULT_LISTEN,
          .help = "addresses to listen on: 127.0.0.1:4000, [::1]:4000, unix:/path, vsock:5000"),
    TEXT(
        outbound_proxy, NULL,
        "where everything outbound goes through: unix:/path, 127.0.0.1:8000 or vsock:3:5001; "
        "directly if not given; required in a production build that reads a chain, or fetches keys "
        "of issuers"),
    TEXT(authorities_file, "/etc/ssl/certs/ca-certificates.crt",
         "certificates of authorities in PEM, for issuers whose servers do not send that of their "
         "root; trusted only if roots of the issuer has its key"),
    NUMBER(loops, 0, LIMIT_LOOPS, 0, "event loops; 0 means one per processor"),
    NUMBER(connections, 1, LIMIT_HTTP_CONNECTIONS, LIMIT_HTTP_CONNECTIONS,
           "connections at the same time"),
    NUMBER(buffer_mb, 16, 65536, 512, "memory for requests and answers in work, in MiB"),
    NUMBER(request_timeout_ms, 100, 600000, LIMIT_HTTP_REQUEST_MS,
           "time for a whole request to arrive"),
    NUMBER(idle_timeout_ms, 100, 3600000, LIMIT_HTTP_IDLE_MS,
           "time that a connection may wait between two requests"),
    NUMBER(write_timeout_ms, 100, 600000, LIMIT_HTTP_WRITE_MS,
           "time for a client to take an answer"),
    NUMBER(peer_rate, 0, 1000000000, 0, "requests per second of one peer; 0 means no limit"),
    NUMBER(peer_burst, 1, 1000000000, 100, "requests that a rested peer may send at once"),
    NUMBER(app_rate, 0, 1000000000, 1000,
           "work of one app per second, in plain signatures; 0 means no limit"),
    NUMBER(app_burst, 1, 1000000000, 2000, "work that a rested app may ask for at once"),
    NUMBER(stranger_rate, 0, 1000000000, 50,
           "refusals of unknown callers per second and loop that are recorded; beyond it they are "
           "told to slow down; 0 means no limit"),
    NUMBER(stranger_burst, 1, 1000000000, 2000, "such refusals at once"),
    CHOICE(log_level, "info", "debug info warn error", "lines below this level are dropped"),
    CHOICE(log_format, DEFAULT_FORMAT, "text json", "form of a log line"),
    TEXT(audit_file, "coffer-data/audit.jsonl", "file that audit records are appended to"),
    TEXT(data_dir, "coffer-data", "folder of the development seeds"),
    TEXT(snapshot_dir, NULL,
         "folder of the cluster's snapshots, the same for all nodes; none are written if not "
         "given"),
    NUMBER(snapshot_seconds, 1, 86400, 60,
           "time from one snapshot of the cluster to the next, when something changed"),
    NUMBER(
        key_cache_entries, 0, 100000000, 0,
        "derived keys kept: 32 bytes of locked memory and about 300 of buffer_mb each; 0 means as "
        "many as fit a sixteenth of buffer_mb and a quarter of what may be locked"),
    NUMBER(idempotency_entries, 1, 10000000, 16384, "answers kept for repeated requests"),
    NUMBER(registry_entries, 16, 100000, 4096,
           "wallets with a grant that are kept, and as many without one"),
    NUMBER(rpc_batch, 1, 128, 100, "calls in one request to an RPC endpoint"),
    NUMBER(tx_fee_gwei, 1, 1000, 200,
           "what the node's wallet pays for a unit of gas at most, in gwei, tip included"),
    NUMBER(tx_tip_gwei, 0, 1000, 30,
           "what of these it offers to the maker of the block at first, at most"),
    NUMBER(tx_gas, 21000, 10000000, 500000, "units of gas that one transaction may use"),
    NUMBER(tx_again_ms, 1000, 3600000, 45000,
           "time until a transaction that is in no block is sent again with a higher fee"),
    NUMBER(odyn_threads, 1, LIMIT_ODYN_THREADS, 8,
           "requests of apps in work at once where Odyn holds the keys; about 20 MiB of buffer_mb "
           "each"),
};

static const struct schema_table table = {rows, sizeof rows / sizeof rows[0]};

const struct schema_table *config_table(void)
{
    return &table;
}

void config_default(struct config *ret_config)
{
    memset(ret_config, 0, sizeof *ret_config);
    schema_default(&table, ret_config);
}

struct status config_read(struct bytes text, struct arena *arena, const struct schema_table *form,
                          void *base, char ret_where[static CONFIG_WHERE_MAX])
{
    struct json_in_doc doc;
    _Static_assert(sizeof doc.where == CONFIG_WHERE_MAX, "a path fits");
    struct status status = json_in_parse(arena, text, &doc);
    if (status_is_ok(status)) {
        struct json_in root = json_in_root(&doc);
        status = schema_read(&root, form, base);
    } else {
        json_in_note_stop(&doc, text);
    }
    memcpy(ret_where, doc.where, CONFIG_WHERE_MAX);
    return status;
}

struct status config_parse(struct bytes text, struct arena *arena, struct config *ret_config,
                           char ret_where[static CONFIG_WHERE_MAX])
{
    memset(ret_config, 0, sizeof *ret_config);
    struct status status = config_read(text, arena, &table, ret_config, ret_where);
    if (!status_is_ok(status)) {
        config_default(ret_config);
    }
    return status;
}

static struct status say_errno(char ret_why[static CONFIG_WHERE_MAX])
{
    int error = errno;
    (void)snprintf(ret_why, CONFIG_WHERE_MAX, "%s", strerror(error));
    return error == ENOMEM ? FAIL(NO_MEMORY) : FAIL(IO);
}

static struct status read_whole(int file, uint8_t *memory, struct bytes *ret_text,
                                char ret_why[static CONFIG_WHERE_MAX])
{
    size_t len = 0;
    ssize_t got = 1;
    while (got > 0 && len <= CONFIG_FILE_MAX) {
        got = read(file, memory + len, CONFIG_FILE_MAX + 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        return say_errno(ret_why);
    }
    if (len > CONFIG_FILE_MAX) {
        (void)snprintf(ret_why, CONFIG_WHERE_MAX, "more than %d bytes", CONFIG_FILE_MAX);
        return FAIL(CONFIG_INVALID);
    }
    *ret_text = (struct bytes){memory, len};
    return OK;
}

struct status config_read_file(const char *path, struct arena *arena, struct bytes *ret_text,
                               char ret_why[static CONFIG_WHERE_MAX])
{
    *ret_text = (struct bytes){NULL, 0};
    ret_why[0] = '\0';
    uint8_t *memory = arena_alloc(arena, CONFIG_FILE_MAX + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return say_errno(ret_why);
    }
    struct status status = read_whole(file, memory, ret_text, ret_why);
    close(file);
    return status;
}
