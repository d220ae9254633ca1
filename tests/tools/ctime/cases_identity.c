/* Cases of what a node is and of its nonces. A nonce is public once it is made. */
#include "authenticators/totp.h"
#include "base/entropy.h"
#include "base/invariant.h"
#include "identity/agreements.h"
#include "identity/mixed_entropy.h"
#include "identity/node_identity.h"
#include "identity/nonce.h"
#include "sessions/challenge.h"
#include "sessions/session_keys.h"
#include "sessions/session_token.h"
#include "tools/ctime/ctime.h"

static void succeed(struct status status)
{
    INVARIANT(status_is_ok(status));
}

static void nodes(void)
{
    const uint8_t boot_id[POP_BOOT_ID] = {1};
    struct k256_key wallet;
    struct p384_key key;
    struct node_identity *node;
    struct k256_signature signature;
    struct envelope_keys keys;
    struct entropy entropy = entropy_system();
    struct agreements *agreements;
    enum envelope_derivation derivation;
    ctime_secret(&wallet, sizeof wallet);
    ctime_secret(&key, sizeof key);
    succeed(node_identity_from(&wallet, &key, boot_id, &entropy, &node));
    succeed(node_identity_sign(node, BYTES_LITERAL("text"), &signature));
    succeed(node_identity_keys(node, &node_identity_facts(node)->point, ENVELOPE_NODE, &keys));
    succeed(agreements_open(node, 4, ENVELOPE_CAPSULE, &entropy, &agreements));
    for (int i = 0; i < 2; i++) {
        succeed(agreements_get(agreements, &node_identity_facts(node)->point, &keys, &derivation));
    }
    agreements_close(&agreements);
    node_identity_close(&node);
}

/* A holder of the keys that are not here, who makes nothing of what is asked. */
static struct status held_open(void *context, struct arena *arena, const struct envelope *envelope,
                               struct bytes *ret_text)
{
    (void)context;
    return arena_copy(arena, envelope->sealed, ret_text);
}

static struct status held_seal(void *context, struct arena *arena, const struct p384_point *peer,
                               struct bytes text, struct envelope *ret)
{
    (void)context;
    (void)peer;
    return arena_copy(arena, (struct bytes){ret->iv, text.len < AEAD_IV ? text.len : AEAD_IV},
                      &ret->sealed);
}

static struct status held_sign(void *context, struct bytes text, struct k256_signature *ret)
{
    (void)context;
    (void)text;
    *ret = (struct k256_signature){0};
    return OK;
}

static void remote_nodes(void)
{
    struct entropy entropy = entropy_system();
    const struct node_identity_remote remote = {
        .sign = held_sign, .open = held_open, .seal = held_seal};
    struct node_identity *node;
    struct arena arena;
    uint8_t secret[20] = {0};
    struct bytes text;
    succeed(arena_init(&arena, 1u << 16));
    succeed(node_identity_open_remote(&remote, &entropy, &node));
    ctime_secret(secret, sizeof secret);
    const struct envelope envelope = {.sender = node_identity_facts(node)->point,
                                      .sealed = BYTES_ARRAY(secret)};
    succeed(node_identity_open_v1(node, &arena, &envelope, &text));
    succeed(node_identity_seal_v1(node, &arena, &envelope, BYTES_ARRAY(secret), &text));
    node_identity_close(&node);
    arena_deinit(&arena);
}

