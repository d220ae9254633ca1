#include "codec/hex.h"
#include "operations/app/app_form.h"
#include "operations/app/app_op.h"
#include "pipeline/context/service.h"
#include "pipeline/query.h"
#include "store/values.h"

enum { PAGE_DEFAULT = 100 };

static const char *const members[] = {"prefix", "limit", "cursor"};

/* A cursor is where the page before ended, in hex. */
static struct status read_cursor(struct work *work, struct bytes text, struct bytes *ret_after)
{
    *ret_after = (struct bytes){NULL, 0};
    if (text.ptr == NULL) {
        return OK;
    }
    uint8_t *memory = arena_alloc(work->arena, text.len / 2 + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (text.len == 0 || text.len > 2 * (size_t)LIMIT_KV_KEY || text.len % 2 != 0) {
        return FAIL(INVALID_HEX);
    }
    TRY(hex_read(text, text.len / 2, memory));
    *ret_after = (struct bytes){memory, text.len / 2};
    return OK;
}

static struct status read_body(struct work *work, struct kv_list *list, struct bytes *ret_cursor)
{
    struct json_in root;
    struct json_in member;
    uint64_t max = PAGE_DEFAULT;
    TRY(app_form_root(work, members, sizeof members / sizeof members[0], &root));
    TRY(app_form_text(&root, "prefix", &list->prefix));
    TRY(app_form_text(&root, "cursor", ret_cursor));
    if (json_in_find(&root, "limit", &member)) {
        TRY(json_in_u64(&member, 1, LIMIT_KV_PAGE, &max));
    }
    list->max = (size_t)max;
    return OK;
}

static struct status read_query(struct work *work, struct kv_list *list, struct bytes *ret_cursor)
{
    uint64_t max = PAGE_DEFAULT;
    TRY(query_text(work, "prefix", &list->prefix));
    TRY(query_text(work, "cursor", ret_cursor));
    TRY(query_u64(work, "limit", 1, LIMIT_KV_PAGE, &max));
    list->max = (size_t)max;
    return OK;
}

static void found_out(struct json_out *out, struct work *work, const struct kv_found *found)
{
    json_out_object(out);
    json_out_member_string(out, "key", found->key);
    app_form_version(work, found);
    json_out_member_u64(out, "ttl_ms", found->ttl_ms);
    json_out_member_bool(out, "evictable", found->evictable);
    json_out_member_u64(out, "bytes", found->value_len);
    json_out_object_end(out);
}

static void next_out(struct json_out *out, struct work *work, const struct values_page *page)
{
    uint8_t memory[2 * LIMIT_KV_KEY];
    struct buf text = buf_over(memory, sizeof memory);
    (void)work;
    if (!page->more) {
        json_out_member_null(out, "next");
        return;
    }
    hex_put(&text, page->next);
    json_out_member_string(out, "next", buf_bytes(&text));
}

static struct status list_page(struct work *work, const struct permit *permit)
{
    struct kv_list list = {.max = PAGE_DEFAULT};
    struct values_page page;
    struct bytes cursor;
    SECRET(value_seal_keys, keys);
    TRY(work->route->body_max != 0 ? read_body(work, &list, &cursor)
                                   : read_query(work, &list, &cursor));
    TRY(read_cursor(work, cursor, &list.after));
    TRY(permit_space(permit, &keys));
    TRY(values_list(permit_values(permit), &keys, &list, work->arena, &page));
    app_form_open(work, permit);
    json_out_name(&work->out, "keys");
    json_out_array(&work->out);
    for (size_t i = 0; i < page.count; i++) {
        found_out(&work->out, work, &page.found[i]);
    }
    json_out_array_end(&work->out);
    next_out(&work->out, work, &page);
    json_out_object_end(&work->out);
    return OK;
}

/* Version 1 knows no pages: all keys at once. */
static struct status list_all(struct work *work, const struct permit *permit)
{
    struct kv_list list = {.max = LIMIT_KV_PAGE};
    struct values_page page = {.more = true};
    uint64_t count = 0;
    SECRET(value_seal_keys, keys);
    TRY(permit_space(permit, &keys));
    app_form_open(work, permit);
    json_out_name(&work->out, "keys");
    json_out_array(&work->out);
    while (page.more) {
        TRY(values_list(permit_values(permit), &keys, &list, work->arena, &page));
        for (size_t i = 0; i < page.count; i++) {
            json_out_string(&work->out, page.found[i].key);
        }
        count += page.count;
        list.after = page.next;
    }
    json_out_array_end(&work->out);
    json_out_member_u64(&work->out, "count", count);
    json_out_object_end(&work->out);
    return OK;
}

/* In version 1 a key in the query makes it a read of one value. */
static struct status prepare(struct work *work, const struct permit *permit)
{
    struct bytes key;
    if (!app_form_is_v1(work)) {
        return OK;
    }
    TRY(query_text(work, "key", &key));
    return key.ptr == NULL ? OK : app_op_values_get.prepare(work, permit);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    if (!app_form_is_v1(work)) {
        return list_page(work, permit);
    }
    return work->state == NULL ? list_all(work, permit) : app_op_values_get.perform(work, permit);
}

const struct operation app_op_values_list = {
    .prepare = prepare, .perform = perform, .needs_records = true};
