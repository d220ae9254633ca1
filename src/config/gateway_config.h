/* Settings of coffer-gateway, which stands on the parent of an enclave. None is trusted.
 *
 * One JSON object with a table, as config/config.h has it. Used by the program at its start, and by
 * the command line, which lists them. */
#ifndef COFFER_CONFIG_GATEWAY_CONFIG_H
#define COFFER_CONFIG_GATEWAY_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "config/config.h"
#include "config/schema.h"

enum { GATEWAY_CONFIG_ALLOW_MAX = 64 };

/* Open data; ranges are checked when it is read. Addresses: as socket_address_parse reads them. */
struct gateway_config {
    struct config_text node;           /* where the node listens */
    struct config_list inward_listen;  /* from where requests go to the node */
    struct config_list outward_listen; /* from where the node reaches others; may be none */
    struct config_text status_listen;
    struct config_text outward_allow[GATEWAY_CONFIG_ALLOW_MAX]; /* HOST:PORT */
    size_t outward_allow_count;
    uint64_t loops; /* 0: one per processor */
    uint64_t connections;
    uint64_t tunnels;
    uint64_t buffer_mb;
    uint64_t request_timeout_ms;
    uint64_t idle_timeout_ms;
    uint64_t write_timeout_ms;
    uint64_t connect_timeout_ms;
    uint64_t answer_timeout_ms;
    uint64_t tunnel_idle_ms;
    uint64_t peer_rate; /* requests per second of one peer; 0: no limit */
    uint64_t peer_burst;
    unsigned log_level;  /* as enum log_level */
    unsigned log_format; /* enum config_log_format */
};

/* The table, for help texts and documentation. */
const struct schema_table *gateway_config_table(void);

/* Read a document over the defaults. In, out, returns, on failure: as config_parse; and
 * MISSING_FIELD for node. */
struct status gateway_config_parse(struct bytes text, struct arena *arena,
                                   struct gateway_config *ret_config,
                                   char ret_where[static CONFIG_WHERE_MAX]);

#endif
