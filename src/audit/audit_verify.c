#include "audit/audit_verify.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit_lane_internal.h"
#include "base/reader.h"
#include "codec/json_in.h"

/* Members in their order, by kind of record. */
#define HEAD "v", "boot", "lane", "seq", "prev", "t_lo", "t_hi"

static const char *const members[] = {
    HEAD,      "tenant",    "user",      "principal", "assurance", "sid", "op",
    "route",   "key_index", "key_epoch", "chain",     "object",    "req", "policy",
    "outcome", "code",      "rid",       "crid",      "block",
};
static const char *const boot_members[] = {
    HEAD, "op", "attestation", "pcrs", "profile", "domain", "checkpoints",
};
static const char *const end_members[] = {HEAD, "op"};

enum kind {
    KIND_RECORD,
    KIND_BOOT,
    KIND_END,
};

/* What the chain needs of a line. */
struct entry {
    enum kind kind;
    uint8_t boot[AUDIT_BOOT_BYTES];
    uint64_t lane;
    uint64_t seq;
    uint8_t prev[SHA256_BYTES];
};

void audit_verify_init(struct audit_verify *verify, struct arena *arena)
{
    *verify = (struct audit_verify){.arena = arena, .report.reason = ""};
}

static struct status wrong(struct audit_verify *verify, const char *reason)
{
    verify->report.reason = reason;
    return FAIL(AUDIT_INVALID);
}

static bool has_members(const struct json_in *root, const char *const *names, size_t count)
{
    void *state = NULL;
    struct json_in member;
    for (size_t i = 0; i < count; i++) {
        if (!json_in_next(root, &state, &member) || !bytes_equal(member.name, bytes_of(names[i]))) {
            return false;
        }
    }
    return !json_in_next(root, &state, &member);
}

static bool has_text(const struct json_in *root, const char *name, const char *value)
{
    struct json_in member;
    struct bytes text;
    return json_in_find(root, name, &member) && status_is_ok(json_in_string(&member, &text)) &&
           bytes_equal(text, bytes_of(value));
}

static bool kind_of(const struct json_in *root, enum kind *ret_kind)
{
    *ret_kind = KIND_RECORD;
    if (has_text(root, "op", "boot")) {
        *ret_kind = KIND_BOOT;
        return has_members(root, boot_members, sizeof boot_members / sizeof boot_members[0]);
    }
    if (has_text(root, "op", "end")) {
        *ret_kind = KIND_END;
        return has_members(root, end_members, sizeof end_members / sizeof end_members[0]);
    }
    if (!has_members(root, members, sizeof members / sizeof members[0])) {
        return false;
    }
    for (size_t i = 0; i < AUDIT_LANE_OUTCOMES; i++) {
        if (has_text(root, "outcome", audit_lane_outcomes[i])) {
            return true;
        }
    }
    return false;
}

static bool take_number(const struct json_in *root, const char *name, uint64_t *ret)
{
    struct json_in member;
    *ret = 0;
    return json_in_find(root, name, &member) &&
           status_is_ok(json_in_u64(&member, 0, INT64_MAX, ret));
}

static unsigned digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - (unsigned)'0';
    }
    return c >= 'a' && c <= 'f' ? c - (unsigned)'a' + 10 : 16;
}

