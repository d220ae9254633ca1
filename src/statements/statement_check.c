#include "statements/statement_check.h"

#include "digest/sha256.h"

static bool is_here(const struct auth_place *place, const struct auth_place *of)
{
    return bytes_equal((struct bytes){place->domain, AUTH_TEXT_HASH},
                       (struct bytes){of->domain, AUTH_TEXT_HASH}) &&
           bytes_equal((struct bytes){place->tenant, AUTH_TEXT_HASH},
                       (struct bytes){of->tenant, AUTH_TEXT_HASH});
}

/* A code says nothing of a text. */
static struct status verify_all(const struct statement_ports *ports, struct bytes text,
                                const struct statement_sigs *sigs)
{
    uint8_t proof_of[AUTH_TEXT_HASH];
    sha256_hash(text, proof_of);
    for (size_t i = 0; i < sigs->count; i++) {
        if (sigs->list[i].scheme == AUTH_TOTP) {
            return FAIL(STATEMENT_SIGNER);
        }
        TRY(ports->verify(ports->context, text, proof_of, &sigs->list[i]));
    }
    return OK;
}

static struct status check_ticket(const struct statement *statement, const struct auth_place *place,
                                  const struct statement_ports *ports, struct statement_signed *ret)
{
    const struct statement_ticket *ticket = &statement->body.key.ticket;
    if (statement->op != STATEMENT_USER_ADD || ticket->text.len == 0) {
        return OK;
    }
    if (!status_is_ok(auth_text_read_ticket(ticket->text, &ret->ticket)) ||
        !is_here(place, &ret->ticket.text.place)) {
        return FAIL(TICKET_INVALID);
    }
    TRY(status_judged(verify_all(ports, ticket->text, &ticket->sigs), FAIL(TICKET_INVALID)));
    ports->roles(ports->context, &ticket->sigs, &statement->scope, &ret->ticket_roles);
    return OK;
}

static struct status check_all(const struct statement *statement, const struct auth_place *place,
                               const struct statement_ports *ports, struct statement_signed *ret)
{
    const struct statement_sigs *sigs = &statement->parts.sigs;
    ret->statement = statement;
    if (!is_here(place, &statement->read.text.place)) {
        return FAIL(STATEMENT_SIGNER);
    }
    TRY(verify_all(ports, statement->parts.text, sigs));
    for (size_t i = 0; i < sigs->count; i++) {
        statement_sig_id(statement, &sigs->list[i], ret->ids[i]);
    }
    ports->roles(ports->context, sigs, &statement->scope, &ret->roles);
    return check_ticket(statement, place, ports, ret);
}

struct status statement_check(const struct statement *statement, const struct auth_place *place,
                              const struct statement_ports *ports, struct statement_signed *ret)
{
    *ret = (struct statement_signed){0};
    struct status status = check_all(statement, place, ports, ret);
    if (!status_is_ok(status)) {
        *ret = (struct statement_signed){0};
    }
    return status;
}

size_t statement_signed_by(const struct statement_signed *by, uint64_t scheme, struct bytes key)
{
    const struct statement_sigs *sigs = &by->statement->parts.sigs;
    for (size_t i = 0; i < sigs->count; i++) {
        if (sigs->list[i].scheme == scheme && bytes_equal(sigs->list[i].key, key)) {
            return i;
        }
    }
    return sigs->count;
}
