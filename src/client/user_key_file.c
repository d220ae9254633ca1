#include <string.h>

#include "base/secret.h"
#include "client/key_file.h"
#include "client/user_key.h"
#include "client/user_key_internal.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "crypto/ed25519.h"
#include "crypto/p256.h"
#include "ethereum/eth_address.h"

enum { DER_MAX = 256, SCALAR = 32, LINE = 64 };

/* A key in DER: what stands before the secret, between it and the public key, and whether that one
 * is there at all. The lengths in it are those of exactly these keys. */
struct form {
    const char *label; /* of its PEM */
    const char *before;
    const char *between;
    enum auth_scheme scheme;
    bool has_public;
};

#define P256_OID "2a8648ce3d030107"
#define EC_P256  "301306072a8648ce3d020106082a8648ce3d030107"

/* The first one of each scheme is written. */
static const struct form forms[] = {
    {"PRIVATE KEY", "308187020100" EC_P256 "046d306b0201010420", "a144034200", AUTH_P256, true},
    {"PRIVATE KEY", "3041020100" EC_P256 "042730250201010420", "", AUTH_P256, false},
    {"PRIVATE KEY", "308193020100" EC_P256 "047930770201010420", "a00a0608" P256_OID "a144034200",
     AUTH_P256, true},
    {"EC PRIVATE KEY", "30770201010420", "a00a0608" P256_OID "a144034200", AUTH_P256, true},
    {"PRIVATE KEY", "302e020100300506032b657004220420", "", AUTH_ED25519, false},
};

/* Public keys: what stands before the key. */
static const struct {
    enum auth_scheme scheme;
    const char *before;
    size_t len;
} public_forms[] = {
    {AUTH_P256, "3059" EC_P256 "034200", USER_KEY_WHOLE},
    {AUTH_P256, "3039" EC_P256 "032200", P256_SEC1},
    {AUTH_ED25519, "302a300506032b6570032100", ED25519_PUBLIC},
};

/* Bytes in DER. *secret*. */
struct der {
    uint8_t b[DER_MAX];
    size_t len;
};

static void der_wipe(struct der *der)
{
    secret_wipe(der, sizeof *der);
}

/* The text of a file. *secret*. */
struct file {
    uint8_t text[USER_KEY_FILE];
};

static void file_wipe(struct file *file)
{
    secret_wipe(file, sizeof *file);
}

/* --- PEM ------------------------------------------------------------------------------------ */

static const uint8_t *find(struct bytes text, const char *wanted)
{
    struct bytes prefix = bytes_of(wanted);
    for (size_t i = 0; i < text.len; i++) {
        if (bytes_starts(bytes_slice(text, i, text.len), prefix)) {
            return text.ptr + i;
        }
    }
    return NULL;
}

/* The bytes between the lines of a label. False: there are no such lines, or none. */
static bool read_pem(struct bytes text, const char *label, struct der *ret)
{
    uint8_t memory[LINE];
    SECRET(file, packed);
    struct buf line = buf_over(memory, sizeof memory - 1);
    buf_put_text(&line, "-----BEGIN ");
    buf_put_text(&line, label);
    buf_put_text(&line, "-----");
    memory[line.len] = '\0';
    const uint8_t *at = find(text, (const char *)memory);
    if (at == NULL) {
        return false;
    }
    struct bytes rest = bytes_slice(text, (size_t)(at - text.ptr) + line.len, text.len);
    size_t end = bytes_find(rest, '-');
    struct buf digits = buf_over(packed.text, sizeof packed.text);
    for (size_t i = 0; i < end; i++) {
        if (rest.ptr[i] != '\n' && rest.ptr[i] != '\r' && rest.ptr[i] != ' ') {
            buf_put_u8(&digits, rest.ptr[i]);
        }
    }
    struct buf out = buf_over(ret->b, sizeof ret->b);
    bool is_read =
        end < rest.len && !digits.failed && status_is_ok(base64_read(buf_bytes(&digits), &out));
    ret->len = out.len;
    return is_read;
}

static void put_pem(struct buf *out, const char *label, struct bytes der)
{
    SECRET(file, packed);
    struct buf digits = buf_over(packed.text, sizeof packed.text);
    base64_put(&digits, der);
    buf_put_text(out, "-----BEGIN ");
    buf_put_text(out, label);
    buf_put_text(out, "-----\n");
    for (size_t i = 0; i < digits.len; i += LINE) {
        buf_put(out, bytes_slice(buf_bytes(&digits), i, LINE));
        buf_put_text(out, "\n");
    }
    buf_put_text(out, "-----END ");
    buf_put_text(out, label);
    buf_put_text(out, "-----\n");
}

/* --- DER ------------------------------------------------------------------------------------ */

