/* Strict records: what may be counted once only, in any partition, crash or restart.
 *
 * A state machine without thread, socket, clock or entropy of its own. Its owner brings time, who
 * the peers are, and what became of messages; takes messages and sends them. Peers are trusted as
 * far as they know the root: the owner checks the codes of messages.
 *
 * Set. Who votes. Sets have numbers; a set decides the next one, by a majority, which differs by
 * one member (a wallet as one boot: what was restarted is another member) and is at least
 * STRICT_GRANT_MS younger. Every message is bound to a set, and counts in no other. A member votes
 * once it has everything that was held in the set before: from n - majority + 1 of its members
 * that have left it.
 *
 * Slot. A majority grants (slot, ballot): granters for 10 s from receipt, the holder counts 8 s
 * from asking. A grant fences: nothing is taken under a lower ballot from then on. The new holder
 * joins the records of the slot from those who granted. It is the home of the slot then, and the
 * only one who writes records that have a home.
 *
 * Records. Written to all members, held once a majority has them. What has no home anybody writes.
 *
 * Fresh. Every peer is asked what it has of statements and revocations; a node acts for users
 * only while a majority was asked in the last 30 s and it lacks nothing of that.
 *
 * Time is read after the message, or the request, that a step is for was there; whoever was held up
 * since does no harm: a step never goes back behind the one before it, and what a late home writes
 * nobody takes.
 *
 * One owner at a time. Used by the cluster (cluster.h), and in virtual time by the simulator.
 * Source: formats for users, sections 17 and 18; what differs from there is decided in
 * docs/decisions/079-strict-records.md. */
#ifndef COFFER_CLUSTER_STRICT_STRICT_H
#define COFFER_CLUSTER_STRICT_STRICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "base/status.h"
#include "cluster/strict/strict_kinds.h"
#include "cluster/strict/strict_table.h"

enum {
    STRICT_WALLET = 20,
    STRICT_DOMAIN = 32,
    STRICT_ORIGIN = 40, /* of a cluster: which snapshot it began with */
    STRICT_DIGEST = 32, /* of that snapshot's header */
    STRICT_INCARNATION = 16,
    STRICT_MEMBERS_MAX = 64,
    STRICT_PEERS_MAX = 64,
    STRICT_PUTS_MAX = 256,     /* that wait for members */
    STRICT_FORWARDS_MAX = 64,  /* requests that wait, of this node and of others, each */
    STRICT_REQUEST_MAX = 8192, /* bytes of a request to a home, and of its answer */
    STRICT_BODY_MAX = 393216,  /* of a message */

    STRICT_GRANT_MS = 10000, /* that a member grants a slot, from receipt */
    STRICT_HOLD_MS = 8000,   /* that the holder counts on it, from asking */
    STRICT_RENEW_MS = 4000,  /* before its end, if the slot was used in the last */
    STRICT_IDLE_MS = 30000,
    STRICT_ASK_MS = 2500,      /* that a majority has to grant */
    STRICT_PUT_MS = 5000,      /* that a majority has to hold a record */
    STRICT_COLLECT_MS = 30000, /* that a majority is asked for all that it has */
    STRICT_FRESH_MS = 30000,   /* that an answer about revocations is good for */
    STRICT_PING_MS = 8000,     /* between two such questions */
    STRICT_RETRY_MS = 250,     /* after a failure or a refusal, half of it by chance; then twice */
    STRICT_RETRY_MAX_MS = 2000,
};

struct strict_member {
    uint8_t wallet[STRICT_WALLET];
    uint8_t boot[STRICT_BOOT];
};

/* All of it outlives the machine. */
struct strict_setup {
    struct mem *mem;
    struct entropy entropy;
    uint8_t domain[STRICT_DOMAIN];
    struct strict_member self;
    size_t bytes_max; /* of records, as strict_table_open */
    bool is_first;    /* nobody has records: it is the first set by itself */
    /* What a snapshot had, for strict_begin; or NULL. It is the machine's own once that is open. */
    struct strict_table *restored;
    _Atomic uint64_t *changes; /* as strict_table_watch wants it; or NULL */
};

struct strict;

/* Returns: OK; NO_MEMORY; ENTROPY. On failure: *ret is NULL. */
struct status strict_open(const struct strict_setup *setup, uint64_t now_ms, struct strict **ret);
void strict_close(struct strict **strict);

