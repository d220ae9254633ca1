#include "audit/audit_verify.h"

#include <string.h>

#include "audit/audit_entry_internal.h"

void audit_verify_init(struct audit_verify *verify, struct arena *arena,
                       const struct audit_verify_port *port,
                       const struct audit_verify_options *options)
{
    memset(verify, 0, sizeof *verify);
    verify->arena = arena;
    verify->port = *port;
    verify->options = *options;
    verify->report.reason = "";
}

static struct status wrong(struct audit_verify *verify, const char *reason)
{
    verify->report.reason = reason;
    return FAIL(AUDIT_INVALID);
}

/* What the reader knows of this log must be what the log was at that size. */
static const char *check_expected(struct audit_verify *verify)
{
    const struct tlog_note_key *key = &verify->start.key;
    for (size_t i = 0; i < verify->options.expected_count; i++) {
        const struct tlog_note *note = &verify->options.expected[i];
        uint8_t root[SHA256_BYTES];
        if (note->size != verify->tree.count ||
            !bytes_equal(note->origin, (struct bytes){key->name, key->name_len})) {
            continue;
        }
        tlog_tree_root(&verify->tree, root);
        if (!bytes_equal(BYTES_ARRAY(root), BYTES_ARRAY(note->root))) {
            return "the records so far are not those of the checkpoint that is known";
        }
        verify->met[i] = true;
    }
    return NULL;
}

/* The end of a start before another one or at the end of everything. */
static const char *leave(struct audit_verify *verify)
{
    struct audit_verify_report *report = &verify->report;
    struct audit_verify_start *start = &verify->start;
    if (!verify->started) {
        return NULL;
    }
    if (start->ended && start->has_key && verify->uncovered != 0) {
        return "the last checkpoint of a start is missing";
    }
    if (!start->ended && !verify->options.allow_open) {
        return AUDIT_VERIFY_OPEN;
    }
    report->open += !start->ended;
    report->uncovered += verify->uncovered;
    report->unsettled += audit_intents_clear(&verify->intents);
    if (verify->port.start != NULL) {
        verify->port.start(verify->port.context, start);
    }
    return NULL;
}

/* A start names those that are in the file which it opens. Where the trail went on in a new file
 * before, that is fewer than there are, but never without the last one, which names more. */
static bool names_last(const struct audit_previous *all, const struct audit_previous *named)
{
    bool same = named->count <= all->count && (named->count != 0 || all->count == 0);
    for (size_t i = 0; same && i < named->count; i++) {
        const struct audit_previous_note *a = &all->notes[all->count - named->count + i];
        const struct audit_previous_note *b = &named->notes[i];
        same = bytes_equal((struct bytes){a->text, a->len}, (struct bytes){b->text, b->len});
    }
    return same;
}

/* Every start names the last checkpoint of those before it, just as they are found here. */
static const char *check_previous(struct audit_verify *verify, const struct audit_entry *entry)
{
    if (verify->started) {
        return names_last(&verify->previous, &entry->previous)
                   ? NULL
                   : "the start does not name the last checkpoint of every start before it";
    }
    verify->report.earlier = entry->previous.count;
    verify->previous = entry->previous;
    return entry->previous.count == 0 || verify->options.allow_earlier ? NULL
                                                                       : AUDIT_VERIFY_EARLIER;
}

/* NULL when it is good; a shortage is kept aside, since it says nothing about the line. */
static const char *judge(struct audit_verify *verify, struct status status, const char *reason)
{
    if (status_is_shortage(status)) {
        verify->shortage = status;
    }
    return status_is_ok(status) ? NULL : reason;
}

