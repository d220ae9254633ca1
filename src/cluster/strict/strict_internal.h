/* What the files of strict records share. */
#ifndef COFFER_CLUSTER_STRICT_STRICT_INTERNAL_H
#define COFFER_CLUSTER_STRICT_STRICT_INTERNAL_H

#include "base/due.h"
#include "base/reader.h"
#include "cluster/strict/strict.h"

enum {
    SET_SLOT = STRICT_SLOTS, /* under whose ballots the next set is decided */
    SLOTS = STRICT_SLOTS + 1,
    SLOT_BITS = STRICT_SLOTS / 64,
    HOLDS_MAX = SLOTS,
    SET_HASH = 8,
    PAGE_BYTES = 65536, /* of records in one answer, and of writes in one message */

    FLAG_VOTES = 1,   /* of an answer: who answers votes in this set, */
    FLAG_HAD_ALL = 2, /* and did in the one before */
};

/* Parts of a message; an answer has parts of the same kinds. strict_parts.c has their contents. */
enum part {
    PART_SET = 1, /* the set that the sender knows, and the one before it */
    PART_ASK,     /* for a slot */
    PART_RELEASE, /* it is given back, or was not had */
    PART_WRITE,   /* a record */
    PART_NEXT,    /* the next set */
    PART_SUMS,    /* sums and ballots of all slots */
    PART_PAGE,    /* records of a slot */
    PART_PING,    /* what a node may not lack: its sum, and what is new of it */
    PART_FORWARD, /* a request */
    PART_REPLY,   /* the answer to one */
};

struct set {
    uint64_t number; /* 0: none */
    size_t count;
    struct strict_member members[STRICT_MEMBERS_MAX];
};

/* A set that was proposed, with the ballot that it was under. */
struct proposal {
    bool is_there;
    struct strict_ballot ballot;
    struct set set;
};

struct slot {
    struct strict_ballot seen;    /* the greatest; nothing below it is granted or taken */
    struct strict_ballot granted; /* whom nobody else is granted before the end of */
    uint64_t granted_until_ms;
    uint64_t term_heard;    /* the greatest that somebody spoke of */
    uint64_t term_released; /* that this node gave back last */
    uint64_t home_until_ms; /* so long somebody is home, by what was heard, */
    size_t home;            /* this member of the set */
    uint64_t ask_after_ms;
};

/* A slot that this node holds or asks for. Bits are members of the set. */
struct hold {
    uint16_t slot;
    struct strict_ballot ballot;
    uint64_t round_ms; /* when it last began to ask */
    uint64_t until_ms; /* 0: never had */
    uint64_t used_ms;
    uint64_t asked; /* in this round */
    uint64_t grants;
    uint64_t pulling; /* whose records are being joined */
    uint64_t joined;
    bool is_joined;
};

struct put {
    uint64_t ticket; /* 0: free */
    uint16_t slot;
    enum strict_kind kind;
    uint8_t tenant[STRICT_TENANT];
    uint8_t key[STRICT_KEY_MAX];
    size_t key_len;
    struct strict_ballot ballot; /* term 0: no home */
    uint64_t acks;
    uint64_t deadline_ms;
    enum strict_outcome outcome;
    bool is_taken; /* the outcome was */
};

struct peer {
    struct strict_member member;
    bool is_used;
    bool is_listed;
    bool is_flying; /* a message is under way */
    uint64_t built_ms;
    uint64_t retry_ms;
    unsigned failures;
    uint64_t number;  /* of the set that it last said */
    uint64_t ping_ms; /* when it is asked next */
    bool wants_sums;
    uint64_t sums_ms;           /* when those were asked for that wanted is of */
    bool is_pulling;            /* wanted is of them, */
    bool is_voting;             /* and then it voted, */
    bool had_all;               /* or had voted in the set before */
    uint64_t sums_number;       /* in this set; */
    uint64_t sums_name;         /* so its table is called, */
    uint64_t sums_top;          /* and this was the last place there */
    uint64_t wanted[SLOT_BITS]; /* slots whose records are to be pulled */
    uint64_t page_place;        /* behind which the first of them goes on */
    uint64_t whole_number;      /* all that it had is here, who votes in that set, */
    uint64_t whole_ms;          /* as of then */
    uint64_t fresh_ms;          /* all that it had then of what a node may not lack is here */
    uint64_t news_name;         /* of its table, of which is here what came up to since; 0: none */
    struct strict_news news;    /* how far what came later was read; */
    struct strict_news asked;   /* as of the question under way */
    uint64_t news_top;          /* it was all up to here when that began, */
    uint64_t news_ms;           /* then, */
    uint64_t news_number;       /* and it voted in this set; 0: it did not */
    uint64_t full_number;       /* all that it had is here, in that set, and it had_all */
    bool is_full_alone;         /* it voted in that set by then */
    uint64_t released[SLOTS / 64 + 1]; /* slots to give back */
    bool has_released;
};

