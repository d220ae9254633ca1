#include "tls/tls_roots.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "tls/tls_pool_internal.h"

enum { STRENGTH = 2, DEPTH = 8, SECOND_MS = 1000 };

/* --- one question --- */

/* Of the certificates at hand, those that are roots by the rule. */
static bool add_roots(X509_STORE *store, const STACK_OF(X509) * list,
                      const struct tls_roots_rule *rule)
{
    for (int i = 0; i < sk_X509_num(list); i++) {
        X509 *one = sk_X509_value(list, i);
        if (X509_check_ca(one) == 1 && tls_pool_is_listed(one, rule->keys, rule->key_count) &&
            X509_STORE_add_cert(store, one) != 1) {
            return false;
        }
    }
    return true;
}

static X509_STORE *make_store(const STACK_OF(X509) * sent, const struct tls_roots_rule *rule)
{
    X509_STORE *store = X509_STORE_new();
    if (store == NULL || !add_roots(store, sent, rule) ||
        !add_roots(store, rule->pool->certificates, rule)) {
        X509_STORE_free(store);
        return NULL;
    }
    return store;
}

static bool set_host(X509_VERIFY_PARAM *param, const char *host)
{
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1 ||
           X509_VERIFY_PARAM_set1_host(param, host, 0) == 1;
}

static bool set_rules(X509_STORE_CTX *context, const char *host, uint64_t time_s)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, (time_t)time_s);
    X509_VERIFY_PARAM_set_depth(param, DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, STRENGTH);
    return X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) == 1 &&
           X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER) == 1 &&
           set_host(param, host);
}

static enum tls_roots_verdict verdict_of(int error)
{
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return TLS_ROOTS_UNLISTED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TLS_ROOTS_TIME;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TLS_ROOTS_NAME;
    default:
        return TLS_ROOTS_INVALID;
    }
}

/* At one moment. A chain of one is a server that would be its own root. */
static enum tls_roots_verdict judge_at(X509_STORE *store, STACK_OF(X509) * sent, const char *host,
                                       uint64_t time_s)
{
    enum tls_roots_verdict verdict = TLS_ROOTS_INVALID;
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (context != NULL && X509_STORE_CTX_init(context, store, sk_X509_value(sent, 0), sent) == 1 &&
        set_rules(context, host, time_s)) {
        bool is_good = X509_verify_cert(context) == 1;
        bool is_chain = is_good && sk_X509_num(X509_STORE_CTX_get0_chain(context)) > 1;
        verdict = is_chain  ? TLS_ROOTS_GOOD
                  : is_good ? TLS_ROOTS_UNLISTED
                            : verdict_of(X509_STORE_CTX_get_error(context));
    }
    X509_STORE_CTX_free(context);
    return verdict;
}

/* --- both ways in --- */

static enum tls_roots_verdict judge_sent(const struct tls_roots_rule *rule,
                                         struct clock_interval now, STACK_OF(X509) * sent)
{
    if (sk_X509_num(sent) < 1 || sk_X509_num(sent) > TLS_ROOTS_CHAIN_MAX) {
        return TLS_ROOTS_INVALID;
    }
    X509_STORE *store = make_store(sent, rule);
    enum tls_roots_verdict verdict = TLS_ROOTS_INVALID;
    if (store != NULL) {
        verdict = judge_at(store, sent, rule->host, now.lo_ms / SECOND_MS);
    }
    if (verdict == TLS_ROOTS_GOOD) {
        verdict = judge_at(store, sent, rule->host, (now.hi_ms + SECOND_MS - 1) / SECOND_MS);
    }
    X509_STORE_free(store);
    ERR_clear_error();
    return verdict;
}

/* Whether it is one certificate and nothing else, and is in the list now. */
static bool add_der(STACK_OF(X509) * sent, struct bytes der)
{
    const uint8_t *at = der.ptr;
    X509 *one = der.len > INT32_MAX ? NULL : d2i_X509(NULL, &at, (long)der.len);
    bool is_added = one != NULL && at == der.ptr + der.len && sk_X509_push(sent, one) > 0;
    if (!is_added) {
        X509_free(one);
    }
    return is_added;
}

enum tls_roots_verdict tls_roots_judge(const struct tls_roots_rule *rule, struct clock_interval now,
                                       const struct bytes *chain, size_t count)
{
    STACK_OF(X509) *sent = sk_X509_new_null();
    bool is_read = sent != NULL && count <= TLS_ROOTS_CHAIN_MAX;
    for (size_t i = 0; i < count && is_read; i++) {
        is_read = add_der(sent, chain[i]);
    }
    enum tls_roots_verdict verdict = is_read ? judge_sent(rule, now, sent) : TLS_ROOTS_INVALID;
    sk_X509_pop_free(sent, X509_free);
    ERR_clear_error();
    return verdict;
}

/* In the middle of a handshake: what the server sent is in the context, its own first. */
static int judge_server(X509_STORE_CTX *context, void *one)
{
    struct tls_roots_guard *guard = one;
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(context);
    guard->verdict = judge_sent(&guard->rule, clock_wall(&guard->clock), sent);
    bool is_good = guard->verdict == TLS_ROOTS_GOOD;
    X509_STORE_CTX_set_error(context, is_good ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
    return is_good ? 1 : 0;
}

void tls_roots_demand(struct tls_roots_guard *guard, void *ssl_context)
{
    guard->verdict = TLS_ROOTS_UNASKED;
    SSL_CTX_set_verify(ssl_context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ssl_context, judge_server, guard);
}
