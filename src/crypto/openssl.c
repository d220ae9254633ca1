#include <openssl/crypto.h>
#include <openssl/obj_mac.h>
#include <pthread.h>

#include "crypto/openssl_internal.h"

static struct openssl only;

/* A context of our own reads no configuration, but the first use of a cipher would still load the
 * process-wide one, unless that is ruled out before. */
static void make(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    only.context = OSSL_LIB_CTX_new();
    if (only.context == NULL) {
        return;
    }
    only.aes_256_gcm = EVP_CIPHER_fetch(only.context, "AES-256-GCM", "provider=default");
    only.p384 = EC_GROUP_new_by_curve_name_ex(only.context, NULL, NID_secp384r1);
}

const struct openssl *openssl_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make);
    return &only;
}