struct forward {
    uint64_t id; /* 0: free */
    struct strict_member peer;
    bool is_own;  /* of this node; otherwise of the peer */
    bool is_seen; /* own: the home has it; other's: the owner has it */
    bool has_answer;
    uint64_t deadline_ms;
    uint64_t local; /* of another's: what the owner calls it */
    void *bytes;    /* the request, then the answer */
    size_t len;
};

struct strict {
    struct strict_setup setup;
    struct strict_table *table;
    struct set set;
    struct set before;
    uint8_t hash[SET_HASH]; /* of the set */
    size_t self;            /* in the set; SIZE_MAX: no member */
    bool had_all;           /* it voted in the set before */
    bool is_ready;          /* it votes */
    uint64_t entered_ms;
    struct proposal accepted;
    struct proposal chosen; /* by this node, as holder of SET_SLOT */
    uint64_t chosen_acks;
    uint64_t propose_ms;
    uint64_t now_ms; /* the latest that anybody who called has read of the clock */
    uint64_t wall_ms;
    uint64_t collect_ms; /* since then all that a majority has is to be read; 0: no need */
    uint64_t last_ticket;
    struct slot slots[SLOTS];
    struct hold holds[HOLDS_MAX];
    size_t hold_count;
    struct put puts[STRICT_PUTS_MAX];
    size_t put_count;
    struct peer peers[STRICT_PEERS_MAX];
    struct strict_peer_known listed[STRICT_PEERS_MAX];
    size_t listed_count;
    bool is_listed_known;
    struct forward forwards[2 * STRICT_FORWARDS_MAX];
    size_t forward_count; /* in use */
    uint64_t requests;    /* of others, so far */
    struct strict_stats stats;
};

/* strict_sets.c */
size_t strict_majority(const struct set *set);
bool strict_boot_equal(const uint8_t a[static STRICT_BOOT], const uint8_t b[static STRICT_BOOT]);
size_t strict_index(const struct set *set, const struct strict_member *member);
bool strict_is_majority(const struct strict *strict, uint64_t members);
void strict_enter(struct strict *strict, uint64_t now_ms, const struct set *set,
                  const struct set *before);
void strict_judge(struct strict *strict);
void strict_propose(struct strict *strict, uint64_t now_ms, uint64_t *due_ms);
void strict_chosen_joined(struct strict *strict, uint64_t now_ms);
/* It has the next number, and one member more or less. */
bool strict_may_be_next(const struct strict *strict, const struct set *next);
bool strict_accept(struct strict *strict, uint64_t now_ms, const struct proposal *proposal);
void strict_chosen_acked(struct strict *strict, uint64_t now_ms, size_t member);
void strict_put_set(struct buf *out, const struct set *set);
/* Returns: false when it is malformed: none (0) has no member, another one some, each once. */
bool strict_read_set(struct reader *body, struct set *ret);

/* strict_slots.c: as the one who asks. */
struct hold *strict_hold(struct strict *strict, uint16_t slot);
struct hold *strict_ask(struct strict *strict, uint64_t now_ms, uint16_t slot);
void strict_drop(struct strict *strict, uint64_t now_ms, struct hold *hold);
void strict_holds_tick(struct strict *strict, uint64_t now_ms, uint64_t *due_ms);
void strict_holds_moved(struct strict *strict, uint64_t now_ms);
void strict_granted(struct strict *strict, uint64_t now_ms, struct hold *hold, size_t member,
                    bool is_same);
