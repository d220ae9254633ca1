#include "tls/tls_pool.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/bytes.h"
#include "digest/sha256.h"
#include "tls/tls_pool_internal.h"

bool tls_pool_is_listed(X509 *certificate, const struct tls_pool_key *keys, size_t count)
{
    uint8_t *der = NULL;
    uint8_t hash[SHA256_BYTES];
    bool is_listed = false;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (len <= 0) {
        return false;
    }
    sha256_hash((struct bytes){der, (size_t)len}, hash);
    OPENSSL_free(der);
    for (size_t i = 0; i < count; i++) {
        is_listed = is_listed || bytes_equal(BYTES_ARRAY(hash), BYTES_ARRAY(keys[i].hash));
    }
    return is_listed;
}

/* What OpenSSL says was the first thing to go wrong. */
static struct status failure(void)
{
    return ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE ? FAIL(NO_MEMORY) : FAIL(IO);
}

/* Returns: OK at the end of the file. */
static struct status read_all(BIO *file, const struct tls_pool_key *keys, size_t count,
                              STACK_OF(X509) * list)
{
    X509 *one = NULL;
    while ((one = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL) {
        bool is_listed = tls_pool_is_listed(one, keys, count);
        bool is_kept = is_listed && sk_X509_push(list, one) > 0;
        if (!is_kept) {
            X509_free(one);
        }
        if (is_listed && !is_kept) {
            return FAIL(NO_MEMORY);
        }
    }
    unsigned long first = ERR_peek_error();
    bool is_end = ERR_GET_LIB(first) == ERR_LIB_PEM &&
                  ERR_GET_REASON(first) == PEM_R_NO_START_LINE && BIO_eof(file) == 1;
    return is_end ? OK : failure();
}

struct status tls_pool_open(const char *path, const struct tls_pool_key *keys, size_t count,
                            struct tls_pool *ret)
{
    ret->certificates = NULL;
    if (path[0] == '\0') {
        return OK;
    }
    ERR_clear_error();
    STACK_OF(X509) *list = sk_X509_new_null();
    BIO *file = BIO_new_file(path, "r");
    struct status status = list == NULL   ? FAIL(NO_MEMORY)
                           : file == NULL ? failure()
                                          : read_all(file, keys, count, list);
    (void)BIO_free(file);
    ERR_clear_error();
    ret->certificates = list;
    if (!status_is_ok(status)) {
        tls_pool_close(ret);
    }
    return status;
}

size_t tls_pool_count(const struct tls_pool *pool)
{
    int count = sk_X509_num(pool->certificates);
    return count < 0 ? 0 : (size_t)count;
}

void tls_pool_close(struct tls_pool *pool)
{
    sk_X509_pop_free(pool->certificates, X509_free);
    pool->certificates = NULL;
}