static const char *check_voucher(struct audit_verify *verify, const struct audit_entry *entry)
{
    uint8_t memory[TLOG_NOTE_VKEY + 32];
    uint8_t wallet[AUDIT_WALLET];
    struct buf text = buf_over(memory, sizeof memory);
    if (!entry->has_voucher) {
        verify->report.unsigned_starts++;
        return verify->options.allow_unsigned ? NULL : AUDIT_VERIFY_UNSIGNED;
    }
    tlog_note_key_binding(&entry->key, &text);
    struct status status = verify->port.recover(verify->port.context, buf_bytes(&text),
                                                entry->voucher.signature, wallet);
    if (status_is_ok(status) &&
        !bytes_equal(BYTES_ARRAY(wallet), BYTES_ARRAY(entry->voucher.wallet))) {
        status = FAIL(SIGNATURE_INVALID);
    }
    return judge(verify, status,
                 "the signature that vouches for the key is not that of the wallet");
}

static void begin(struct audit_verify *verify, const struct audit_entry *entry)
{
    struct audit_verify_start *start = &verify->start;
    *start = (struct audit_verify_start){.has_key = entry->has_key,
                                         .key = entry->key,
                                         .has_voucher = entry->has_voucher,
                                         .voucher = entry->voucher};
    memcpy(start->boot, entry->boot, sizeof start->boot);
    verify->report.starts++;
    verify->started = true;
    verify->uncovered = 0;
    verify->tree.count = 0;
    for (uint32_t i = 0; i <= LIMIT_LOOPS; i++) {
        audit_lane_init(&verify->lanes[i], entry->boot, i);
    }
}

static const char *follow_boot(struct audit_verify *verify, const struct audit_entry *entry)
{
    verify->report.torn += verify->pending;
    verify->pending = false;
    const char *reason = leave(verify);
    if (reason == NULL && verify->started &&
        bytes_equal(BYTES_ARRAY(entry->boot), BYTES_ARRAY(verify->start.boot))) {
        reason = "the same start twice";
    }
    reason = reason == NULL ? check_previous(verify, entry) : reason;
    reason = reason == NULL ? check_voucher(verify, entry) : reason;
    if (reason == NULL) {
        begin(verify, entry);
    }
    return reason;
}

static void settle(struct audit_verify *verify, const struct audit_entry *entry)
{
    uint64_t *unsettled = &verify->report.unsettled;
    if (entry->kind != AUDIT_ENTRY_RECORD) {
        return;
    }
    if (entry->outcome == AUDIT_INTENT) {
        *unsettled += !audit_intents_add(&verify->intents, entry->intent);
        return;
    }
    (void)audit_intents_take(&verify->intents, entry->intent);
    *unsettled += entry->outcome == AUDIT_UNSETTLED;
}

/* The next leaf of the tree. */
static const char *add_record(struct audit_verify *verify, const uint8_t hash[static SHA256_BYTES])
{
    if (verify->port.record != NULL) {
        verify->port.record(verify->port.context, verify->start.boot, verify->tree.count, hash);
    }
    tlog_tree_add(&verify->tree, hash);
    verify->report.records++;
    verify->start.records++;
    verify->uncovered++;
    return check_expected(verify);
}

/* Which number comes next in a lane: a gap record stands for those before it. */
static bool is_next(const struct audit_lane *lane, const struct audit_entry *entry)
{
    if (entry->kind != AUDIT_ENTRY_GAP) {
        return entry->seq == lane->seq;
    }
    return entry->from == lane->seq && entry->seq == entry->to + 1;
}

static const char *follow_record(struct audit_verify *verify, const struct audit_entry *entry,
                                 struct bytes line)
{
    struct audit_lane *lane = &verify->lanes[entry->lane];
    bool is_own = entry->kind != AUDIT_ENTRY_RECORD && entry->kind != AUDIT_ENTRY_GAP;
    if (verify->start.ended) {
        return "a record outside a start";
    }
    if (!bytes_equal(BYTES_ARRAY(entry->boot), BYTES_ARRAY(verify->start.boot))) {
        return "the record is of another start";
    }
    if (is_own != (entry->lane == 0)) {
        return "the record is of another lane";
    }
    if (!is_next(lane, entry)) {
        return "a record is missing, repeated or out of order";
    }
    if (!bytes_equal(BYTES_ARRAY(entry->prev), BYTES_ARRAY(lane->prev))) {
        return "the record before this one was changed, or this one's link was";
    }
    lane->seq = entry->seq + 1;
    tlog_tree_leaf(line, lane->prev);
    verify->report.dropped += entry->kind == AUDIT_ENTRY_GAP ? entry->count : 0;
    verify->start.ended = entry->kind == AUDIT_ENTRY_END;
    settle(verify, entry);
    return add_record(verify, lane->prev);
}

