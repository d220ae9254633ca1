#include "client/user_statement.h"

#include <string.h>

#include "authenticators/authenticator.h"
#include "codec/base64.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "digest/sha256.h"

enum { SIG_PARTS = 3 };

/* --- making --------------------------------------------------------------------------------- */

/* A writer of max bytes in the arena. */
static struct status open_text(struct arena *arena, size_t max, struct buf *ret)
{
    uint8_t *memory = arena_alloc(arena, max);
    *ret = buf_over(memory, memory == NULL ? 0 : max);
    return memory == NULL ? FAIL(NO_MEMORY) : OK;
}

static struct status make(struct arena *arena, const struct auth_statement *about,
                          enum statement_op op, const union statement_body *body,
                          struct user_statement *ret)
{
    uint8_t hash[AUTH_TEXT_HASH];
    struct auth_statement whole = *about;
    struct statement *statement;
    struct buf out;
    TRY(open_text(arena, STATEMENT_BODY_DOCUMENT_MAX, &out));
    TRY(status_judged(statement_body_put(op, body, &out), FAIL(RECORD_INVALID)));
    ret->body = buf_bytes(&out);
    sha256_hash(ret->body, hash);
    whole.op = bytes_of(statement_op_name(op));
    whole.is_apart = !statement_op_is_chained(op);
    whole.body = hash;
    TRY(open_text(arena, AUTH_TEXT_MAX, &out));
    TRY(status_judged(auth_text_put_statement(&whole, &out), FAIL(RECORD_INVALID)));
    ret->text = buf_bytes(&out);
    return user_statement_open(arena, ret, &statement);
}

struct status user_statement_make(struct arena *arena, const struct auth_statement *about,
                                  enum statement_op op, const union statement_body *body,
                                  struct user_statement *ret)
{
    *ret = (struct user_statement){0};
    struct status status = make(arena, about, op, body, ret);
    if (!status_is_ok(status)) {
        *ret = (struct user_statement){0};
    }
    return status;
}

struct status user_statement_make_ticket(struct arena *arena, const struct auth_ticket *about,
                                         struct user_statement *ret)
{
    struct buf out;
    *ret = (struct user_statement){0};
    TRY(open_text(arena, AUTH_TEXT_MAX, &out));
    TRY(auth_text_put_ticket(about, &out));
    ret->text = buf_bytes(&out);
    return OK;
}

/* --- files ---------------------------------------------------------------------------------- */

static struct status read_bytes(struct arena *arena, const struct json_in *at, struct bytes *ret)
{
    struct bytes text;
    struct buf out;
    TRY(json_in_string(at, &text));
    TRY(open_text(arena, text.len / 4 * 3 + 2, &out));
    TRY(base64_read_url(text, &out));
    *ret = buf_bytes(&out);
    return OK;
}

static struct status read_sig(struct arena *arena, const struct json_in *at,
                              struct statement_sig *ret)
{
    size_t count;
    uint64_t scheme;
    TRY(json_in_count(at, &count));
    if (json_in_kind(at) != JSON_IN_ARRAY || count != SIG_PARTS) {
        return FAIL(RECORD_INVALID);
    }
    struct json_in part[SIG_PARTS] = {json_in_item(at, 0), json_in_item(at, 1),
                                      json_in_item(at, 2)};
    TRY(json_in_u64(&part[0], 1, AUTH_SERVICE, &scheme));
    TRY(read_bytes(arena, &part[1], &ret->key));
    TRY(read_bytes(arena, &part[2], &ret->proof));
    ret->scheme = (enum auth_scheme)scheme;
    bool is_good = statement_key_fits(scheme, ret->key) && ret->proof.len != 0 &&
                   ret->proof.len <= STATEMENT_PROOF_MAX;
    return is_good ? OK : FAIL(RECORD_INVALID);
}

