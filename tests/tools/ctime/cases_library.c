/* Cases of what OpenSSL and libsecp256k1 compute, and of what calls that: our part of it. Keys go
 * in as public (see ct_public); plaintext stays secret all the way. */
#include <string.h>

#include "base/entropy.h"
#include "base/invariant.h"
#include "crypto/aead.h"
#include "crypto/ed25519.h"
#include "crypto/k256.h"
#include "crypto/p256_key.h"
#include "crypto/p384.h"
#include "ethereum/eip191.h"
#include "ethereum/eth_transaction.h"
#include "tools/ctime/ctime.h"
#include "wire/envelope.h"
#include "wire/sealed_call.h"

static void succeed(struct status status)
{
    INVARIANT(status_is_ok(status));
}

static void aead(void)
{
    static const uint8_t iv[AEAD_IV] = {1};
    struct secret32 key;
    uint8_t plain[100];
    uint8_t sealed[sizeof plain + AEAD_TAG] = {0};
    ctime_secret(&key, sizeof key);
    ctime_secret(plain, sizeof plain);
    succeed(aead_seal(&key, iv, BYTES_LITERAL("aad"), BYTES_ARRAY(plain), sealed));
    succeed(aead_open(&key, iv, BYTES_LITERAL("aad"), BYTES_ARRAY(sealed), plain));
    sealed[0] ^= 1;
    INVARIANT(aead_open(&key, iv, BYTES_LITERAL("aad"), BYTES_ARRAY(sealed), plain).code ==
              STATUS_AEAD_INVALID);
}

static void k256(void)
{
    const uint8_t digest[32] = {1};
    struct entropy entropy = entropy_system();
    struct secret32 bytes;
    struct k256_key key;
    struct k256_public public;
    struct k256_public signer;
    struct k256_signature signature;
    succeed(k256_key_generate(&entropy, &key));
    ctime_secret(&bytes, sizeof bytes);
    succeed(k256_key_from(&bytes, &key));
    succeed(k256_public(&key, &public));
    succeed(k256_sign(&key, digest, &signature));
    succeed(k256_recover(digest, &signature, true, &signer));
    INVARIANT(bytes_equal(BYTES_ARRAY(public.xy), BYTES_ARRAY(signer.xy)));
}

static void p384(void)
{
    struct entropy entropy = entropy_system();
    struct p384_key bytes;
    struct p384_key key;
    struct p384_point point;
    struct p384_shared shared;
    succeed(p384_key_generate(&entropy, &key));
    ctime_secret(&bytes, sizeof bytes);
    succeed(p384_key_from(bytes.d, &key));
    succeed(p384_public(&key, &point));
    succeed(p384_ecdh(&key, &point, &shared));
}

static void p256(void)
{
    const uint8_t digest[P256_DIGEST] = {1};
    struct p256_key bytes;
    struct p256_key key;
    uint8_t sec1[P256_SEC1];
    uint8_t whole[P256_KEY_WHOLE];
    uint8_t signature[P256_SIGNATURE];
    ctime_secret(&bytes, sizeof bytes);
    succeed(p256_key_from(bytes.d, &key));
    succeed(p256_key_public(&key, sec1, whole));
    succeed(p256_key_sign(&key, sec1, digest, signature));
}

static void ed25519(void)
{
    struct entropy entropy = entropy_system();
    struct ed25519_key key;
    uint8_t public[ED25519_PUBLIC];
    uint8_t signature[ED25519_SIGNATURE];
    succeed(ed25519_key_generate(&entropy, &key));
    ctime_secret(&key, sizeof key);
    succeed(ed25519_public(&key, public));
    succeed(ed25519_sign(&key, public, BYTES_LITERAL("text"), signature));
}

static void ethereum(void)
{
    struct k256_key key;
    struct k256_signature signature;
    ctime_secret(&key, sizeof key);
    succeed(eip191_sign(&key, BYTES_LITERAL("text"), &signature));
    uint8_t memory[ETH_TRANSACTION_MAX];
    struct buf raw = buf_over(memory, sizeof memory);
    static const struct eth_transaction transaction = {.chain_id = 1};
    uint8_t hash[ETH_TRANSACTION_HASH];
    succeed(eth_transaction_sign(&transaction, &key, &raw, hash));
}