static const char *follow_note(struct audit_verify *verify, const struct audit_entry *entry)
{
    struct audit_verify_start *start = &verify->start;
    const struct tlog_note *note = &entry->note;
    uint8_t root[SHA256_BYTES];
    if (!start->has_key ||
        !bytes_equal(note->origin, (struct bytes){start->key.name, start->key.name_len})) {
        return "the checkpoint is of another log";
    }
    tlog_tree_root(&verify->tree, root);
    if (note->size != verify->tree.count ||
        !bytes_equal(BYTES_ARRAY(root), BYTES_ARRAY(note->root))) {
        return "the checkpoint does not stand for the records before it";
    }
    if (verify->uncovered == 0) {
        return "the same checkpoint twice";
    }
    const char *reason = judge(verify, tlog_note_check(note, &start->key, &verify->port.notes),
                               "the checkpoint is not signed by the key of the log");
    if (reason != NULL) {
        return reason;
    }
    verify->report.checkpoints++;
    verify->uncovered = 0;
    start->size = note->size;
    start->note_len = entry->note_text.len;
    memcpy(start->note, entry->note_text.ptr, entry->note_text.len);
    audit_history_add(&verify->previous, entry->note_text);
    return NULL;
}

static const char *follow(struct audit_verify *verify, const struct audit_entry *entry,
                          struct bytes line)
{
    if (!verify->started && entry->kind != AUDIT_ENTRY_BOOT) {
        return "it begins in the middle of a start: the file before this one is missing";
    }
    if (entry->kind == AUDIT_ENTRY_NOTE) {
        return follow_note(verify, entry);
    }
    if (entry->kind == AUDIT_ENTRY_BOOT) {
        const char *reason = entry->lane == 0 && entry->seq == 0 ? follow_boot(verify, entry)
                                                                 : "a boot record in the middle";
        if (reason != NULL) {
            return reason;
        }
    }
    return follow_record(verify, entry, line);
}

struct status audit_verify_line(struct audit_verify *verify, struct bytes line)
{
    struct audit_entry entry;
    const char *reason;
    TRY(audit_entry_read(verify->arena, line, &entry, &reason));
    if (verify->pending && (reason != NULL || entry.kind != AUDIT_ENTRY_BOOT)) {
        return wrong(verify, verify->pending_reason);
    }
    verify->report.lines++;
    verify->report.reason = "";
    if (reason != NULL) {
        /* Right only as the last thing that a killed node wrote: the next line will tell. */
        verify->pending = true;
        verify->pending_reason = reason;
        return verify->started ? OK : wrong(verify, reason);
    }
    verify->shortage = OK;
    reason = follow(verify, &entry, line);
    TRY(verify->shortage);
    return reason == NULL ? OK : wrong(verify, reason);
}

struct status audit_verify_file(struct audit_verify *verify, struct audit_lines *lines, int fd)
{
    audit_lines_init(lines, fd);
    for (;;) {
        struct bytes line;
        bool more;
        bool whole;
        TRY(audit_lines_next(lines, &more, &line, &whole));
        if (!more) {
            return OK;
        }
        TRY(audit_verify_line(verify, line));
    }
}

struct status audit_verify_end(struct audit_verify *verify)
{
    if (!verify->started) {
        return wrong(verify, "there is no record");
    }
    if (verify->pending && !verify->options.allow_open) {
        return wrong(verify, verify->pending_reason);
    }
    verify->report.torn += verify->pending;
    const char *reason = leave(verify);
    if (reason != NULL) {
        return wrong(verify, reason);
    }
    for (size_t i = 0; i < verify->options.expected_count; i++) {
        if (!verify->met[i]) {
            return wrong(verify, "a checkpoint that is known is of records that are not here");
        }
    }
    return OK;
}
