#include "cluster/strict/strict_desks.h"

#include <string.h>

#include "base/invariant.h"
#include "base/thread.h"

struct letter {
    uint64_t id;
    size_t len;
    uint8_t bytes[STRICT_REQUEST_MAX];
};

struct desk {
    struct strict_desks *desks;
    struct strict_port port;
    size_t count; /* under the lock, as the next */
    struct letter letters[STRICT_DESK_WAITING];
};

struct strict_desks {
    struct mem *mem;
    const struct strict_port *behind;
    struct thread_lock lock;
    struct desk desks[STRICT_DESKS];
};

static const struct strict_port *behind(void *context)
{
    return ((struct desk *)context)->desks->behind;
}

static uint16_t desk_slot(void *context, const uint8_t tenant[static STRICT_TENANT],
                          struct bytes scope)
{
    return behind(context)->slot(behind(context)->context, tenant, scope);
}

static enum strict_home desk_home(void *context, uint16_t slot, struct strict_member *ret_member)
{
    return behind(context)->home(behind(context)->context, slot, ret_member);
}

static uint64_t desk_term(void *context, uint16_t slot)
{
    return behind(context)->term(behind(context)->context, slot);
}

static struct status desk_put(void *context, const struct strict_record *record, size_t worker,
                              size_t *ret_wait)
{
    return behind(context)->put(behind(context)->context, record, worker, ret_wait);
}

static struct status desk_forward(void *context, const struct strict_member *to,
                                  struct bytes request, size_t worker, size_t *ret_wait)
{
    return behind(context)->forward(behind(context)->context, to, request, worker, ret_wait);
}

static enum strict_outcome desk_outcome(void *context, size_t wait, struct buf *answer)
{
    return behind(context)->outcome(behind(context)->context, wait, answer);
}

static void desk_give_up(void *context, size_t wait)
{
    behind(context)->give_up(behind(context)->context, wait);
}

static bool desk_get(void *context, const struct strict_record *named, struct buf *ret_value)
{
    return behind(context)->get(behind(context)->context, named, ret_value);
}

static bool desk_walk(void *context, struct strict_walk *walk)
{
    return behind(context)->walk(behind(context)->context, walk);
}

static uint64_t desk_changes(void *context, uint16_t slot)
{
    return behind(context)->changes(behind(context)->context, slot);
}

static struct status desk_check_fresh(void *context)
{
    return behind(context)->check_fresh(behind(context)->context);
}

static struct status desk_incarnation(void *context, uint8_t ret[static STRICT_INCARNATION],
                                      uint64_t *ret_began_ms)
{
    return behind(context)->incarnation(behind(context)->context, ret, ret_began_ms);
}

static void desk_reply(void *context, uint64_t id, struct bytes answer)
{
    behind(context)->reply(behind(context)->context, id, answer);
}

/* --- requests --------------------------------------------------------------------------------- */

static bool is_any_full(const struct strict_desks *desks)
{
    bool is_full = false;
    for (size_t i = 1; i < STRICT_DESKS; i++) {
        is_full = is_full || desks->desks[i].count == STRICT_DESK_WAITING;
    }
    return is_full;
}

/* Put the next one to its desk. Returns: false when there is none. */
static bool sort_next(struct strict_desks *desks)
{
    static const uint8_t nobody[] = {0};
    const struct strict_port *port = desks->behind;
    struct letter letter;
    struct buf request = buf_over(letter.bytes, sizeof letter.bytes);
    if (is_any_full(desks) || !port->request(port->context, &letter.id, &request)) {
        return false;
    }
    size_t number = request.len == 0 ? 0 : letter.bytes[0];
    if (number == 0 || number >= STRICT_DESKS) {
        port->reply(port->context, letter.id, BYTES_ARRAY(nobody));
        return true;
    }
    struct desk *desk = &desks->desks[number];
    struct letter *kept = &desk->letters[desk->count++];
    kept->id = letter.id;
    kept->len = request.len;
    memcpy(kept->bytes, letter.bytes, request.len);
    return true;
}

static bool desk_request(void *context, uint64_t *ret_id, struct buf *ret_request)
{
    struct desk *desk = context;
    struct strict_desks *desks = desk->desks;
    thread_lock_take(&desks->lock);
    while (desk->count == 0 && sort_next(desks)) {
    }
    bool is_there = desk->count != 0;
    *ret_id = 0;
    if (is_there) {
        *ret_id = desk->letters[0].id;
        buf_put(ret_request, (struct bytes){desk->letters[0].bytes, desk->letters[0].len});
        desk->count--;
        memmove(&desk->letters[0], &desk->letters[1], desk->count * sizeof desk->letters[0]);
    }
    thread_lock_give(&desks->lock);
    return is_there;
}

/* --- start and end ---------------------------------------------------------------------------- */

static struct strict_port port_of(struct desk *desk)
{
    return (struct strict_port){
        .context = desk,
        .slot = desk_slot,
        .home = desk_home,
        .term = desk_term,
        .put = desk_put,
        .forward = desk_forward,
        .outcome = desk_outcome,
        .give_up = desk_give_up,
        .get = desk_get,
        .walk = desk_walk,
        .changes = desk_changes,
        .check_fresh = desk_check_fresh,
        .incarnation = desk_incarnation,
        .request = desk_request,
        .reply = desk_reply,
    };
}

struct status strict_desks_open(struct mem *mem, const struct strict_port *port,
                                struct strict_desks **ret)
{
    void *block;
    *ret = NULL;
    TRY(mem_alloc(mem, sizeof(struct strict_desks), &block));
    struct strict_desks *desks = block;
    desks->mem = mem;
    desks->behind = port;
    thread_lock_init(&desks->lock);
    for (size_t i = 0; i < STRICT_DESKS; i++) {
        desks->desks[i].desks = desks;
        desks->desks[i].port = port_of(&desks->desks[i]);
    }
    *ret = desks;
    return OK;
}

void strict_desks_close(struct strict_desks **desks)
{
    struct strict_desks *one = *desks;
    if (one == NULL) {
        return;
    }
    void *block = one;
    thread_lock_deinit(&one->lock);
    mem_free(one->mem, &block);
    *desks = NULL;
}

const struct strict_port *strict_desks_port(const struct strict_desks *desks, size_t desk)
{
    INVARIANT(desk != 0 && desk < STRICT_DESKS);
    return &desks->desks[desk].port;
}
