/* What development nodes say of themselves, and the files that are written of it: what clients are
 * given, and the registry's rows. On one machine nobody else could say it. Not part of a production
 * build. */
#ifndef COFFER_PROGRAM_NODE_FACTS_DEV_H
#define COFFER_PROGRAM_NODE_FACTS_DEV_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "coffer/node_process.h"
#include "config/config.h"

enum { NODE_FACTS_TEXT_MAX = 256, NODE_FACTS_MEASUREMENT_TEXT = 2 + 64 + 1 /* with its NUL */ };

#define NODE_FACTS_ROWS "registry.json" /* in the data folder */
#define NODE_FACTS_ROOT "root-hash"     /* the same: where the nodes publish their root's hash */

struct node_facts {
    char url[CONFIG_TEXT_MAX + 8];
    char way[CONFIG_TEXT_MAX + 8]; /* the URL under which others reach it; "": that one */
    char domain[NODE_FACTS_TEXT_MAX];
    char wallet[NODE_FACTS_TEXT_MAX];
    char tee_pubkey[NODE_FACTS_TEXT_MAX]; /* hex digits, without 0x */
    uint64_t instance;                    /* of its registration; 0: it is not registered */
};

/* Ask the node at ret->url. Returns: OK; UNAVAILABLE; those of node_api_call. */
struct status node_facts_ask(struct arena *arena, struct node_facts *ret);

/* The measurement of the image of simulated modules, as the registry has it: 0x and hex digits.
 * Returns: OK, SECURITY_MODULE. */
struct status node_facts_measurement(char ret_text[static NODE_FACTS_MEASUREMENT_TEXT]);

/* Write what clients are given: all nodes. Returns: OK; CONFIG_INVALID; IO; BUFFER_FULL. */
struct status node_facts_write_deployment(const char *data, const struct node_facts *facts,
                                          size_t count);

/* Write the rows: those of a file, and a row for each node that is registered, of the image of
 * simulated modules. The file is replaced as a whole.
 * In: apps, the file, or NULL for none.
 * Returns: OK; CONFIG_INVALID (no rows in the file); those of json_in_parse; SECURITY_MODULE;
 * BUFFER_FULL; IO; NO_MEMORY. */
struct status node_facts_write_rows(struct arena *arena, const char *data, const char *apps,
                                    const struct node_facts *facts, size_t count);

#endif
