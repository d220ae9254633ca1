#include "statements/user_judge.h"

#include <string.h>

static struct bytes bytes_id(const uint8_t *id)
{
    return (struct bytes){id, AUTH_TEXT_ID};
}

/* The authenticator that a proof is of, if it counts. */
static const struct user_log_key *signer_at(const struct user_log *log,
                                            const struct statement_signed *by, size_t at)
{
    return user_log_key(log, by->ids[at]);
}

static bool is_pending(const struct user_log *log, const uint8_t *id)
{
    for (size_t i = 0; i < log->pending_count; i++) {
        const struct statement *statement = log->pending[i].statement;
        uint8_t added[AUTH_TEXT_ID];
        if (statement->op == STATEMENT_USER_RECOVER) {
            auth_text_authenticator(statement->read.tenant,
                                    (enum auth_scheme)statement->body.key.scheme,
                                    statement->body.key.key, added);
            if (bytes_equal(BYTES_ARRAY(added), bytes_id(id))) {
                return true;
            }
        }
    }
    return false;
}

struct status user_judge_speaks(const struct user_log *log, const struct statement_signed *by,
                                bool may_services)
{
    bool will = false;
    const struct statement_sigs *sigs = &by->statement->parts.sigs;
    for (size_t i = 0; i < sigs->count; i++) {
        if (sigs->list[i].scheme == AUTH_SERVICE && !may_services) {
            continue;
        }
        if (signer_at(log, by, i) != NULL) {
            return OK;
        }
        will = will || is_pending(log, by->ids[i]);
    }
    return will ? FAIL(STATEMENT_DELAYED) : FAIL(STATEMENT_SIGNER);
}

/* Whether an entry follows the last one. */
static struct status judge_place(const struct user_judge *judge, const struct statement *statement)
{
    const struct user_log *log = judge->log;
    const struct auth_statement *text = &statement->read.text;
    if (log->is_forked) {
        return FAIL(LOG_FORKED);
    }
    bool is_next = text->seq == (uint64_t)log->number + 1;
    if (text->prev == NULL) {
        /* Loose entries have a first one that is not here: only who had it brings it back. */
        bool is_free = !log->is_known || (judge->now->is_resuming && log->heads.count == 0);
        return is_next && is_free ? OK : FAIL(STATEMENT_SEQ);
    }
    is_next =
        is_next && bytes_equal((struct bytes){text->prev, AUTH_TEXT_HASH}, BYTES_ARRAY(log->head));
    if (!is_next || log->number == 0) {
        return FAIL(STATEMENT_SEQ);
    }
    return log->chain_count < USER_LOG_CHAIN ? OK : FAIL(LIMIT_EXCEEDED);
}

/* Whether a name is that which a key makes. */
static bool is_jit_name(const struct user_judge *judge, const struct statement *statement)
{
    uint8_t memory[2 * AUTH_TEXT_USER] BUF_LOCAL;
    struct buf name = buf_over(memory, sizeof memory);
    return judge->jit_prefix.len != 0 &&
           status_is_ok(auth_text_jit_user(judge->jit_prefix, statement->body.key.key, &name)) &&
           bytes_equal(buf_bytes(&name), statement->scope.user);
}

static struct status judge_ticket(const struct user_judge *judge, const struct statement_signed *by,
                                  const uint8_t *id)
{
    const struct statement *statement = by->statement;
    const struct statement_now *now = judge->now;
    const struct auth_ticket *ticket = &by->ticket.text;
    bool is_jit = is_jit_name(judge, statement);
    bool is_reserved =
        judge->jit_prefix.len != 0 && bytes_starts(statement->scope.user, judge->jit_prefix);
    if (statement->body.key.ticket.text.len == 0) {
        return is_jit ? OK : FAIL(TICKET_INVALID);
    }
    bool is_good =
        (by->ticket_roles.is_authority || (by->ticket_roles.scopes & STATEMENT_SCOPE_ENROL) != 0) &&
        bytes_equal(ticket->user, statement->scope.user) &&
        bytes_equal(bytes_id(ticket->authenticator), bytes_id(id)) &&
        ticket->issued_ms >= now->incarnation_ms && ticket->issued_ms <= now->hi_ms &&
        ticket->not_after_ms > now->hi_ms && (is_jit || !is_reserved);
    return is_good ? OK : FAIL(TICKET_INVALID);
}

