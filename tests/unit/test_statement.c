#include <stdio.h>

#include "fixtures/statement_maker.h"
#include "fixtures/vector_file.h"

static struct arena arena;

static struct maker add_of(const union statement_body *body, const uint8_t *signers)
{
    return (struct maker){.arena = &arena,
                          .op = STATEMENT_USER_ADD,
                          .scope = "u:alice",
                          .seq = 1,
                          .t_ms = 1764000000000,
                          .body = body,
                          .signers = signers,
                          .signer_count = 1};
}

static const struct statement *sample(void)
{
    static const uint8_t signers[] = {4};
    static struct maker_key key;
    key = maker_key(4);
    union statement_body body = maker_add(&key);
    body.key.label = BYTES_LITERAL("phone \"1\"");
    const struct maker maker = add_of(&body, signers);
    return maker_statement(&maker);
}

/* Another program made them: tests/vectors/statements.py. */
static void another_programs_statements_are_read(void **state)
{
    (void)state;
    struct json_in root = vector_file_root("statements.json");
    struct json_in list = vector_file_member(&root, "statements");
    bool is_met[STATEMENT_OPS_COUNT] = {false};
    for (size_t i = 0; i < vector_file_count(&list); i++) {
        struct json_in one = json_in_item(&list, i);
        struct statement *read;
        assert_status(OK, statement_read(&arena, vector_file_text(&one, "record"), &read));
        assert_bytes(bytes_of(statement_op_name(read->op)), vector_file_text(&one, "op"));
        assert_bytes(vector_file_text(&one, "scope"), read->read.text.scope);
        assert_bytes(vector_file_text(&one, "text"), read->parts.text);
        assert_bytes(vector_file_text(&one, "body"), read->parts.body);
        assert_bytes(vector_file_hex(&one, "P"), BYTES_ARRAY(read->proof_of));
        is_met[read->op] = true;
    }
    for (size_t op = 0; op < STATEMENT_OPS_COUNT; op++) {
        assert_true(is_met[op]);
    }
}

static void refuse(struct bytes record)
{
    struct statement *read = NULL;
    size_t mark = arena.used;
    assert_status(RECORD_INVALID, statement_read(&arena, record, &read));
    assert_null(read);
    assert_int_equal(mark, arena.used);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    const struct statement *one = sample();
    uint8_t hash[AUTH_TEXT_HASH];
    uint8_t memory[4096];
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, statement_put(&one->parts, &out));
    assert_bytes(one->record, buf_bytes(&out));
    sha256_hash(one->parts.text, hash);
    assert_memory_equal(hash, one->proof_of, sizeof hash);
    assert_int_equal(STATEMENT_USER_ADD, one->op);
    assert_int_equal(STATEMENT_USER, one->scope.kind);
    assert_bytes(BYTES_LITERAL("alice"), one->scope.user);
    assert_bytes(BYTES_LITERAL("phone \"1\""), one->body.key.label);
    assert_true(one->parts.sigs.count == 1 && one->parts.t_ms == 1764000000000);
    assert_true(bytes_starts(one->record, BYTES_LITERAL("{\"v\":1,\"text\":\"CofferState/1\\n")));
    out = buf_over(memory, 20);
    assert_status(BUFFER_FULL, statement_put(&one->parts, &out));
}

