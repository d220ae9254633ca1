#include "snapshot/snapshot_sweep.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/hex.h"
#include "snapshot/snapshot_calls_internal.h"
#include "snapshot/snapshot_digests_internal.h"
#include "snapshot/snapshot_node.h"

enum {
    NODES_MAX = SNAPSHOT_HEADERS_MAX + 16 * KV_DIGEST_FAN * KV_DIGEST_LEVELS, /* to be read */
    PAGES_MAX = 1 << 16,
};

enum state {
    IDLE,
    FINDING,  /* headers */
    MARKING,  /* what they name */
    DELETING, /* page after page of all names */
    ENDED,
};

struct snapshot_sweep {
    struct mem *mem;
    const struct root_keyring *roots;
    uint8_t domain[DOMAIN_ID];
    enum state state;
    struct status status;
    bool is_told;
    struct snapshot_point known;
    struct snapshot_calls calls;
    struct snapshot_headers headers;
    uint64_t least_height; /* that stays */
    struct snapshot_digests needed;
    struct snapshot_object *nodes; /* [NODES_MAX], to be read; the last one is first */
    size_t node_count;
    /* what the run before found unneeded, and this one */
    struct snapshot_digests before;
    uint64_t before_ms;
    struct snapshot_digests unneeded;
    uint64_t begin_ms;
    struct blob_list page;
    size_t page_at;
    struct blob_name after;
    size_t pages;
    bool is_listed;
    uint64_t seen; /* of what is needed, in the list */
    struct snapshot_sweep_stats stats;
};

struct status snapshot_sweep_open(struct mem *mem, const struct root_keyring *roots,
                                  const uint8_t domain[static DOMAIN_ID],
                                  struct snapshot_sweep **ret)
{
    void *memory;
    void *nodes;
    *ret = NULL;
    TRY(mem_alloc(mem, sizeof **ret, &memory));
    struct status status = mem_alloc(mem, NODES_MAX * sizeof(struct snapshot_object), &nodes);
    if (!status_is_ok(status)) {
        mem_free(mem, &memory);
        return status;
    }
    *ret = memory;
    (*ret)->mem = mem;
    (*ret)->roots = roots;
    (*ret)->nodes = nodes;
    (*ret)->calls = (struct snapshot_calls){.mem = mem, .gives_up = true};
    (*ret)->needed.mem = (*ret)->before.mem = (*ret)->unneeded.mem = mem;
    memcpy((*ret)->domain, domain, DOMAIN_ID);
    return OK;
}

static void end(struct snapshot_sweep *sweep, struct status status)
{
    sweep->state = ENDED;
    sweep->status = status;
    snapshot_calls_clear(&sweep->calls);
    snapshot_digests_clear(&sweep->needed);
    if (!status_is_ok(status)) {
        snapshot_digests_clear(&sweep->unneeded);
    }
}

void snapshot_sweep_close(struct snapshot_sweep **sweep)
{
    void *memory = *sweep;
    if (memory == NULL) {
        return;
    }
    void *nodes = (*sweep)->nodes;
    struct mem *mem = (*sweep)->mem;
    end(*sweep, OK);
    snapshot_digests_clear(&(*sweep)->before);
    snapshot_digests_clear(&(*sweep)->unneeded);
    *sweep = NULL;
    mem_free(mem, &nodes);
    mem_free(mem, &memory);
}

void snapshot_sweep_begin(struct snapshot_sweep *sweep, const struct cluster_now *now,
                          const struct snapshot_point *anchored, const struct snapshot_point *known)
{
    end(sweep, OK);
    snapshot_digests_clear(&sweep->unneeded);
    sweep->state = FINDING;
    sweep->is_told = false;
    sweep->known = *known;
    sweep->headers = (struct snapshot_headers){.roots = sweep->roots,
                                               .domain = sweep->domain,
                                               .anchored = *anchored,
                                               .wanted = SNAPSHOT_HEADERS_MAX};
    sweep->node_count = 0;
    sweep->begin_ms = now->ms;
    sweep->page = (struct blob_list){0};
    sweep->page_at = 0;
    sweep->pages = 0;
    sweep->after = (struct blob_name){{0}};
    sweep->is_listed = false;
    sweep->seen = 0;
    sweep->stats = (struct snapshot_sweep_stats){0};
}

/* --- what is needed --------------------------------------------------------------------------- */

static bool has_header(const struct snapshot_sweep *sweep, const struct snapshot_point *point)
{
    for (size_t i = 0; i < sweep->headers.count; i++) {
        const struct snapshot_found *found = &sweep->headers.list[i];
        if (found->is_good && snapshot_point_order(&found->point, point) == 0) {
            return true;
        }
    }
    return false;
}

/* Note a node that has to be read, once. */
static struct status need_node(struct snapshot_sweep *sweep, const struct snapshot_object *node)
{
    if (snapshot_digests_has(&sweep->needed, node->digest)) {
        return OK;
    }
    if (sweep->node_count == NODES_MAX) {
        return FAIL(SNAPSHOT_INVALID);
    }
    TRY(snapshot_digests_add(&sweep->needed, node->digest));
    sweep->nodes[sweep->node_count++] = *node;
    return OK;
}