void strict_joined(struct strict *strict, uint64_t now_ms, uint16_t slot, size_t member);
void strict_unsaid(struct strict *strict, const struct peer *peer);

/* strict_votes.c: as the one who is asked. */
bool strict_grant(struct strict *strict, uint64_t now_ms, uint16_t slot,
                  const struct strict_ballot *ballot);
bool strict_fence(struct strict *strict, uint16_t slot, const struct strict_ballot *ballot);

/* strict_puts.c */
void strict_puts_moved(struct strict *strict);
void strict_puts_tick(struct strict *strict, uint64_t now_ms, uint64_t *due_ms);
void strict_puts_fenced(struct strict *strict, const struct hold *hold);
void strict_put_acked(struct strict *strict, uint64_t ticket, size_t member);
/* Returns: a ticket of which something came and which is not taken; 0: none. */
uint64_t strict_put_ended(const struct strict *strict, uint64_t now_ms);

/* strict_parts.c */
void strict_put_head(const struct strict *strict, struct buf *out);
bool strict_read_head(const struct strict *strict, struct reader *body, uint64_t *ret_number);
void strict_put_sets(const struct strict *strict, struct buf *out);
bool strict_take_sets(struct strict *strict, uint64_t now_ms, struct reader *body);
void strict_put_sum(struct buf *out, const struct strict_sum *sum);
struct strict_sum strict_read_sum(struct reader *body);
void strict_put_ballot(struct buf *out, const struct strict_ballot *ballot);
struct strict_ballot strict_read_ballot(struct reader *body);
/* Of a set, or a term: up to STRICT_NUMBER_MAX. */
uint64_t strict_read_number(struct reader *body);
bool strict_is_wanting(const struct peer *peer);
uint16_t strict_first_wanted(const struct peer *peer);
void strict_want(struct peer *peer, uint16_t slot);

/* strict_say.c: what is said to a peer. strict_hear.c: what it answers. */
bool strict_say(struct strict *strict, uint64_t now_ms, struct peer *peer, struct buf *out);
bool strict_said(struct strict *strict, uint64_t now_ms, struct peer *peer, struct reader *answer);

/* strict_news.c: asking, answering, and hearing what came there. */
void strict_say_ping(struct peer *peer, struct buf *out);
void strict_answer_ping(struct strict *strict, struct reader *body, struct buf *answer);
/* In: is_voting, in our set. Returns: false when it is to be asked again after a while. */
bool strict_hear_ping(struct strict *strict, uint64_t now_ms, struct peer *peer, bool is_voting,
                      struct reader *body);
/* What a table of this name had up to a place is here. */
void strict_news_read(struct peer *peer, uint64_t name, uint64_t top);

/* strict_restore.c: whether a peer is to be asked for all that it has. */
bool strict_collects(const struct strict *strict, uint64_t now_ms, const struct peer *peer);

/* strict_forwards.c */
void strict_say_forwards(struct strict *strict, const struct peer *peer, struct buf *out);
void strict_forward_seen(struct strict *strict, const struct strict_member *peer, uint64_t id);
void strict_reply_seen(struct strict *strict, const struct strict_member *peer, uint64_t id);
void strict_take_forward(struct strict *strict, uint64_t now_ms, const struct strict_member *from,
                         struct reader *body, struct buf *answer);
void strict_take_reply(struct strict *strict, const struct strict_member *from, struct reader *body,
                       struct buf *answer);
void strict_forwards_tick(struct strict *strict, uint64_t now_ms, uint64_t *due_ms);
void strict_forwards_free(struct strict *strict);
uint64_t strict_forward_ended(const struct strict *strict, uint64_t now_ms); /* likewise */

/* strict.c */
/* The time of a step. Threads that were held up since they read the clock, while others took their
 * steps, do not make it go back: what was granted would end earlier. */
uint64_t strict_step(struct strict *strict, uint64_t now_ms);
uint64_t strict_chance(struct strict *strict, uint64_t end);
struct peer *strict_peer(struct strict *strict, const struct strict_member *member);
bool strict_member_equal(const struct strict_member *a, const struct strict_member *b);

#endif