static void envelopes(void)
{
    struct entropy entropy = entropy_system();
    struct arena arena;
    struct p384_key key;
    struct p384_point point;
    struct envelope_keys keys;
    struct bytes json;
    struct bytes text;
    uint8_t plain[40];
    succeed(arena_init(&arena, 1u << 20));
    succeed(p384_key_generate(&entropy, &key));
    succeed(p384_public(&key, &point));
    ctime_secret(plain, sizeof plain);
    for (int i = 0; i <= ENVELOPE_DERIVATIONS; i++) {
        int version = i < ENVELOPE_DERIVATIONS ? ENVELOPE_V1 : ENVELOPE_V2;
        struct envelope_form form = {.version = (enum envelope_version)version,
                                     .derivation = (enum envelope_derivation)(i % 4)};
        struct envelope read;
        struct json_in_doc doc;
        succeed(envelope_keys(&key, &point, &point, ENVELOPE_NODE, &keys));
        struct envelope_sealer sealer = {&keys, &point, &entropy};
        succeed(envelope_seal(&arena, &sealer, &form, BYTES_ARRAY(plain), &json));
        succeed(json_in_parse(&arena, json, &doc));
        struct json_in root = json_in_root(&doc);
        succeed(version == ENVELOPE_V1 ? envelope_read_v1(&arena, &root, NULL, &read)
                                       : envelope_read_v2(&arena, &root, NULL, &read));
        succeed(envelope_open(&arena, &read, &keys, &form, &text));
        INVARIANT(text.len == sizeof plain);
        form.derivation = ENVELOPE_STATIC;
        if (version == ENVELOPE_V1) {
            succeed(envelope_open_v1(&arena, &read, &keys, &form, &text));
        }
    }
    arena_deinit(&arena);
}

/* What is agreed on, and what is said under it. */
static void calls(void)
{
    struct entropy entropy = entropy_system();
    const uint8_t domain[POP_HASH] = {1};
    struct sealed_call call = {.proof = {.kind = POP_PEER,
                                         .method = BYTES_LITERAL("POST"),
                                         .target = BYTES_LITERAL("/v1/sync"),
                                         .domain = domain,
                                         .recipient = BYTES_LITERAL("node"),
                                         .caller = BYTES_LITERAL("caller"),
                                         .nonce = BYTES_LITERAL("nonce")}};
    struct envelope_form form = {.version = ENVELOPE_V2, .way = ENVELOPE_RESPONSE};
    struct arena arena;
    struct p384_key key;
    struct p384_point point;
    struct envelope_keys keys;
    struct bytes json;
    struct bytes text;
    uint8_t plain[40];
    succeed(arena_init(&arena, 1u << 20));
    succeed(p384_key_generate(&entropy, &key));
    succeed(p384_public(&key, &point));
    succeed(envelope_keys(&key, &point, &point, ENVELOPE_CLIENT, &keys));
    ctime_secret(plain, sizeof plain);
    const struct envelope_sealer sealer = {&keys, &point, &entropy};
    const struct sealed_call_node node = {&keys, &point};
    succeed(sealed_call_seal(&arena, &sealer, BYTES_ARRAY(plain), &call));
    memcpy(form.digest, call.digest, sizeof form.digest);
    succeed(envelope_seal(&arena, &sealer, &form, BYTES_ARRAY(plain), &json));
    succeed(sealed_call_open(&arena, &call, &node, json, &text));
    INVARIANT(text.len == sizeof plain);
    arena_deinit(&arena);
}

const struct ctime_case ctime_library[] = {
    {"aead_open aead_seal ct_public", aead},
    {"k256_key_from k256_key_generate k256_public k256_sign", k256},
    {"ed25519_key_generate ed25519_public ed25519_sign", ed25519},
    {"p256_key_from p256_key_public p256_key_sign", p256},
    {"eip191_sign eth_transaction_sign", ethereum},
    {"p384_ecdh p384_key_from p384_key_generate p384_public", p384},
    {"envelope_keys envelope_open envelope_open_v1 envelope_seal", envelopes},
    {"sealed_call_open sealed_call_seal", calls},
    {NULL, NULL},
};
