/* Which sessions a user has, and what passkeys counted: values of a tenant, sealed like all others.
 *
 * A record of a session is for its user to see and to revoke it; nothing is decided by it. So it is
 * a value that may give way, up to the quota of a namespace of its own; it ends with the session.
 * Of more than LIMIT_SESSIONS_USER of a user the oldest is deleted: the session goes on, and ends
 * with all of its user's when these are revoked together.
 * The counter of a passkey that counts is a record of the system, which never goes.
 *
 * Keys: se/USER/SID and wc/USER/ID, ids in hex. Value of a session: version u8 (1), cnf_type u8,
 * cnf 32, assurance u8, factors u16, scope u32, created u64, abs_exp u64, then the address that the
 * gateway asserted, after its length u8. Value of a counter: u32.
 * Any thread. Used by sessions.h. Source: formats for users, section 17. */
#ifndef COFFER_SESSIONS_SESSION_RECORDS_H
#define COFFER_SESSIONS_SESSION_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "keys/root_keyring.h"
#include "record/record.h"
#include "sessions/session_token.h"
#include "store/values.h"

enum { SESSION_RECORDS_ADDRESS = 64 };

struct session_records {
    struct values *values; /* NULL: nothing is kept */
    const struct root_keyring *roots;
    const uint8_t *domain; /* [AUTH_TEXT_HASH] */
};

/* One session. */
struct session_record {
    uint8_t sid[AUTH_TEXT_ID];
    uint8_t cnf_type;
    uint8_t cnf[AUTH_TEXT_HASH];
    uint8_t assurance;
    uint16_t factors;
    uint32_t scope;
    uint64_t created_ms;
    uint64_t abs_exp_ms;
    uint8_t address_len;
    uint8_t address[SESSION_RECORDS_ADDRESS]; /* text; empty: not known */
};

/* Whose. */
struct session_records_of {
    const uint8_t *tenant; /* [AUTH_TEXT_HASH] */
    struct bytes user;     /* a username */
};

/* Which request writes a record, and its intent; zeros: none of those that may be repeated. */
struct session_records_by {
    uint8_t op[RECORD_OP];
    uint8_t cause[RECORD_CAUSE];
};

/* The record of a token that was just made. In: address, up to SESSION_RECORDS_ADDRESS. */
void session_records_from(const struct session_token *token, struct bytes address,
                          struct session_record *ret);

/* Keep it, for as long as it has from now_ms on. In: arena, scratch. Returns: OK, also when it is
 * there; what values_put, values_list and values_delete say. */
struct status session_records_put(const struct session_records *records, struct arena *arena,
                                  const struct session_records_of *of,
                                  const struct session_record *record,
                                  const struct session_records_by *by);

/* All that are kept, those that were made last first. Out: *ret, in arena.
 * Returns: OK; VALUE_SEAL, VALUE_EPOCH; NO_MEMORY. On failure: *ret_count is 0. */
struct status session_records_list(const struct session_records *records, struct arena *arena,
                                   const struct session_records_of *of, struct session_record **ret,
                                   size_t *ret_count);

/* Whether one is kept. Out: *ret. */
bool session_records_find(const struct session_records *records,
                          const struct session_records_of *of,
                          const uint8_t sid[static AUTH_TEXT_ID], struct session_record *ret);

/* Forget one. Returns: OK, also without it; what values_delete says. */
struct status session_records_forget(const struct session_records *records,
                                     const struct session_records_of *of,
                                     const uint8_t sid[static AUTH_TEXT_ID],
                                     const struct session_records_by *by);

/* The greatest counter that was noted for a passkey; 0: none. Returns: OK; as values_get. */
struct status session_records_counter(const struct session_records *records,
                                      const struct session_records_of *of,
                                      const uint8_t id[static AUTH_TEXT_ID], uint32_t *ret);

/* Note a counter. Returns: OK; WEBAUTHN_COUNTER when it is not greater, or
 * another one was noted meanwhile; as values_put. */
struct status session_records_count(const struct session_records *records,
                                    const struct session_records_of *of,
                                    const uint8_t id[static AUTH_TEXT_ID], uint32_t counter,
                                    const struct session_records_by *by);

#endif
