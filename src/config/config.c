#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/invariant.h"
#include "base/limits.h"
#include "codec/json_in.h"

#ifdef COFFER_PRODUCTION
#    define DEFAULT_LISTEN "vsock:5000"
#    define DEFAULT_FORMAT "json"
#else
#    define DEFAULT_LISTEN "127.0.0.1:4000"
#    define DEFAULT_FORMAT "text"
#endif

#define AT(member) offsetof(struct config, member)

#define NUMBER(name, low, high, value, help)                                       \
    {                                                                              \
#        name, CONFIG_NUMBER, AT(name), (low), (high), (value), NULL, NULL, (help) \
    }
#define CHOICE(name, value, choices, help)                                  \
    {                                                                       \
#        name, CONFIG_CHOICE, AT(name), 0, 0, 0, (value), (choices), (help) \
    }
#define TEXT(name, value, help)                                                        \
    {                                                                                  \
#        name, CONFIG_TEXT, AT(name), 1, CONFIG_TEXT_MAX - 1, 0, (value), NULL, (help) \
    }

static const struct config_row rows[] = {
    {"listen", CONFIG_LIST, AT(listen), 1, CONFIG_LISTEN_MAX, 0, DEFAULT_LISTEN, NULL,
     "addresses to listen on: 127.0.0.1:4000, [::1]:4000, unix:/path, vsock:5000"},
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
    NUMBER(app_rate, 0, 1000000000, 1000, "requests per second of one app; 0 means no limit"),
    NUMBER(app_burst, 1, 1000000000, 2000, "requests that a rested app may send at once"),
    NUMBER(stranger_rate, 0, 1000000000, 50,
           "refusals of unknown callers per second and loop that are recorded; beyond it they are "
           "told to slow down; 0 means no limit"),
    NUMBER(stranger_burst, 1, 1000000000, 2000, "such refusals at once"),
    CHOICE(log_level, "info", "debug info warn error", "lines below this level are dropped"),
    CHOICE(log_format, DEFAULT_FORMAT, "text json", "form of a log line"),
    TEXT(audit_file, "coffer-data/audit.jsonl", "file that audit records are appended to"),
    TEXT(data_dir, "coffer-data", "folder of the development seeds"),
    NUMBER(key_cache_entries, 1, 100000000, 16384,
           "derived keys kept in locked memory, 32 bytes of it each"),
    NUMBER(idempotency_entries, 1, 10000000, 16384, "answers kept for repeated requests"),
    NUMBER(registry_entries, 16, 100000, 4096,
           "wallets with a grant that are kept, and as many without one"),
    NUMBER(rpc_batch, 1, 128, 100, "calls in one request to an RPC endpoint"),
    NUMBER(odyn_threads, 1, LIMIT_ODYN_THREADS, 8,
           "requests of apps in work at once where Odyn holds the keys; about 20 MiB of buffer_mb "
           "each"),
};

enum { ROWS = sizeof rows / sizeof rows[0] };

const struct config_row *config_rows(size_t *ret_count)
{
    *ret_count = ROWS;
    return rows;
}

static void *field(struct config *config, const struct config_row *row)
{
    return (uint8_t *)config + row->offset;
}

/* Returns: false when the text does not fit or holds a NUL. */
static bool set_text(struct config_text *to, struct bytes text)
{
    if (text.len == 0 || text.len >= CONFIG_TEXT_MAX || bytes_find(text, 0) != text.len) {
        return false;
    }
    *to = (struct config_text){{0}};
    memcpy(to->text, text.ptr, text.len);
    return true;
}

/* Position of word in a list of words with single spaces between them. */
static bool find_choice(const char *choices, struct bytes word, uint64_t *ret_position)
{
    struct bytes rest = bytes_of(choices);
    *ret_position = 0;
    while (rest.len != 0) {
        size_t end = bytes_find(rest, ' ');
        if (bytes_equal(bytes_slice(rest, 0, end), word)) {
            return true;
        }
        rest = bytes_slice(rest, end + 1, SIZE_MAX);
        ++*ret_position;
    }
    return false;
}

static void set_default(struct config *config, const struct config_row *row)
{
    bool done = true;
    if (row->type == CONFIG_NUMBER) {
        *(uint64_t *)field(config, row) = row->number;
    } else if (row->type == CONFIG_CHOICE) {
        done = find_choice(row->choices, bytes_of(row->text), field(config, row));
    } else if (row->type == CONFIG_TEXT) {
        done = set_text(field(config, row), bytes_of(row->text));
    } else {
        struct config_list *list = field(config, row);
        list->count = 1;
        done = set_text(&list->item[0], bytes_of(row->text));
    }
    INVARIANT(done);
}

void config_default(struct config *ret_config)
{
    memset(ret_config, 0, sizeof *ret_config);
    for (size_t i = 0; i < ROWS; i++) {
        set_default(ret_config, &rows[i]);
    }
}

static struct status read_text(const struct json_in *at, struct config_text *to)
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    return set_text(to, text) ? OK : JSON_IN_FAIL(at, CONFIG_INVALID);
}

static struct status read_list(const struct json_in *at, const struct config_row *row,
                               struct config_list *list)
{
    size_t count = 0;
    TRY(json_in_count(at, &count));
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    if (count < row->min || count > row->max) {
        return JSON_IN_FAIL(at, CONFIG_INVALID);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(at, i);
        TRY(read_text(&item, &list->item[i]));
    }
    list->count = count;
    return OK;
}

static struct status read_row(const struct json_in *at, const struct config_row *row,
                              struct config *config)
{
    if (row->type == CONFIG_NUMBER) {
        return json_in_u64(at, row->min, row->max, field(config, row));
    }
    if (row->type == CONFIG_TEXT) {
        return read_text(at, field(config, row));
    }
    if (row->type == CONFIG_LIST) {
        return read_list(at, row, field(config, row));
    }
    struct bytes word;
    TRY(json_in_string(at, &word));
    return find_choice(row->choices, word, field(config, row)) ? OK
                                                               : JSON_IN_FAIL(at, CONFIG_INVALID);
}

static struct status read_all(const struct json_in *root, struct config *config)
{
    const char *names[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        names[i] = rows[i].name;
    }
    TRY(json_in_members(root, names, ROWS));
    for (size_t i = 0; i < ROWS; i++) {
        struct json_in at;
        if (json_in_find(root, rows[i].name, &at)) {
            TRY(read_row(&at, &rows[i], config));
        }
    }
    return OK;
}

struct status config_parse(struct bytes text, struct arena *arena, struct config *ret_config,
                           char ret_where[static CONFIG_WHERE_MAX])
{
    struct json_in_doc doc;
    _Static_assert(sizeof doc.where == CONFIG_WHERE_MAX, "a path fits");
    config_default(ret_config);
    struct status status = json_in_parse(arena, text, &doc);
    if (status_is_ok(status)) {
        struct json_in root = json_in_root(&doc);
        status = read_all(&root, ret_config);
    }
    memcpy(ret_where, doc.where, CONFIG_WHERE_MAX);
    if (!status_is_ok(status)) {
        config_default(ret_config);
    }
    return status;
}

static struct status say_errno(char ret_why[static CONFIG_WHERE_MAX])
{
    (void)snprintf(ret_why, CONFIG_WHERE_MAX, "%s", strerror(errno));
    return FAIL(IO);
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