static struct status read_sigs(struct arena *arena, const struct json_in *at,
                               struct user_statement *ret)
{
    TRY(json_in_count(at, &ret->sig_count));
    if (json_in_kind(at) != JSON_IN_ARRAY || ret->sig_count > STATEMENT_SIGS_MAX) {
        return FAIL(RECORD_INVALID);
    }
    for (size_t i = 0; i < ret->sig_count; i++) {
        struct json_in item = json_in_item(at, i);
        TRY(read_sig(arena, &item, &ret->sigs[i]));
    }
    return OK;
}

static struct status read_members(struct arena *arena, const struct json_in *root,
                                  struct user_statement *ret)
{
    static const char *const names[] = {"text", "sigs", "body"};
    struct json_in at;
    bool has_body = json_in_find(root, "body", &at);
    if (has_body) {
        TRY(read_bytes(arena, &at, &ret->body));
    }
    TRY(json_in_members(root, names, sizeof names / sizeof names[0] - !has_body));
    TRY(json_in_member(root, "text", &at));
    TRY(json_in_string(&at, &ret->text));
    TRY(json_in_member(root, "sigs", &at));
    return read_sigs(arena, &at, ret);
}

struct status user_statement_read(struct arena *arena, struct bytes file,
                                  struct user_statement *ret)
{
    struct json_in_doc doc;
    *ret = (struct user_statement){0};
    TRY(json_in_parse(arena, file, &doc));
    struct json_in root = json_in_root(&doc);
    struct status status = read_members(arena, &root, ret);
    if (!status_is_ok(status)) {
        *ret = (struct user_statement){0};
    }
    return status_judged(status, FAIL(RECORD_INVALID));
}

static void put_bytes(struct json_out *out, struct bytes bytes)
{
    json_out_raw(out, BYTES_LITERAL("\""));
    base64_put_url(out->buf, bytes);
    buf_put_u8(out->buf, '"');
}

struct status user_statement_put(const struct user_statement *statement, struct buf *out)
{
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    json_out_member_string(&json, "text", statement->text);
    if (!user_statement_is_ticket(statement)) {
        json_out_name(&json, "body");
        put_bytes(&json, statement->body);
    }
    json_out_name(&json, "sigs");
    json_out_array(&json);
    for (size_t i = 0; i < statement->sig_count; i++) {
        json_out_array(&json);
        json_out_u64(&json, statement->sigs[i].scheme);
        put_bytes(&json, statement->sigs[i].key);
        put_bytes(&json, statement->sigs[i].proof);
        json_out_array_end(&json);
    }
    json_out_array_end(&json);
    json_out_object_end(&json);
    return buf_check(out);
}

/* --- what it says --------------------------------------------------------------------------- */

/* In: parts, of a statement that is signed. */
static struct status read_parts(struct arena *arena, const struct statement_parts *parts,
                                struct statement **ret)
{
    struct buf record;
    TRY(open_text(arena, STATEMENT_RECORD_MAX, &record));
    TRY(status_judged(statement_put(parts, &record), FAIL(RECORD_INVALID)));
    return statement_read(arena, buf_bytes(&record), ret);
}

struct status user_statement_open(struct arena *arena, const struct user_statement *statement,
                                  struct statement **ret)
{
    /* A record has a signature at least; one that nobody has signed yet is read with none. */
    static const uint8_t nobody[AUTH_TEXT_ID] = {0};
    const struct statement_sig none = {AUTH_SERVICE, BYTES_ARRAY(nobody), BYTES_ARRAY(nobody)};
    const bool is_signed = statement->sig_count != 0;
    const struct statement_parts parts = {
        .text = statement->text,
        .body = statement->body,
        .sigs = {is_signed ? statement->sigs : &none, is_signed ? statement->sig_count : 1},
        .block = BYTES_LITERAL("-"),
    };
    *ret = NULL;
    return user_statement_is_ticket(statement) ? FAIL(RECORD_INVALID)
                                               : read_parts(arena, &parts, ret);
}

