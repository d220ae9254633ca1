#include "identity/log_key.h"

#include "base/secret.h"

struct log_key {
    struct ed25519_key key;
    uint8_t public[ED25519_PUBLIC];
};

struct status log_key_open(const struct entropy *entropy, struct log_key **ret)
{
    void *memory;
    *ret = NULL;
    TRY(secret_alloc(sizeof(struct log_key), &memory));
    struct log_key *key = memory;
    struct status status = ed25519_key_generate(entropy, &key->key);
    if (status_is_ok(status)) {
        status = ed25519_public(&key->key, key->public);
    }
    if (!status_is_ok(status)) {
        log_key_close(&key);
        return status;
    }
    *ret = key;
    return OK;
}

void log_key_close(struct log_key **key)
{
    void *memory = *key;
    secret_free(&memory, sizeof **key);
    *key = NULL;
}

const uint8_t *log_key_public(const struct log_key *key)
{
    return key->public;
}

struct status log_key_sign(const struct log_key *key, struct bytes text,
                           uint8_t out[static ED25519_SIGNATURE])
{
    return ed25519_sign(&key->key, key->public, text, out);
}