/* --- for who drives it ------------------------------------------------------------------------ */

/* A node that the registry grants. */
struct strict_peer_known {
    uint8_t wallet[STRICT_WALLET];
    uint8_t boot[STRICT_BOOT];
    bool is_met; /* boot is known */
};

/* Whom the registry grants, without this node: who is missing is to leave the set. Called now and
 * then, and when a boot was met; not when the registry is not known. In: count up to
 * STRICT_PEERS_MAX. */
void strict_look(struct strict *strict, uint64_t now_ms, const struct strict_peer_known *peers,
                 size_t count);

/* Let time pass for records. */
void strict_tick(struct strict *strict, uint64_t wall_ms);

/* The next message, if there is one now. In: out, empty, STRICT_BODY_MAX bytes of room. Out: *to.
 * One is under way to each peer at a time. Returns: false when there is none before *ret_due_ms, or
 * the next call of another function. */
bool strict_next(struct strict *strict, uint64_t now_ms, struct buf *out, struct strict_member *to,
                 uint64_t *ret_due_ms);

/* What came of it: the answer of that peer, or ptr NULL. */
void strict_answered(struct strict *strict, uint64_t now_ms, const struct strict_member *from,
                     struct bytes answer);

/* Answer a message of a peer. In: answer, with STRICT_BODY_MAX bytes of room. Returns: false when
 * it is malformed; what was read before counts. */
bool strict_serve(struct strict *strict, uint64_t now_ms, const struct strict_member *from,
                  struct bytes message, struct buf *answer);

/* --- for who makes records -------------------------------------------------------------------- */

/* The slot of a scope of a tenant. */
uint16_t strict_slot(const uint8_t domain[static STRICT_DOMAIN],
                     const uint8_t tenant[static STRICT_TENANT], struct bytes scope);

enum strict_home {
    STRICT_HOME_HERE,    /* this node counts, now */
    STRICT_HOME_THERE,   /* another one does, as far as it is known */
    STRICT_HOME_UNKNOWN, /* it is being asked for, if that is possible: try again */
};

/* Who is the home of a slot; if nobody is known this node asks for it. Out: *ret_member, of
 * THERE. */
enum strict_home strict_home(struct strict *strict, uint64_t now_ms, uint16_t slot,
                             struct strict_member *ret_member);

/* Whether this node counts for a slot, at this moment. Asks for nothing. */
bool strict_holds(const struct strict *strict, uint64_t now_ms, uint16_t slot);

/* The term under which this node counts for a slot at this moment; 0: it does not. Asks for
 * nothing. Who makes a record of what is there reads it first, and says so when it is put: another
 * may have been home since, and have written what was not read. */
uint64_t strict_term(const struct strict *strict, uint64_t now_ms, uint16_t slot);

/* Write a record, merged with what is there, and wait for a majority to have it. In: record, whose
 * ballot is set here; the term that is in it, unless it is 0, is the one that it was made under, if
 * only a home writes its kind. Out: *ret_ticket. Returns: OK; NOT_CURRENT when this node is not the
 * home of its slot, or not under that term, or in no set; OVERLOADED; RECORD_INVALID; NO_MEMORY. */
struct status strict_put(struct strict *strict, uint64_t now_ms, const struct strict_record *record,
                         uint64_t *ret_ticket);

enum strict_outcome {
    STRICT_WAITS,
    STRICT_HELD,    /* by a majority: what it says may leave */
    STRICT_UNKNOWN, /* it is here, and may be elsewhere, and may count later */
};

/* What came of a ticket; it is forgotten, unless it waits. */
enum strict_outcome strict_outcome(struct strict *strict, uint64_t now_ms, uint64_t ticket);

/* The next ticket, of a record or of a request to a home, of which something came and which nobody
 * has asked about since. Returns: false when there is none. */
bool strict_ended(const struct strict *strict, uint64_t now_ms, uint64_t *ret_ticket);

/* What this node has. What it has as the home of a slot counts once it was put (again): a
 * majority need not have it. Out: borrows, until the next call. Returns: false without one. */
bool strict_get(struct strict *strict, const struct strict_record *named,
                struct strict_record *ret);

/* Whether this node may act for users: what revokes is here. Returns: OK; UNAVAILABLE. */
struct status strict_check_fresh(const struct strict *strict, uint64_t now_ms);