static bool take(struct bytes *rest, const char *hex)
{
    uint8_t memory[DER_MAX];
    size_t len = strlen(hex) / 2;
    bool is_there = status_is_ok(hex_read(bytes_of(hex), len, memory)) &&
                    bytes_starts(*rest, (struct bytes){memory, len});
    *rest = bytes_slice(*rest, is_there ? len : 0, rest->len);
    return is_there;
}

static void put_hex(struct buf *out, const char *hex)
{
    size_t len = strlen(hex) / 2;
    uint8_t *to = buf_reserve(out, len);
    if (to != NULL && !status_is_ok(hex_read(bytes_of(hex), len, to))) {
        out->failed = true;
    }
}

/* The key as files have it: of P-256 whole. */
static struct bytes whole_of(const struct user_public *public)
{
    return public->scheme == AUTH_P256 ? BYTES_ARRAY(public->whole) : user_public_bytes(public);
}

/* Returns: OK; KEY_FILE when it is not of this form; others of user_key_read. */
static struct status read_form(const struct form *form, const struct der *der, struct user_key *ret)
{
    struct bytes rest = {der->b, der->len};
    if (!take(&rest, form->before) || rest.len < SCALAR) {
        return FAIL(KEY_FILE);
    }
    *ret = (struct user_key){.public.scheme = form->scheme};
    memcpy(ret->d, rest.ptr, SCALAR);
    rest = bytes_slice(rest, SCALAR, rest.len);
    if (!take(&rest, form->between) || (!form->has_public && rest.len != 0)) {
        return FAIL(KEY_FILE);
    }
    TRY(user_key_complete(ret));
    return !form->has_public || bytes_equal(rest, whole_of(&ret->public)) ? OK : FAIL(KEY_INVALID);
}

static struct status read_private_pem(struct bytes text, struct user_key *ret)
{
    struct status status = FAIL(KEY_FILE);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        SECRET(der, der);
        if (read_pem(text, forms[i].label, &der)) {
            status = read_form(&forms[i], &der, ret);
            if (status.code != STATUS_KEY_FILE) {
                return status;
            }
        }
    }
    return status;
}

static struct status read_public_pem(struct bytes text, struct user_public *ret)
{
    SECRET(der, der);
    if (!read_pem(text, "PUBLIC KEY", &der)) {
        return FAIL(KEY_FILE);
    }
    for (size_t i = 0; i < sizeof public_forms / sizeof public_forms[0]; i++) {
        struct bytes rest = {der.b, der.len};
        if (!take(&rest, public_forms[i].before) || rest.len != public_forms[i].len) {
            continue;
        }
        *ret = (struct user_public){.scheme = public_forms[i].scheme};
        if (rest.len == USER_KEY_WHOLE) {
            memcpy(ret->whole, rest.ptr, rest.len);
            ret->len = P256_SEC1;
            return rest.ptr[0] == 4 ? p256_point(rest.ptr + 1, rest.ptr + 1 + SCALAR, ret->key)
                                    : FAIL(KEY_FILE);
        }
        memcpy(ret->key, rest.ptr, rest.len);
        ret->len = (uint8_t)rest.len;
        return ret->scheme == AUTH_P256 ? p256_key_check(ret->key) : ed25519_key_check(ret->key);
    }
    return FAIL(KEY_FILE);
}

/* --- JSON ----------------------------------------------------------------------------------- */

/* {"scheme", name}: its scheme, and the bytes of the other member. */
static struct status read_json(struct arena *arena, struct bytes text, const char *name,
                               enum auth_scheme *ret_scheme, struct bytes *ret_digits)
{
    const char *const members[] = {"scheme", name};
    struct json_in_doc doc;
    struct json_in scheme;
    struct json_in member;
    struct bytes scheme_text;
    TRY(status_judged(json_in_parse(arena, text, &doc), FAIL(KEY_FILE)));
    struct json_in root = json_in_root(&doc);
    if (!status_is_ok(json_in_members(&root, members, 2)) ||
        !status_is_ok(json_in_member(&root, "scheme", &scheme)) ||
        !status_is_ok(json_in_string(&scheme, &scheme_text)) ||
        !status_is_ok(json_in_member(&root, name, &member)) ||
        !status_is_ok(json_in_string(&member, ret_digits)) ||
        !status_is_ok(user_key_scheme(scheme_text, ret_scheme))) {
        return FAIL(KEY_FILE);
    }
    return OK;
}

static struct status read_private_json(struct arena *arena, struct bytes text, struct user_key *ret)
{
    enum auth_scheme scheme;
    struct bytes digits;
    TRY(read_json(arena, text, "key", &scheme, &digits));
    *ret = (struct user_key){.public.scheme = scheme};
    TRY(status_judged(hex_read_0x(digits, sizeof ret->d, ret->d), FAIL(KEY_FILE)));
    return user_key_complete(ret);
}

