/* What a gateway is made of, from its file to running loops. */
#ifndef COFFER_GATEWAY_SETUP_H
#define COFFER_GATEWAY_SETUP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/status.h"
#include "config/gateway_config.h"
#include "gateway/inward.h"
#include "gateway/outward.h"
#include "net/http_server.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/tunnels.h"

enum { GATEWAY_LISTENERS = CONFIG_LISTEN_MAX + 1 };

/* Everything that gateway_setup_open made; gateway_setup_close takes it down from wherever it got
 * to. */
struct gateway_setup {
    struct gateway_config config;
    struct log log;
    struct mem mem;
    struct arena arena;
    struct socket_address node;
    struct listener inward_listeners[GATEWAY_LISTENERS]; /* that of the status is last */
    size_t inward_count;
    struct listener outward_listeners[CONFIG_LISTEN_MAX];
    size_t outward_count;
    struct loop *loops[LIMIT_LOOPS]; /* of requests, then that of tunnels */
    size_t loops_count;
    struct outward outward;
    struct tunnels *tunnels;
    struct inward *inward;
    _Atomic(struct http_server *) server;           /* requests come before it is there */
    char about[CONFIG_TEXT_MAX + CONFIG_WHERE_MAX]; /* what a failure is about */
};

/* From a file to a serving gateway; or, where only a look is wanted, to just before anything is
 * opened. In: setup, zeros. Returns: OK; any failure, with setup->about.
 * On failure: gateway_setup_close is still due. */
struct status gateway_setup_open(struct gateway_setup *setup, const char *file, bool is_look);

/* Let requests under way finish, cut tunnels, close everything. */
void gateway_setup_close(struct gateway_setup *setup);

#endif
