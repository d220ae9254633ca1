/* Which headers the storage has, and which of them is the newest that counts. */
#include <string.h>

#include "base/invariant.h"
#include "snapshot/snapshot_calls_internal.h"

static const char prefix[] = "h";

/* Whether more of the list has to be read. */
static bool needs_more(const struct snapshot_headers *headers)
{
    size_t good = 0;
    for (size_t i = 0; i < headers->read; i++) {
        good += headers->list[i].is_good;
    }
    if (headers->read == headers->count) {
        return false;
    }
    const struct snapshot_point *next = &headers->list[headers->read].point;
    bool is_above = headers->anchored.height != 0 && next->height >= headers->anchored.height;
    return is_above || good < headers->wanted;
}

bool snapshot_headers_step(struct snapshot_headers *headers, struct snapshot_calls *calls)
{
    if (headers->is_listed && !needs_more(headers)) {
        return false;
    }
    if (snapshot_calls_count(calls) == 0) {
        struct snapshot_call *call =
            snapshot_calls_begin(calls, headers->is_listed ? SNAPSHOT_GET : SNAPSHOT_LIST);
        if (headers->is_listed) {
            call->name = snapshot_header_name(&headers->list[headers->read].point);
        } else {
            memcpy(call->name.text, prefix, sizeof prefix);
            call->after = headers->after;
        }
    }
    return true;
}

/* Put a header into its place among the greatest. */
static void keep_point(struct snapshot_headers *headers, const struct snapshot_point *point)
{
    size_t at = headers->count;
    while (at > 0 && snapshot_point_order(point, &headers->list[at - 1].point) > 0) {
        at--;
    }
    if (at == SNAPSHOT_HEADERS_MAX ||
        (at > 0 && snapshot_point_order(point, &headers->list[at - 1].point) == 0)) {
        return;
    }
    size_t last = headers->count < SNAPSHOT_HEADERS_MAX ? headers->count++ : headers->count - 1;
    memmove(&headers->list[at + 1], &headers->list[at], (last - at) * sizeof headers->list[0]);
    headers->list[at] = (struct snapshot_found){.point = *point};
}

/* A list that does not go forward, or never ends, must not keep us. */
static void keep_page(struct snapshot_headers *headers, const struct blob_list *list)
{
    struct blob_name last = headers->after;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        struct snapshot_point point;
        if (strcmp(list->names[i].text, last.text) > 0) {
            last = list->names[i];
        }
        if (snapshot_header_point(&list->names[i], &point)) {
            keep_point(headers, &point);
        }
    }
    bool is_further = strcmp(last.text, headers->after.text) > 0;
    headers->is_listed =
        list == NULL || !list->more || !is_further || ++headers->pages == SNAPSHOT_HEADERS_PAGES;
    headers->after = last;
}

struct status snapshot_headers_answered(struct snapshot_headers *headers,
                                        struct snapshot_calls *calls, struct snapshot_call *call,
                                        const struct blob_list *list)
{
    struct status status = call->status;
    struct bytes object = {call->memory, call->len};
    bool is_list = call->kind == SNAPSHOT_LIST;
    if (is_list && status_is_ok(status)) {
        keep_page(headers, list);
    } else if (!is_list && status_is_ok(status)) {
        struct snapshot_found *found = &headers->list[headers->read++];
        struct status opened = snapshot_header_open(headers->roots, headers->domain, &found->point,
                                                    object, &found->header);
        found->is_good = status_is_ok(opened);
        status = opened.code == STATUS_VALUE_EPOCH ? opened : OK; /* it may be newer than we are */
    } else if (!is_list &&
               (status.code == STATUS_BLOB_ABSENT || status.code == STATUS_BLOB_FOREIGN)) {
        headers->read++;
        status = OK;
    }
    snapshot_calls_end(calls, call);
    return status;
}

static const struct snapshot_found *good_one(const struct snapshot_headers *headers,
                                             const uint8_t digest[static SNAPSHOT_DIGEST])
{
    for (size_t i = 0; i < headers->count; i++) {
        const struct snapshot_found *found = &headers->list[i];
        if (found->is_good && bytes_equal(BYTES_ARRAY(found->point.digest),
                                          (struct bytes){digest, SNAPSHOT_DIGEST})) {
            return found;
        }
    }
    return NULL;
}

/* Whether a header is the anchored one, or follows it. Heights fall along the chain. */
static bool leads_to_anchor(const struct snapshot_headers *headers,
                            const struct snapshot_found *found)
{
    const struct snapshot_point *anchored = &headers->anchored;
    while (snapshot_point_order(&found->point, anchored) != 0) {
        const struct snapshot_found *before = good_one(headers, found->header.prev);
        if (found->point.height <= anchored->height) {
            return false;
        }
        if (bytes_equal(BYTES_ARRAY(found->header.prev), BYTES_ARRAY(anchored->digest))) {
            return true;
        }
        if (before == NULL || before->point.height >= found->point.height) {
            return false;
        }
        found = before;
    }
    return true;
}

const struct snapshot_found *snapshot_headers_newest(const struct snapshot_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        const struct snapshot_found *found = &headers->list[i];
        if (found->is_good && (headers->anchored.height == 0 || leads_to_anchor(headers, found))) {
            return found;
        }
    }
    return NULL;
}