static struct status need_header(struct snapshot_sweep *sweep, const struct snapshot_found *found)
{
    struct snapshot_object root = {.place = {.kind = SNAPSHOT_NODE}};
    memcpy(root.digest, found->header.root, sizeof root.digest);
    TRY(snapshot_digests_add(&sweep->needed, found->point.digest));
    return need_node(sweep, &root);
}

/* Those of the last heights, the anchored one, and whatever else of these heights is there. */
static struct status need_headers(struct snapshot_sweep *sweep)
{
    const struct snapshot_point *anchored = &sweep->headers.anchored;
    size_t heights = 0;
    bool is_there = sweep->known.height != 0 && has_header(sweep, &sweep->known) &&
                    (anchored->height == 0 || has_header(sweep, anchored));
    if (!is_there) {
        return FAIL(SNAPSHOT_OLD);
    }
    sweep->least_height = UINT64_MAX;
    for (size_t i = 0; i < sweep->headers.count; i++) {
        const struct snapshot_found *found = &sweep->headers.list[i];
        bool is_anchored = snapshot_point_order(&found->point, anchored) == 0;
        if (found->is_good && found->point.height < sweep->least_height &&
            heights < SNAPSHOT_KEEP) {
            heights++;
            sweep->least_height = found->point.height;
        }
        if (found->is_good && (found->point.height >= sweep->least_height || is_anchored)) {
            TRY(need_header(sweep, found));
        }
    }
    return OK;
}

static struct status need_children(struct snapshot_sweep *sweep, const struct snapshot_place *place,
                                   const struct snapshot_node *node)
{
    for (unsigned i = 0; i < SNAPSHOT_CHILDREN; i++) {
        const struct snapshot_entry *entry = &node->entries[i];
        for (size_t at = 0; at < entry->names.len; at += SNAPSHOT_DIGEST) {
            if (entry->kind == SNAPSHOT_RECORDS) {
                TRY(snapshot_digests_add(&sweep->needed, entry->names.ptr + at));
                continue;
            }
            struct snapshot_object below = {.place =
                                                snapshot_node_child(place, i, SNAPSHOT_NODE, 0)};
            memcpy(below.digest, entry->names.ptr, SNAPSHOT_DIGEST);
            TRY(need_node(sweep, &below));
        }
    }
    return OK;
}

static struct status node_came(struct snapshot_sweep *sweep, struct snapshot_call *call)
{
    struct snapshot_node node;
    struct bytes sealed = {call->memory, call->len};
    TRY(call->status);
    TRY(snapshot_object_open(sweep->roots, &call->object, sealed,
                             (uint8_t *)call->memory + SNAPSHOT_HEAD));
    struct bytes opened = bytes_slice(sealed, SNAPSHOT_HEAD, sealed.len - SNAPSHOT_OVERHEAD);
    TRY(snapshot_node_read(opened, call->object.place.level, &node));
    return need_children(sweep, &call->object.place, &node);
}

static void ask_for_nodes(struct snapshot_sweep *sweep)
{
    struct snapshot_call *call;
    while (sweep->node_count != 0 &&
           (call = snapshot_calls_begin(&sweep->calls, SNAPSHOT_GET)) != NULL) {
        call->object = sweep->nodes[--sweep->node_count];
        call->name = snapshot_object_name(call->object.digest);
    }
}

/* --- what is not ------------------------------------------------------------------------------ */

/* Out: *ret_digest, what a name of ours is of. Returns: whether it is one. */
static bool read_name(const struct blob_name *name, uint64_t *ret_height,
                      uint8_t ret_digest[static SNAPSHOT_DIGEST])
{
    struct snapshot_point point;
    struct bytes text = bytes_of(name->text);
    *ret_height = 0;
    if (snapshot_header_point(name, &point)) {
        *ret_height = point.height;
        memcpy(ret_digest, point.digest, SNAPSHOT_DIGEST);
        return true;
    }
    return text.len == 1 + 2 * SNAPSHOT_DIGEST && text.ptr[0] == 'p' &&
           status_is_ok(hex_read(bytes_slice(text, 1, text.len), SNAPSHOT_DIGEST, ret_digest));
}

/* Judge a name of the list: it stays, goes, or goes later. */
static struct status judge_name(struct snapshot_sweep *sweep, const struct blob_name *name)
{
    uint64_t height;
    uint8_t digest[SNAPSHOT_DIGEST];
    if (!read_name(name, &height, digest)) {
        return OK;
    }
    if (snapshot_digests_has(&sweep->needed, digest)) {
        sweep->seen++;
        return OK;
    }
    if (height >= sweep->least_height) {
        return OK; /* a header that says nothing to us */
    }
    if (snapshot_digests_has(&sweep->before, digest) &&
        sweep->begin_ms >= sweep->before_ms + SNAPSHOT_GRACE_MS) {
        struct snapshot_call *call = snapshot_calls_begin(&sweep->calls, SNAPSHOT_REMOVE);
        INVARIANT(call != NULL);
        call->name = *name;
        return OK;
    }
    sweep->stats.waiting++;
    bool has_room = sweep->unneeded.count < SNAPSHOT_UNNEEDED_MAX &&
                    !snapshot_digests_is_crowded(&sweep->unneeded, digest);
    return has_room ? snapshot_digests_add(&sweep->unneeded, digest) : OK;
}

