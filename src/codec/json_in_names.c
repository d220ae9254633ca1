#include <string.h>

#include "codec/json_in_internal.h"

static bool same(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || (a.ptr[0] == b.ptr[0] && bytes_equal(a, b)));
}

/* Any total order does; by length first, so that few names are compared byte by byte. */
static int compare(struct bytes a, struct bytes b)
{
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return bytes_compare(a, b);
}

static struct bytes name_of(const struct json_in_node *members, size_t member)
{
    return json_in_node_text(&members[2 * member]);
}

static const uint32_t *index_of(const struct json_in_node *object)
{
    return (const uint32_t *)(const void *)(object->inside + 2 * (size_t)object->len);
}

/* Merge from [start, middle) and from [middle, end) into to [start, end). */
static void merge(const struct json_in_node *members, const uint32_t *from, uint32_t *to,
                  const size_t part[3])
{
    size_t left = part[0];
    size_t right = part[1];
    for (size_t i = part[0]; i < part[2]; i++) {
        bool take_left =
            right == part[2] || (left < part[1] && compare(name_of(members, from[left]),
                                                           name_of(members, from[right])) <= 0);
        to[i] = from[take_left ? left++ : right++];
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

void json_in_index(const struct json_in_node *members, size_t count, uint32_t *index,
                   uint32_t *scratch)
{
    uint32_t *from = index;
    uint32_t *to = scratch;
    for (size_t i = 0; i < count; i++) {
        index[i] = (uint32_t)i;
    }
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            const size_t part[3] = {i, smaller(i + width, count), smaller(i + 2 * width, count)};
            merge(members, from, to, part);
        }
        uint32_t *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != index) {
        memcpy(index, from, count * sizeof index[0]);
    }
}

bool json_in_duplicate(const struct json_in_node *object)
{
    const struct json_in_node *members = object->inside;
    size_t count = object->len;
    if (count > JSON_IN_INDEXED) {
        const uint32_t *index = index_of(object);
        for (size_t i = 1; i < count; i++) {
            if (same(name_of(members, index[i - 1]), name_of(members, index[i]))) {
                return true;
            }
        }
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same(name_of(members, i), name_of(members, j))) {
                return true;
            }
        }
    }
    return false;
}

static const struct json_in_node *search(const struct json_in_node *object, struct bytes name)
{
    const uint32_t *index = index_of(object);
    size_t low = 0;
    size_t high = object->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, name_of(object->inside, index[middle]));
        if (order == 0) {
            return &object->inside[2 * (size_t)index[middle] + 1];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const struct json_in_node *json_in_lookup(const struct json_in_node *object, struct bytes name)
{
    if (object->len > JSON_IN_INDEXED) {
        return search(object, name);
    }
    for (size_t i = 0; i < object->len; i++) {
        if (same(name_of(object->inside, i), name)) {
            return &object->inside[2 * i + 1];
        }
    }
    return NULL;
}
