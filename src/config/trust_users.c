#include <string.h>

#include "base/buf.h"
#include "codec/hex.h"
#include "codec/url.h"
#include "config/trust_internal.h"

enum { DELAY_MIN = 3600, HTTP = 80, HTTPS = 443 };

/* Whether text is nothing but the server that was read from it, in the one way to write it. */
static bool is_bare(const struct url_server *server, struct bytes text)
{
    uint8_t memory[TRUST_ORIGIN_MAX];
    struct buf form = buf_over(memory, sizeof memory);
    buf_put_text(&form, server->is_https ? "https://" : "http://");
    buf_put_text(&form, server->host);
    if (server->port != (server->is_https ? HTTPS : HTTP)) {
        buf_put_text(&form, ":");
        buf_put_decimal(&form, server->port);
    }
    return bytes_equal(buf_bytes(&form), text);
}

/* A host by itself, in the one way to write it. */
static struct status read_host(const struct json_in *at, const char *text, struct url_server *ret)
{
    uint8_t memory[TRUST_ORIGIN_MAX];
    struct buf url = buf_over(memory, sizeof memory);
    buf_put_text(&url, "https://");
    buf_put_text(&url, text);
    TRY(json_in_about(at, url_server_read(buf_bytes(&url), ret)));
    return is_bare(ret, buf_bytes(&url)) && ret->port == HTTPS ? OK
                                                               : JSON_IN_FAIL(at, CONFIG_INVALID);
}

struct status trust_gateways_check(const struct json_in *root, const struct trust *trust)
{
    struct json_in list;
    struct url_server server;
    if (!json_in_find(root, "gateway_names", &list)) {
        return OK;
    }
    for (size_t i = 0; i < trust->gateway_count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(read_host(&item, trust->gateway_names[i].text, &server));
    }
    return OK;
}

/* TLS, or nobody on the way: this machine by its name, while things are developed. */
static bool is_private(const struct trust *trust, const struct url_server *server)
{
    return server->is_https ||
           (trust->profile == TRUST_DEV && strcmp(server->host, "localhost") == 0);
}

static bool is_gateway(const struct trust *trust, const char *host)
{
    for (size_t i = 0; i < trust->gateway_count; i++) {
        if (strcmp(trust->gateway_names[i].text, host) == 0) {
            return true;
        }
    }
    return false;
}

static struct status check_origins(const struct json_in *at, const char *name,
                                   const struct trust *trust, const struct trust_origin *origins)
{
    struct json_in list;
    struct url_server server;
    size_t count = 0;
    if (!json_in_find(at, name, &list)) {
        return OK;
    }
    TRY(json_in_count(&list, &count));
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&list, i);
        struct bytes text = bytes_of(origins[i].text);
        TRY(json_in_about(&item, url_server_read(text, &server)));
        if (!is_bare(&server, text) || !is_private(trust, &server) ||
            is_gateway(trust, server.host)) {
            return JSON_IN_FAIL(&item, CONFIG_INVALID);
        }
    }
    return OK;
}

