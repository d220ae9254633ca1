#include "coffer/statement_members.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "client/user_statement.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "coffer/input.h"
#include "coffer/key_path.h"
#include "coffer/statement_table.h"
#include "starknet/chain.h"
#include "starknet/felt_text.h"

enum { TEXT_MAX = 1024, FILE_MAX = 1 << 17, CLOCKS_MS = 60000 };

#define AT(field) offsetof(union statement_body, field)

/* --- values --------------------------------------------------------------------------------- */

struct status statement_members_hex(struct bytes text, size_t len, uint8_t *ret)
{
    return bytes_starts(text, BYTES_LITERAL("0x")) ? hex_read_0x(text, len, ret)
                                                   : hex_read(text, len, ret);
}

struct status statement_members_time(struct bytes text, uint64_t *ret_ms)
{
    static const struct {
        uint8_t unit;
        uint64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    struct clock clock = clock_system();
    if (text.len == 0) {
        return FAIL(BAD_REQUEST);
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        uint64_t number = 0;
        if (text.ptr[text.len - 1] != units[i].unit) {
            continue;
        }
        bool is_good = status_is_ok(decimal_u64(bytes_slice(text, 0, text.len - 1), &number)) &&
                       number <= UINT32_MAX;
        *ret_ms = clock_wall(&clock).hi_ms + (is_good ? number : 0) * units[i].ms;
        return is_good ? OK : FAIL(BAD_REQUEST);
    }
    return status_judged(decimal_u64(text, ret_ms), FAIL(BAD_REQUEST));
}

uint64_t statement_members_begin(void)
{
    struct clock clock = clock_system();
    return clock_wall(&clock).lo_ms - CLOCKS_MS;
}

/* The part of a list before the next comma, which is cut off from *rest. */
static struct bytes next_of(struct bytes *rest)
{
    size_t comma = bytes_find(*rest, ',');
    struct bytes item = bytes_slice(*rest, 0, comma);
    *rest = bytes_slice(*rest, comma + 1, rest->len);
    return item;
}

struct status statement_members_scopes(struct bytes text, uint64_t *ret)
{
    *ret = 0;
    if (status_is_ok(decimal_u64(text, ret))) {
        return *ret <= UINT8_MAX ? OK : FAIL(BAD_REQUEST);
    }
    while (text.len != 0) {
        struct bytes name = next_of(&text);
        size_t bit = 0;
        while (bit < STATEMENT_TABLE_SCOPES &&
               !bytes_equal(name, bytes_of(statement_table_scope(bit)))) {
            bit++;
        }
        if (bit == STATEMENT_TABLE_SCOPES) {
            return FAIL(BAD_REQUEST);
        }
        *ret |= UINT64_C(1) << bit;
    }
    return *ret == 0 ? FAIL(BAD_REQUEST) : OK;
}

static struct status read_chain(struct bytes text, uint8_t ret[static STATEMENT_FELT])
{
    struct felt felt;
    TRY(chain_read(text, &felt));
    felt_to_be(&felt, ret);
    return OK;
}

static struct status read_felt(struct bytes text, uint8_t ret[static STATEMENT_FELT])
{
    struct felt felt;
    TRY(felt_text_read(text, &felt));
    felt_to_be(&felt, ret);
    return OK;
}

static size_t count_items(struct bytes text)
{
    size_t count = text.len != 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.ptr[i] == ',';
    }
    return count;
}

/* Bodies have lists in ascending order, without repeats. */
static void sort_items(uint8_t *items, struct statement_list *list, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        uint8_t item[AUTH_TEXT_HASH];
        size_t at = kept;
        int order = 1;
        memcpy(item, items + i * size, size);
        while (at > 0 && (order = bytes_compare((struct bytes){items + (at - 1) * size, size},
                                                (struct bytes){item, size})) > 0) {
            at--;
        }
        if (at > 0 && order == 0) {
            continue;
        }
        memmove(items + (at + 1) * size, items + at * size, (kept - at) * size);
        memcpy(items + at * size, item, size);
        kept++;
    }
    list->count = kept;
}

static struct status read_items(struct arena *arena, struct bytes text, size_t size,
                                struct statement_list *ret)
{
    size_t count = count_items(text);
    uint8_t *items = arena_array(arena, count + 1, size);
    if (items == NULL) {
        return FAIL(NO_MEMORY);
    }
    *ret = (struct statement_list){items, count};
    for (size_t i = 0; i < count; i++) {
        TRY(statement_members_hex(next_of(&text), size, items + i * size));
    }
    sort_items(items, ret, size);
    return OK;
}

struct status statement_members_ids(struct arena *arena, const char *const *words, size_t count,
                                    struct statement_list *ret)
{
    uint8_t *items = arena_array(arena, count + 1, AUTH_TEXT_ID);
    if (items == NULL) {
        return FAIL(NO_MEMORY);
    }
    *ret = (struct statement_list){items, count};
    for (size_t i = 0; i < count; i++) {
        TRY(statement_members_hex(bytes_of(words[i]), AUTH_TEXT_ID, items + i * AUTH_TEXT_ID));
    }
    sort_items(items, ret, AUTH_TEXT_ID);
    return OK;
}

