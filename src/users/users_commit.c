#include "users/users_commit.h"

#include <string.h>

#include "base/invariant.h"
#include "base/reader.h"
#include "cluster/strict/strict_desks.h"
#include "codec/ip_network.h"
#include "users/users_commit_internal.h"

enum {
    ANSWER_VERSION = 1,
    RECORD_ROOM = 1024, /* of a record, besides twice what it is made of */
};

void users_commit_scope(const struct users_commit *commit, struct users_scope *ret)
{
    users_scope_of(commit->users, commit->tenant, commit->by->statement->read.text.scope, ret);
}

/* --- checking --------------------------------------------------------------------------------- */

static size_t record_room(const struct statement_parts *parts)
{
    size_t room = RECORD_ROOM + 2 * parts->text.len + 2 * parts->body.len;
    for (size_t i = 0; i < parts->sigs.count; i++) {
        room += 64 + 2 * parts->sigs.list[i].key.len + 2 * parts->sigs.list[i].proof.len;
    }
    return room;
}

/* The record that it would be. */
static struct status make_record(struct users *users, struct arena *arena,
                                 const struct statement_parts *parts, struct statement **ret)
{
    struct statement_parts own = *parts;
    size_t room = record_room(parts);
    struct buf record = buf_over(arena_alloc(arena, room), room);
    own.t_ms = clock_wall(&users->setup.clock).hi_ms;
    own.block = BYTES_LITERAL("-");
    if (record.ptr == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(status_judged(statement_put(&own, &record), FAIL(RECORD_INVALID)));
    return statement_read(arena, buf_bytes(&record), ret);
}

/* There is nobody yet who would apply another one. */
static struct status check_document(const struct statement *statement)
{
    const union statement_body *body = &statement->body;
    const enum statement_op op = statement->op;
    bool is_version = op == STATEMENT_POLICY_SET || op == STATEMENT_TENANT_SET;
    struct bytes document = is_version                    ? body->version.document
                            : op == STATEMENT_USER_GRANT  ? body->grant.document
                            : op == STATEMENT_SERVICE_ADD ? body->service.document
                                                          : (struct bytes){NULL, 0};
    bool is_default =
        document.ptr == NULL || bytes_equal(document, BYTES_LITERAL(USERS_POLICY_DEFAULT));
    return is_default ? OK : FAIL(POLICY_INVALID);
}

/* Kinds of keys of the table of limits. */
enum { LIMIT_TRIES = 1, LIMIT_DENIALS, LIMIT_ENROLMENTS, LIMIT_OWN_NAMES };

static uint64_t number_of(const uint8_t *hash)
{
    struct reader reader = reader_over((struct bytes){hash, sizeof(uint64_t)});
    return reader_u64(&reader);
}

static uint64_t limit_of(const struct users_commit_from *from)
{
    uint8_t hash[SHA256_BYTES];
    uint8_t memory[IP_NETWORK];
    const struct bytes network = ip_network(from->address, memory);
    if (network.len == 0) {
        return number_of(from->tenant);
    }
    sha256_hash(network, hash);
    return number_of(hash);
}

static struct rate_table_key limit_key(const struct users_commit *commit)
{
    static const enum statement_op denials[] = {STATEMENT_USER_REVOKE, STATEMENT_USER_VETO,
                                                STATEMENT_SERVICE_REVOKE, STATEMENT_APPROVER_REVOKE,
                                                STATEMENT_POLICY_FREEZE};
    struct rate_table_key key = {commit->limit, LIMIT_TRIES};
    for (size_t i = 0; i < sizeof denials / sizeof denials[0]; i++) {
        key.kind = commit->op == denials[i] ? LIMIT_DENIALS : key.kind;
    }
    return key;
}

/* What is brought is limited where it came in. */
static struct status take_try(struct users_commit *commit)
{
    struct users *users = commit->users;
    uint64_t now_ns = clock_monotonic_ns(&users->setup.clock);
    bool may = !commit->may_forward || rate_table_take(users->tries, limit_key(commit), now_ns);
    return may ? OK : FAIL(RATE_LIMITED);
}

/* The work of checking who signed. Tenants of apps are as many as somebody makes up: these take
 * nothing from local ones, nor does what comes in here from what was brought. */
static struct status take_proofs(struct users_commit *commit)
{
    struct users *users = commit->users;
    const struct statement *statement = commit->by->statement;
    const struct statement_ticket *ticket = &statement->body.key.ticket;
    bool is_local = users_tenant(users, commit->tenant) != NULL;
    struct rate_table_key key = {.id = 2U * is_local + commit->may_forward,
                                 .kind = limit_key(commit).kind};
    bool has_ticket = commit->op == STATEMENT_USER_ADD && ticket->text.ptr != NULL;
    struct token_bucket_price price = {
        .tokens = (uint32_t)(statement->parts.sigs.count + (has_ticket ? ticket->sigs.count : 0))};
    uint64_t now_ns = clock_monotonic_ns(&users->setup.clock);
    bool may = rate_table_charge(users->proofs, key, price, now_ns) == 0;
    return may ? OK : FAIL(RATE_LIMITED);
}

/* Of who has leave to enrol, or a name that nobody has to give leave for: others are refused
 * anyway, and must not use up what these have. */
static struct status take_enrolment(struct users_commit *commit)
{
    struct users *users = commit->users;
    const struct statement_roles *ticket = &commit->by->ticket_roles;
    const struct trust_tenant *row = users_tenant(users, commit->tenant);
    struct rate_table_key key = {.id = number_of(commit->tenant)};
    bool is_first =
        commit->op == STATEMENT_USER_ADD && commit->by->statement->read.text.prev == NULL;
    bool has_leave = ticket->is_authority || (ticket->scopes & STATEMENT_SCOPE_ENROL) != 0;
    bool is_own_name = row != NULL && row->jit[0] != 0 &&
                       commit->by->statement->body.key.scheme == AUTH_OIDC &&
                       bytes_starts(commit->user, bytes_of(row->jit));
    if (!is_first || (!has_leave && !is_own_name)) {
        return OK;
    }
    key.kind = has_leave ? LIMIT_ENROLMENTS : LIMIT_OWN_NAMES;
    bool may = rate_table_take(users->enrolments, key, clock_monotonic_ns(&users->setup.clock));
    return may ? OK : FAIL(RATE_LIMITED);
}

static void owe_failure(struct users_commit *commit)
{
    struct users *users = commit->users;
    if (commit->may_forward) {
        rate_table_owe(users->tries, limit_key(commit), USERS_COMMIT_FAILED,
                       clock_monotonic_ns(&users->setup.clock));
    }
}

/* Whether its very text is there: only who has it can ask that. */
static bool is_there(const struct users_commit *commit)
{
    struct users_scope scope;
    users_commit_scope(commit, &scope);
    struct buf record = arena_open(commit->arena);
    bool is_there = users_read_record(commit->users, &scope, commit->statement, &record);
    record.len = 0;
    arena_close(commit->arena, &record);
    return is_there;
}

static struct status check_signers(struct users_commit *commit)
{
    TRY(take_try(commit));
    TRY(take_proofs(commit));
    struct status status = users_commit_signers(commit);
    enum status_class class = status_class((enum status_code)status.code);
    if (!status_is_ok(status) && class != STATUS_CLASS_UNAVAILABLE &&
        class != STATUS_CLASS_INTERNAL) {
        owe_failure(commit);
    }
    return status;
}

static struct status check(struct users_commit *commit, const struct statement_parts *parts)
{
    struct statement *statement;
    struct statement_signed *by = arena_alloc(commit->arena, sizeof *by);
    if (by == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(make_record(commit->users, commit->arena, parts, &statement));
    by->statement = statement;
    commit->by = by;
    commit->op = statement->op;
    commit->user = statement->scope.user;
    memcpy(commit->statement, statement->proof_of, sizeof commit->statement);
    if (!users_is_name(statement->read.domain, commit->users->domain) ||
        !users_is_name(statement->read.tenant, commit->tenant)) {
        return FAIL(STATEMENT_SIGNER);
    }
    TRY(check_document(statement));
    commit->is_known = is_there(commit);
    if (commit->is_known) {
        return take_try(commit);
    }
    TRY(check_signers(commit));
    commit->is_stranger = users_commit_is_stranger(commit);
    return take_enrolment(commit);
}

struct status users_commit_check(struct users *users, struct arena *arena,
                                 const struct users_commit_from *from,
                                 const struct statement_parts *parts, struct users_commit *ret)
{
    *ret = (struct users_commit){.users = users, .arena = arena, .may_forward = !from->is_node};
    memcpy(ret->tenant, from->tenant, sizeof ret->tenant);
    ret->limit = limit_of(from);
    struct status status = check(ret, parts);
    ret->stage = status_is_ok(status) ? USERS_COMMIT_CHECKED : USERS_COMMIT_NONE;
    return status;
}

/* --- doing it --------------------------------------------------------------------------------- */

/* Whoever has no part in it has failed as if he had not signed at all. */
static void end(struct users_commit *commit, struct status status)
{
    if (status.code == STATUS_STATEMENT_SIGNER || status.code == STATUS_TICKET_INVALID) {
        owe_failure(commit);
    }
    commit->stage = USERS_COMMIT_OVER;
    commit->status = status;
    commit->wait = 0;
}

static struct status put_record(struct users_commit *commit, struct bytes record)
{
    const struct strict_port *strict = commit->users->setup.strict;
    uint8_t memory[USERS_KEY];
    struct buf key = buf_over(memory, sizeof memory);
    struct users_scope scope;
    struct strict_record put = {.kind = STRICT_STATEMENT};
    users_commit_scope(commit, &scope);
    buf_put(&key, scope.text);
    buf_put_u8(&key, '/');
    buf_put(&key, BYTES_ARRAY(commit->statement));
    put.slot = scope.slot;
    put.key = buf_bytes(&key);
    put.version.value = record;
    memcpy(put.tenant, commit->tenant, sizeof put.tenant);
    return strict->put(strict->context, &put, commit->worker, &commit->wait);
}

/* What is there is put again, so that whoever lacks it gets it. */
static struct status put_again(struct users_commit *commit)
{
    struct users_scope scope;
    users_commit_scope(commit, &scope);
    struct buf record = arena_open(commit->arena);
    bool is_there = users_read_record(commit->users, &scope, commit->statement, &record);
    arena_close(commit->arena, &record);
    TRY(buf_check(&record));
    return is_there ? put_record(commit, buf_bytes(&record)) : FAIL(NOT_CURRENT);
}

/* Whoever may be authority, for all that is known, is not told that he is nobody. */
static struct status judge(struct users_commit *commit)
{
    struct status status = users_commit_judge(commit);
    bool is_nobody = status.code == STATUS_STATEMENT_SIGNER || status.code == STATUS_TICKET_INVALID;
    return is_nobody && !status_is_ok(commit->unknown) ? commit->unknown : status;
}

static struct status judge_and_put(struct users_commit *commit)
{
    struct users *users = commit->users;
    thread_lock_take(&users->commits);
    struct status status = commit->is_known ? OK : judge(commit);
    if (status_is_ok(status)) {
        status = commit->is_known ? put_again(commit)
                                  : put_record(commit, commit->by->statement->record);
    }
    thread_lock_give(&users->commits);
    TRY(status);
    status = users_commit_note_head(commit);
    return status_is_ok(status) ? OK : FAIL(WRITE_UNSETTLED); /* it is there by now */
}

static void do_here(struct users_commit *commit)
{
    commit->stage = USERS_COMMIT_PUTS;
    struct status status = judge_and_put(commit);
    if (!status_is_ok(status)) {
        const struct strict_port *strict = commit->users->setup.strict;
        if (commit->wait != 0) {
            strict->give_up(strict->context, commit->wait);
        }
        end(commit, status);
    }
}

/* A statement as it was brought, for its home. */
static void forward(struct users_commit *commit, const struct strict_member *home)
{
    const struct strict_port *strict = commit->users->setup.strict;
    const struct bytes record = commit->by->statement->record;
    struct buf request = buf_over(arena_alloc(commit->arena, record.len + 1), record.len + 1);
    if (request.ptr == NULL) {
        end(commit, FAIL(NO_MEMORY));
        return;
    }
    buf_put_u8(&request, STRICT_DESK_STATEMENTS);
    buf_put(&request, record);
    if (request.len > STRICT_REQUEST_MAX) {
        end(commit, FAIL(NOT_CURRENT)); /* its home takes it */
        return;
    }
    commit->stage = USERS_COMMIT_FORWARDS;
    struct status status =
        strict->forward(strict->context, home, buf_bytes(&request), commit->worker, &commit->wait);
    if (!status_is_ok(status)) {
        end(commit, status.code == STATUS_UNAVAILABLE ? FAIL(NOT_CURRENT) : status);
    }
}

static void seek_home(struct users_commit *commit)
{
    struct users *users = commit->users;
    const struct strict_port *strict = users->setup.strict;
    struct users_scope scope;
    struct strict_member home;
    users_commit_scope(commit, &scope);
    enum strict_home where = strict->home(strict->context, scope.slot, &home);
    if (where == STRICT_HOME_HERE || commit->is_known) {
        do_here(commit);
    } else if (where == STRICT_HOME_THERE && commit->may_forward) {
        forward(commit, &home);
    } else if (!commit->may_forward ||
               clock_monotonic_ms(&users->setup.clock) >= commit->until_ms) {
        end(commit, FAIL(NOT_CURRENT));
    }
}

void users_commit_start(struct users_commit *commit, size_t worker)
{
    INVARIANT(commit->stage == USERS_COMMIT_CHECKED);
    commit->worker = worker;
    commit->stage = USERS_COMMIT_SEEKS;
    commit->until_ms = clock_monotonic_ms(&commit->users->setup.clock) + USERS_COMMIT_HOME_MS;
    seek_home(commit);
}

/* --- answers of a home ------------------------------------------------------------------------ */

enum { ANSWER_MAX = 1 + 1 + 64 + 1 + 1 + 8 + AUTH_TEXT_HASH };

/* The name of a code and not its number, which the next release may have given to another one. */
static void put_answer(const struct users_commit *commit, struct buf *out)
{
    struct bytes name = bytes_of(status_name((enum status_code)commit->status.code));
    buf_put_u8(out, ANSWER_VERSION);
    buf_put_u8(out, (uint8_t)name.len);
    buf_put(out, name);
    buf_put_u8(out, commit->is_held);
    buf_put_u8(out, commit->has_head);
    buf_put_u64(out, commit->seq);
    buf_put(out, BYTES_ARRAY(commit->head));
}

static struct status status_of_name(struct bytes name)
{
    struct status status = FAIL(UNAVAILABLE);
    for (unsigned code = 0; code < STATUS_CODES; code++) {
        if (bytes_equal(name, bytes_of(status_name((enum status_code)code)))) {
            status.code = (uint16_t)code;
        }
    }
    return status;
}

static struct status take_answer(struct users_commit *commit, struct bytes answer)
{
    struct reader reader = reader_over(answer);
    uint8_t version = reader_u8(&reader);
    struct bytes name = reader_take(&reader, reader_u8(&reader));
    bool is_held = reader_u8(&reader) == 1;
    bool has_head = reader_u8(&reader) == 1;
    uint64_t seq = reader_u64(&reader);
    struct bytes head = reader_take(&reader, AUTH_TEXT_HASH);
    if (version == 0) {
        return FAIL(NOT_CURRENT); /* of a release that knows of no statements */
    }
    if (reader.failed || version != ANSWER_VERSION) {
        return FAIL(WRITE_UNSETTLED);
    }
    TRY(status_of_name(name));
    commit->is_held = is_held;
    commit->has_head = has_head;
    commit->seq = seq;
    memcpy(commit->head, head.ptr, head.len);
    return OK;
}

static void look_at_forward(struct users_commit *commit)
{
    const struct strict_port *strict = commit->users->setup.strict;
    uint8_t memory[2 * ANSWER_MAX] BUF_LOCAL;
    struct buf answer = buf_over(memory, sizeof memory);
    switch (strict->outcome(strict->context, commit->wait, &answer)) {
    case STRICT_HELD:
        end(commit, take_answer(commit, buf_bytes(&answer)));
        break;
    case STRICT_UNKNOWN:
        end(commit, FAIL(WRITE_UNSETTLED));
        break;
    case STRICT_WAITS:
    default:
        break;
    }
}

static void look_at_put(struct users_commit *commit)
{
    const struct strict_port *strict = commit->users->setup.strict;
    enum strict_outcome outcome = strict->outcome(strict->context, commit->wait, NULL);
    if (outcome != STRICT_WAITS) {
        commit->is_held = outcome == STRICT_HELD;
        end(commit, OK);
    }
}

bool users_commit_is_over(struct users_commit *commit)
{
    if (commit->stage == USERS_COMMIT_SEEKS) {
        seek_home(commit);
    }
    if (commit->stage == USERS_COMMIT_PUTS) {
        look_at_put(commit);
    } else if (commit->stage == USERS_COMMIT_FORWARDS) {
        look_at_forward(commit);
    }
    return commit->stage == USERS_COMMIT_OVER;
}

void users_commit_give_up(struct users_commit *commit)
{
    const struct strict_port *strict = commit->users->setup.strict;
    if (commit->wait != 0) {
        strict->give_up(strict->context, commit->wait);
        commit->wait = 0;
    }
}

struct status users_commit_end(const struct users_commit *commit, struct users_committed *ret)
{
    INVARIANT(commit->stage == USERS_COMMIT_OVER);
    *ret = (struct users_committed){0};
    TRY(commit->status);
    ret->is_held = commit->is_held;
    ret->has_head = commit->has_head;
    ret->seq = commit->seq;
    memcpy(ret->head, commit->head, sizeof ret->head);
    return OK;
}

/* --- for other nodes -------------------------------------------------------------------------- */

static void reply(struct users *users, struct users_served *served)
{
    const struct strict_port *strict = users->setup.strict;
    uint8_t memory[ANSWER_MAX];
    struct buf answer = buf_over(memory, sizeof memory);
    put_answer(&served->commit, &answer);
    strict->reply(strict->context, served->id, buf_bytes(&answer));
    *served = (struct users_served){0};
}

static struct status begin_served(struct users *users, struct bytes request,
                                  struct users_commit *commit)
{
    struct statement *statement;
    *commit = (struct users_commit){.users = users};
    if (request.len == 0 || request.ptr[0] != STRICT_DESK_STATEMENTS) {
        return FAIL(RECORD_INVALID);
    }
    TRY(statement_read(&users->served_arena, bytes_slice(request, 1, request.len), &statement));
    const struct users_commit_from from = {.tenant = statement->read.tenant, .is_node = true};
    TRY(users_commit_check(users, &users->served_arena, &from, &statement->parts, commit));
    users_commit_start(commit, 0);
    return OK;
}

/* Returns: whether there was one. What it needs the arena for is over at once: it is never sent on,
 * and waits for the majority alone. */
static bool serve_next(struct users *users, struct users_served *served)
{
    const struct strict_port *strict = users->setup.strict;
    arena_reset(&users->served_arena);
    struct buf request =
        buf_over(arena_alloc(&users->served_arena, STRICT_REQUEST_MAX), STRICT_REQUEST_MAX);
    if (request.ptr == NULL || !strict->request(strict->context, &served->id, &request)) {
        return false;
    }
    served->is_used = true;
    struct status status = begin_served(users, buf_bytes(&request), &served->commit);
    if (!status_is_ok(status)) {
        end(&served->commit, status);
    } else if (served->commit.stage == USERS_COMMIT_SEEKS) {
        end(&served->commit, FAIL(NOT_CURRENT));
    }
    served->commit.by = NULL;
    served->commit.arena = NULL;
    return true;
}

void users_commit_serve(struct users *users)
{
    for (size_t i = 0; i < USERS_SERVED; i++) {
        struct users_served *served = &users->served[i];
        while (served->is_used || serve_next(users, served)) {
            if (!users_commit_is_over(&served->commit)) {
                break;
            }
            reply(users, served);
        }
    }
}
