#include "authenticators/passkey.h"

#include <string.h>

#include "authenticators/authenticator_internal.h"
#include "base/reader.h"
#include "codec/base64.h"
#include "codec/cbor.h"
#include "codec/json_in.h"
#include "crypto/p256.h"
#include "digest/sha256.h"

enum {
    FLAG_USER_PRESENT = 0x01,
    FLAG_USER_VERIFIED = 0x04,
    FLAG_BACKUP_ELIGIBLE = 0x08,
    FLAG_BACKED_UP = 0x10,
    FLAG_ATTESTED = 0x40,
    FLAG_EXTENSIONS = 0x80,
    CHALLENGE_TEXT = 43, /* of P */
    DER_SEQUENCE = 0x30,
    DER_INTEGER = 0x02,
    SCALAR = P256_BYTES,
};

/* The members of a proof. They live in the arena. */
struct assertion {
    struct bytes cred;
    struct bytes client;
    struct bytes auth;
    struct bytes sig;
};

/* What the authenticator says of itself. */
struct report {
    uint8_t flags;
    uint32_t counter;
};

static struct status format_unless(struct status status)
{
    return status_judged(status, FAIL(WEBAUTHN_FORMAT));
}

static struct status read_string(const struct json_in *at, const char *name, struct bytes *ret)
{
    struct json_in member;
    *ret = (struct bytes){NULL, 0};
    TRY(format_unless(json_in_member(at, name, &member)));
    return format_unless(json_in_string(&member, ret));
}

static struct status read_bytes(struct arena *arena, const struct json_in *at, const char *name,
                                size_t max, struct bytes *ret)
{
    struct bytes text;
    TRY(read_string(at, name, &text));
    uint8_t *memory = arena_alloc(arena, max);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf out = buf_over(memory, max);
    TRY(format_unless(base64_read_url(text, &out)));
    *ret = buf_bytes(&out);
    return OK;
}

static struct status read_proof(struct arena *arena, struct bytes proof, struct assertion *ret)
{
    static const char *const names[] = {"cred", "client", "auth", "sig"};
    struct json_in_doc doc;
    *ret = (struct assertion){.cred = {NULL, 0}};
    if (proof.len > PASSKEY_PROOF) {
        return FAIL(WEBAUTHN_FORMAT);
    }
    TRY(format_unless(json_in_parse(arena, proof, &doc)));
    struct json_in root = json_in_root(&doc);
    TRY(format_unless(json_in_members(&root, names, sizeof names / sizeof names[0])));
    TRY(read_bytes(arena, &root, names[0], PASSKEY_CRED, &ret->cred));
    TRY(read_bytes(arena, &root, names[1], PASSKEY_CLIENT, &ret->client));
    TRY(read_bytes(arena, &root, names[2], PASSKEY_AUTH, &ret->auth));
    return read_bytes(arena, &root, names[3], PASSKEY_SIG, &ret->sig);
}

/* A page of a listed origin, not within a page of another one. */
static struct status check_origin(const struct json_in *root,
                                  const struct authenticator_rules *rules)
{
    struct bytes origin;
    struct json_in member;
    bool is_cross = false;
    TRY(read_string(root, "origin", &origin));
    if (status_is_ok(json_in_member(root, "crossOrigin", &member))) {
        TRY(format_unless(json_in_bool(&member, &is_cross)));
    }
    bool is_framed = is_cross || status_is_ok(json_in_member(root, "topOrigin", &member));
    return is_framed ? FAIL(ORIGIN_UNLISTED) : authenticator_origin_check(rules, origin);
}

static struct status check_client(struct arena *arena, struct bytes client,
                                  const uint8_t proof_of[static AUTH_TEXT_HASH],
                                  const struct authenticator_rules *rules)
{
    uint8_t memory[CHALLENGE_TEXT];
    struct json_in_doc doc;
    struct bytes type;
    struct bytes challenge;
    TRY(format_unless(json_in_parse(arena, client, &doc)));
    struct json_in root = json_in_root(&doc);
    TRY(read_string(&root, "type", &type));
    TRY(read_string(&root, "challenge", &challenge));
    if (!bytes_equal(type, BYTES_LITERAL("webauthn.get"))) {
        return FAIL(WEBAUTHN_FORMAT);
    }
    TRY(check_origin(&root, rules));
    struct buf wanted = buf_over(memory, sizeof memory);
    base64_put_url(&wanted, (struct bytes){proof_of, AUTH_TEXT_HASH});
    return bytes_equal(challenge, buf_bytes(&wanted)) ? OK : FAIL(AUTH_FAILED);
}

/* What extensions say is a map from their names; nobody here looks into it. */
static struct status skip_extensions(struct bytes *rest)
{
    struct cbor_item item;
    TRY(cbor_expect(rest, CBOR_MAP, &item));
    for (uint64_t pairs = item.value; pairs != 0; pairs--) {
        TRY(cbor_expect(rest, CBOR_TEXT, &item));
        TRY(cbor_skip(rest));
    }
    return OK;
}

static bool flags_are_good(uint8_t flags)
{
    const uint8_t user = FLAG_USER_PRESENT | FLAG_USER_VERIFIED;
    bool is_eligible = (flags & FLAG_BACKUP_ELIGIBLE) != 0;
    bool is_backed_up = (flags & FLAG_BACKED_UP) != 0;
    return (flags & user) == user && (is_eligible || !is_backed_up) && (flags & FLAG_ATTESTED) == 0;
}