static void nonces(void)
{
    struct entropy entropy = entropy_system();
    const uint8_t app[NONCE_APP] = {1};
    uint8_t nonce[NONCE_BYTES];
    struct nonce_issuer issuer;
    struct nonce_spent *spent;
    struct mem mem;
    mem_init(&mem, (size_t)1 << 24);
    succeed(nonce_start(&entropy, 0, &issuer));
    ctime_secret(&issuer.key, sizeof issuer.key);
    const struct bytes parts[] = {{(const uint8_t *)&issuer.key, sizeof issuer.key},
                                  {(const uint8_t *)&issuer.start_ms, sizeof issuer.start_ms}};
    issuer.sum = keyed_sum_of(&issuer.sum_key, parts, 2);
    succeed(nonce_spent_open(16, 16, &mem, &spent));
    succeed(nonce_issue(&issuer, 1000, nonce));
    succeed(nonce_check(&issuer, nonce, 1000));
    succeed(nonce_spend(spent, &issuer, nonce, app, 1000));
    INVARIANT(nonce_spent_count(spent, &issuer, 1000) == 1);
    nonce[15] ^= 1;
    INVARIANT(nonce_check(&issuer, nonce, 1000).code == STATUS_NONCE_INVALID);
    nonce_spent_close(&spent);
}

static void random_bytes(void)
{
    struct entropy kernel = entropy_system();
    struct secret32 other;
    struct mixed_entropy mixed;
    uint8_t out[40];
    ctime_secret(&other, sizeof other);
    succeed(mixed_entropy_init(&kernel, &other, &mixed));
    struct entropy port = mixed_entropy_port(&mixed);
    succeed(port.fill(port.context, out, sizeof out));
    mixed_entropy_wipe(&mixed);
}

/* What is made is public: whoever logs in sees it. */
static void sessions(void)
{
    static const uint8_t bytes[AUTH_TEXT_HASH] = {1};
    const struct challenge_about about = {
        {bytes, bytes}, AUTH_LOGIN, BYTES_LITERAL("alice"), AUTH_P256, bytes};
    struct entropy entropy = entropy_system();
    struct session_token token = {.epoch = 1, .user_len = 5};
    const struct challenge_time time = {1000, CHALLENGE_LIFE_MS};
    uint8_t challenge[AUTH_TEXT_CHALLENGE];
    uint8_t text[SESSION_TOKEN_TEXT_MAX];
    struct buf out = buf_over(text, sizeof text);
    struct hmac_sha256_key key;
    uint64_t issued_ms;
    ctime_secret(&key, sizeof key);
    succeed(challenge_make(&key, &about, &entropy, 1000, challenge));
    succeed(challenge_check(&key, &about, challenge, &time, &issued_ms));
    succeed(session_token_put(&key, bytes, &token, &out));
    succeed(session_token_read(&key, bytes, buf_bytes(&out), &token));
}

static void session_roots(void)
{
    static const uint8_t domain[DOMAIN_ID] = {1};
    struct entropy entropy = entropy_system();
    struct session_keys keys = {.incarnation = {1}};
    struct root_keyring *ring;
    struct hmac_sha256_key key;
    struct secret32 master = {{3}};
    uint32_t epoch;
    ctime_secret(&master, sizeof master);
    succeed(root_keyring_open(domain, &entropy, &ring));
    succeed(root_keyring_install(ring, 0, &master));
    keys.roots = ring;
    succeed(session_keys_of(&keys, 0, &key));
    succeed(session_keys_newest(&keys, &epoch, &key));
    root_keyring_close(&ring);
}

static void codes(void)
{
    const struct totp_time time = {1700000000000, 1};
    struct totp_secret secret;
    uint64_t step;
    ctime_secret(&secret, sizeof secret);
    struct status status = totp_check(&secret, BYTES_LITERAL("123456"), &time, &step);
    (void)status;
    totp_secret_wipe(&secret);
}

const struct ctime_case ctime_identity[] = {
    {"mixed_entropy_init mixed_entropy_port", random_bytes},
    {"agreements_get node_identity_from node_identity_keys", nodes},
    {"node_identity_open_v1 node_identity_seal_v1", remote_nodes},
    {"totp_check", codes},
    {"challenge_check challenge_make session_token_put session_token_read", sessions},
    {"session_keys_newest session_keys_of", session_roots},
    {"nonce_check nonce_issue nonce_spend nonce_spent_count nonce_start", nonces},
    {NULL, NULL},
};
