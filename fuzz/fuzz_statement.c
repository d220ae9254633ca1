/* covers: src/statements/statement.c src/statements/statement_body.c src/wire/auth_text_read.c */
#include <string.h>

#include "statements/statement.h"
#include "statements/user_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* What was read prints as it was read, and means the same alone and twice. */
static void check_record(struct bytes record)
{
    static uint8_t memory[STATEMENT_RECORD_MAX];
    struct statement *read;
    struct user_log log;
    struct user_log twice;
    struct buf out = buf_over(memory, sizeof memory);
    struct status status = statement_read(&arena, record, &read);
    require(status_is_ok(status) || (status.code == STATUS_RECORD_INVALID && read == NULL));
    if (!status_is_ok(status)) {
        return;
    }
    require(status_is_ok(statement_put(&read->parts, &out)));
    require(bytes_equal(buf_bytes(&out), record));
    const struct statement *list[2] = {read, read};
    const struct user_log_rules rules = {.place = read->read.text.place,
                                         .scope = read->read.text.scope};
    const struct statement_set set = {list, 1};
    const struct statement_set both = {list, 2};
    require(status_is_ok(user_log_read(&arena, &set, &rules, &log)));
    require(status_is_ok(user_log_read(&arena, &both, &rules, &twice)));
    require(log.key_count == twice.key_count && log.number == twice.number &&
            log.auth_epoch == twice.auth_epoch && log.chain_count == twice.chain_count);
    require(log.key_count <= 1 && log.number <= 1);
}

/* op, the end of a line, body. */
static void check_body(struct bytes input)
{
    static uint8_t memory[STATEMENT_BODY_DOCUMENT_MAX];
    size_t end = bytes_find(input, '\n');
    struct bytes text = bytes_slice(input, end + 1, input.len);
    enum statement_op op;
    union statement_body body;
    if (!status_is_ok(statement_op_read(bytes_slice(input, 0, end), &op))) {
        return;
    }
    struct status status = statement_body_read(&arena, op, text, &body);
    require(status_is_ok(status) || status.code == STATUS_RECORD_INVALID);
    if (status_is_ok(status)) {
        struct buf out = buf_over(memory, sizeof memory);
        require(status_is_ok(statement_body_put(op, &body, &out)));
        require(bytes_equal(buf_bytes(&out), text));
    }
}

static void check_text(struct bytes text, bool is_ticket)
{
    uint8_t memory[AUTH_TEXT_MAX];
    struct auth_text_read_statement statement;
    struct auth_text_read_ticket ticket;
    struct buf out = buf_over(memory, sizeof memory);
    struct status status = is_ticket ? auth_text_read_ticket(text, &ticket)
                                     : auth_text_read_statement(text, &statement);
    if (status_is_ok(status)) {
        require(status_is_ok(is_ticket ? auth_text_put_ticket(&ticket.text, &out)
                                       : auth_text_put_statement(&statement.text, &out)));
        require(bytes_equal(buf_bytes(&out), text));
    }
}

/* The first byte says what the others are: a Record, a Statement's text, a Ticket, a Body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 1 || (arena.base == NULL && !status_is_ok(arena_init(&arena, (size_t)64 << 20)))) {
        return 0;
    }
    struct bytes rest = {data + 1, len - 1};
    if (data[0] == 'R') {
        check_record(rest);
    } else if (data[0] == 'B') {
        check_body(rest);
    } else {
        check_text(rest, data[0] == 'T');
    }
    arena_reset(&arena);
    return 0;
}
