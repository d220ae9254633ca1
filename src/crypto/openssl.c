#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/obj_mac.h>
#include <stdatomic.h>

#include "base/thread.h"
#include "crypto/openssl_internal.h"

static struct openssl only;
static atomic_bool is_made;

/* A context of our own reads no configuration, but the first use of a cipher would still load the
 * process-wide one, unless that is ruled out before. */
static bool make(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    only.context = OSSL_LIB_CTX_new();
    if (only.context == NULL) {
        return false;
    }
    only.aes_256_gcm = EVP_CIPHER_fetch(only.context, "AES-256-GCM", "provider=default");
    only.p384 = EC_GROUP_new_by_curve_name_ex(only.context, NULL, NID_secp384r1);
    return only.aes_256_gcm != NULL && only.p384 != NULL;
}

static void unmake(void)
{
    EC_GROUP_free(only.p384);
    EVP_CIPHER_free(only.aes_256_gcm);
    OSSL_LIB_CTX_free(only.context);
    only = (struct openssl){NULL, NULL, NULL};
}

/* A context that was made without memory is thrown away whole: what it lacks it may never fetch. */
static bool make_once(void)
{
    static struct thread_lock lock = THREAD_LOCK_STATIC;
    thread_lock_take(&lock);
    bool made = atomic_load_explicit(&is_made, memory_order_relaxed) || make();
    if (made) {
        atomic_store_explicit(&is_made, true, memory_order_release);
    } else {
        unmake();
    }
    thread_lock_give(&lock);
    return made;
}

struct status openssl_get(const struct openssl **ret)
{
    bool made = atomic_load_explicit(&is_made, memory_order_acquire) || make_once();
    *ret = made ? &only : NULL;
    errno = 0;
    return made ? OK : FAIL(NO_MEMORY);
}

struct status openssl_failed(struct status otherwise)
{
    return errno == ENOMEM ? FAIL(NO_MEMORY) : otherwise;
}
