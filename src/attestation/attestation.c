#include "attestation/attestation.h"

#include <string.h>

#include "base/arena.h"
#include "base/invariant.h"
#include "codec/base64.h"
#include "codec/json_in.h"
#include "digest/keccak256.h"
#include "digest/sha256.h"

enum { USER_DATA_VERSION = 1 };

enum { JSON_ROOM = 65536 }; /* what it takes to read DOCUMENT_DATA_MAX bytes of it */

void attestation_user_data(enum attestation_purpose purpose, struct bytes binding,
                           uint8_t out[static ATTESTATION_USER_DATA])
{
    out[0] = USER_DATA_VERSION;
    out[1] = (uint8_t)purpose;
    sha256_hash(binding, out + 2);
}

const char *attestation_maker_name(enum attestation_maker maker)
{
    return maker == ATTESTATION_ODYN ? "odyn" : "module";
}

void attestation_code_measurement(const struct document *document,
                                  uint8_t out[static ATTESTATION_CODE])
{
    uint8_t all[ATTESTATION_MEASURED * DOCUMENT_PCR];
    for (size_t i = 0; i < ATTESTATION_MEASURED; i++) {
        INVARIANT(document->pcrs[i] != NULL);
        memcpy(all + i * DOCUMENT_PCR, document->pcrs[i], DOCUMENT_PCR);
    }
    keccak256_hash(BYTES_ARRAY(all), out);
}

