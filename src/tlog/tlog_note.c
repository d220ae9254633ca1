#include "tlog/tlog_note.h"

#include <string.h>

#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "codec/utf8.h"

enum {
    TYPE_ED25519 = 0x01,
    SIGNATURES_MAX = 100,
    BLOB_MAX = 4096, /* of a signature in base64, whoever's it is; ML-DSA has 3.3 kB */
};

/* An em dash and a space. */
#define SIGNATURE_START "\xe2\x80\x94 "

static bool is_name(struct bytes name)
{
    if (name.len == 0 || !utf8_valid(name)) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= ' ' || name.ptr[i] == '+' || name.ptr[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

struct status tlog_note_key_make(struct bytes name, const uint8_t public[static TLOG_NOTE_PUBLIC],
                                 struct tlog_note_key *ret)
{
    uint8_t hash[SHA256_BYTES];
    struct sha256 sha;
    *ret = (struct tlog_note_key){.name_len = 0};
    if (!is_name(name) || name.len > TLOG_NOTE_NAME) {
        return FAIL(AUDIT_NOTE_INVALID);
    }
    memcpy(ret->name, name.ptr, name.len);
    ret->name_len = name.len;
    memcpy(ret->public, public, TLOG_NOTE_PUBLIC);
    sha256_init(&sha);
    sha256_update(&sha, name);
    sha256_update(&sha, BYTES_LITERAL("\n\x01"));
    sha256_update(&sha, BYTES_ARRAY(ret->public));
    sha256_final(&sha, hash);
    memcpy(ret->id, hash, TLOG_NOTE_ID);
    return OK;
}

static struct bytes name_of(const struct tlog_note_key *key)
{
    return (struct bytes){key->name, key->name_len};
}

void tlog_note_key_put(const struct tlog_note_key *key, struct buf *out)
{
    uint8_t typed[1 + TLOG_NOTE_PUBLIC] = {TYPE_ED25519};
    memcpy(typed + 1, key->public, TLOG_NOTE_PUBLIC);
    buf_put(out, name_of(key));
    buf_put_u8(out, '+');
    hex_put(out, BYTES_ARRAY(key->id));
    buf_put_u8(out, '+');
    base64_put(out, BYTES_ARRAY(typed));
}

/* Cut what stands before the separator off rest. False: there is none. */
static bool cut(struct bytes *rest, uint8_t separator, struct bytes *ret_part)
{
    size_t at = bytes_find(*rest, separator);
    *ret_part = bytes_slice(*rest, 0, at);
    if (at == rest->len) {
        return false;
    }
    *rest = bytes_slice(*rest, at + 1, SIZE_MAX);
    return true;
}

struct status tlog_note_key_read(struct bytes text, struct tlog_note_key *ret)
{
    struct bytes name;
    struct bytes id_text;
    uint8_t id[TLOG_NOTE_ID];
    uint8_t typed[1 + TLOG_NOTE_PUBLIC];
    struct buf key = buf_over(typed, sizeof typed);
    *ret = (struct tlog_note_key){.name_len = 0};
    if (!cut(&text, '+', &name) || !cut(&text, '+', &id_text) ||
        !status_is_ok(hex_read(id_text, sizeof id, id)) || !status_is_ok(base64_read(text, &key)) ||
        key.len != sizeof typed || typed[0] != TYPE_ED25519) {
        return FAIL(AUDIT_NOTE_INVALID);
    }
    TRY(tlog_note_key_make(name, typed + 1, ret));
    if (!bytes_equal(BYTES_ARRAY(id), BYTES_ARRAY(ret->id))) {
        *ret = (struct tlog_note_key){.name_len = 0};
        return FAIL(AUDIT_NOTE_INVALID);
    }
    return OK;
}

void tlog_note_origin(const uint8_t domain[static SHA256_BYTES], const uint8_t boot[static 16],
                      struct buf *out)
{
    buf_put_text(out, "audit.coffer/");
    hex_put(out, (struct bytes){domain, 8});
    buf_put_u8(out, '/');
    hex_put(out, (struct bytes){boot, 16});
}

void tlog_note_key_binding(const struct tlog_note_key *key, struct buf *out)
{
    buf_put_text(out, "CofferAudit/1\n");
    tlog_note_key_put(key, out);
}

void tlog_note_text(struct bytes origin, uint64_t size, const uint8_t root[static SHA256_BYTES],
                    struct buf *out)
{
    buf_put(out, origin);
    buf_put_u8(out, '\n');
    buf_put_decimal(out, size);
    buf_put_u8(out, '\n');
    base64_put(out, (struct bytes){root, SHA256_BYTES});
    buf_put_u8(out, '\n');
}

void tlog_note_sign(const struct tlog_note_key *key,
                    const uint8_t signature[static TLOG_NOTE_SIGNATURE], struct buf *out)
{
    uint8_t blob[TLOG_NOTE_ID + TLOG_NOTE_SIGNATURE];
    memcpy(blob, key->id, TLOG_NOTE_ID);
    memcpy(blob + TLOG_NOTE_ID, signature, TLOG_NOTE_SIGNATURE);
    buf_put_text(out, "\n" SIGNATURE_START);
    buf_put(out, name_of(key));
    buf_put_u8(out, ' ');
    base64_put(out, BYTES_ARRAY(blob));
    buf_put_u8(out, '\n');
}

/* A line of a signature, whoever's it is. Out: ret_blob, the base64 of id and signature. */
static bool read_signature(struct bytes line, struct bytes *ret_name, struct bytes *ret_blob)
{
    if (!bytes_starts(line, BYTES_LITERAL(SIGNATURE_START))) {
        return false;
    }
    struct bytes rest = bytes_slice(line, sizeof SIGNATURE_START - 1, SIZE_MAX);
    if (!cut(&rest, ' ', ret_name) || !is_name(*ret_name)) {
        return false;
    }
    *ret_blob = rest;
    uint8_t memory[BLOB_MAX];
    struct buf blob = buf_over(memory, sizeof memory);
    return status_is_ok(base64_read(rest, &blob)) && blob.len > TLOG_NOTE_ID;
}

static bool are_signatures(struct bytes rest)
{
    size_t count = 0;
    struct bytes line;
    struct bytes name;
    struct bytes blob;
    while (rest.len != 0) {
        if (!cut(&rest, '\n', &line) || !read_signature(line, &name, &blob) ||
            ++count > SIGNATURES_MAX) {
            return false;
        }
    }
    return count != 0;
}

/* The text up to and with the line end before the last empty line. */
static bool split(struct bytes text, struct tlog_note *ret)
{
    for (size_t at = text.len; at-- > 1;) {
        if (text.ptr[at] == '\n' && text.ptr[at - 1] == '\n') {
            ret->text = bytes_slice(text, 0, at);
            ret->signatures = bytes_slice(text, at + 1, SIZE_MAX);
            return true;
        }
    }
    return false;
}

static bool has_control_characters(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((text.ptr[i] < ' ' && text.ptr[i] != '\n') || text.ptr[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool read_body(struct tlog_note *note)
{
    struct bytes rest = note->text;
    struct bytes size;
    struct bytes root;
    struct bytes extension;
    struct buf out = buf_over(note->root, sizeof note->root);
    if (!cut(&rest, '\n', &note->origin) || note->origin.len == 0 || !cut(&rest, '\n', &size) ||
        !status_is_ok(decimal_u64(size, &note->size)) || !cut(&rest, '\n', &root) ||
        !status_is_ok(base64_read(root, &out)) || out.len != sizeof note->root) {
        return false;
    }
    while (rest.len != 0) {
        if (!cut(&rest, '\n', &extension) || extension.len == 0) {
            return false;
        }
    }
    return true;
}

struct status tlog_note_read(struct bytes text, struct tlog_note *ret)
{
    *ret = (struct tlog_note){.size = 0};
    if (text.len > TLOG_NOTE_MAX || !utf8_valid(text) || has_control_characters(text) ||
        !split(text, ret) || !are_signatures(ret->signatures) || !read_body(ret)) {
        *ret = (struct tlog_note){.size = 0};
        return FAIL(AUDIT_NOTE_INVALID);
    }
    return OK;
}

struct status tlog_note_check(const struct tlog_note *note, const struct tlog_note_key *key,
                              const struct tlog_note_port *port)
{
    struct bytes rest = note->signatures;
    struct bytes line;
    struct bytes name;
    struct bytes text;
    bool found = false;
    while (cut(&rest, '\n', &line) && read_signature(line, &name, &text)) {
        uint8_t memory[BLOB_MAX];
        struct buf blob = buf_over(memory, sizeof memory);
        TRY(base64_read(text, &blob));
        if (!bytes_equal(name, name_of(key)) ||
            !bytes_starts(buf_bytes(&blob), BYTES_ARRAY(key->id))) {
            continue;
        }
        if (blob.len != TLOG_NOTE_ID + TLOG_NOTE_SIGNATURE) {
            return FAIL(SIGNATURE_INVALID);
        }
        TRY(port->verify(port->context, key->public, note->text, memory + TLOG_NOTE_ID));
        found = true;
    }
    return found ? OK : FAIL(SIGNATURE_INVALID);
}