/* Passkeys are for a name, and prove something only where users log in. */
static struct status check_relying_party(const struct json_in *at,
                                         const struct trust_tenant *tenant)
{
    struct json_in member;
    struct url_server server;
    if (!json_in_find(at, "rp_id", &member)) {
        return OK;
    }
    TRY(read_host(&member, tenant->rp_id, &server));
    return server.kind == URL_HOST_NAME && tenant->origin_count != 0
               ? OK
               : JSON_IN_FAIL(&member, CONFIG_INVALID);
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

static struct status check_prefix(const struct json_in *at, const char *prefix)
{
    for (const char *c = prefix; *c != 0; c++) {
        if (!is_name_byte(*c)) {
            return schema_refuse(at, "jit");
        }
    }
    return OK;
}

static struct status read_delays(const struct json_in *at, const struct trust *trust,
                                 struct trust_delays *delays)
{
    struct json_in member;
    if (!json_in_find(at, "delays", &member)) {
        return schema_read(NULL, trust_delays_table(), delays);
    }
    TRY(schema_read(&member, trust_delays_table(), delays));
    if (trust->profile == TRUST_PRODUCTION && delays->policy < DELAY_MIN) {
        return schema_refuse(&member, "policy");
    }
    if (trust->profile == TRUST_PRODUCTION && delays->recovery < DELAY_MIN) {
        return schema_refuse(&member, "recovery");
    }
    return OK;
}

/* --- operators --- */

/* That the key is a point of its curve is asked where there are curves (users/users.h). */
static struct status read_operator_key(const struct json_in *at, struct trust_operator *operator)
{
    static const size_t lens[] = {[TRUST_OPERATOR_P256] = 33,
                                  [TRUST_OPERATOR_EIP191] = 20,
                                  [TRUST_OPERATOR_STARK] = 32,
                                  [TRUST_OPERATOR_ED25519] = 32};
    operator->key_len = lens[operator->alg];
    bool is_good =
        status_is_ok(hex_read_0x(bytes_of(operator->text), operator->key_len, operator->key));
    return is_good ? OK : schema_refuse(at, "key");
}

struct status trust_operator_read(const struct json_in *at, struct trust *trust)
{
    struct trust_operator *operator= & trust->operators[trust->operator_count];
    TRY(schema_read(at, trust_operator_table(), operator));
    TRY(read_operator_key(at, operator));
    for (size_t i = 0; i < trust->operator_count; i++) {
        const struct trust_operator *other = &trust->operators[i];
        if (other->alg == operator->alg &&
            bytes_equal((struct bytes){other->key, other->key_len},
                        (struct bytes){operator->key, operator->key_len})) {
            return schema_refuse(at, "key");
        }
    }
    trust->operator_count++;
    return OK;
}

struct status trust_operators_check(const struct json_in *root, const struct trust *trust)
{
    struct json_in member;
    bool can_be = trust->operator_count == 0 ? !json_in_find(root, "operators_needed", &member)
                                             : trust->operators_needed <= trust->operator_count;
    return can_be ? OK : schema_refuse(root, "operators_needed");
}

/* --- issuers --- */

/* Visible ASCII but for what would end a path, or name a user. */
static bool is_plain_url(const char *url)
{
    for (const char *c = url; *c != 0; c++) {
        if (*c <= ' ' || *c > '~' || *c == '#' || *c == '@' || *c == '\\') {
            return false;
        }
    }
    return true;
}

static struct status check_iss(const struct json_in *at, const struct trust *trust, const char *iss)
{
    struct url_server server;
    if (!is_plain_url(iss) || strchr(iss, '?') != NULL ||
        !status_is_ok(url_server_read(bytes_of(iss), &server)) || !is_private(trust, &server)) {
        return schema_refuse(at, "iss");
    }
    return OK;
}

/* Keys come one way: as they stand here, or from an address whose authorities are known. */
static struct status check_source(const struct json_in *at, const struct trust_issuer *issuer)
{
    struct url_server server;
    if (issuer->keys[0] != 0) {
        bool is_one = issuer->jwks_uri[0] == 0 && issuer->root_count == 0;
        return is_one ? OK : schema_refuse(at, "keys");
    }
    if (!is_plain_url(issuer->jwks_uri) ||
        !status_is_ok(url_server_read(bytes_of(issuer->jwks_uri), &server)) || !server.is_https) {
        return schema_refuse(at, "jwks_uri");
    }
    return issuer->root_count != 0 ? OK : schema_refuse(at, "roots");
}

static struct status read_roots(const struct json_in *at, struct trust_issuer *issuer)
{
    for (size_t i = 0; i < issuer->root_count; i++) {
        if (!status_is_ok(hex_read_0x(bytes_of(issuer->root_texts[i]), 32, issuer->roots[i]))) {
            return schema_refuse(at, "roots");
        }
        for (size_t j = 0; j < i; j++) {
            if (bytes_equal(BYTES_ARRAY(issuer->roots[i]), BYTES_ARRAY(issuer->roots[j]))) {
                return schema_refuse(at, "roots");
            }
        }
    }
    return OK;
}

static struct status read_algs(const struct json_in *at, struct trust_issuer *issuer)
{
    static const char *const words[TRUST_ALGS] = {[TRUST_RS256] = "RS256",
                                                  [TRUST_PS256] = "PS256",
                                                  [TRUST_ES256] = "ES256",
                                                  [TRUST_EDDSA] = "EdDSA"};
    for (size_t i = 0; i < issuer->alg_count; i++) {
        size_t alg = 0;
        while (alg < TRUST_ALGS && strcmp(words[alg], issuer->alg_texts[i]) != 0) {
            alg++;
        }
        if (alg == TRUST_ALGS) {
            return schema_refuse(at, "algs");
        }
        issuer->algs |= 1u << alg;
    }
    return OK;
}

static struct status read_issuer(const struct json_in *at, const struct trust *trust,
                                 struct trust_tenant *tenant)
{
    struct trust_issuer *issuer = &tenant->issuers[tenant->issuer_count];
    TRY(schema_read(at, trust_issuer_table(), issuer));
    TRY(check_iss(at, trust, issuer->iss));
    TRY(check_source(at, issuer));
    TRY(read_roots(at, issuer));
    TRY(read_algs(at, issuer));
    for (size_t i = 0; i < tenant->issuer_count; i++) {
        if (strcmp(tenant->issuers[i].iss, issuer->iss) == 0) {
            return schema_refuse(at, "iss");
        }
    }
    tenant->issuer_count++;
    return OK;
}

static struct status read_issuers(const struct json_in *at, const struct trust *trust,
                                  struct trust_tenant *tenant)
{
    static const struct schema_row any = {.max = TRUST_ISSUERS_MAX};
    struct json_in list;
    size_t count = 0;
    if (json_in_find(at, "issuers", &list)) {
        TRY(schema_open_list(&list, &any, &count));
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(read_issuer(&item, trust, tenant));
    }
    return OK;
}

struct status trust_users_read(const struct json_in *at, const struct trust *trust,
                               struct trust_tenant *tenant)
{
    TRY(check_origins(at, "origins", trust, tenant->origins));
    TRY(check_origins(at, "approver_origins", trust, tenant->approver_origins));
    TRY(check_relying_party(at, tenant));
    TRY(check_prefix(at, tenant->jit));
    TRY(read_delays(at, trust, &tenant->delays));
    return read_issuers(at, trust, tenant);
}