/* How long it may if nothing else comes. 0: it may not; UINT64_MAX: for ever. */
uint64_t strict_fresh_until(const struct strict *strict);

/* --- when nodes are lost ---------------------------------------------------------------------- */

/* Begin to read all that a majority has, for STRICT_COLLECT_MS at most. Returns: the moment since
 * when it is read. */
uint64_t strict_collect(struct strict *strict, uint64_t now_ms);

/* Whether whatever was held before that moment is here: this node votes, and so do others of its
 * set from whom all was read, a majority with it. */
bool strict_has_collected(const struct strict *strict, uint64_t since_ms);

/* All records, for snapshots. The machine's own. */
struct strict_table *strict_records(const struct strict *strict);

/* Nobody has records any more, and this node goes on with what was restored, as the first set by
 * itself; nothing when it knows of a set. In: origin, of the cluster that begins. Everything is
 * written under later ballots from now on than what was restored, and a record says so to all.
 * Returns: OK; OVERLOADED, NO_MEMORY, and nothing has begun. */
struct status strict_begin(struct strict *strict, uint64_t now_ms, uint64_t wall_ms,
                           const uint8_t origin[static STRICT_ORIGIN]);

/* How the cluster of an origin began. Whoever makes records judges restored ones by it: what was
 * counted after the snapshot is not in it. So a window that began before wall_ms is full, codes of
 * one use up to then are spent, a lane waits until it is set again, and what names another origin
 * is void. */
struct strict_begun {
    uint64_t wall_ms; /* Unix, by the clock of the node that began */
    uint64_t term;    /* the last one of what was restored */
};

/* Returns: false when it began with nothing, or nothing of it is here yet: a node that is fresh has
 * it. */
bool strict_begun(struct strict *strict, const uint8_t origin[static STRICT_ORIGIN],
                  struct strict_begun *ret);

/* What the cluster is called that began with the snapshot of this digest; with zeros one that began
 * with nothing (formats, section 9). */
void strict_incarnation(const uint8_t domain[static STRICT_DOMAIN],
                        const uint8_t digest[static STRICT_DIGEST],
                        uint8_t ret[static STRICT_INCARNATION]);

/* Whether a record that only a home writes is as it was restored: nobody has written it since. */
bool strict_is_restored(const struct strict_begun *begun, const struct strict_record *record);

/* --- requests to a home ----------------------------------------------------------------------- */

/* Bring a request to the home of its slot. The answer comes within ms or not; when it does not,
 * the request may have been done, once or more. Out: *ret_ticket. Returns: OK; UNAVAILABLE when
 * that one is no peer; OVERLOADED; NO_MEMORY. */
struct status strict_forward(struct strict *strict, uint64_t now_ms, const struct strict_member *to,
                             struct bytes request, uint64_t *ret_ticket);

/* What came of it. Out: answer, appended. Returns as for records: HELD with an answer. */
enum strict_outcome strict_forwarded(struct strict *strict, uint64_t now_ms, uint64_t ticket,
                                     struct buf *answer);

/* The next request of another node to this one. Out: *ret_id; request borrows, until it is
 * answered. Returns: false when there is none. */
bool strict_request(struct strict *strict, uint64_t now_ms, uint64_t *ret_id,
                    struct bytes *ret_request);

/* How many have come so far. */
uint64_t strict_requests(const struct strict *strict);

/* Answer it; one that is not there any more is nobody's. */
void strict_reply(struct strict *strict, uint64_t id, struct bytes answer);

/* --- for people ------------------------------------------------------------------------------- */

struct strict_stats {
    uint64_t set;   /* its number; 0: none is known */
    size_t members; /* of it */
    bool is_member;
    bool is_ready; /* and votes */
    bool had_all;  /* it voted in the set before */
    bool is_fresh;
    size_t slots; /* that it is home of */
    size_t records;
    uint64_t granted;
    uint64_t fenced;  /* refused for a lower ballot */
    uint64_t changes; /* of the set, seen here */
};

struct strict_stats strict_stats(const struct strict *strict, uint64_t now_ms);

/* The set that this node knows, and whether a member votes in it as far as it knows. */
size_t strict_members(const struct strict *strict,
                      struct strict_member ret[static STRICT_MEMBERS_MAX]);

#endif