/* Room for one authenticator more, that the log has not had. */
static struct status judge_id(const struct user_log *log, const uint8_t *id)
{
    size_t recoveries = 0;
    for (size_t i = 0; i < log->pending_count; i++) {
        recoveries += log->pending[i].statement->op == STATEMENT_USER_RECOVER;
    }
    if (user_log_id(log, id) != NULL) {
        return FAIL(STATEMENT_SIGNER);
    }
    return log->key_count + recoveries < USER_LOG_KEYS ? OK : FAIL(LIMIT_EXCEEDED);
}

static struct status judge_add(const struct user_judge *judge, const struct statement_signed *by)
{
    const struct statement *statement = by->statement;
    const struct statement_key *key = &statement->body.key;
    const bool is_first = statement->read.text.prev == NULL;
    const bool is_code = key->scheme == AUTH_TOTP;
    uint8_t id[AUTH_TEXT_ID];
    auth_text_authenticator(statement->read.tenant, (enum auth_scheme)key->scheme, key->key, id);
    if (is_code ? is_first
                : statement_signed_by(by, key->scheme, key->key) == statement->parts.sigs.count) {
        return FAIL(STATEMENT_SIGNER);
    }
    TRY(judge_id(judge->log, id));
    if (is_first) {
        return judge_ticket(judge, by, id);
    }
    TRY(user_judge_speaks(judge->log, by, false));
    return key->ticket.text.len == 0 ? OK : FAIL(TICKET_INVALID);
}

static struct status judge_recover(const struct user_judge *judge,
                                   const struct statement_signed *by)
{
    const struct statement_key *key = &by->statement->body.key;
    uint8_t id[AUTH_TEXT_ID];
    auth_text_authenticator(by->statement->read.tenant, (enum auth_scheme)key->scheme, key->key,
                            id);
    if (by->statement->read.text.prev == NULL) {
        return FAIL(STATEMENT_SEQ);
    }
    if (!by->roles.is_authority) {
        return FAIL(STATEMENT_SIGNER);
    }
    return judge_id(judge->log, id);
}

/* What users say of what they have. The first entry is none of these. */
static struct status judge_entry(const struct user_judge *judge, const struct statement_signed *by)
{
    const struct statement *statement = by->statement;
    const struct user_log *log = judge->log;
    const bool is_foreign = statement->op == STATEMENT_FOREIGN_ADD;
    const bool may_services = (statement_op_who(statement->op) & STATEMENT_BY_SERVICES) != 0;
    if (statement->read.text.prev == NULL) {
        return FAIL(STATEMENT_SEQ);
    }
    if (is_foreign && !judge->may_add_foreign) {
        return FAIL(STATEMENT_SIGNER);
    }
    TRY(user_judge_speaks(log, by, may_services));
    bool is_known = !is_foreign || log->foreign_count < USER_LOG_FOREIGN;
    for (size_t i = 0; i < log->foreign_count && !is_known; i++) {
        const struct statement_foreign *foreign = &log->foreign[i]->body.foreign;
        is_known =
            bytes_equal(BYTES_ARRAY(foreign->chain), BYTES_ARRAY(statement->body.foreign.chain)) &&
            bytes_equal(BYTES_ARRAY(foreign->address),
                        BYTES_ARRAY(statement->body.foreign.address));
    }
    return is_known ? OK : FAIL(LIMIT_EXCEEDED);
}

/* Two of those who signed, of different schemes: as good as a second factor. */
static bool is_second_factor(const struct user_log *log, const struct statement_signed *by)
{
    const struct statement_sigs *sigs = &by->statement->parts.sigs;
    uint64_t first = 0;
    for (size_t i = 0; i < sigs->count; i++) {
        const uint64_t scheme = sigs->list[i].scheme;
        if (scheme == AUTH_SERVICE || signer_at(log, by, i) == NULL) {
            continue;
        }
        if (first != 0 && scheme != first) {
            return true;
        }
        first = scheme;
    }
    return false;
}

/* Whether one of those who signed came before an id, or is it. What the log does not know came
 * later, when what was committed before is presented again in any order. */
static bool may_revoke(const struct user_judge *judge, const struct statement_signed *by,
                       const uint8_t *id)
{
    const struct user_log *log = judge->log;
    const struct statement_sigs *sigs = &by->statement->parts.sigs;
    const struct user_log_id *known = user_log_id(log, id);
    bool is_enrolled = known != NULL && known->number != 0;
    bool is_later = user_log_grant(log, id) != NULL || judge->now->is_resuming;
    for (size_t i = 0; i < sigs->count; i++) {
        const struct user_log_key *key = signer_at(log, by, i);
        if (key == NULL) {
            continue;
        }
        is_later = is_enrolled ? known->number > key->by->read.text.seq : is_later;
        if (bytes_equal(bytes_id(key->id), bytes_id(id)) ||
            (is_later && sigs->list[i].scheme != AUTH_SERVICE)) {
            return true;
        }
    }
    return false;
}