/* Whatever byte is changed, left out or put in: it is none, or it prints as it was read. */
static void there_is_one_spelling(void **state)
{
    (void)state;
    static const uint8_t tries[] = {' ', '\n', '"', '\\', '0', '9', 'A',
                                    '=', '-',  ',', ']',  '}', 0xc3};
    const struct statement *one = sample();
    static uint8_t changed[4096];
    uint8_t memory[4096];
    size_t taken = 0;
    const size_t len = one->record.len;
    for (size_t i = 0; i <= len; i++) {
        for (size_t c = 0; c < 2 * sizeof tries + 2; c++) {
            struct statement *read;
            size_t mark = arena.used;
            bool is_put = c >= sizeof tries && c < 2 * sizeof tries;
            bool is_cut = c == 2 * sizeof tries;
            memcpy(changed, one->record.ptr, i);
            changed[i] = tries[c % sizeof tries];
            size_t from = is_put ? i : i + 1 < len ? i + 1 : len;
            size_t at = is_cut ? i : i + 1;
            memcpy(changed + at, one->record.ptr + from, len - from);
            struct bytes record = {changed, c > 2 * sizeof tries ? i : at + len - from};
            if (bytes_equal(record, one->record)) {
                continue;
            }
            struct status status = statement_read(&arena, record, &read);
            if (status_is_ok(status)) {
                struct buf out = buf_over(memory, sizeof memory);
                assert_status(OK, statement_put(&read->parts, &out));
                assert_bytes(record, buf_bytes(&out));
                taken++;
            } else {
                assert_int_equal(STATUS_RECORD_INVALID, status.code);
            }
            arena_rewind(&arena, mark);
        }
    }
    assert_true(taken > 100); /* other times, proofs and blocks */
}

/* In: one for another in the record. */
static void refuse_instead(const char *from, const char *to)
{
    static uint8_t changed[8192];
    const struct statement *one = sample();
    struct buf out = buf_over(changed, sizeof changed);
    const uint8_t *at = memmem(one->record.ptr, one->record.len, from, strlen(from));
    assert_non_null(at);
    size_t before = (size_t)(at - one->record.ptr);
    buf_put(&out, bytes_slice(one->record, 0, before));
    buf_put_text(&out, to);
    buf_put(&out, bytes_slice(one->record, before + strlen(from), one->record.len));
    refuse(buf_bytes(&out));
}

static void malformed_records_are_none(void **state)
{
    (void)state;
    refuse_instead("\"v\":1,", "");
    refuse_instead("\"v\":1,", "\"v\":2,");
    refuse_instead("\"v\":1,\"text\"", "\"v\":1, \"text\"");
    refuse_instead("\"block\":\"-\"", "\"block\":\"-\",\"more\":1");
    refuse_instead("\"block\":\"-\"", "\"block\":\"\"");
    refuse_instead("\"block\":\"-\"", "\"block\":\"a b\"");
    refuse_instead("\"block\":\"-\"", "\"block\":null");
    refuse_instead("\"t\":1764000000000", "\"t\":\"1764000000000\"");
    refuse_instead("\"t\":1764000000000", "\"t\":9007199254740992");
    refuse_instead("\"t\":1764000000000", "\"t\":-1");
    refuse_instead("\"sigs\":[[1,", "\"sigs\":[[2,");
    refuse_instead("\"sigs\":[[1,", "\"sigs\":[[10,");
    refuse_instead("\"sigs\":[[1,", "\"sigs\":[[0,");
    refuse_instead("user.add", "user.adds");
    refuse_instead("user.add", "user.grant");
    refuse_instead("u:alice", "u:al ice");
    refuse_instead("u:alice", "u:al:ice");
    refuse_instead("u:alice", "t");
    refuse_instead("u:alice", "o:alice");
    refuse_instead("u:alice\\n1\\n-", "u:alice\\n-\\n-");
    refuse_instead("u:alice\\n1\\n-", "u:alice\\n2\\n-");
    refuse_instead("u:alice\\n1\\n-", "u:alice\\n0\\n-");
    refuse((struct bytes){NULL, 0});
    refuse(BYTES_LITERAL("[]"));
    refuse(BYTES_LITERAL("{}"));
}

