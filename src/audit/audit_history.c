#include "audit/audit_history.h"

#include <string.h>

#include "audit/audit_lines.h"
#include "codec/json_in.h"
#include "codec/json_out.h"

void audit_history_put(struct bytes note, struct buf *out)
{
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    json_out_member_text(&json, "type", "checkpoint");
    json_out_member_string(&json, "note", note);
    json_out_object_end(&json);
    buf_put_u8(out, '\n');
}

/* Only in the one form in which it is written. */
struct status audit_history_note(struct arena *arena, struct bytes line, struct bytes *ret_note)
{
    struct json_in_doc doc;
    struct json_in member;
    struct tlog_note note;
    uint8_t memory[2 * TLOG_NOTE_OURS];
    struct buf again = buf_over(memory, sizeof memory);
    *ret_note = (struct bytes){NULL, 0};
    if (line.len > sizeof memory || !bytes_starts(line, bytes_of(AUDIT_HISTORY_NOTE))) {
        return FAIL(AUDIT_NOTE_INVALID);
    }
    TRY(status_judged(json_in_parse(arena, line, &doc), FAIL(AUDIT_NOTE_INVALID)));
    struct json_in root = json_in_root(&doc);
    struct bytes text;
    if (!json_in_find(&root, "note", &member) || !status_is_ok(json_in_string(&member, &text)) ||
        text.len > TLOG_NOTE_OURS || !status_is_ok(tlog_note_read(text, &note))) {
        return FAIL(AUDIT_NOTE_INVALID);
    }
    audit_history_put(text, &again);
    if (again.failed || !bytes_equal(line, bytes_slice(buf_bytes(&again), 0, again.len - 1))) {
        return FAIL(AUDIT_NOTE_INVALID);
    }
    *ret_note = text;
    return OK;
}

static struct bytes origin_of(struct bytes note)
{
    return bytes_slice(note, 0, bytes_find(note, '\n'));
}

void audit_history_add(struct audit_previous *previous, struct bytes note)
{
    struct audit_previous_note *notes = previous->notes;
    struct audit_previous_note *last = notes + previous->count;
    if (note.len > TLOG_NOTE_OURS) {
        return;
    }
    if (previous->count != 0 &&
        bytes_equal(origin_of(note), origin_of((struct bytes){last[-1].text, last[-1].len}))) {
        last--;
    } else if (previous->count == AUDIT_PREVIOUS) {
        memmove(notes, notes + 1, (AUDIT_PREVIOUS - 1) * sizeof *notes);
        last--;
    } else {
        previous->count++;
    }
    memcpy(last->text, note.ptr, note.len);
    last->len = note.len;
}

struct status audit_history_read(int fd, struct arena *arena, struct audit_previous *ret)
{
    struct audit_lines lines;
    struct bytes line;
    struct bytes note = {NULL, 0};
    bool more = true;
    bool whole = true;
    *ret = (struct audit_previous){.count = 0};
    audit_lines_init(&lines, fd);
    for (;;) {
        TRY(audit_lines_next(&lines, &more, &line, &whole));
        if (!more) {
            return OK;
        }
        arena_reset(arena);
        struct status status =
            whole ? audit_history_note(arena, line, &note) : FAIL(AUDIT_NOTE_INVALID);
        if (status_is_shortage(status)) {
            return status;
        }
        if (status_is_ok(status)) {
            audit_history_add(ret, note);
        }
    }
}