static int order_names(const void *a, const void *b)
{
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

static struct status read_names(struct arena *arena, struct bytes text, struct statement_names *ret)
{
    size_t count = count_items(text);
    struct bytes *list = arena_array(arena, count + 1, sizeof *list);
    if (list == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = next_of(&text);
    }
    qsort(list, count, sizeof *list, order_names);
    *ret = (struct statement_names){.list = list, .count = count};
    return OK;
}

struct status statement_members_people(struct arena *arena, struct bytes text,
                                       struct statement_names *ret)
{
    TRY(read_names(arena, text, ret));
    ret->is_all = bytes_equal(text, BYTES_LITERAL("all"));
    return OK;
}

static struct status read_bytes(struct arena *arena, struct bytes text, struct bytes *ret)
{
    uint8_t *memory = arena_alloc(arena, text.len / 2 + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    *ret = (struct bytes){memory, text.len / 2};
    return hex_read(text, text.len / 2, memory);
}

/* --- files ---------------------------------------------------------------------------------- */

/* SCHEME:HEX, of schemes whose keys are in no file: passkeys, issuers, codes. False: it is none. */
static bool read_written_key(struct cli *cli, struct bytes text, uint64_t *ret_scheme,
                             struct bytes *ret_key)
{
    size_t colon = bytes_find(text, ':');
    for (int i = AUTH_P256; i < AUTH_SCHEMES; i++) {
        struct bytes name = bytes_of(user_key_scheme_name((enum auth_scheme)i));
        if (colon < text.len && bytes_equal(bytes_slice(text, 0, colon), name)) {
            *ret_scheme = (uint64_t)i;
            return status_is_ok(
                read_bytes(&cli->arena, bytes_slice(text, colon + 1, text.len), ret_key));
        }
    }
    return false;
}

static enum cli_exit read_key(struct cli *cli, const char *value, uint64_t *ret_scheme,
                              struct bytes *ret_key)
{
    struct user_public public;
    if (read_written_key(cli, bytes_of(value), ret_scheme, ret_key)) {
        return CLI_DONE;
    }
    enum cli_exit result = key_path_read_public(cli, "key", value, &public);
    if (result != CLI_DONE) {
        return result;
    }
    *ret_scheme = public.scheme;
    struct status status = arena_copy(&cli->arena, user_public_bytes(&public), ret_key);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, value);
}

static enum cli_exit read_ticket(struct cli *cli, const char *path, struct statement_ticket *ret)
{
    struct bytes file;
    struct auth_text_read_ticket said;
    struct user_statement *ticket = arena_alloc(&cli->arena, sizeof *ticket);
    if (ticket == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), path);
    }
    struct status status = input_read(&cli->arena, path, FILE_MAX, &file);
    if (!status_is_ok(status)) {
        return cli_fail_file(cli, status, path);
    }
    status = user_statement_read(&cli->arena, file, ticket);
    status = status_is_ok(status) ? user_statement_open_ticket(ticket, &said) : status;
    if (!status_is_ok(status) || ticket->sig_count == 0) {
        return cli_fail_about(cli, "TICKET_INVALID", "this is no ticket with a signature", path,
                              "make one with coffer ticket make, and have it signed");
    }
    *ret = (struct statement_ticket){ticket->text, {ticket->sigs, ticket->sig_count}};
    return CLI_DONE;
}

static enum cli_exit read_document(struct cli *cli, const char *value, struct bytes *ret)
{
    *ret = bytes_of(value);
    if (*value != '@') {
        return CLI_DONE;
    }
    struct status status = input_read(&cli->arena, value + 1, STATEMENT_BODY_DOCUMENT_MAX, ret);
    return status_is_ok(status) ? CLI_DONE : cli_fail_file(cli, status, value + 1);
}

/* --- reading -------------------------------------------------------------------------------- */

/* A value that is no file. Returns: OK; any failure. */
static struct status read_value(struct arena *arena, const struct statement_member *member,
                                struct bytes text, void *to)
{
    switch (member->kind) {
    case KIND_BYTES:
        return read_bytes(arena, text, to);
    case KIND_LABEL:
        *(struct bytes *)to = text;
        return OK;
    case KIND_NUMBER:
    case KIND_SINCE:
        return decimal_u64(text, to);
    case KIND_TIME:
        return statement_members_time(text, to);
    case KIND_FIXED:
        return statement_members_hex(text, member->size, to);
    case KIND_ITEMS:
        return read_items(arena, text, member->size, to);
    case KIND_NAMES:
        return read_names(arena, text, to);
    case KIND_PEOPLE:
        return statement_members_people(arena, text, to);
    case KIND_SCOPES:
        return statement_members_scopes(text, to);
    case KIND_FELT:
        return read_felt(text, to);
    case KIND_CHAIN:
        return read_chain(text, to);
    case KIND_TRUTH:
        *(bool *)to = bytes_equal(text, BYTES_LITERAL("true"));
        return *(bool *)to || bytes_equal(text, BYTES_LITERAL("false")) ? OK : FAIL(BAD_REQUEST);
    case KIND_KEY:
    case KIND_DOCUMENT:
    case KIND_TICKET:
        break;
    }
    return FAIL(INTERNAL);
}