static void sizes_have_limits(void **state)
{
    (void)state;
    static uint8_t label[STATEMENT_LABEL_MAX + 1];
    static uint8_t document[STATEMENT_BODY_DOCUMENT_MAX];
    static uint8_t memory[STATEMENT_BODY_DOCUMENT_MAX + 64];
    union statement_body body = {0};
    union statement_body read;
    struct maker_key key = maker_key(4);
    memset(label, 'l', sizeof label);
    memset(document, 'd', sizeof document);
    for (size_t len = sizeof label - 1; len <= sizeof label; len++) {
        struct buf out = buf_over(memory, sizeof memory);
        body = maker_add(&key);
        body.key.label = (struct bytes){label, len};
        assert_status(OK, statement_body_put(STATEMENT_USER_ADD, &body, &out));
        struct status status =
            statement_body_read(&arena, STATEMENT_USER_ADD, buf_bytes(&out), &read);
        assert_true(status_is_ok(status) == (len <= STATEMENT_LABEL_MAX));
    }
    for (size_t more = 0; more < 2; more++) {
        struct buf out = buf_over(memory, sizeof memory);
        body = (union statement_body){0};
        body.version.version = 1;
        body.version.document = (struct bytes){
            document, sizeof document - strlen("{\"version\":1,\"document\":\"\"}") + more};
        assert_status(OK, statement_body_put(STATEMENT_POLICY_SET, &body, &out));
        struct status status =
            statement_body_read(&arena, STATEMENT_POLICY_SET, buf_bytes(&out), &read);
        assert_true(status_is_ok(status) == (more == 0));
    }
    arena_reset(&arena);
}

static void nobody_signs_twice(void **state)
{
    (void)state;
    const struct statement *one = sample();
    static uint8_t memory[4096];
    struct statement_sig twice[2] = {one->parts.sigs.list[0], one->parts.sigs.list[0]};
    struct statement_parts parts = one->parts;
    struct buf out = buf_over(memory, sizeof memory);
    parts.sigs = (struct statement_sigs){twice, 2};
    assert_status(OK, statement_put(&parts, &out));
    refuse(buf_bytes(&out));
    out = buf_over(memory, sizeof memory);
    parts.sigs.count = 0;
    assert_status(OK, statement_put(&parts, &out));
    refuse(buf_bytes(&out));
    static struct statement_sig many[STATEMENT_SIGS_MAX + 1];
    static uint8_t keys[STATEMENT_SIGS_MAX + 1][33];
    static uint8_t large[65536];
    for (size_t i = 0; i <= STATEMENT_SIGS_MAX; i++) {
        keys[i][0] = (uint8_t)i;
        many[i] = (struct statement_sig){AUTH_P256, BYTES_ARRAY(keys[i]), BYTES_LITERAL("p")};
    }
    for (size_t more = 0; more < 2; more++) {
        struct statement *read;
        out = buf_over(large, sizeof large);
        parts.sigs = (struct statement_sigs){many, STATEMENT_SIGS_MAX + more};
        assert_status(OK, statement_put(&parts, &out));
        assert_true(status_is_ok(statement_read(&arena, buf_bytes(&out), &read)) == (more == 0));
    }
}

static void another_body_is_another_statement(void **state)
{
    (void)state;
    const struct statement *one = sample();
    static uint8_t memory[4096];
    struct statement_parts parts = one->parts;
    struct buf out = buf_over(memory, sizeof memory);
    uint8_t other[512];
    memcpy(other, parts.body.ptr, parts.body.len);
    uint8_t *label = memmem(other, parts.body.len, "phone", 5);
    assert_non_null(label);
    label[0] = 'P';
    parts.body.ptr = other;
    assert_status(OK, statement_put(&parts, &out));
    refuse(buf_bytes(&out));
}

