/* The parts of the reader of issuers' keys. Private to src/oidc. */
#ifndef COFFER_OIDC_OIDC_READER_INTERNAL_H
#define COFFER_OIDC_OIDC_READER_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "authenticators/oidc_cache.h"
#include "authenticators/oidc_prove.h"
#include "base/thread.h"
#include "codec/url.h"
#include "fetch/fetch_many.h"
#include "oidc/oidc_reader.h"
#include "tls/tls_roots.h"

/* What came of a fetch. */
enum oidc_reader_outcome {
    OIDC_READER_FETCHED,
    OIDC_READER_AWAY, /* nothing answers there, or the proxy does not go there */
    OIDC_READER_LATE, /* not within OIDC_READER_FETCH_MS */
    OIDC_READER_ROOT, /* of the server's certificates: as enum tls_roots_verdict */
    OIDC_READER_TIME,
    OIDC_READER_NAME,
    OIDC_READER_CERTIFICATE,
    OIDC_READER_ANSWER, /* not 200: an error, or a redirect */
    OIDC_READER_LARGE,
    OIDC_READER_KEYS,   /* no key set */
    OIDC_READER_BROKEN, /* anything else, such as an answer that is cut off */
    OIDC_READER_OUTCOMES,
};

/* What came of a question about a token. */
enum oidc_reader_said {
    OIDC_READER_SHOWN,
    OIDC_READER_REFUSED,
    OIDC_READER_WAITS,
    OIDC_READER_STALE,
    OIDC_READER_SAID,
};

struct oidc_reader_issuer {
    const struct trust_issuer *row;
    const char *tenant; /* its name */
    struct url_server server;
    struct tls_pool_key roots[TRUST_ROOTS_MAX];
    struct tls_roots_guard guard; /* the thread's own */
    struct oidc_cache cache;      /* under the lock, as what follows up to fetches */
    bool is_awaited;              /* somebody waits for what comes of a fetch */
    bool has_outcome;
    enum oidc_reader_outcome outcome; /* the last */
    uint64_t fetches[OIDC_READER_OUTCOMES];
    bool is_told; /* the thread's own, as the next two */
    enum oidc_reader_outcome told;
    enum oidc_port_state told_state;
};

/* Rows as tokens are checked with them; all of it is constant once the reader is open. */
struct oidc_reader_tenant {
    const uint8_t *id;
    struct oidc_issuer rows[TRUST_ISSUERS_MAX];
    struct bytes auds[TRUST_ISSUERS_MAX][TRUST_AUDIENCES_MAX];
    size_t count;
    size_t first; /* of reader->issuers */
};

struct oidc_reader {
    struct oidc_reader_setup setup;
    struct oidc_reader_wake wake;
    struct fetch_many *many;
    struct tls_pool pool;
    struct arena arena; /* the thread's own */
    struct thread thread;
    _Atomic bool is_stopping;
    _Atomic uint64_t said[OIDC_READER_SAID];
    struct oidc_reader_tenant *tenants; /* [trust->tenant_count] */
    struct thread_lock lock;            /* of what is said of issuers above */
    size_t count;
    struct oidc_reader_issuer *issuers;
};

/* A word for an outcome. */
const char *oidc_reader_outcome_name(enum oidc_reader_outcome outcome);

/* How the keys are. Under the lock. */
enum oidc_port_state oidc_reader_state(const struct oidc_reader_issuer *issuer, uint64_t now_ms);

/* How old they are; UINT64_MAX without, or pinned. Under the lock. */
uint64_t oidc_reader_age(const struct oidc_reader_issuer *issuer, uint64_t now_ms);

/* Append the metrics. Any thread. */
void oidc_reader_put_metrics(struct oidc_reader *reader, struct buf *out);

#endif
