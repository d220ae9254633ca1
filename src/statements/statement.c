#include "statements/statement.h"

#include <string.h>

#include "digest/sha256.h"
#include "statements/statement_internal.h"

struct status statement_put(const struct statement_parts *parts, struct buf *out)
{
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    json_out_member_u64(&json, "v", 1);
    json_out_member_string(&json, "text", parts->text);
    json_out_name(&json, "body");
    statement_put_bytes(&json, parts->body);
    json_out_name(&json, "sigs");
    statement_put_sigs(&json, &parts->sigs);
    json_out_member_u64(&json, "t", parts->t_ms);
    json_out_member_string(&json, "block", parts->block);
    json_out_object_end(&json);
    return buf_check(out);
}

struct status statement_parts_read(struct arena *arena, const struct json_in *root,
                                   struct statement_parts *ret)
{
    struct json_in at;
    *ret = (struct statement_parts){0};
    TRY(json_in_member(root, "text", &at));
    TRY(json_in_string(&at, &ret->text));
    TRY(json_in_member(root, "body", &at));
    TRY(statement_read_bytes(arena, &at, &ret->body));
    TRY(json_in_member(root, "sigs", &at));
    return statement_read_sigs(arena, &at, &ret->sigs);
}

static struct status read_parts(struct arena *arena, const struct json_in *root,
                                struct statement_parts *ret)
{
    struct json_in at;
    TRY(statement_parts_read(arena, root, ret));
    TRY(json_in_member(root, "t", &at));
    TRY(json_in_u64(&at, 0, (UINT64_C(1) << 53) - 1, &ret->t_ms));
    TRY(json_in_member(root, "block", &at));
    return json_in_string(&at, &ret->block);
}

static bool is_block(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f) {
            return false;
        }
    }
    return text.len != 0 && text.len <= STATEMENT_BLOCK_MAX;
}

/* Whoever signs twice is one. */
static bool signs_twice(const struct statement_sigs *sigs)
{
    for (size_t i = 0; i < sigs->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (sigs->list[i].scheme == sigs->list[k].scheme &&
                bytes_equal(sigs->list[i].key, sigs->list[k].key)) {
                return true;
            }
        }
    }
    return false;
}

/* An entry of a chain has a number, from 1, and names the one before it unless it is the first;
 * what stands apart has neither. */
static bool is_placed(const struct statement *statement)
{
    const struct auth_statement *text = &statement->read.text;
    if (!statement_op_is_chained(statement->op)) {
        return text->is_apart && text->prev == NULL;
    }
    return !text->is_apart && text->seq >= 1 && (text->seq == 1) == (text->prev == NULL) &&
           text->seq <= UINT32_MAX;
}

/* The id that a scope names is that of the key. */
static bool is_of_its_key(const struct statement *statement)
{
    uint8_t id[AUTH_TEXT_ID];
    const union statement_body *body = &statement->body;
    if (statement->op == STATEMENT_SERVICE_ADD) {
        auth_text_service(statement->read.tenant, (enum auth_scheme)body->service.alg,
                          body->service.key, id);
    } else if (statement->op == STATEMENT_APPROVER_ADD) {
        auth_text_authenticator(statement->read.tenant, (enum auth_scheme)body->approver.scheme,
                                body->approver.key, id);
    } else {
        return true;
    }
    return bytes_equal(BYTES_ARRAY(id), BYTES_ARRAY(statement->scope.id));
}

static struct status read_statement(struct arena *arena, struct bytes record, struct statement *ret)
{
    struct json_in_doc doc;
    uint8_t hash[AUTH_TEXT_HASH];
    ret->record = record;
    if (record.len > STATEMENT_RECORD_MAX) {
        return FAIL(RECORD_INVALID);
    }
    TRY(json_in_parse(arena, record, &doc));
    struct json_in root = json_in_root(&doc);
    TRY(read_parts(arena, &root, &ret->parts));
    uint8_t *memory = arena_alloc(arena, record.len + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf again = buf_over(memory, record.len);
    if (!status_is_ok(statement_put(&ret->parts, &again)) ||
        !bytes_equal(buf_bytes(&again), record) || !is_block(ret->parts.block) ||
        signs_twice(&ret->parts.sigs) || ret->parts.text.len > STATEMENT_TEXT_MAX) {
        return FAIL(RECORD_INVALID);
    }
    TRY(auth_text_read_statement(ret->parts.text, &ret->read));
    sha256_hash(ret->parts.text, ret->proof_of);
    sha256_hash(ret->parts.body, hash);
    TRY(statement_op_read(ret->read.text.op, &ret->op));
    TRY(statement_scope_read(ret->read.text.scope, &ret->scope));
    if (!bytes_equal(BYTES_ARRAY(hash), BYTES_ARRAY(ret->read.body)) ||
        (statement_op_scopes(ret->op) & ret->scope.kind) == 0 || !is_placed(ret)) {
        return FAIL(RECORD_INVALID);
    }
    TRY(statement_body_read(arena, ret->op, ret->parts.body, &ret->body));
    return is_of_its_key(ret) ? OK : FAIL(RECORD_INVALID);
}

struct status statement_read(struct arena *arena, struct bytes record, struct statement **ret)
{
    const size_t mark = arena->used;
    struct statement *statement = arena_alloc(arena, sizeof *statement);
    *ret = NULL;
    if (statement == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct status status = read_statement(arena, record, statement);
    if (!status_is_ok(status)) {
        arena_rewind(arena, mark);
        return status_judged(status, FAIL(RECORD_INVALID));
    }
    *ret = statement;
    return OK;
}

bool statement_is_of(const struct statement *statement, const struct auth_place *place,
                     struct bytes scope)
{
    return bytes_equal(BYTES_ARRAY(statement->read.domain),
                       (struct bytes){place->domain, AUTH_TEXT_HASH}) &&
           bytes_equal(BYTES_ARRAY(statement->read.tenant),
                       (struct bytes){place->tenant, AUTH_TEXT_HASH}) &&
           bytes_equal(statement->read.text.scope, scope);
}

int statement_order(const struct statement *a, const struct statement *b)
{
    int order = bytes_compare(BYTES_ARRAY(a->proof_of), BYTES_ARRAY(b->proof_of));
    return order != 0 ? order : bytes_compare(a->record, b->record);
}

void statement_sig_id(const struct statement *statement, const struct statement_sig *sig,
                      uint8_t ret[static AUTH_TEXT_ID])
{
    auth_text_authenticator(statement->read.tenant, sig->scheme, sig->key, ret);
}
