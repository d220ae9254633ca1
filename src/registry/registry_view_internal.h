/* The parts of a view. Private to registry.
 *
 * A look at the chain goes through stages: heads (what each endpoint takes for the newest block,
 * and whether it is on the right chain), blocks (which hashes the quorum names for the numbers that
 * follow from the heads), records (instances, and what else is due) and details (apps and
 * versions). While the blocks are new, records are read as often as wallets wait. */
#ifndef COFFER_REGISTRY_REGISTRY_VIEW_INTERNAL_H
#define COFFER_REGISTRY_REGISTRY_VIEW_INTERNAL_H

#include "registry/registry_records_internal.h"
#include "registry/registry_rules.h"
#include "registry/registry_table_internal.h"
#include "registry/registry_tally_internal.h"
#include "registry/registry_view.h"

enum {
    REGISTRY_VIEW_SLOTS = 16, /* wallets of one work */
    REGISTRY_VIEW_REPORTS = 64,
};

enum registry_stage {
    REGISTRY_STAGE_IDLE,
    REGISTRY_STAGE_HEADS,
    REGISTRY_STAGE_BLOCKS,
    REGISTRY_STAGE_RECORDS,
    REGISTRY_STAGE_DETAILS,
};

/* The blocks that a look is about. */
enum registry_depth {
    REGISTRY_DEPTH_LATEST,
    REGISTRY_DEPTH_GRANT,
    REGISTRY_DEPTH_SAFE,
    REGISTRY_DEPTH_FINAL,
    REGISTRY_DEPTHS,
};

/* A block that the quorum agreed on. */
struct registry_block {
    bool is_known;
    uint64_t number;
    uint8_t hash[REGISTRY_HASH];
    uint64_t time;
};

/* What is known of an endpoint. */
struct registry_endpoint {
    bool is_good;      /* it passed the checks and has not failed since */
    bool needs_check;  /* with the next heads */
    uint64_t until_ms; /* not good: left out until then */
    unsigned failures; /* in a row */
    unsigned late;     /* in a row */
    unsigned forked;   /* looks in a row with another hash for a deep block */
    enum registry_report_kind reported;
    uint64_t errors;
    /* of the heads of this look */
    bool has_heads;
    uint64_t head[REGISTRY_DEPTHS];
};

/* The two sides of a wallet that must both allow it. */
enum registry_side {
    REGISTRY_SIDE_LATEST,
    REGISTRY_SIDE_DEEP,
    REGISTRY_SIDES,
};

/* The records of a wallet. */
enum registry_part {
    REGISTRY_PART_INSTANCE,
    REGISTRY_PART_APP,
    REGISTRY_PART_VERSION,
    REGISTRY_PARTS,
};

/* Records of a wallet at one block, as far as they are known. */
struct registry_evidence {
    struct registry_facts facts;
    bool is_known[REGISTRY_PARTS];
    bool is_broken[REGISTRY_PARTS]; /* known, and cannot be read */
    uint8_t app_id[REGISTRY_ID];    /* that app and version were asked for */
    uint8_t version_id[REGISTRY_ID];
};

/* A wallet that is being read. */
struct registry_slot {
    struct registry_entry *entry;
    struct registry_evidence side[REGISTRY_SIDES];
};

/* What an item of the tally is for. */
enum registry_topic {
    REGISTRY_TOPIC_BLOCK,
    REGISTRY_TOPIC_RECORD,
    REGISTRY_TOPIC_ROOT,
    REGISTRY_TOPIC_ANCHOR,
    REGISTRY_TOPIC_EPOCH,
    REGISTRY_TOPIC_PEERS,
};

/* Where an item's answer goes. */
struct registry_purpose {
    enum registry_topic topic;
    uint8_t slot;
    uint8_t side;
    uint8_t part;
};

/* What a look asks of later roots, as the part of its purpose. */
enum registry_epoch_part {
    REGISTRY_EPOCH_LAST,     /* the last one that is final, where there is one */
    REGISTRY_EPOCH_FINAL,    /* the next one at the final block, */
    REGISTRY_EPOCH_NEWEST,   /* and at the newest */
    REGISTRY_EPOCH_PROPOSAL, /* the proposal of it there */
    REGISTRY_EPOCH_PARTS,
};

/* Answers of one look, which count together. */
struct registry_epoch_look {
    unsigned has; /* bit by part */
    uint8_t commitments[REGISTRY_EPOCH_PROPOSAL][REGISTRY_HASH];
    struct nova_abi_proposal proposal;
};

struct registry_view {
    struct registry_view_setup setup;
    struct registry_table table;
    struct registry_endpoint endpoint[REGISTRY_VIEW_ENDPOINTS_MAX];
    struct registry_view_now now;

    /* the work */
    enum registry_stage stage;
    uint64_t id;
    uint64_t started_ms;
    uint64_t enough_ms; /* since when enough answered; UINT64_MAX: not yet */
    uint32_t asked;
    uint32_t done;
    size_t count;
    struct registry_read read[REGISTRY_VIEW_READS_MAX];
    struct registry_purpose purpose[REGISTRY_VIEW_READS_MAX];
    struct registry_tally tally[REGISTRY_VIEW_READS_MAX];