/* The fixed part first: behind an attested credential the rest would be read as something else. */
static struct status check_auth(struct bytes auth, struct bytes rp_id, struct report *ret)
{
    uint8_t rp_id_hash[SHA256_BYTES];
    struct reader reader = reader_over(auth);
    struct bytes hash = reader_take(&reader, SHA256_BYTES);
    *ret = (struct report){.flags = reader_u8(&reader)};
    ret->counter = reader_u32(&reader);
    if (reader.failed) {
        return FAIL(WEBAUTHN_FORMAT);
    }
    if (!flags_are_good(ret->flags)) {
        return FAIL(WEBAUTHN_FLAGS);
    }
    if ((ret->flags & FLAG_EXTENSIONS) != 0) {
        TRY(format_unless(skip_extensions(&reader.rest)));
    }
    if (reader.rest.len != 0) {
        return FAIL(WEBAUTHN_FORMAT);
    }
    sha256_hash(rp_id, rp_id_hash);
    return bytes_equal(hash, BYTES_ARRAY(rp_id_hash)) ? OK : FAIL(ORIGIN_UNLISTED);
}

/* A positive integer in the one form that DER has, at full width. False: it is none. */
static bool read_scalar(struct reader *reader, uint8_t ret[static SCALAR])
{
    uint8_t tag = reader_u8(reader);
    struct bytes value = reader_take(reader, reader_u8(reader));
    if (reader->failed || tag != DER_INTEGER || value.len == 0 || value.ptr[0] >= 0x80) {
        return false;
    }
    if (value.ptr[0] == 0) {
        value = bytes_slice(value, 1, SIZE_MAX);
        if (value.len == 0 || value.ptr[0] < 0x80) {
            return false;
        }
    }
    if (value.len > SCALAR) {
        return false;
    }
    memset(ret, 0, SCALAR);
    memcpy(ret + SCALAR - value.len, value.ptr, value.len);
    return true;
}

static struct status read_signature(struct bytes der, uint8_t ret[static P256_SIGNATURE])
{
    struct reader reader = reader_over(der);
    bool is_whole = reader_u8(&reader) == DER_SEQUENCE && reader_u8(&reader) == reader.rest.len;
    bool is_pair = is_whole && read_scalar(&reader, ret) && read_scalar(&reader, ret + SCALAR);
    return is_pair && reader_done(&reader) ? OK : FAIL(WEBAUTHN_FORMAT);
}

/* What is signed is authenticatorData and the SHA-256 of the client's data behind it. */
static struct status check_signature(const struct assertion *assertion, const uint8_t *key)
{
    uint8_t signature[P256_SIGNATURE];
    uint8_t digest[SHA256_BYTES];
    struct sha256 sha;
    TRY(read_signature(assertion->sig, signature));
    sha256_hash(assertion->client, digest);
    sha256_init(&sha);
    sha256_update(&sha, assertion->auth);
    sha256_update(&sha, BYTES_ARRAY(digest));
    sha256_final(&sha, digest);
    return p256_verify(key, digest, signature);
}

/* One that can be copied shows any counter; one that cannot, without a counter, always 0. */
struct status passkey_check_known(const struct authenticator_passkey *says,
                                  const struct authenticator_passkey *known)
{
    if (!bytes_equal(says->cred, known->cred)) {
        return FAIL(AUTH_FAILED);
    }
    if (known->is_new) {
        return OK;
    }
    if (says->is_backup_eligible != known->is_backup_eligible) {
        return FAIL(WEBAUTHN_FLAGS);
    }
    bool is_counting = !says->is_backup_eligible && (says->counter != 0 || known->counter != 0);
    return is_counting && says->counter <= known->counter ? FAIL(WEBAUTHN_COUNTER) : OK;
}

static struct authenticator_passkey passkey_of(struct bytes cred, const struct report *report)
{
    return (struct authenticator_passkey){
        .cred = cred,
        .is_backup_eligible = (report->flags & FLAG_BACKUP_ELIGIBLE) != 0,
        .counter = report->counter,
    };
}

struct status passkey_verify(struct arena *arena, const struct authenticator_said *said,
                             const struct authenticator_rules *rules,
                             const struct authenticator_claim *claim)
{
    struct authenticator_passkey *passkey = claim->passkey;
    struct assertion assertion;
    struct report report;
    TRY(read_proof(arena, claim->proof, &assertion));
    TRY(check_client(arena, assertion.client, said->proof_of, rules));
    TRY(check_auth(assertion.auth, rules->rp_id, &report));
    if (!bytes_equal(assertion.cred, passkey->cred)) {
        return FAIL(AUTH_FAILED);
    }
    TRY(check_signature(&assertion, claim->key.ptr));
    const struct authenticator_passkey says = passkey_of(passkey->cred, &report);
    TRY(passkey_check_known(&says, passkey));
    *passkey = says;
    return OK;
}

struct status passkey_read(struct arena *arena, struct bytes proof,
                           struct authenticator_passkey *ret)
{
    struct assertion assertion;
    *ret = (struct authenticator_passkey){0};
    TRY(read_proof(arena, proof, &assertion));
    struct reader reader = reader_over(assertion.auth);
    (void)reader_take(&reader, SHA256_BYTES);
    struct report report = {.flags = reader_u8(&reader)};
    report.counter = reader_u32(&reader);
    if (reader.failed) {
        return FAIL(WEBAUTHN_FORMAT);
    }
    *ret = passkey_of(assertion.cred, &report);
    return OK;
}
