/* Tunables: what the host may choose. Nothing here is trusted; what is, is in config/trust.h.
 *
 * One JSON object. Every member has a row in one table with its type, range, default and help; any
 * other member stops the start, so that a trust setting put here by mistake is noticed.
 * Used by the programs at start. Source: formats, section 2. */
#ifndef COFFER_CONFIG_CONFIG_H
#define COFFER_CONFIG_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "config/schema.h"

enum {
    CONFIG_FILE_MAX = 65536,
    CONFIG_TEXT_MAX = 256, /* of one text, with its NUL */
    CONFIG_LISTEN_MAX = 8,
    CONFIG_WHERE_MAX = 160,
};

/* A text of the configuration, NUL-terminated, without NUL inside. */
struct config_text {
    char text[CONFIG_TEXT_MAX];
};

struct config_list {
    struct config_text item[CONFIG_LISTEN_MAX];
    size_t count;
};

/* Open data; ranges are checked when it is read. */
struct config {
    struct config_list listen;         /* as socket_address_parse reads it, as the next */
    struct config_text outbound_proxy; /* "": everything is connected to directly */
    struct config_text authorities_file;
    uint64_t loops; /* 0: one per processor */
    uint64_t connections;
    uint64_t buffer_mb;
    uint64_t request_timeout_ms;
    uint64_t idle_timeout_ms;
    uint64_t write_timeout_ms;
    uint64_t peer_rate; /* requests per second of one peer; 0: no limit */
    uint64_t peer_burst;
    uint64_t app_rate; /* of one app per second, in plain signatures; 0: no limit */
    uint64_t app_burst;
    uint64_t stranger_rate; /* recorded refusals of unknown callers per second and loop; 0: all */
    uint64_t stranger_burst;
    unsigned log_level;  /* as enum log_level */
    unsigned log_format; /* enum config_log_format */
    struct config_text audit_file;
    struct config_text data_dir;
    struct config_text snapshot_dir; /* "": there is none */
    uint64_t snapshot_seconds;
    uint64_t key_cache_entries;
    uint64_t idempotency_entries;
    uint64_t registry_entries;
    uint64_t rpc_batch;
    uint64_t tx_fee_gwei; /* limits of a transaction of the node's wallet: rpc/sender.h */
    uint64_t tx_tip_gwei;
    uint64_t tx_gas;
    uint64_t tx_again_ms;
    uint64_t odyn_threads;
};

enum config_log_format {
    CONFIG_LOG_TEXT,
    CONFIG_LOG_JSON,
};

/* The table, for help texts and documentation. */
const struct schema_table *config_table(void);

/* All defaults. */
void config_default(struct config *ret_config);

/* Read a document over the defaults. In: text, unsafe; arena, scratch.
 * Out: ret_where, the path of the offending member, the line of what is no JSON, or "".
 * Returns: OK; BAD_JSON and the other codes of json_in_parse; UNKNOWN_FIELD; BAD_TYPE;
 * NUMBER_RANGE; CONFIG_INVALID (a word that is no choice; a text or list of the wrong length);
 * NO_MEMORY, never when 32 MiB are free in arena.
 * On failure: *ret_config is all defaults. */
struct status config_parse(struct bytes text, struct arena *arena, struct config *ret_config,
                           char ret_where[static CONFIG_WHERE_MAX]);

/* Read a whole file of up to CONFIG_FILE_MAX bytes into the arena. Out: ret_why, what is wrong with
 * it, in the system's words; "" otherwise.
 * Returns: OK; CONFIG_INVALID when it is larger; IO; NO_MEMORY. On failure: *ret_text is empty. */
struct status config_read_file(const char *path, struct arena *arena, struct bytes *ret_text,
                               char ret_why[static CONFIG_WHERE_MAX]);

#endif