static struct status take_members(struct arena *arena, const struct json_in *at,
                                  struct user_statement *ret, struct statement_parts *ret_parts)
{
    struct json_in member;
    TRY(json_in_member(at, "text", &member));
    TRY(json_in_string(&member, &ret->text));
    TRY(json_in_member(at, "body", &member));
    TRY(read_bytes(arena, &member, &ret->body));
    TRY(json_in_member(at, "sigs", &member));
    TRY(read_sigs(arena, &member, ret));
    *ret_parts =
        (struct statement_parts){ret->text, ret->body, {ret->sigs, ret->sig_count}, 0, {0}};
    TRY(json_in_member(at, "t", &member));
    TRY(json_in_u64(&member, 0, UINT64_MAX, &ret_parts->t_ms));
    TRY(json_in_member(at, "block", &member));
    return json_in_string(&member, &ret_parts->block);
}

struct status user_statement_take(struct arena *arena, const struct json_in *at,
                                  struct statement **ret)
{
    struct user_statement read = {0};
    struct statement_parts parts;
    *ret = NULL;
    TRY(status_judged(take_members(arena, at, &read, &parts), FAIL(RECORD_INVALID)));
    return read_parts(arena, &parts, ret);
}

struct status user_statement_open_ticket(const struct user_statement *statement,
                                         struct auth_text_read_ticket *ret)
{
    *ret = (struct auth_text_read_ticket){0};
    bool is_read = user_statement_is_ticket(statement) &&
                   status_is_ok(auth_text_read_ticket(statement->text, ret));
    return is_read ? OK : FAIL(RECORD_INVALID);
}

/* --- signatures ----------------------------------------------------------------------------- */

bool user_statement_is_plain(enum auth_scheme scheme)
{
    return scheme >= AUTH_P256 && scheme <= AUTH_ED25519;
}

struct status user_statement_check(struct arena *arena, const struct user_statement *statement,
                                   const struct statement_sig *sig)
{
    uint8_t proof_of[AUTH_TEXT_HASH];
    const struct authenticator_said said = {
        .text = statement->text, .proof_of = proof_of, .purpose = BYTES_LITERAL("statement")};
    const struct authenticator_rules rules = {0};
    const struct authenticator_claim claim = {
        .scheme = sig->scheme, .key = sig->key, .proof = sig->proof};
    sha256_hash(statement->text, proof_of);
    if (!user_statement_is_plain(sig->scheme)) {
        return FAIL(AUTH_FAILED);
    }
    return authenticator_check(arena, &said, &rules, &claim);
}

static bool has_signed(const struct user_statement *statement, const struct user_public *public)
{
    for (size_t i = 0; i < statement->sig_count; i++) {
        if (statement->sigs[i].scheme == public->scheme &&
            bytes_equal(statement->sigs[i].key, user_public_bytes(public))) {
            return true;
        }
    }
    return false;
}

/* In: proof, in the arena. */
static struct status append(struct arena *arena, struct user_statement *statement,
                            const struct user_public *public, struct bytes proof)
{
    struct statement_sig sig = {.scheme = public->scheme, .proof = proof};
    TRY(arena_copy(arena, user_public_bytes(public), &sig.key));
    TRY(user_statement_check(arena, statement, &sig));
    statement->sigs[statement->sig_count++] = sig;
    return OK;
}

static struct status open_proof(struct arena *arena, const struct user_statement *statement,
                                const struct user_public *public, struct buf *ret)
{
    if (statement->sig_count == STATEMENT_SIGS_MAX || has_signed(statement, public)) {
        return FAIL(STATEMENT_SIGNER);
    }
    return open_text(arena, USER_KEY_PROOF, ret);
}

struct status user_statement_sign(struct arena *arena, struct user_statement *statement,
                                  const struct user_key *key)
{
    struct buf proof;
    TRY(open_proof(arena, statement, &key->public, &proof));
    TRY(user_key_sign(key, statement->text, &proof));
    return append(arena, statement, &key->public, buf_bytes(&proof));
}

struct status user_statement_add(struct arena *arena, struct user_statement *statement,
                                 const struct user_public *public, struct bytes made)
{
    struct buf proof;
    TRY(open_proof(arena, statement, public, &proof));
    TRY(user_key_proof(public, made, &proof));
    return append(arena, statement, public, buf_bytes(&proof));
}
