/* Known answers: one vector of a file at a time, run through the code of production.
 *
 * A check reads its inputs, computes, and compares every output that production can give; whatever
 * goes wrong on the way marks the vector as failed. */
#ifndef COFFER_TESTS_KAT_KAT_H
#define COFFER_TESTS_KAT_KAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "codec/json_in.h"
#include "crypto/felt.h"
#include "crypto/stark_ecdsa.h"
#include "starknet/felts.h"

struct kat {
    struct arena *arena; /* of this vector */
    struct json_in root; /* of the file */
    struct json_in at;   /* the vector */
    struct json_in in;   /* its inputs and outputs; the vector itself where they are not apart */
    struct json_in out;
    bool failed;
};

struct kat_kind {
    const char *name;
    void (*check)(struct kat *kat); /* NULL: skipped */
};

/* The kinds; each table ends with a NULL name. */
extern const struct kat_kind kat_curve_kinds[];
extern const struct kat_kind kat_transaction_kinds[];
extern const struct kat_kind kat_heimdall_kinds[];
extern const struct kat_kind kat_onchain_kinds[];
extern const struct kat_kind kat_typed_kinds[];

/* What the members at the top of tests/vectors/nova.json are. Every member has a row in one of the
 * tables of kat_nova_*.c, which kat.c lists; a file with a member that has none fails. To add a
 * kind: write its check, add its row to your table; it finds the vector in kat->at, and the name of
 * an entry in kat->at.name. Other members of the file are reached over kat->root. */
enum kat_shape {
    KAT_LIST,    /* a list: every item is a vector */
    KAT_ENTRIES, /* an object: every member of it is a vector */
    KAT_WHOLE,   /* one vector */
    KAT_INPUT,   /* no vector: others refer to it */
};

struct kat_nova {
    const char *name;
    enum kat_shape shape;
    void (*check)(struct kat *kat);
};

/* Each table ends with a NULL name. */
extern const struct kat_nova kat_nova_keys[];
extern const struct kat_nova kat_nova_wire[];
extern const struct kat_nova kat_nova_proof[];
extern const struct kat_nova kat_nova_ethereum[];
extern const struct kat_nova kat_nova_store[];

/* The data key of the secret and the app id that a vector names. */
struct secret32 kat_nova_data_key(struct kat *kat);

/* Note a failure unless it holds. */
void kat_require(struct kat *kat, bool holds);
void kat_try(struct kat *kat, struct status status);

/* Members that must be there; a failure gives zero or nothing. */
struct json_in kat_member(struct kat *kat, const struct json_in *at, const char *name);
struct felt kat_felt(struct kat *kat, const struct json_in *at, const char *name);
struct felts kat_felts(struct kat *kat, const struct json_in *at, const char *name);
struct bytes kat_text(struct kat *kat, const struct json_in *at, const char *name);
struct bytes kat_hex(struct kat *kat, const struct json_in *at, const char *name);
struct bytes kat_hex_here(struct kat *kat, const struct json_in *at); /* of a string itself */
uint64_t kat_u64(struct kat *kat, const struct json_in *at, const char *name);
struct stark_key kat_key(struct kat *kat, const struct json_in *at, const char *name);

/* The member is hex of exactly len bytes; a failure gives len zeros. */
const uint8_t *kat_hex_of(struct kat *kat, const struct json_in *at, const char *name, size_t len);

/* Compare bytes with the hex of a member, with or without 0x. */
void kat_expect_hex(struct kat *kat, const struct json_in *at, const char *name,
                    struct bytes actual);

/* The same, zero or nothing when it is not there. */
struct felt kat_felt_or_zero(struct kat *kat, const struct json_in *at, const char *name);
struct felts kat_felts_or_none(struct kat *kat, const struct json_in *at, const char *name);

/* Compare with a member that must be there, or only if it is. */
void kat_expect(struct kat *kat, const struct json_in *at, const char *name,
                const struct felt *actual);
void kat_expect_if(struct kat *kat, const struct json_in *at, const char *name,
                   const struct felt *actual);
void kat_expect_felts(struct kat *kat, const struct json_in *at, const char *name,
                      struct felts actual);

struct stark_public kat_public(struct kat *kat, const struct stark_key *key);

/* Sign with the plain nonce, compare with the r and s of a member, and verify. */
struct stark_signature kat_expect_signature(struct kat *kat, const struct json_in *at,
                                            const char *name, const struct stark_key *key,
                                            const struct felt *hash);

#endif