    /* the look */
    uint64_t next_look_ms;
    uint64_t not_before_ms; /* whoever waits */
    unsigned failed;        /* looks in a row that came to nothing */
    uint64_t look_ms;       /* its start */
    uint64_t blocks_ms;     /* when blocks were agreed on last */
    bool has_blocks;        /* those of this look are */
    bool was_split;         /* since the last one endpoints said what cannot both be */
    bool is_too_large;      /* an answer of this look was */
    uint32_t readers;       /* endpoints that have these blocks */
    struct registry_block block[REGISTRY_DEPTHS];
    struct registry_block used[REGISTRY_DEPTHS];      /* that records were read at last */
    struct registry_block named[2 * REGISTRY_DEPTHS]; /* answers of the stage, by item */
    size_t slots_max;                                 /* less while answers are too large */
    size_t slots;
    struct registry_slot slot[REGISTRY_VIEW_SLOTS];

    /* what is known */
    uint64_t opened_ms;
    uint64_t head_number; /* the highest that was agreed on, in the chain that it is on */
    uint64_t head_time;
    uint64_t confirmed_time;   /* the latest that the block of grants had */
    uint64_t seen_ms;          /* so new is it */
    struct registry_root root; /* without deadline */
    uint64_t root_seen_ms;
    uint64_t root_due_ms;
    struct registry_anchor anchor; /* without deadline */
    uint64_t anchor_seen_ms;
    uint64_t anchor_due_ms;
    struct registry_epochs epochs; /* without deadline; is_due is of the time of the question */
    struct registry_epoch_look epoch_look;
    uint64_t epochs_seen_ms;
    uint64_t epochs_due_ms;
    uint64_t peers_due_ms;
    uint64_t again_ms; /* when they may be read out of turn again */
    bool is_again;     /* with the next blocks each of them is */
    bool has_head;     /* a block was agreed on */
    bool has_root;
    bool is_root_conflict;
    bool has_epochs;       /* all final ones are known */
    bool has_anchor;       /* the contract answered, */
    bool is_anchor_broken; /* with what is none */
    bool has_peers;        /* the list was read, be it empty */
    size_t peers;
    struct registry_peer peer[REGISTRY_PEERS_MAX]; /* url and so on once it had a grant */
    uint64_t changes;
    uint64_t works;

    size_t reports;
    size_t report_first;
    struct registry_report report[REGISTRY_VIEW_REPORTS];
};

/* Let time pass. Threads that read the clock before they got here do not turn it back. */
void registry_view_pass(struct registry_view *view, uint64_t now_ms);

/* Note something for the operator; the oldest goes when nobody collects them. */
void registry_view_note(struct registry_view *view, enum registry_report_kind kind, size_t endpoint,
                        uint64_t number);

/* Leave an endpoint out for a while, and say why. */
void registry_view_suspend(struct registry_view *view, size_t endpoint,
                           enum registry_report_kind kind);

/* Start a work of this stage without reads, and add one. In: endpoints, a mask. */
void registry_view_begin(struct registry_view *view, enum registry_stage stage);
void registry_view_add(struct registry_view *view, const struct registry_read *read,
                       uint32_t endpoints, struct registry_purpose purpose);

/* End the look. The next one starts at next_ms, and before that when a wallet waits; after a
 * failure not even then. */
void registry_view_rest(struct registry_view *view, uint64_t next_ms);
void registry_view_rest_failed(struct registry_view *view);

/* The stages: start; an answer that makes the quorum; end, which starts the next one or rests. */
void registry_view_start_heads(struct registry_view *view);
void registry_view_take_heads(struct registry_view *view, const struct registry_answers *answers);
void registry_view_end_heads(struct registry_view *view);
void registry_view_take_block(struct registry_view *view, size_t item,
                              const struct registry_answer *answer);
void registry_view_end_blocks(struct registry_view *view);
void registry_view_start_records(struct registry_view *view);
void registry_view_take_record(struct registry_view *view, size_t item,
                               const struct registry_answer *answer);
void registry_view_end_records(struct registry_view *view);

/* Have those on the list of peers read that were not checked against this block. */
void registry_view_want_peers(struct registry_view *view, uint64_t latest_number);

/* Ask what is due of later roots; take the answers. registry_epochs.c. */
void registry_view_ask_epochs(struct registry_view *view);
void registry_view_take_epoch(struct registry_view *view, enum registry_epoch_part part,
                              const struct registry_answer *answer);

/* Add a call of a contract in the state of a block. */
void registry_view_call(struct registry_view *view, struct registry_read *read,
                        const struct eth_address *to, enum registry_depth depth,
                        struct registry_purpose purpose);

/* Two hashes of one root were seen. */
void registry_view_root_conflict(struct registry_view *view);

/* Whether records can be read at the blocks of the last look. */
bool registry_view_has_blocks(const struct registry_view *view);

/* Whether a wallet waits to be read. */
bool registry_view_is_asked(const struct registry_view *view);

unsigned registry_view_count(uint32_t endpoints);

#endif
