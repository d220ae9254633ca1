#include "wire/envelope.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_out.h"
#include "digest/hkdf_sha256.h"

enum {
    AAD_MAX = 64,
    INFO_MAX = 12 + 2 * P384_SEC1,
    SALT_MAX = 2 * P384_SEC1 + AEAD_IV,
    FRAME_MAX = 512, /* of an envelope, all but the sealed bytes */
};

void envelope_keys_wipe(struct envelope_keys *keys)
{
    secret_wipe(keys, sizeof *keys);
}

/* The string member name of at. */
static struct status text_of(const struct json_in *at, const char *name, struct json_in *ret_place,
                             struct bytes *ret)
{
    *ret = (struct bytes){NULL, 0};
    if (!json_in_find(at, name, ret_place)) {
        return JSON_IN_FAIL(at, ENVELOPE_REQUIRED);
    }
    if (!status_is_ok(json_in_string(ret_place, ret)) || ret->len == 0) {
        return JSON_IN_FAIL(ret_place, ENVELOPE_INVALID);
    }
    return OK;
}

static struct status hex_of(struct arena *arena, const struct json_in *at, const char *name,
                            struct bytes *ret)
{
    struct json_in place;
    struct bytes text;
    *ret = (struct bytes){NULL, 0};
    TRY(text_of(at, name, &place, &text));
    if (bytes_starts(text, BYTES_LITERAL("0x")) || bytes_starts(text, BYTES_LITERAL("0X"))) {
        text = bytes_slice(text, 2, text.len);
    }
    uint8_t *data = arena_alloc(arena, text.len / 2 + 1);
    if (data == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (text.len % 2 != 0 || !status_is_ok(hex_read(text, text.len / 2, data))) {
        return JSON_IN_FAIL(&place, ENVELOPE_INVALID);
    }
    *ret = (struct bytes){data, text.len / 2};
    return OK;
}

static struct status base64_of(struct arena *arena, const struct json_in *at, const char *name,
                               struct bytes *ret)
{
    struct json_in place;
    struct bytes text;
    *ret = (struct bytes){NULL, 0};
    TRY(text_of(at, name, &place, &text));
    size_t cap = text.len / 4 * 3 + 3;
    uint8_t *data = arena_alloc(arena, cap);
    if (data == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf buf = buf_over(data, cap);
    if (!status_is_ok(base64_read(text, &buf))) {
        return JSON_IN_FAIL(&place, ENVELOPE_INVALID);
    }
    *ret = buf_bytes(&buf);
    return OK;
}

static struct status point_of(const struct json_in *at, struct bytes sender,
                              const struct p384_point *known, struct p384_point *ret)
{
    struct status status =
        known == NULL ? p384_point_parse(sender, ret) : p384_point_parse_known(sender, known, ret);
    return status.code == STATUS_POINT_INVALID ? JSON_IN_FAIL(at, ENVELOPE_INVALID) : status;
}

/* Common to both: the parts have been decoded, what they hold is checked here. */
static struct status assemble(const struct json_in *at, struct bytes iv, struct bytes sealed,
                              struct envelope *ret)
{
    if (iv.len < AEAD_IV || sealed.len < AEAD_TAG) {
        return JSON_IN_FAIL(at, ENVELOPE_INVALID);
    }
    memcpy(ret->iv, iv.ptr, AEAD_IV);
    ret->sealed = sealed;
    return OK;
}

static struct status read_v1(struct arena *arena, const struct json_in *at,
                             const struct p384_point *known, struct envelope *ret)
{
    struct json_in place;
    struct bytes sender;
    struct bytes iv;
    struct bytes sealed;
    bool is_old = json_in_find(at, "ciphertext", &place);
    if (is_old && json_in_find(at, "encrypted_data", &place)) {
        return JSON_IN_FAIL(&place, ENVELOPE_INVALID);
    }
    ret->member = is_old ? ENVELOPE_CIPHERTEXT : ENVELOPE_ENCRYPTED_DATA;
    TRY(hex_of(arena, at, "sender_tee_pubkey", &sender));
    TRY(hex_of(arena, at, "nonce", &iv));
    TRY(hex_of(arena, at, is_old ? "ciphertext" : "encrypted_data", &sealed));
    TRY(point_of(at, sender, known, &ret->sender));
    return assemble(at, iv, sealed, ret);
}

static struct status read_v2(struct arena *arena, const struct json_in *at,
                             const struct p384_point *known, struct envelope *ret)
{
    static const char *const names[] = {"v", "sender", "iv", "sealed"};
    struct json_in place;
    struct bytes sender;
    struct bytes iv;
    struct bytes sealed;
    uint64_t version = 0;
    if (!json_in_find(at, "v", &place) ||
        !status_is_ok(json_in_u64(&place, ENVELOPE_V2, ENVELOPE_V2, &version))) {
        return JSON_IN_FAIL(at, ENVELOPE_REQUIRED);
    }
    if (!status_is_ok(json_in_members(at, names, sizeof names / sizeof names[0]))) {
        return FAIL(ENVELOPE_INVALID);
    }
    TRY(base64_of(arena, at, "sender", &sender));
    TRY(base64_of(arena, at, "iv", &iv));
    TRY(base64_of(arena, at, "sealed", &sealed));
    if (sender.len != P384_SEC1 || iv.len != AEAD_IV) {
        return JSON_IN_FAIL(at, ENVELOPE_INVALID);
    }
    TRY(point_of(at, sender, known, &ret->sender));
    return assemble(at, iv, sealed, ret);
}

struct status envelope_read_v1(struct arena *arena, const struct json_in *at,
                               const struct p384_point *known, struct envelope *ret)
{
    struct envelope read = {.version = ENVELOPE_V1};
    *ret = (struct envelope){0};
    TRY(read_v1(arena, at, known, &read));
    *ret = read;
    return OK;
}

struct status envelope_read_v2(struct arena *arena, const struct json_in *at,
                               const struct p384_point *known, struct envelope *ret)
{
    struct envelope read = {.version = ENVELOPE_V2};
    *ret = (struct envelope){0};
    TRY(read_v2(arena, at, known, &read));
    *ret = read;
    return OK;
}

static struct status expand(struct bytes salt, const struct p384_shared *shared, struct bytes info,
                            struct secret32 *ret)
{
    SECRET32(prk);
    SECRET(hmac_sha256_key, key);
    hkdf_sha256_extract(salt, BYTES_ARRAY(shared->x), &prk);
    hmac_sha256_key_init(&key, BYTES_ARRAY(prk.b));
    return hkdf_sha256_expand(&key, info, ret->b, sizeof ret->b);
}

static struct status expand_v2(const struct p384_shared *shared, enum envelope_way way,
                               const struct p384_point *client, const struct p384_point *node,
                               struct secret32 *ret)
{
    uint8_t memory[INFO_MAX];
    struct buf info = buf_over(memory, sizeof memory);
    buf_put_text(&info, "CofferEnv/2");
    buf_put_u8(&info, way == ENVELOPE_REQUEST ? 0x01 : 0x02);
    buf_put(&info, BYTES_ARRAY(client->sec1));
    buf_put(&info, BYTES_ARRAY(node->sec1));
    TRY(buf_check(&info));
    return expand(BYTES_LITERAL(""), shared, buf_bytes(&info), ret);
}

/* An absent salt is 32 zero bytes, which HMAC does not tell from none. */
static struct status expand_all(const struct p384_point *client, const struct p384_point *node,
                                struct envelope_keys *ret)
{
    bool client_first = bytes_compare(BYTES_ARRAY(client->sec1), BYTES_ARRAY(node->sec1)) <= 0;
    ret->points[0] = client_first ? *client : *node;
    ret->points[1] = client_first ? *node : *client;
    TRY(expand(BYTES_LITERAL(""), &ret->shared, BYTES_LITERAL("encryption data"), &ret->v1));
    TRY(expand_v2(&ret->shared, ENVELOPE_REQUEST, client, node, &ret->request));
    return expand_v2(&ret->shared, ENVELOPE_RESPONSE, client, node, &ret->response);
}

struct status envelope_keys(const struct p384_key *mine, const struct p384_point *my_point,
                            const struct p384_point *peer, enum envelope_end end,
                            struct envelope_keys *ret)
{
    const struct p384_point *client = end == ENVELOPE_CLIENT ? my_point : peer;
    const struct p384_point *node = end == ENVELOPE_CLIENT ? peer : my_point;
    *ret = (struct envelope_keys){0};
    TRY(p384_ecdh(mine, peer, &ret->shared));
    struct status status = expand_all(client, node, ret);
    if (!status_is_ok(status)) {
        envelope_keys_wipe(ret);
    }
    return status;
}

static struct status expand_v1(const struct envelope_keys *keys, struct bytes info,
                               const uint8_t iv[static AEAD_IV], struct secret32 *ret)
{
    uint8_t memory[SALT_MAX];
    struct buf salt = buf_over(memory, sizeof memory);
    buf_put(&salt, BYTES_ARRAY(keys->points[0].sec1));
    buf_put(&salt, BYTES_ARRAY(keys->points[1].sec1));
    buf_put(&salt, (struct bytes){iv, AEAD_IV});
    TRY(buf_check(&salt));
    return expand(buf_bytes(&salt), &keys->shared, info, ret);
}

/* The key of one envelope. */
static struct status key_of(const struct envelope_keys *keys, const struct envelope_form *form,
                            const uint8_t iv[static AEAD_IV], struct secret32 *ret)
{
    static const char *const infos[ENVELOPE_DERIVATIONS] = {
        [ENVELOPE_ENCLAVER] = "enclaver-ecdh-aes256gcm-v1",
        [ENVELOPE_CAPSULE_API] = "capsule-api-ecdh-aes256gcm-v1",
        [ENVELOPE_CAPSULE] = "capsule-ecdh-aes256gcm-v1",
    };
    if (form->version == ENVELOPE_V2) {
        *ret = form->way == ENVELOPE_REQUEST ? keys->request : keys->response;
        return OK;
    }
    INVARIANT(form->derivation < ENVELOPE_DERIVATIONS);
    if (form->derivation == ENVELOPE_STATIC) {
        *ret = keys->v1;
        return OK;
    }
    return expand_v1(keys, bytes_of(infos[form->derivation]), iv, ret);
}

/* Version 1 binds nothing. */
static struct bytes aad_of(const struct envelope_form *form, uint8_t memory[static AAD_MAX])
{
    struct buf aad = buf_over(memory, AAD_MAX);
    if (form->version == ENVELOPE_V2) {
        buf_put_text(&aad, form->way == ENVELOPE_REQUEST ? "CofferEnv/2 req" : "CofferEnv/2 resp");
        buf_put(&aad, BYTES_ARRAY(form->digest));
    }
    INVARIANT(!aad.failed);
    return buf_bytes(&aad);
}

static struct status open_into(uint8_t *text, const struct envelope *envelope,
                               const struct envelope_keys *keys, const struct envelope_form *form)
{
    uint8_t memory[AAD_MAX];
    SECRET32(key);
    TRY(key_of(keys, form, envelope->iv, &key));
    return aead_open(&key, envelope->iv, aad_of(form, memory), envelope->sealed, text);
}

/* Room for what an envelope holds. */
static struct status prepare(struct arena *arena, const struct envelope *envelope,
                             const struct envelope_form *form, struct bytes *ret_room,
                             uint8_t **ret_text)
{
    *ret_room = (struct bytes){NULL, 0};
    if (envelope->version != form->version || envelope->sealed.len < AEAD_TAG) {
        return FAIL(AEAD_INVALID);
    }
    size_t len = envelope->sealed.len - AEAD_TAG;
    *ret_text = arena_alloc(arena, len + 1);
    if (*ret_text == NULL) {
        return FAIL(NO_MEMORY);
    }
    *ret_room = (struct bytes){*ret_text, len};
    return OK;
}

struct status envelope_open(struct arena *arena, const struct envelope *envelope,
                            const struct envelope_keys *keys, const struct envelope_form *form,
                            struct bytes *ret_text)
{
    struct bytes room;
    uint8_t *text = NULL;
    *ret_text = (struct bytes){NULL, 0};
    TRY(prepare(arena, envelope, form, &room, &text));
    TRY(open_into(text, envelope, keys, form));
    *ret_text = room;
    return OK;
}

struct status envelope_open_v1(struct arena *arena, const struct envelope *envelope,
                               const struct envelope_keys *keys, struct envelope_form *form,
                               struct bytes *ret_text)
{
    struct bytes room;
    uint8_t *text = NULL;
    struct envelope_form tried = *form;
    *ret_text = (struct bytes){NULL, 0};
    INVARIANT(form->version == ENVELOPE_V1);
    TRY(prepare(arena, envelope, form, &room, &text));
    struct status status = open_into(text, envelope, keys, &tried);
    for (unsigned i = 0; i < ENVELOPE_DERIVATIONS && status.code == STATUS_AEAD_INVALID; i++) {
        tried.derivation = (enum envelope_derivation)i;
        if (tried.derivation != form->derivation) {
            status = open_into(text, envelope, keys, &tried);
        }
    }
    TRY(status);
    form->derivation = tried.derivation;
    *ret_text = room;
    return OK;
}

static void put_v1(struct buf *out, enum envelope_member member, const struct envelope *envelope)
{
    uint8_t spki[P384_SPKI];
    p384_point_spki(&envelope->sender, spki);
    buf_put_text(out, "{\"sender_tee_pubkey\":\"");
    hex_put(out, BYTES_ARRAY(spki));
    buf_put_text(out, "\",\"nonce\":\"");
    hex_put(out, BYTES_ARRAY(envelope->iv));
    buf_put_text(out, member == ENVELOPE_CIPHERTEXT ? "\",\"ciphertext\":\""
                                                    : "\",\"encrypted_data\":\"");
    hex_put(out, envelope->sealed);
    buf_put_text(out, "\"}");
}

static void put_v2(struct buf *out, const struct envelope *envelope)
{
    buf_put_text(out, "{\"v\":2,\"sender\":\"");
    base64_put(out, BYTES_ARRAY(envelope->sender.sec1));
    buf_put_text(out, "\",\"iv\":\"");
    base64_put(out, BYTES_ARRAY(envelope->iv));
    buf_put_text(out, "\",\"sealed\":\"");
    base64_put(out, envelope->sealed);
    buf_put_text(out, "\"}");
}

/* Hex is the longer of the two encodings. */
static struct status put(struct arena *arena, const struct envelope_form *form,
                         const struct envelope *envelope, struct bytes *ret_json)
{
    size_t cap = 2 * envelope->sealed.len + FRAME_MAX;
    uint8_t *memory = arena_alloc(arena, cap);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over(memory, cap);
    if (form->version == ENVELOPE_V1) {
        put_v1(&out, form->member, envelope);
    } else {
        put_v2(&out, envelope);
    }
    TRY(buf_check(&out));
    *ret_json = buf_bytes(&out);
    return OK;
}

struct status envelope_write_v1(struct arena *arena, const struct envelope *envelope,
                                struct bytes *ret_json)
{
    const struct envelope_form form = {.version = ENVELOPE_V1, .member = envelope->member};
    *ret_json = (struct bytes){NULL, 0};
    return put(arena, &form, envelope, ret_json);
}

struct status envelope_seal(struct arena *arena, const struct envelope_sealer *sealer,
                            const struct envelope_form *form, struct bytes text,
                            struct bytes *ret_json)
{
    uint8_t memory[AAD_MAX];
    struct envelope envelope = {.version = form->version, .sender = *sealer->sender};
    *ret_json = (struct bytes){NULL, 0};
    uint8_t *sealed = text.len > SIZE_MAX / 4 ? NULL : arena_alloc(arena, text.len + AEAD_TAG);
    if (sealed == NULL) {
        return FAIL(NO_MEMORY);
    }
    SECRET32(key);
    TRY(entropy_fill(sealer->entropy, envelope.iv, AEAD_IV));
    TRY(key_of(sealer->keys, form, envelope.iv, &key));
    TRY(aead_seal(&key, envelope.iv, aad_of(form, memory), text, sealed));
    envelope.sealed = (struct bytes){sealed, text.len + AEAD_TAG};
    return put(arena, form, &envelope, ret_json);
}