static bool take_hex(const struct json_in *root, const char *name, uint8_t *out, size_t len)
{
    struct json_in member;
    struct bytes text;
    if (!json_in_find(root, name, &member) || !status_is_ok(json_in_string(&member, &text)) ||
        text.len != 2 * len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned high = digit_of(text.ptr[2 * i]);
        unsigned low = digit_of(text.ptr[2 * i + 1]);
        if (high > 15 || low > 15) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* A line as a record, or why it is none. */
static const char *read_entry(struct arena *arena, struct bytes line, struct entry *ret)
{
    *ret = (struct entry){0};
    arena_reset(arena);
    struct json_in_doc doc;
    if (line.len > LIMIT_AUDIT_LINE || !status_is_ok(json_in_parse(arena, line, &doc))) {
        return "the line is not a JSON record";
    }
    struct json_in root = json_in_root(&doc);
    uint64_t version = 0;
    uint64_t from = 0;
    uint64_t to = 0;
    if (json_in_kind(&root) != JSON_IN_OBJECT || !kind_of(&root, &ret->kind)) {
        return "the members are not those of a record, in their order";
    }
    if (!take_number(&root, "v", &version) || version != AUDIT_VERSION) {
        return "the version of the record is not known";
    }
    if (!take_hex(&root, "boot", ret->boot, sizeof ret->boot) ||
        !take_hex(&root, "prev", ret->prev, sizeof ret->prev) ||
        !take_number(&root, "lane", &ret->lane) || !take_number(&root, "seq", &ret->seq) ||
        !take_number(&root, "t_lo", &from) || !take_number(&root, "t_hi", &to) || from > to) {
        return "a member of the record's head is not valid";
    }
    return NULL;
}

/* A boot record ends what was before it, whatever state that was in. */
static void start(struct audit_verify *verify, const struct entry *entry)
{
    verify->report.starts++;
    verify->report.unended += verify->started && !verify->ended;
    verify->started = true;
    verify->ended = false;
    for (uint32_t i = 0; i < LIMIT_LOOPS; i++) {
        audit_lane_init(&verify->lanes[i], entry->boot, i);
    }
}

static const char *follow_chain(struct audit_verify *verify, const struct entry *entry,
                                struct bytes line)
{
    if (!verify->started || verify->ended) {
        return "the record does not belong to a start of a node";
    }
    if (entry->lane >= LIMIT_LOOPS) {
        return "the lane is out of range";
    }
    struct audit_lane *lane = &verify->lanes[entry->lane];
    if (!bytes_equal(BYTES_ARRAY(entry->boot), BYTES_ARRAY(lane->boot))) {
        return "the record is of another start";
    }
    if (entry->seq != lane->seq) {
        return "a record is missing, repeated or out of order";
    }
    if (!bytes_equal(BYTES_ARRAY(entry->prev), BYTES_ARRAY(lane->prev))) {
        return "the record before this one was changed, or this one's link was";
    }
    if (entry->kind == KIND_BOOT && (entry->lane != 0 || entry->seq != 0)) {
        return "a boot record in the middle";
    }
    lane->seq++;
    audit_lane_hash(line, lane->prev);
    verify->report.records++;
    verify->ended = entry->kind == KIND_END;
    return NULL;
}

struct status audit_verify_line(struct audit_verify *verify, struct bytes line)
{
    verify->report.lines++;
    verify->report.reason = "";
    struct entry entry;
    const char *reason = read_entry(verify->arena, line, &entry);
    bool is_start = reason == NULL && entry.kind == KIND_BOOT;
    if (verify->pending && !is_start) {
        verify->report.lines--;
        return wrong(verify, verify->pending_reason);
    }
    if (reason != NULL) {
        /* Right only as the last thing that a killed node wrote: the next line will tell. */
        verify->pending = true;
        verify->pending_reason = reason;
        return verify->started && !verify->ended ? OK : wrong(verify, reason);
    }
    if (is_start) {
        verify->report.torn += verify->pending;
        verify->pending = false;
        if (verify->started &&
            bytes_equal(BYTES_ARRAY(entry.boot), BYTES_ARRAY(verify->lanes[0].boot))) {
            return wrong(verify, "the same start twice");
        }
        start(verify, &entry);
    }
    reason = follow_chain(verify, &entry, line);
    return reason == NULL ? OK : wrong(verify, reason);
}

struct status audit_verify_end(struct audit_verify *verify, struct bytes rest)
{
    if (verify->pending) {
        return wrong(verify, verify->pending_reason);
    }
    verify->report.torn += rest.len != 0;
    if (rest.len != 0 && verify->ended) {
        verify->report.lines++;
        return wrong(verify, "bytes after the last record");
    }
    verify->report.unended += verify->started && !verify->ended;
    return verify->started ? OK : wrong(verify, "there is no record");
}

/* Lines out of a stream: what is read is cut at line ends, the rest kept for the next read. */
struct feed {
    uint8_t memory[16 * (LIMIT_AUDIT_LINE + 1)];
    size_t len;
};

static struct status drain(struct audit_verify *verify, struct feed *feed)
{
    struct bytes rest = {feed->memory, feed->len};
    for (;;) {
        size_t end = bytes_find(rest, '\n');
        if (end == rest.len) {
            break;
        }
        TRY(audit_verify_line(verify, bytes_slice(rest, 0, end)));
        rest = bytes_slice(rest, end + 1, SIZE_MAX);
    }
    if (rest.len > LIMIT_AUDIT_LINE) {
        verify->report.lines++;
        return wrong(verify, "the line is not a JSON record");
    }
    if (rest.len > 0) {
        memmove(feed->memory, rest.ptr, rest.len);
    }
    feed->len = rest.len;
    return OK;
}

static struct status verify_stream(int fd, struct audit_verify *verify, struct feed *feed)
{
    for (;;) {
        ssize_t got = read(fd, feed->memory + feed->len, sizeof feed->memory - feed->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return FAIL(IO);
        }
        if (got == 0) {
            return audit_verify_end(verify, (struct bytes){feed->memory, feed->len});
        }
        feed->len += (size_t)got;
        TRY(drain(verify, feed));
    }
}

struct status audit_verify_file(int fd, struct arena *arena, struct audit_verify_report *ret_report)
{
    struct audit_verify verify;
    struct feed feed = {.len = 0};
    audit_verify_init(&verify, arena);
    struct status status = verify_stream(fd, &verify, &feed);
    *ret_report = verify.report;
    return status;
}
