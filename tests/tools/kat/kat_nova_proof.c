/* Wallets, proofs of possession, and what is signed or sealed with the keys of the reference. */
#include <string.h>

#include "codec/hex.h"
#include "crypto/p384.h"
#include "digest/hmac_sha256.h"
#include "ethereum/eip191.h"
#include "tools/kat/kat.h"
#include "wire/envelope.h"
#include "wire/pop.h"

static struct k256_key wallet_key(struct kat *kat, const struct json_in *at, const char *name)
{
    struct secret32 bytes;
    struct k256_key key = {{0}};
    memcpy(bytes.b, kat_hex_of(kat, at, name, sizeof bytes.b), sizeof bytes.b);
    if (!kat->failed) {
        kat_try(kat, k256_key_from(&bytes, &key));
    }
    return key;
}

static struct eth_address address_of(struct kat *kat, const struct k256_key *key)
{
    struct k256_public public = {{0}};
    struct eth_address address = {{0}};
    if (!kat->failed) {
        kat_try(kat, k256_public(key, &public));
        eth_address_of(&public, &address);
    }
    return address;
}

static void expect_text(struct kat *kat, const struct json_in *at, const char *name,
                        const struct buf *actual)
{
    kat_require(kat, bytes_equal(kat_text(kat, at, name), buf_bytes(actual)));
}

/* Both spellings of the key's address, and that the second reads as the same. */
static void wallets(struct kat *kat)
{
    uint8_t memory[2][ETH_ADDRESS_TEXT];
    struct buf lower = buf_over(memory[0], sizeof memory[0]);
    struct buf checksum = buf_over(memory[1], sizeof memory[1]);
    struct eth_address again;
    struct k256_key key = wallet_key(kat, &kat->at, "priv");
    struct eth_address address = address_of(kat, &key);
    eth_address_put(&lower, &address);
    eth_address_put_checksum(&checksum, &address);
    expect_text(kat, &kat->at, "lower", &lower);
    expect_text(kat, &kat->at, "eip55", &checksum);
    kat_try(kat, eth_address_read_checksum(buf_bytes(&checksum), &again));
    kat_require(kat, eth_address_equal(&address, &again));
}

/* The part of a text before the next colon. */
static struct bytes next_part(struct bytes *text)
{
    size_t len = bytes_find(*text, ':');
    struct bytes part = bytes_slice(*text, 0, len);
    *text = bytes_slice(*text, len + 1, text->len);
    return part;
}

/* The message put together again from its parts. */
static void expect_message(struct kat *kat, struct bytes message)
{
    uint8_t memory[POP_TEXT_MAX];
    struct buf out = buf_over(memory, sizeof memory);
    struct bytes rest = message;
    next_part(&rest);
    struct bytes purpose = next_part(&rest);
    struct bytes first = next_part(&rest);
    struct bytes wallet = next_part(&rest);
    if (bytes_equal(purpose, BYTES_LITERAL("Response"))) {
        kat_try(kat, pop_v1_answer_text(first, wallet, &out));
    } else {
        bool is_app = bytes_equal(purpose, BYTES_LITERAL("AppAuth"));
        kat_try(kat, pop_v1_text(is_app ? POP_APP_V1 : POP_PEER_V1, first, wallet, rest, &out));
    }
    kat_require(kat, bytes_equal(message, buf_bytes(&out)));
}

/* The wallet of the file that signs; zero and a failure when there is none. */
static struct k256_key signer_of(struct kat *kat, struct eth_address *ret_address)
{
    struct json_in list = kat_member(kat, &kat->root, "wallets");
    struct json_in wallet;
    kat_try(kat, eth_address_read(kat_text(kat, &kat->at, "signer"), ret_address));
    for (void *state = NULL; !kat->failed && json_in_next(&list, &state, &wallet);) {
        struct k256_key key = wallet_key(kat, &wallet, "priv");
        struct eth_address address = address_of(kat, &key);
        if (eth_address_equal(&address, ret_address)) {
            return key;
        }
    }
    kat_require(kat, false);
    return (struct k256_key){{0}};
}

/* A signature of the file is the one that we make, and leads back to the signer. */
static void expect_signature(struct kat *kat, const char *name, struct bytes message)
{
    struct eth_address signer;
    struct eth_address recovered;
    struct k256_key key = signer_of(kat, &signer);
    struct k256_signature made = {{0}, 0};
    struct k256_signature read = {{0}, 0};
    kat_try(kat, eip191_read(kat_text(kat, &kat->at, name), &read));
    if (kat->failed) {
        return;
    }
    kat_try(kat, eip191_sign(&key, message, &made));
    kat_require(kat, bytes_equal(BYTES_ARRAY(made.rs), BYTES_ARRAY(read.rs)) && made.v == read.v);
    kat_try(kat, eip191_recover(message, &read, true, &recovered));
    kat_require(kat, eth_address_equal(&signer, &recovered));
}

static void pop(struct kat *kat)
{
    uint8_t memory[POP_TEXT_MAX];
    uint8_t digest[EIP191_DIGEST];
    struct bytes message = kat_text(kat, &kat->at, "message");
    struct buf preimage = buf_over(memory, sizeof memory);
    buf_put_text(&preimage, "\x19"
                            "Ethereum Signed Message:\n");
    buf_put_decimal(&preimage, message.len);
    buf_put(&preimage, message);
    kat_expect_hex(kat, &kat->at, "preimage_hex", buf_bytes(&preimage));
    expect_message(kat, message);
    eip191_digest(message, digest);
    kat_expect_hex(kat, &kat->at, "digest", BYTES_ARRAY(digest));
    expect_signature(kat, "sig_v01", message);
    expect_signature(kat, "sig_v27", message);
    uint8_t old = kat_hex_of(kat, &kat->at, "sig_v01", 65)[64];
    uint8_t new = kat_hex_of(kat, &kat->at, "sig_v27", 65)[64];
    kat_require(kat, old <= 1 && new == old + 27);
}

