/* covers: src/wire/envelope.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/base64.h"
#include "codec/hex.h"
#include "wire/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 16384 };

static struct arena arena;
static struct p384_point client_point;
static struct p384_point node_point;
static struct envelope_keys keys;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static void start(void)
{
    const uint8_t client[P384_BYTES] = {[47] = 11};
    const uint8_t node[P384_BYTES] = {[47] = 13};
    struct p384_key key;
    if (arena.base != NULL) {
        return;
    }
    require(status_is_ok(arena_init(&arena, 16u << 20)));
    require(status_is_ok(p384_key_from(client, &key)));
    require(status_is_ok(p384_public(&key, &client_point)));
    require(status_is_ok(p384_key_from(node, &key)));
    require(status_is_ok(p384_public(&key, &node_point)));
    require(status_is_ok(envelope_keys(&key, &node_point, &client_point, ENVELOPE_NODE, &keys)));
}

static struct bytes member(const struct json_in *root, const char *name)
{
    struct json_in at;
    struct bytes text;
    require(status_is_ok(json_in_member(root, name, &at)));
    require(status_is_ok(json_in_string(&at, &text)));
    return text;
}

/* True when text, less its prefix and in lower case, starts with the hex of data. */
static bool is_hex_of(struct bytes text, const uint8_t *data, size_t len)
{
    static uint8_t memory[2 * LONGEST];
    struct buf out = buf_over(memory, sizeof memory);
    hex_put(&out, (struct bytes){data, len});
    if (text.len > 1 && text.ptr[0] == '0' && (text.ptr[1] | 32) == 'x') {
        text = bytes_slice(text, 2, text.len);
    }
    for (size_t i = 0; i < out.len; i++) {
        uint8_t c = i < text.len ? text.ptr[i] : 0;
        if ((c >= 'A' && c <= 'F' ? c + 32 : c) != memory[i]) {
            return false;
        }
    }
    return true;
}

static bool is_base64_of(struct bytes text, struct bytes data)
{
    static uint8_t memory[2 * LONGEST];
    struct buf out = buf_over(memory, sizeof memory);
    base64_put(&out, data);
    return bytes_equal(text, buf_bytes(&out));
}

/* What is read is what stands there, and nobody without the keys wrote something that opens. */
static void check_read(struct bytes json)
{
    struct json_in_doc doc;
    struct envelope read;
    struct bytes text;
    struct envelope_form form = {.version = ENVELOPE_V1};
    if (!status_is_ok(json_in_parse(&arena, json, &doc))) {
        return;
    }
    struct json_in root = json_in_root(&doc);
    if (status_is_ok(envelope_read_v1(&arena, &root, NULL, &read))) {
        uint8_t spki[P384_SPKI];
        p384_point_spki(&read.sender, spki);
        struct bytes sender = member(&root, "sender_tee_pubkey");
        const char *name = read.member == ENVELOPE_CIPHERTEXT ? "ciphertext" : "encrypted_data";
        require(is_hex_of(sender, spki, sizeof spki) ||
                is_hex_of(sender, read.sender.sec1, sizeof read.sender.sec1));
        require(is_hex_of(member(&root, "nonce"), read.iv, AEAD_IV));
        require(is_hex_of(member(&root, name), read.sealed.ptr, read.sealed.len));
        require(envelope_open_v1(&arena, &read, &keys, &form, &text).code == STATUS_AEAD_INVALID);
        require(form.derivation == ENVELOPE_STATIC);
    }
    form.version = ENVELOPE_V2;
    if (status_is_ok(envelope_read_v2(&arena, &root, NULL, &read))) {
        require(is_base64_of(member(&root, "sender"), BYTES_ARRAY(read.sender.sec1)));
        require(is_base64_of(member(&root, "iv"), BYTES_ARRAY(read.iv)));
        require(is_base64_of(member(&root, "sealed"), read.sealed));
        require(envelope_open(&arena, &read, &keys, &form, &text).code == STATUS_AEAD_INVALID);
    }
}

static struct status give(void *context, uint8_t *out, size_t len)
{
    memset(out, *(const uint8_t *)context, len);
    return OK;
}

/* What is sealed is read and opens to the same; with one character changed it does not open. */
static void check_sealed(uint8_t choice, uint16_t place, struct bytes plain)
{
    struct entropy entropy = {&choice, give};
    struct envelope_sealer sealer = {&keys, &client_point, &entropy};
    struct envelope_form form = {
        .version = choice & 1 ? ENVELOPE_V1 : ENVELOPE_V2,
        .member = choice & 2 ? ENVELOPE_CIPHERTEXT : ENVELOPE_ENCRYPTED_DATA,
        .derivation = (enum envelope_derivation)(choice >> 3 & 3),
        .way = choice & 4 ? ENVELOPE_REQUEST : ENVELOPE_RESPONSE,
        .digest = {choice},
    };
    struct json_in_doc doc;
    struct envelope read;
    struct bytes json;
    struct bytes text;
    require(status_is_ok(envelope_seal(&arena, &sealer, &form, plain, &json)));
    require(status_is_ok(json_in_parse(&arena, json, &doc)));
    struct json_in root = json_in_root(&doc);
    bool is_v1 = form.version == ENVELOPE_V1;
    require(status_is_ok(is_v1 ? envelope_read_v1(&arena, &root, NULL, &read)
                               : envelope_read_v2(&arena, &root, NULL, &read)));
    require(!is_v1 || read.member == form.member);
    require(p384_point_equal(&read.sender, &client_point));
    require(status_is_ok(envelope_open(&arena, &read, &keys, &form, &text)));
    require(bytes_equal(text, plain));

    uint8_t *sealed = arena_alloc(&arena, read.sealed.len);
    require(sealed != NULL);
    memcpy(sealed, read.sealed.ptr, read.sealed.len);
    sealed[place % read.sealed.len] ^= (uint8_t)(1u << (choice >> 5));
    read.sealed.ptr = sealed;
    require(envelope_open(&arena, &read, &keys, &form, &text).code == STATUS_AEAD_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    start();
    arena_reset(&arena);
    if (len > LONGEST) {
        return 0;
    }
    if (len > 4 && data[0] == '!') {
        check_sealed(data[1], (uint16_t)(data[2] << 8 | data[3]),
                     (struct bytes){data + 4, len - 4});
    } else {
        check_read((struct bytes){data, len});
    }
    return 0;
}