/* Whether a revocation or veto changes what the log means now. */
static bool does_something(const struct user_log *log, const struct statement *statement)
{
    const struct statement_revoke *revoke = &statement->body.revoke;
    for (size_t i = 0; i < log->pending_count && statement->op == STATEMENT_USER_VETO; i++) {
        if (bytes_equal(BYTES_ARRAY(log->pending[i].statement->proof_of),
                        BYTES_ARRAY(statement->body.veto.of))) {
            return true;
        }
    }
    for (size_t i = 0; statement->op == STATEMENT_USER_REVOKE && i < revoke->ids.count; i++) {
        const uint8_t *id = revoke->ids.items + i * AUTH_TEXT_ID;
        const struct user_log_id *known = user_log_id(log, id);
        bool is_there = (known != NULL && known->number != 0) || user_log_grant(log, id) != NULL;
        if (is_there && (known == NULL || !known->is_revoked ||
                         (revoke->since < known->since && revoke->since <= log->number))) {
            return true;
        }
    }
    return false;
}

static struct status judge_denial(const struct user_judge *judge, const struct statement_signed *by)
{
    const struct user_log *log = judge->log;
    const struct statement *statement = by->statement;
    const struct statement_list *ids = &statement->body.revoke.ids;
    bool is_over = by->roles.is_authority || (by->roles.scopes & STATEMENT_SCOPE_REVOKE) != 0;
    if (!is_over) {
        TRY(user_judge_speaks(log, by, true));
        is_over = statement->op == STATEMENT_USER_VETO || is_second_factor(log, by);
    }
    for (size_t i = 0; !is_over && i < ids->count; i++) {
        if (!may_revoke(judge, by, ids->items + i * AUTH_TEXT_ID)) {
            return FAIL(STATEMENT_SIGNER);
        }
    }
    bool has_room = log->auth_epoch + log->vetoed.count < USER_LOG_REVOCATIONS;
    return has_room || does_something(log, statement) ? OK : FAIL(LIMIT_EXCEEDED);
}

/* As the log will take it: who has a place in it does not sign as authority. */
static struct status judge_join(const struct user_judge *judge, const struct statement_signed *by)
{
    const struct user_log *log = judge->log;
    const struct statement_list *heads = &by->statement->body.join.heads;
    const size_t len = heads->count * AUTH_TEXT_HASH;
    bool is_authority = by->roles.is_authority;
    if (!log->is_forked || heads->count != log->heads.count ||
        !bytes_equal((struct bytes){heads->items, len}, (struct bytes){log->heads.items, len})) {
        return FAIL(STATEMENT_SEQ);
    }
    for (size_t i = 0; i < by->statement->parts.sigs.count; i++) {
        const struct user_log_id *known = user_log_id(log, by->ids[i]);
        is_authority = is_authority && (known == NULL || known->number == 0);
    }
    if (is_authority) {
        return OK;
    }
    TRY(user_judge_speaks(log, by, false));
    return log->pending_count < USER_LOG_PENDING ? OK : FAIL(LIMIT_EXCEEDED);
}

struct status user_judge(const struct user_judge *judge, const struct statement_signed *by)
{
    const struct statement *statement = by->statement;
    const enum statement_op op = statement->op;
    const bool counts_later = op == STATEMENT_USER_RECOVER || op == STATEMENT_USER_JOIN;
    if (statement_op_scopes(op) != STATEMENT_USER) {
        return FAIL(STATEMENT_SIGNER);
    }
    if (statement_op_is_chained(op)) {
        TRY(judge_place(judge, statement));
    }
    if (!counts_later && statement->read.text.not_before_ms > judge->now->lo_ms) {
        return FAIL(STATEMENT_DELAYED);
    }
    if (op == STATEMENT_USER_ADD) {
        return judge_add(judge, by);
    }
    if (op == STATEMENT_USER_RECOVER) {
        return judge_recover(judge, by);
    }
    if (op == STATEMENT_USER_JOIN) {
        return judge_join(judge, by);
    }
    return statement_op_is_chained(op) ? judge_entry(judge, by) : judge_denial(judge, by);
}