static const char *how_of(enum statement_kind kind)
{
    switch (kind) {
    case KIND_BYTES:
    case KIND_FIXED:
        return "hex digits";
    case KIND_LABEL:
        return "a text";
    case KIND_NUMBER:
    case KIND_SINCE:
        return "a number";
    case KIND_TIME:
        return "Unix milliseconds, or a number with s, m, h or d: so long from now";
    case KIND_ITEMS:
        return "hex digits, with commas between several";
    case KIND_NAMES:
        return "names, with commas between them";
    case KIND_PEOPLE:
        return "usernames with commas between them, or all";
    case KIND_SCOPES:
        return "read, accounts, sign, lanes, enrol, revoke, propose, audit, with commas";
    case KIND_FELT:
        return "0x and hex digits";
    case KIND_CHAIN:
        return "mainnet, sepolia, or 0x and hex digits";
    case KIND_TRUTH:
        return "true or false";
    case KIND_KEY:
    case KIND_DOCUMENT:
    case KIND_TICKET:
        break;
    }
    return "a file";
}

static enum cli_exit read_member(struct cli *cli, const struct statement_member *member,
                                 const char *value, union statement_body *ret)
{
    void *to = (uint8_t *)ret + member->at;
    char text[TEXT_MAX];
    if (member->kind == KIND_KEY) {
        void *key = (uint8_t *)to + (AT(key.key) - AT(key.scheme));
        return read_key(cli, value, to, key);
    }
    if (member->kind == KIND_TICKET) {
        return read_ticket(cli, value, to);
    }
    if (member->kind == KIND_DOCUMENT) {
        return read_document(cli, value, to);
    }
    if (status_is_ok(read_value(&cli->arena, member, bytes_of(value), to))) {
        return CLI_DONE;
    }
    (void)snprintf(text, sizeof text, "%s is %s, not", member->name, how_of(member->kind));
    return cli_usage(cli, text, value);
}

/* Say what is wrong, with the members that there are. */
static enum cli_exit fail(struct cli *cli, enum statement_op op, const char *what)
{
    char text[TEXT_MAX];
    struct buf words = buf_over((uint8_t *)text, sizeof text - 1);
    buf_put_text(&words, what);
    buf_put_text(&words, "; ");
    buf_put_text(&words, statement_op_name(op));
    buf_put_text(&words, statement_table(op)->name == NULL ? " has no members" : " has");
    for (const struct statement_member *at = statement_table(op); at->name != NULL; at++) {
        buf_put_text(&words, at == statement_table(op) ? " " : ", ");
        buf_put_text(&words, at->name);
        buf_put_text(&words, at->is_needed ? "" : " (may be left out)");
    }
    text[words.len] = '\0';
    return cli_usage(cli, text, "");
}

static enum cli_exit check_needed(struct cli *cli, enum statement_op op, const bool *given)
{
    char text[TEXT_MAX];
    for (const struct statement_member *at = statement_table(op); at->name != NULL; at++) {
        if (at->is_needed && !given[at - statement_table(op)]) {
            (void)snprintf(text, sizeof text, "the member %s is missing", at->name);
            return fail(cli, op, text);
        }
    }
    return CLI_DONE;
}

enum cli_exit statement_members_read(struct cli *cli, enum statement_op op, size_t first,
                                     union statement_body *ret)
{
    bool given[STATEMENT_TABLE_MEMBERS] = {false};
    memset(ret, 0, sizeof *ret);
    if (op == STATEMENT_USER_REVOKE) {
        ret->revoke.since = STATEMENT_SINCE_NEVER;
    }
    if (op == STATEMENT_SERVICE_ADD) {
        ret->service.not_before_ms = statement_members_begin();
    }
    for (size_t i = first; i < cli->arguments_count; i++) {
        const char *word = cli->arguments[i];
        size_t len = strcspn(word, "=");
        const struct statement_member *at = statement_table(op);
        while (at->name != NULL && (strlen(at->name) != len || strncmp(at->name, word, len) != 0)) {
            at++;
        }
        if (at->name == NULL || word[len] == '\0') {
            return fail(cli, op,
                        at->name == NULL ? "there is no such member" : "write MEMBER=VALUE");
        }
        if (given[at - statement_table(op)]) {
            return cli_usage(cli, "a member is given twice", at->name);
        }
        given[at - statement_table(op)] = true;
        enum cli_exit result = read_member(cli, at, word + len + 1, ret);
        if (result != CLI_DONE) {
            return result;
        }
    }
    return check_needed(cli, op, given);
}
