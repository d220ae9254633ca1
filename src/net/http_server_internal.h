/* What connections tell their server. */
#ifndef COFFER_NET_HTTP_SERVER_INTERNAL_H
#define COFFER_NET_HTTP_SERVER_INTERNAL_H

#include "net/connection_internal.h"

/* Look whether this loop is done with what it was told, after anything that may have ended it. */
void http_server_check(struct connection_home *home);

#endif