static void end_list(struct snapshot_sweep *sweep)
{
    struct snapshot_digests old = sweep->before;
    sweep->stats.needed = sweep->needed.count;
    sweep->stats.missing =
        sweep->seen < sweep->needed.count ? sweep->needed.count - sweep->seen : 0;
    sweep->before = sweep->unneeded;
    sweep->before_ms = sweep->begin_ms;
    sweep->unneeded = old;
    snapshot_digests_clear(&sweep->unneeded);
    end(sweep, OK);
}

/* Go on along the page, as long as calls are free; then ask for the next one. */
static struct status go_on_deleting(struct snapshot_sweep *sweep)
{
    while (sweep->page_at < sweep->page.count &&
           snapshot_calls_count(&sweep->calls) < SNAPSHOT_CALLS) {
        TRY(judge_name(sweep, &sweep->page.names[sweep->page_at++]));
    }
    if (sweep->page_at < sweep->page.count || snapshot_calls_count(&sweep->calls) != 0) {
        return OK;
    }
    if (sweep->is_listed) {
        end_list(sweep);
        return OK;
    }
    struct snapshot_call *call = snapshot_calls_begin(&sweep->calls, SNAPSHOT_LIST);
    call->after = sweep->after;
    return OK;
}

static struct status page_came(struct snapshot_sweep *sweep, const struct snapshot_call *call,
                               const struct blob_list *list)
{
    TRY(call->status);
    sweep->page = *list;
    sweep->page_at = 0;
    struct blob_name last = sweep->after;
    if (list->count != 0 && strcmp(list->names[list->count - 1].text, last.text) > 0) {
        last = list->names[list->count - 1];
    }
    bool is_further = strcmp(last.text, sweep->after.text) > 0;
    sweep->is_listed = !list->more || !is_further || ++sweep->pages == PAGES_MAX;
    sweep->after = last;
    return OK;
}

/* --- on and on -------------------------------------------------------------------------------- */

static void go_on(struct snapshot_sweep *sweep)
{
    struct status status = OK;
    if (sweep->state == FINDING && !snapshot_headers_step(&sweep->headers, &sweep->calls)) {
        status = need_headers(sweep);
        sweep->state = MARKING;
    }
    if (status_is_ok(status) && sweep->state == MARKING) {
        ask_for_nodes(sweep);
        if (snapshot_calls_count(&sweep->calls) == 0) {
            sweep->state = DELETING;
        }
    }
    if (status_is_ok(status) && sweep->state == DELETING) {
        status = go_on_deleting(sweep);
    }
    if (!status_is_ok(status)) {
        end(sweep, status);
    }
}

bool snapshot_sweep_next(struct snapshot_sweep *sweep, const struct cluster_now *now,
                         struct snapshot_action *ret_action, uint64_t *ret_due_ms)
{
    *ret_due_ms = UINT64_MAX;
    *ret_action = (struct snapshot_action){0};
    go_on(sweep);
    if (snapshot_calls_next(&sweep->calls, now, ret_action, ret_due_ms)) {
        return true;
    }
    if (sweep->state == ENDED && !sweep->is_told) {
        sweep->is_told = true;
        *ret_action = (struct snapshot_action){.kind = SNAPSHOT_ENDED, .status = sweep->status};
        return true;
    }
    return false;
}

void snapshot_sweep_answered(struct snapshot_sweep *sweep, const struct cluster_now *now,
                             uint64_t id, const struct snapshot_answer *answer)
{
    struct snapshot_call *call = snapshot_calls_answered(&sweep->calls, now, id, answer);
    struct status status;
    if (call == NULL) {
        return;
    }
    if (sweep->state == FINDING) {
        status = snapshot_headers_answered(&sweep->headers, &sweep->calls, call, answer->list);
        call = NULL;
    } else if (call->kind == SNAPSHOT_GET) {
        status = node_came(sweep, call);
    } else if (call->kind == SNAPSHOT_LIST) {
        status = page_came(sweep, call, answer->list);
    } else {
        status = call->status;
        sweep->stats.deleted += status_is_ok(status);
    }
    if (call != NULL) {
        snapshot_calls_end(&sweep->calls, call);
    }
    if (!status_is_ok(status)) {
        end(sweep, status);
    }
}

struct snapshot_sweep_stats snapshot_sweep_stats(const struct snapshot_sweep *sweep)
{
    return sweep->stats;
}
