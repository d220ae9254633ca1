/* What was stated about somebody: for clients that keep it, pin it and say what comes next. */
#include <stdlib.h>

#include "base/limits.h"
#include "codec/hex.h"
#include "operations/users/users_op.h"
#include "pipeline/permit.h"
#include "pipeline/query.h"
#include "pipeline/trail.h"
#include "users/users.h"

enum { PAGE_DEFAULT = 50, PAGE_MAX = 100 };

struct page {
    struct bytes scope;
    struct statement_scope about;
    bool has_cursor;
    uint8_t cursor[AUTH_TEXT_HASH]; /* behind this one */
    size_t max;
};

/* An app and this machine's programs see all of their tenant; a session its user, a service key
 * whom it acts for. */
static struct status check_reader(struct work *work, const struct permit *permit,
                                  const struct page *page)
{
    if (page->about.user.len != 0) {
        TRY(trail_user(work, permit_tenant(permit), page->about.user));
        return permit_user(work, permit, page->about.user);
    }
    return permit_is_tenant(permit) ? OK : FAIL(FORBIDDEN);
}

static struct status read_page(struct work *work, struct page *ret)
{
    struct bytes cursor;
    uint64_t max = PAGE_DEFAULT;
    *ret = (struct page){0};
    TRY(query_text(work, "scope", &ret->scope));
    TRY(query_about(
        work, "scope",
        status_judged(statement_scope_read(ret->scope, &ret->about), FAIL(BAD_REQUEST))));
    TRY(query_text(work, "cursor", &cursor));
    ret->has_cursor = cursor.ptr != NULL;
    if (ret->has_cursor) {
        TRY(query_about(work, "cursor", hex_read(cursor, sizeof ret->cursor, ret->cursor)));
    }
    TRY(query_u64(work, "limit", 1, PAGE_MAX, &max));
    ret->max = (size_t)max;
    return OK;
}

static int compare(const void *a, const void *b)
{
    return statement_order(*(const struct statement *const *)a,
                           *(const struct statement *const *)b);
}

/* In the order of their hashes, which stays whatever comes. */
static struct status sort(struct work *work, const struct statement_set *set,
                          const struct statement ***ret)
{
    const struct statement **sorted =
        arena_array(work->arena, set->count + 1, sizeof(const void *));
    *ret = sorted;
    if (sorted == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < set->count; i++) {
        sorted[i] = set->list[i];
    }
    qsort(sorted, set->count, sizeof(const void *), compare);
    return OK;
}

static void page_out(struct json_out *out, const struct page *page,
                     const struct statement *const *sorted, size_t count)
{
    size_t shown = 0;
    size_t at = 0;
    while (page->has_cursor && at < count &&
           bytes_compare(BYTES_ARRAY(sorted[at]->proof_of), BYTES_ARRAY(page->cursor)) <= 0) {
        at++;
    }
    json_out_name(out, "statements");
    json_out_array(out);
    for (; at < count && shown < page->max; at++, shown++) {
        json_out_raw(out, sorted[at]->record);
    }
    json_out_array_end(out);
    json_out_name(out, "next");
    if (at < count) {
        json_out_hex(out, BYTES_ARRAY(sorted[at - 1]->proof_of));
    } else {
        json_out_null(out);
    }
}

/* A node that may lack something shows nothing: what comes next would follow what is not the last.
 * Before a tenant is resumed it shows what it has. */
static struct status check_shown(const struct permit *permit)
{
    struct status status = users_check(permit_users(permit), permit_tenant_id(permit));
    return status.code == STATUS_RESUME_REQUIRED ? OK : status;
}

/* Where the log of a user stands. */
static struct status head_out(struct work *work, const struct permit *permit,
                              const struct page *page)
{
    struct user_log log;
    if (page->about.kind != STATEMENT_USER) {
        return OK;
    }
    TRY(users_log_kept(permit_users(permit), work->arena, permit_tenant_id(permit),
                       page->about.user, &log));
    json_out_member_u64(&work->out, "seq", log.number);
    json_out_name(&work->out, "head");
    if (log.is_known && !log.is_forked) {
        json_out_hex(&work->out, BYTES_ARRAY(log.head));
    } else {
        json_out_null(&work->out);
    }
    json_out_name(&work->out, "heads");
    json_out_array(&work->out);
    for (size_t i = 0; i < log.heads.count; i++) {
        json_out_hex(&work->out,
                     (struct bytes){log.heads.items + AUTH_TEXT_HASH * i, AUTH_TEXT_HASH});
    }
    json_out_array_end(&work->out);
    return OK;
}

static struct status perform(struct work *work, const struct permit *permit)
{
    struct page page;
    struct statement_set set;
    const struct statement **sorted;
    TRY(read_page(work, &page));
    TRY(check_reader(work, permit, &page));
    TRY(check_shown(permit));
    TRY(users_statements(permit_users(permit), work->arena, permit_tenant_id(permit), page.scope,
                         &set));
    TRY(sort(work, &set, &sorted));
    json_out_object(&work->out);
    json_out_member_bool(&work->out, "success", true);
    json_out_member_string(&work->out, "scope", page.scope);
    TRY(head_out(work, permit, &page));
    page_out(&work->out, &page, sorted, set.count);
    json_out_object_end(&work->out);
    return OK;
}

const struct operation users_op_statements = {.perform = perform, .needs_records = true};
