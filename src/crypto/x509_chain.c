#include "crypto/x509_chain.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "crypto/openssl_internal.h"

enum { ALL_MAX = X509_CHAIN_MAX + 1 };

/* The certificates from the root to the leaf. */
struct path {
    X509 *all[ALL_MAX];
    size_t count;
};

static void path_free(struct path *path)
{
    for (size_t i = 0; i < ALL_MAX; i++) {
        X509_free(path->all[i]);
    }
}

/* In DER alone: what is parsed is written again as the same bytes. */
static struct status parse(OSSL_LIB_CTX *context, struct bytes der, X509 **ret)
{
    const uint8_t *at = der.ptr;
    uint8_t *again = NULL;
    *ret = X509_new_ex(context, NULL);
    if (*ret == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (der.len == 0 || d2i_X509(ret, &at, (long)der.len) == NULL) {
        return openssl_failed(FAIL(CERTIFICATE_INVALID));
    }
    int len = i2d_X509(*ret, &again);
    bool is_der = len >= 0 && bytes_equal(der, (struct bytes){again, (size_t)len});
    OPENSSL_free(again);
    return is_der ? OK : openssl_failed(FAIL(CERTIFICATE_INVALID));
}

static struct status read_key(const X509 *certificate, struct p384_point *ret)
{
    uint8_t *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    struct status status = len < 0 ? openssl_failed(FAIL(CERTIFICATE_INVALID))
                                   : p384_point_parse((struct bytes){der, (size_t)len}, ret);
    OPENSSL_free(der);
    return status.code == STATUS_POINT_INVALID ? FAIL(CERTIFICATE_INVALID) : status;
}

/* What is critical must be understood, and only two are. */
static bool has_known_extensions(const X509 *certificate)
{
    for (int i = 0; i < X509_get_ext_count(certificate); i++) {
        X509_EXTENSION *extension = X509_get_ext(certificate, i);
        int name = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        bool is_known = name == NID_basic_constraints || name == NID_key_usage;
        if (X509_EXTENSION_get_critical(extension) != 0 && !is_known) {
            return false;
        }
    }
    return true;
}

/* below: how many authorities stand between it and the leaf. */
static bool may_sign_certificates(X509 *certificate, size_t below)
{
    uint32_t flags = X509_get_extension_flags(certificate);
    bool is_authority = (flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0;
    bool has_usage =
        (flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
    long room = X509_get_pathlen(certificate);
    return is_authority && has_usage && (room < 0 || (size_t)room >= below);
}

/* OpenSSL gives no usage to a certificate whose extensions are malformed. */
static bool may_sign_data(X509 *certificate)
{
    uint32_t flags = X509_get_extension_flags(certificate);
    return (flags & EXFLAG_CA) == 0 && (flags & EXFLAG_KUSAGE) != 0 &&
           (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0;
}

static struct status check_form(const struct path *path, size_t at)
{
    X509 *certificate = path->all[at];
    bool is_leaf = at + 1 == path->count;
    bool is_plain = X509_get_version(certificate) == X509_VERSION_3 &&
                    X509_get_signature_nid(certificate) == NID_ecdsa_with_SHA384 &&
                    has_known_extensions(certificate);
    bool is_fit = is_leaf ? may_sign_data(certificate)
                          : may_sign_certificates(certificate, path->count - at - 2);
    return is_plain && is_fit ? OK : openssl_failed(FAIL(CERTIFICATE_INVALID));
}

/* X509_cmp_time says 0 when it can't compare. */
static struct status check_time(const X509 *certificate, time_t time)
{
    int begin = X509_cmp_time(X509_get0_notBefore(certificate), &time);
    int end = X509_cmp_time(X509_get0_notAfter(certificate), &time);
    return begin < 0 && end > 0 ? OK : openssl_failed(FAIL(CERTIFICATE_TIME));
}

/* The root is issued by itself. */
static struct status check_issuer(const struct path *path, size_t at)
{
    X509 *issuer = path->all[at == 0 ? 0 : at - 1];
    X509 *certificate = path->all[at];
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool is_issued = key != NULL && X509_check_issued(issuer, certificate) == X509_V_OK &&
                     X509_verify(certificate, key) == 1;
    return is_issued ? OK : openssl_failed(FAIL(CERTIFICATE_CHAIN));
}

static struct status load(const struct x509_chain *chain, struct path *path)
{
    const struct openssl *openssl;
    TRY(openssl_get(&openssl));
    path->count = chain->count + 1;
    for (size_t i = 0; i < chain->count; i++) {
        TRY(parse(openssl->context, chain->bundle[i], &path->all[i]));
    }
    return parse(openssl->context, chain->leaf, &path->all[chain->count]);
}

static struct status check_path(const struct x509_chain *chain, struct clock_interval time,
                                struct p384_point *ret_key)
{
    __attribute__((cleanup(path_free))) struct path path = {{NULL}, 0};
    if (chain->count == 0 || chain->count > X509_CHAIN_MAX) {
        return FAIL(CERTIFICATE_CHAIN);
    }
    if (!bytes_equal(chain->root, chain->bundle[0])) {
        return FAIL(CERTIFICATE_ROOT);
    }
    TRY(load(chain, &path));
    for (size_t i = 0; i < path.count; i++) {
        TRY(read_key(path.all[i], ret_key));
        TRY(check_form(&path, i));
        TRY(check_time(path.all[i], (time_t)(time.lo_ms / 1000)));
        TRY(check_time(path.all[i], (time_t)(time.hi_ms / 1000)));
        TRY(check_issuer(&path, i));
    }
    return OK;
}

struct status x509_chain_check(const struct x509_chain *chain, struct clock_interval time,
                               struct p384_point *ret_key)
{
    struct status status = check_path(chain, time, ret_key);
    if (!status_is_ok(status)) {
        *ret_key = (struct p384_point){{0}};
    }
    return status;
}
