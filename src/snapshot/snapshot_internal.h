/* What the files of the writer share. */
#ifndef COFFER_SNAPSHOT_SNAPSHOT_INTERNAL_H
#define COFFER_SNAPSHOT_SNAPSHOT_INTERNAL_H

#include "snapshot/snapshot_calls_internal.h"
#include "snapshot/snapshot_node.h"
#include "snapshot/snapshot_strict_internal.h"
#include "snapshot/snapshot_writer.h"

enum writer_state {
    WRITER_FINDING,   /* the newest header */
    WRITER_WALKING,   /* along the tree */
    WRITER_STORING,   /* all that was put has to be there, then the header */
    WRITER_CHECKING,  /* the header is read back */
    WRITER_ANCHORING, /* the chain has to have it */
    WRITER_ENDED,
};

/* What the walk needs next. */
enum walk_phase {
    WALK_OPEN,  /* the node that is in its place in the snapshot before, if any */
    WALK_WAIT,  /* for that one to come */
    WALK_READ,  /* the store */
    WALK_SEAL,  /* what was read has to be sealed and put */
    WALK_CLOSE, /* the node is whole: it has to be sealed and put */
    WALK_DONE,  /* the root is put */
};

/* A node that is being written: the children before `child` are in `out`. */
struct frame {
    struct snapshot_place place;
    unsigned child;
    bool has_old;
    struct snapshot_object object; /* the one before; the new one, once it is put */
    void *old_memory;              /* what `old` borrows from */
    struct snapshot_node old;
    struct buf out;
    uint8_t sum[KV_DIGEST];
    uint64_t records;
    bool is_changed;
    bool is_lost; /* strict records of the snapshot before cannot be taken over */
};

struct snapshot_writer {
    struct snapshot_writer_setup setup;
    enum writer_state state;
    struct status status;
    bool is_told;
    uint64_t begin_ms;
    uint64_t wall_ms; /* the greatest seen */
    struct snapshot_calls calls;
    struct snapshot_headers headers;
    const struct snapshot_found *base; /* of headers; NULL: there is none */
    /* the walk */
    enum walk_phase phase;
    unsigned depth; /* frames in use, from the root */
    struct frame frames[KV_DIGEST_LEVELS];
    /* the child of the deepest frame that is being read */
    bool is_filling;
    bool is_last; /* nothing of it is left to read */
    struct kv_digest_place at;
    struct snapshot_strict_at strict_at;
    struct buf piece;            /* records */
    uint32_t piece_records;      /* in it */
    struct snapshot_entry child; /* so far; names in `names` */
    struct buf names;
    /* the header */
    uint8_t header[SNAPSHOT_HEADER];
    struct snapshot_point point;
    bool is_anchoring; /* the owner is at it */
    uint64_t anchor_ms;
    struct snapshot_writer_stats stats;
};

/* snapshot_walk.c */
struct status snapshot_walk_begin(struct snapshot_writer *writer);
void snapshot_walk_free(struct snapshot_writer *writer);
/* Go on without the store. Returns: OK; why the snapshot cannot be. */
struct status snapshot_walk_step(struct snapshot_writer *writer);
/* The node that was asked for came, or does not. */
void snapshot_walk_answered(struct snapshot_writer *writer, struct snapshot_call *call);
/* The name of the root node, once the walk is done. */
const uint8_t *snapshot_walk_root(const struct snapshot_writer *writer);

#endif