static struct status read_public_json(struct arena *arena, struct bytes text,
                                      struct user_public *ret)
{
    struct bytes digits;
    *ret = (struct user_public){0};
    TRY(read_json(arena, text, "public_key", &ret->scheme, &digits));
    bool is_known = ret->scheme == AUTH_EIP191 || ret->scheme == AUTH_STARK;
    size_t len = ret->scheme == AUTH_EIP191 ? ETH_ADDRESS_BYTES : SCALAR;
    if (!is_known || !status_is_ok(hex_read_0x(digits, len, ret->key))) {
        return FAIL(KEY_FILE);
    }
    ret->len = (uint8_t)len;
    return OK;
}

/* --- files ---------------------------------------------------------------------------------- */

static bool is_json(struct bytes text)
{
    return text.len != 0 && text.ptr[0] == '{';
}

static struct status read_private(struct arena *arena, struct bytes text, struct user_key *ret)
{
    struct status status =
        is_json(text) ? read_private_json(arena, text, ret) : read_private_pem(text, ret);
    if (!status_is_ok(status)) {
        user_key_wipe(ret);
    }
    return status;
}

struct status user_key_read(const char *path, struct arena *arena, struct user_key *ret)
{
    size_t mark = arena->used;
    struct bytes text;
    bool is_private;
    *ret = (struct user_key){0};
    struct status status = key_file_read(path, arena, &text, &is_private);
    if (status_is_ok(status)) {
        status = is_private ? read_private(arena, text, ret) : FAIL(KEY_FILE);
    }
    arena_rewind(arena, mark);
    return status;
}

static struct status read_public(struct arena *arena, struct bytes text, bool is_private,
                                 struct user_public *ret)
{
    SECRET(user_key, key);
    struct status status =
        is_json(text) ? read_public_json(arena, text, ret) : read_public_pem(text, ret);
    if (status.code != STATUS_KEY_FILE || !is_private) {
        return status;
    }
    TRY(read_private(arena, text, &key));
    *ret = key.public;
    return OK;
}

struct status user_key_read_public(const char *path, struct arena *arena, struct user_public *ret)
{
    size_t mark = arena->used;
    struct bytes text;
    bool is_private;
    struct status status = key_file_read(path, arena, &text, &is_private);
    status = status_is_ok(status) ? read_public(arena, text, is_private, ret) : status;
    arena_rewind(arena, mark);
    if (!status_is_ok(status)) {
        *ret = (struct user_public){0};
    }
    return status;
}

static void put_json(struct buf *out, enum auth_scheme scheme, const char *name,
                     struct bytes digits)
{
    buf_put_text(out, "{\"scheme\": \"");
    buf_put_text(out, user_key_scheme_name(scheme));
    buf_put_text(out, "\", \"");
    buf_put_text(out, name);
    buf_put_text(out, "\": \"0x");
    hex_put(out, digits);
    buf_put_text(out, "\"}\n");
}

static bool is_in_pem(enum auth_scheme scheme)
{
    return scheme == AUTH_P256 || scheme == AUTH_ED25519;
}

static void put_private(struct buf *out, const struct user_key *key)
{
    SECRET(der, der);
    struct buf bytes = buf_over(der.b, sizeof der.b);
    const struct form *form = forms;
    if (!is_in_pem(key->public.scheme)) {
        put_json(out, key->public.scheme, "key", BYTES_ARRAY(key->d));
        return;
    }
    while (form->scheme != key->public.scheme) {
        form++;
    }
    put_hex(&bytes, form->before);
    buf_put(&bytes, BYTES_ARRAY(key->d));
    put_hex(&bytes, form->between);
    buf_put(&bytes, form->has_public ? whole_of(&key->public) : (struct bytes){0});
    out->failed |= bytes.failed;
    put_pem(out, form->label, buf_bytes(&bytes));
}

struct status user_key_write(const char *path, const struct user_key *key)
{
    SECRET(file, file);
    struct buf text = buf_over(file.text, sizeof file.text);
    put_private(&text, key);
    TRY(buf_check(&text));
    return key_file_write(path, buf_bytes(&text));
}

struct status user_key_put_public(const struct user_public *public, struct buf *out)
{
    uint8_t memory[DER_MAX];
    struct buf der = buf_over(memory, sizeof memory);
    if (!is_in_pem(public->scheme)) {
        put_json(out, public->scheme, "public_key", user_public_bytes(public));
        return buf_check(out);
    }
    bool is_p256 = public->scheme == AUTH_P256;
    bool is_whole = is_p256 && public->whole[0] == 4;
    put_hex(&der, public_forms[is_p256 ? !is_whole : 2].before);
    buf_put(&der, is_whole ? BYTES_ARRAY(public->whole) : user_public_bytes(public));
    out->failed |= der.failed;
    put_pem(out, "PUBLIC KEY", buf_bytes(&der));
    return buf_check(out);
}