static void a_scope_names_the_id_of_its_key(void **state)
{
    (void)state;
    struct maker_key key = maker_key(4);
    uint8_t id[AUTH_TEXT_ID];
    static const uint8_t signers[] = {100};
    for (int is_right = 0; is_right < 2; is_right++) {
        for (int is_service = 0; is_service < 2; is_service++) {
            union statement_body body = {0};
            char scope[40];
            if (is_service) {
                body.service = (struct statement_service){
                    AUTH_P256, BYTES_ARRAY(key.key), 7, {NULL, 0, true}, {NULL, 0}, 1, 2};
                auth_text_service(maker_tenant, AUTH_P256, BYTES_ARRAY(key.key), id);
            } else {
                body.approver =
                    (struct statement_approver){AUTH_P256, BYTES_ARRAY(key.key), {NULL, 0, false}};
                maker_id(4, id);
            }
            id[15] ^= (uint8_t)!is_right;
            scope[0] = is_service ? 's' : 'a';
            scope[1] = ':';
            for (size_t i = 0; i < sizeof id; i++) {
                snprintf(scope + 2 + 2 * i, 3, "%02x", id[i]);
            }
            /* Made as something without a key, then read as it is. */
            uint8_t memory[2][2048];
            uint8_t hash[AUTH_TEXT_HASH];
            enum statement_op op = is_service ? STATEMENT_SERVICE_ADD : STATEMENT_APPROVER_ADD;
            struct buf text = buf_over(memory[0], 2048);
            struct buf out = buf_over(memory[1], 2048);
            static uint8_t record[4096];
            struct buf whole = buf_over(record, sizeof record);
            assert_status(OK, statement_body_put(op, &body, &out));
            sha256_hash(buf_bytes(&out), hash);
            const struct auth_statement said = {.place = maker_place,
                                                .op = bytes_of(statement_op_name(op)),
                                                .scope = bytes_of(scope),
                                                .body = hash,
                                                .salt = hash,
                                                .is_apart = true};
            assert_status(OK, auth_text_put_statement(&said, &text));
            struct maker_key by = maker_key(signers[0]);
            const struct statement_sig sig = {by.scheme, {by.key, by.len}, BYTES_LITERAL("p")};
            const struct statement_parts parts = {
                buf_bytes(&text), buf_bytes(&out), {&sig, 1}, 1, BYTES_LITERAL("-")};
            struct statement *read;
            assert_status(OK, statement_put(&parts, &whole));
            assert_true(status_is_ok(statement_read(&arena, buf_bytes(&whole), &read)) ==
                        (is_right == 1));
        }
    }
}

static void scopes_have_one_spelling(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "t:",
                                      "T",
                                      "u",
                                      "u:",
                                      "u:a b",
                                      "x:a",
                                      "s:",
                                      "s:00",
                                      "s:0123456789abcdef0123456789abcde",
                                      "u;a",
                                      "s:0123456789abcdef0123456789abcdeF",
                                      "a:0123456789abcdef0123456789abcdef0",
                                      "o:\xc3\xa4"};
    struct statement_scope scope;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_status(RECORD_INVALID, statement_scope_read(bytes_of(bad[i]), &scope));
    }
    assert_status(OK, statement_scope_read(BYTES_LITERAL("t"), &scope));
    assert_status(OK, statement_scope_read(BYTES_LITERAL("o:A.b_c-9"), &scope));
    assert_true(scope.kind == STATEMENT_OWN && scope.user.len == 7);
    assert_status(
        OK, statement_scope_read(BYTES_LITERAL("a:0123456789abcdef0123456789abcdef"), &scope));
    assert_true(scope.kind == STATEMENT_APPROVER && scope.id[15] == 0xef);
}

static void short_memory_is_no_verdict(void **state)
{
    (void)state;
    struct arena small;
    struct statement *read;
    const struct statement *one = sample();
    assert_status(OK, arena_init(&small, 8192));
    assert_status(NO_MEMORY, statement_read(&small, one->record, &read));
    assert_null(read);
    arena_deinit(&small);
}

static int set_up(void **state)
{
    (void)state;
    return status_is_ok(arena_init(&arena, 64 << 20)) ? 0 : 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(another_programs_statements_are_read),
        cmocka_unit_test(there_is_one_spelling),
        cmocka_unit_test(malformed_records_are_none),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(nobody_signs_twice),
        cmocka_unit_test(another_body_is_another_statement),
        cmocka_unit_test(a_scope_names_the_id_of_its_key),
        cmocka_unit_test(scopes_have_one_spelling),
        cmocka_unit_test(short_memory_is_no_verdict),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