/* Who made it: the chain at that time, and the signature of its leaf. */
static struct status check_origin(const struct document *document, struct bytes root,
                                  struct clock_interval time)
{
    struct p384_point key;
    const struct x509_chain chain = {
        .root = root,
        .bundle = document->bundle,
        .count = document->bundle_count,
        .leaf = document->certificate,
    };
    uint8_t memory[DOCUMENT_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    TRY(x509_chain_check(&chain, time, &key));
    document_put_signed(document, &text);
    TRY(buf_check(&text));
    struct status status = es384_verify(&key, buf_bytes(&text), document->signature);
    return status.code == STATUS_SIGNATURE_INVALID ? FAIL(ATTESTATION_SIGNATURE) : status;
}

static bool is_zero(const uint8_t *pcr)
{
    static const uint8_t zero[DOCUMENT_PCR];
    return bytes_equal((struct bytes){pcr, sizeof zero}, BYTES_ARRAY(zero));
}

static bool is_measured(const struct document *document,
                        const struct attestation_measurement *allowed)
{
    for (size_t i = 0; i < ATTESTATION_MEASURED; i++) {
        struct bytes found = {document->pcrs[i], DOCUMENT_PCR};
        if (!bytes_equal(found, BYTES_ARRAY(allowed->pcrs[i]))) {
            return false;
        }
    }
    return true;
}

/* In: document, with all that is measured. */
static bool is_allowed(const struct document *document, const struct attestation_expected *expected)
{
    uint8_t code[ATTESTATION_CODE];
    for (size_t i = 0; i < expected->allowed_count; i++) {
        if (is_measured(document, &expected->allowed[i])) {
            return true;
        }
    }
    attestation_code_measurement(document, code);
    for (size_t i = 0; i < expected->code_count; i++) {
        if (bytes_equal(BYTES_ARRAY(code), BYTES_ARRAY(expected->codes[i].keccak))) {
            return true;
        }
    }
    return false;
}

/* An enclave in debug mode has zeros, which no list of trusted code can allow. */
static struct status check_code(const struct document *document,
                                const struct attestation_expected *expected)
{
    for (size_t i = 0; i < ATTESTATION_MEASURED; i++) {
        if (document->pcrs[i] == NULL) {
            return FAIL(ATTESTATION_MEASUREMENT);
        }
        if (is_zero(document->pcrs[i])) {
            return FAIL(ATTESTATION_DEBUG);
        }
    }
    return is_allowed(document, expected) ? OK : FAIL(ATTESTATION_MEASUREMENT);
}

/* Odyn adds members of its own. */
static struct status read_member(struct arena *arena, struct bytes text, struct buf *out)
{
    struct json_in_doc doc;
    struct json_in member;
    struct bytes coffer;
    TRY(json_in_parse(arena, text, &doc));
    struct json_in root = json_in_root(&doc);
    TRY(json_in_member(&root, "coffer", &member));
    TRY(json_in_string(&member, &coffer));
    return base64_read(coffer, out);
}

static struct status read_json(struct bytes text, struct buf *out)
{
    struct arena arena;
    TRY(arena_init(&arena, JSON_ROOM));
    struct status status = read_member(&arena, text, out);
    arena_deinit(&arena);
    return status_judged(status, FAIL(ATTESTATION_BINDING));
}

/* Out: data, what our part of the user data is, whatever it says. */
static struct status read_user_data(const struct document *document, enum attestation_maker maker,
                                    struct buf *out)
{
    struct bytes found = document->user_data.content;
    if (maker == ATTESTATION_ODYN) {
        return read_json(found, out);
    }
    buf_put(out, found);
    return out->failed ? FAIL(ATTESTATION_BINDING) : OK;
}

static struct status check_binding(const struct document *document,
                                   const struct attestation_expected *expected)
{
    uint8_t wanted[ATTESTATION_USER_DATA];
    uint8_t found[ATTESTATION_USER_DATA];
    struct buf out = buf_over(found, sizeof found);
    attestation_user_data(expected->purpose, expected->binding, wanted);
    TRY(read_user_data(document, expected->maker, &out));
    if (out.len != sizeof found) {
        return FAIL(ATTESTATION_BINDING);
    }
    if (found[1] != wanted[1]) {
        return FAIL(ATTESTATION_PURPOSE);
    }
    return bytes_equal(BYTES_ARRAY(found), BYTES_ARRAY(wanted)) ? OK : FAIL(ATTESTATION_BINDING);
}

static bool has_public_key(enum attestation_purpose purpose)
{
    return purpose == ATTESTATION_KMS || purpose == ATTESTATION_RECOVERY;
}

/* What it says. */
static struct status check_claims(const struct document *document,
                                  const struct attestation_expected *expected)
{
    TRY(check_code(document, expected));
    TRY(check_binding(document, expected));
    bool is_fit = document->public_key.is_there == has_public_key(expected->purpose);
    return is_fit ? OK : FAIL(ATTESTATION_PUBLIC_KEY);
}

static struct status check_moment(const struct document *document,
                                  const struct attestation_moment *moment)
{
    uint64_t made = document->timestamp_ms;
    struct clock_interval now = moment->now;
    if (made > now.lo_ms && made - now.lo_ms > ATTESTATION_SKEW_MS) {
        return FAIL(ATTESTATION_FUTURE);
    }
    bool is_stale = made < now.hi_ms && now.hi_ms - made > moment->max_age_ms;
    return is_stale ? FAIL(ATTESTATION_STALE) : OK;
}

static struct status check_nonce(const struct document *document, struct bytes nonce)
{
    bool is_ours = nonce.len >= ATTESTATION_NONCE_MIN && document->nonce.is_there &&
                   bytes_equal(document->nonce.content, nonce);
    return is_ours ? OK : FAIL(ATTESTATION_NONCE);
}

static struct status verify_live(struct bytes in, const struct attestation_expected *expected,
                                 const struct attestation_moment *moment, struct document *ret)
{
    TRY(document_read(in, ret));
    TRY(check_nonce(ret, moment->nonce));
    TRY(check_moment(ret, moment));
    TRY(check_origin(ret, expected->root, moment->now));
    return check_claims(ret, expected);
}

static struct status verify_evidence(struct bytes in, const struct attestation_expected *expected,
                                     struct document *ret)
{
    TRY(document_read(in, ret));
    const struct clock_interval made = {ret->timestamp_ms, ret->timestamp_ms};
    TRY(check_origin(ret, expected->root, made));
    return check_claims(ret, expected);
}

static struct status whole_or_empty(struct status status, struct document *ret)
{
    if (!status_is_ok(status)) {
        *ret = (struct document){0};
    }
    return status;
}

struct status attestation_verify_live(struct bytes in, const struct attestation_expected *expected,
                                      const struct attestation_moment *moment, struct document *ret)
{
    return whole_or_empty(verify_live(in, expected, moment, ret), ret);
}

struct status attestation_verify_evidence(struct bytes in,
                                          const struct attestation_expected *expected,
                                          struct document *ret)
{
    return whole_or_empty(verify_evidence(in, expected, ret), ret);
}
