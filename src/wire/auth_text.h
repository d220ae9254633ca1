/* The texts that users, back ends and authorities sign, and the ids that follow from them.
 *
 * Every text is of lines of visible ASCII without an end of the last one: a label, the domain, the
 * tenant, then what its kind says; X in the formats. Its SHA-256, P, is what most schemes sign.
 * Here are only texts: who signed them is a question for authenticators. Public data. Used by
 * nodes and by clients. Source: formats for users, sections 14 to 16. */
#ifndef COFFER_WIRE_AUTH_TEXT_H
#define COFFER_WIRE_AUTH_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"

enum {
    AUTH_TEXT_HASH = 32,
    AUTH_TEXT_ID = 16, /* of an authenticator, a service key, a session */
    AUTH_TEXT_SALT = 16,
    AUTH_TEXT_CHALLENGE = 32,
    AUTH_TEXT_USER = 255,
    AUTH_TEXT_SID_TEXT = 36, /* as a UUID */
    AUTH_TEXT_OP = 32,       /* such as user.add, at most */
    AUTH_TEXT_SCOPE = 2 + AUTH_TEXT_USER,
    AUTH_TEXT_MAX = 2048, /* room for every text */
};

/* Schemes of proofs; the numbers are part of ids. */
enum auth_scheme {
    AUTH_P256 = 1,
    AUTH_EIP191,
    AUTH_STARK,
    AUTH_ED25519,
    AUTH_PASSKEY,
    AUTH_SNIP12,
    AUTH_OIDC,
    AUTH_TOTP,
    AUTH_SERVICE,
    AUTH_SCHEMES,
};

/* The word of a scheme, as bodies and the audit trail have it: that of 0 is bearer. Reading takes
 * words of schemes. Returns: OK; BAD_REQUEST. On failure: *ret is AUTH_SCHEMES. */
const char *auth_text_scheme(unsigned scheme);
struct status auth_text_scheme_read(struct bytes word, enum auth_scheme *ret);

/* Whose text it is. Both 32 bytes. */
struct auth_place {
    const uint8_t *domain;
    const uint8_t *tenant;
};

enum auth_purpose {
    AUTH_LOGIN = 1,
    AUTH_STEP_UP = 2,
};

/* The key that a session will prove to have: its scheme, 1 to 5, and the key; or none, 0, for a
 * bearer. */
struct auth_client_key {
    uint8_t type;
    struct bytes key;
};

/* What is signed to log in, or once more for one request. */
struct auth_text {
    struct auth_place place;
    enum auth_purpose purpose;
    struct bytes user; /* empty: whoever the proof shows (-) */
    uint8_t cnf_type;
    const uint8_t *cnf;       /* [AUTH_TEXT_HASH], of auth_text_cnf */
    const uint8_t *challenge; /* [AUTH_TEXT_CHALLENGE] */
    const uint8_t *detail;    /* [AUTH_TEXT_HASH]; NULL: - */
};

/* What is signed to change something for good. */
struct auth_statement {
    struct auth_place place;
    struct bytes op;
    struct bytes scope; /* t, u:NAME, s:ID, a:ID, o:NAME */
    uint64_t seq;
    const uint8_t *prev; /* [AUTH_TEXT_HASH], P of the one before; NULL: - */
    uint64_t not_before_ms;
    const uint8_t *body; /* [AUTH_TEXT_HASH], SHA-256 of its body */
    const uint8_t *salt; /* [AUTH_TEXT_SALT] */
    bool is_apart;       /* it stands outside of the chain: seq is - */
};

/* Leave to enrol once. */
struct auth_ticket {
    struct auth_place place;
    struct bytes user;
    const uint8_t *authenticator; /* [AUTH_TEXT_ID] */
    uint64_t issued_ms;
    uint64_t not_after_ms;
    const uint8_t *salt;
};

/* Append a text. In: names of visible ASCII without spaces, within the limits above.
 * Returns: OK; BAD_REQUEST when a piece is not; BUFFER_FULL. On failure: out is unspecified. */
struct status auth_text_put(const struct auth_text *text, struct buf *out);
struct status auth_text_put_statement(const struct auth_statement *text, struct buf *out);
struct status auth_text_put_ticket(const struct auth_ticket *text, struct buf *out);

/* A statement as it was read: its text borrows from what was read, and from the bytes beside it. */
struct auth_text_read_statement {
    struct auth_statement text;
    uint8_t domain[AUTH_TEXT_HASH];
    uint8_t tenant[AUTH_TEXT_HASH];
    uint8_t prev[AUTH_TEXT_HASH];
    uint8_t body[AUTH_TEXT_HASH];
    uint8_t salt[AUTH_TEXT_SALT];
};

struct auth_text_read_ticket {
    struct auth_ticket text;
    uint8_t domain[AUTH_TEXT_HASH];
    uint8_t tenant[AUTH_TEXT_HASH];
    uint8_t authenticator[AUTH_TEXT_ID];
    uint8_t salt[AUTH_TEXT_SALT];
};

/* Read a text: nothing but what the functions above write is taken. *ret must stay where it is.
 * Returns: OK; BAD_REQUEST. On failure: *ret is zeros. */
struct status auth_text_read_statement(struct bytes text, struct auth_text_read_statement *ret);
struct status auth_text_read_ticket(struct bytes text, struct auth_text_read_ticket *ret);

/* SHA-256 of type and key of a client. */
void auth_text_cnf(const struct auth_client_key *key, uint8_t ret[static AUTH_TEXT_HASH]);

/* The id of an authenticator, and of a service key, of a tenant. */
void auth_text_authenticator(const uint8_t *tenant, enum auth_scheme scheme, struct bytes key,
                             uint8_t ret[static AUTH_TEXT_ID]);
void auth_text_service(const uint8_t *tenant, enum auth_scheme scheme, struct bytes key,
                       uint8_t ret[static AUTH_TEXT_ID]);

/* The id of the session that a login makes: the same one when it is repeated. In: proof, P. */
void auth_text_sid(const uint8_t proof[static AUTH_TEXT_HASH], uint8_t ret[static AUTH_TEXT_ID]);

/* As a UUID in lower case. Reading takes nothing else.
 * Returns: OK; BAD_REQUEST. On failure: ret is zeros. */
void auth_text_sid_put(const uint8_t sid[static AUTH_TEXT_ID], struct buf *out);
struct status auth_text_sid_read(struct bytes text, uint8_t ret[static AUTH_TEXT_ID]);

/* The name of a user who enrols by a first login. In: key, K of the scheme.
 * Returns: OK; BUFFER_FULL. */
struct status auth_text_jit_user(struct bytes prefix, struct bytes key, struct buf *out);

#endif