static void simulation(struct kat *kat)
{
    uint8_t memory[ETH_ADDRESS_TEXT];
    uint8_t spki[P384_SPKI];
    struct buf checksum = buf_over(memory, sizeof memory);
    struct k256_key wallet = wallet_key(kat, &kat->at, "eth_priv");
    struct eth_address address = address_of(kat, &wallet);
    struct p384_key key;
    struct p384_point point;
    eth_address_put_checksum(&checksum, &address);
    expect_text(kat, &kat->at, "wallet", &checksum);
    kat_try(kat, p384_key_from(kat_hex_of(kat, &kat->at, "simodyn_p384_priv", P384_BYTES), &key));
    if (kat->failed) {
        return;
    }
    kat_try(kat, p384_public(&key, &point));
    p384_point_spki(&point, spki);
    kat_expect_hex(kat, &kat->at, "simodyn_spki", BYTES_ARRAY(spki));
    kat_try(kat, p384_point_parse(kat_hex(kat, &kat->at, "registry_teepubkey_spki"), &point));
}

/* The codes of messages whose canonical form is given. */
static void expect_code(struct kat *kat, const uint8_t *key, struct bytes text, const char *name)
{
    uint8_t code[SHA256_BYTES];
    struct hmac_sha256_key prepared;
    hmac_sha256_key_init(&prepared, (struct bytes){key, 32});
    hmac_sha256_mac(&prepared, text, code);
    kat_expect_hex(kat, &kat->at, name, BYTES_ARRAY(code));
}

static void hmac(struct kat *kat)
{
    struct bytes canonical = kat_text(kat, &kat->at, "canonical");
    kat_expect_hex(kat, &kat->at, "canonical_hex", canonical);
    expect_code(kat, kat_hex_of(kat, &kat->at, "sync_key", 32), canonical, "x_sync_signature");
}

/* The sync key of the secret S1. */
static const uint8_t *sync_key_of_s1(struct kat *kat)
{
    struct json_in list = kat_member(kat, &kat->root, "sync_key");
    size_t count = 0;
    kat_try(kat, json_in_count(&list, &count));
    for (size_t i = 0; i < count && !kat->failed; i++) {
        struct json_in at = json_in_item(&list, i);
        if (bytes_equal(kat_text(kat, &at, "secret"), BYTES_LITERAL("S1"))) {
            return kat_hex_of(kat, &at, "key", 32);
        }
    }
    kat_require(kat, false);
    return kat_hex_of(kat, &kat->at, "aes_key", 32);
}

/* A whole body of the wire: read, opened, and its code. */
static void expect_body(struct kat *kat, const char *name, const char *code,
                        const struct envelope_keys *keys)
{
    const struct envelope_form form = {.version = ENVELOPE_V1};
    struct bytes body = kat_text(kat, &kat->at, name);
    struct json_in_doc doc;
    struct envelope read;
    struct bytes text;
    kat_try(kat, json_in_parse(kat->arena, body, &doc));
    if (kat->failed) {
        return;
    }
    struct json_in root = json_in_root(&doc);
    kat_try(kat, envelope_read_v1(kat->arena, &root, NULL, &read));
    kat_expect_hex(kat, &kat->at, "ciphertext", read.sealed);
    kat_expect_hex(kat, &kat->at, "nonce", BYTES_ARRAY(read.iv));
    kat_try(kat, envelope_open(kat->arena, &read, keys, &form, &text));
    kat_require(kat, bytes_equal(kat_text(kat, &kat->at, "inner"), text));
    expect_code(kat, sync_key_of_s1(kat), body, code);
}

static void sync_example(struct kat *kat)
{
    struct p384_key key;
    struct p384_point mine;
    struct p384_point node;
    struct p384_shared shared;
    struct envelope_keys keys;
    uint8_t spki[P384_SPKI];
    kat_try(kat, p384_key_from(kat_hex_of(kat, &kat->at, "peer_tee_priv", P384_BYTES), &key));
    kat_try(kat, p384_point_parse(kat_hex(kat, &kat->at, "kms_spki"), &node));
    if (kat->failed) {
        return;
    }
    kat_try(kat, p384_public(&key, &mine));
    p384_point_spki(&mine, spki);
    kat_expect_hex(kat, &kat->at, "peer_spki", BYTES_ARRAY(spki));
    kat_try(kat, p384_ecdh(&key, &node, &shared));
    kat_expect_hex(kat, &kat->at, "ecdh", BYTES_ARRAY(shared.x));
    kat_try(kat, envelope_keys(&key, &mine, &node, ENVELOPE_CLIENT, &keys));
    kat_expect_hex(kat, &kat->at, "aes_key", BYTES_ARRAY(keys.v1.b));
    expect_body(kat, "py_body", "py_x_sync_signature", &keys);
    expect_body(kat, "rs_body", "rs_x_sync_signature", &keys);
}

const struct kat_nova kat_nova_proof[] = {
    {"wallets", KAT_ENTRIES, wallets},         {"pop", KAT_LIST, pop},
    {"simulation", KAT_LIST, simulation},      {"hmac", KAT_LIST, hmac},
    {"sync_example", KAT_WHOLE, sync_example}, {NULL, KAT_INPUT, NULL},
};
