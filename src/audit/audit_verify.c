#include "audit/audit_verify.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit_lane_internal.h"
#include "codec/hex.h"
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
static const char *const checkpoint_members[] = {
    "v",    "type",  "node",    "boot",  "n",    "prev", "lanes",
    "root", "peers", "dropped", "block", "t_lo", "t_hi", "sig",
};

enum kind {
    KIND_RECORD,
    KIND_BOOT,
    KIND_END,
    KIND_CHECKPOINT,
};

/* What the chain needs of a line. */
struct entry {
    enum kind kind;
    uint8_t boot[AUDIT_BOOT_BYTES];
    uint64_t lane;
    uint64_t seq;
    uint8_t prev[SHA256_BYTES];
    /* of a checkpoint */
    uint64_t n;
    struct clock_interval at;
    uint8_t node[CHECKPOINT_NODE];
    uint8_t signature[CHECKPOINT_SIGNATURE];
};

void audit_verify_init(struct audit_verify *verify, struct arena *arena,
                       const struct audit_verify_port *port)
{
    memset(verify, 0, sizeof *verify);
    verify->arena = arena;
    verify->port = *port;
    verify->report.reason = "";
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
    if (has_text(root, "type", "checkpoint")) {
        *ret_kind = KIND_CHECKPOINT;
        return has_members(root, checkpoint_members,
                           sizeof checkpoint_members / sizeof checkpoint_members[0]);
    }
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

/* As we write it: in lower case. */
static bool has_capitals(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'F') {
            return true;
        }
    }
    return false;
}

/* In: prefix, what stands before the digits. */
static bool take_hex(const struct json_in *root, const char *name, const char *prefix, uint8_t *out,
                     size_t len)
{
    struct json_in member;
    struct bytes text;
    size_t skip = strlen(prefix);
    return json_in_find(root, name, &member) && status_is_ok(json_in_string(&member, &text)) &&
           bytes_starts(text, bytes_of(prefix)) && !has_capitals(text) &&
           status_is_ok(hex_read(bytes_slice(text, skip, SIZE_MAX), len, out));
}

/* What a record has in its head, or a checkpoint. */
static bool read_head(const struct json_in *root, struct entry *ret)
{
    if (ret->kind != KIND_CHECKPOINT) {
        return take_number(root, "lane", &ret->lane) && take_number(root, "seq", &ret->seq);
    }
    return take_number(root, "n", &ret->n) &&
           take_hex(root, "node", "0x", ret->node, sizeof ret->node) &&
           take_hex(root, "sig", "0x", ret->signature, sizeof ret->signature) &&
           (ret->signature[CHECKPOINT_SIGNATURE - 1] == 27 ||
            ret->signature[CHECKPOINT_SIGNATURE - 1] == 28);
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
    if (json_in_kind(&root) != JSON_IN_OBJECT || !kind_of(&root, &ret->kind)) {
        return "the members are not those of a record, in their order";
    }
    if (!take_number(&root, "v", &version) || version != AUDIT_VERSION) {
        return "the version of the record is not known";
    }
    if (!take_hex(&root, "boot", "", ret->boot, sizeof ret->boot) ||
        !take_hex(&root, "prev", "", ret->prev, sizeof ret->prev) || !read_head(&root, ret) ||
        !take_number(&root, "t_lo", &ret->at.lo_ms) ||
        !take_number(&root, "t_hi", &ret->at.hi_ms) || ret->at.lo_ms > ret->at.hi_ms) {
        return "a member of the record's head is not valid";
    }
    return NULL;
}

static bool is_signed(const struct audit_verify *verify)
{
    return verify->chain.n != 0;
}

static void start(struct audit_verify *verify, const struct entry *entry)
{
    verify->report.starts++;
    verify->started = true;
    verify->ended = false;
    checkpoint_init(&verify->chain, entry->boot);
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
    checkpoint_record(&verify->chain, (uint32_t)entry->lane, lane->prev);
    verify->report.records++;
    verify->ended = entry->kind == KIND_END;
    return NULL;
}

/* The line that the node must have written for these records, byte by byte, and who signed it. */
static const char *check_line(struct audit_verify *verify, const struct entry *entry,
                              struct bytes line)
{
    uint8_t memory[LIMIT_AUDIT_LINE];
    uint8_t node[CHECKPOINT_NODE];
    struct buf text = buf_over(memory, sizeof memory);
    if (!status_is_ok(checkpoint_text(&verify->chain, entry->node, entry->at, &text)) ||
        line.len != text.len + CHECKPOINT_SIGNED ||
        !bytes_starts(line, bytes_slice(buf_bytes(&text), 0, text.len - 1))) {
        return "the checkpoint does not stand for the records before it";
    }
    const struct audit_verify_port *port = &verify->port;
    if (!status_is_ok(port->recover(port->context, buf_bytes(&text), entry->signature, node)) ||
        !bytes_equal(BYTES_ARRAY(node), BYTES_ARRAY(entry->node))) {
        return "the signature is not that of the node";
    }
    return NULL;
}

static const char *follow_checkpoint(struct audit_verify *verify, const struct entry *entry,
                                     struct bytes line)
{
    struct checkpoint_chain *chain = &verify->chain;
    if (!verify->started || !bytes_equal(BYTES_ARRAY(entry->boot), BYTES_ARRAY(chain->boot))) {
        return "the checkpoint is of another start";
    }
    if (entry->n != chain->n) {
        return "a checkpoint is missing, repeated or out of order";
    }
    if (!bytes_equal(BYTES_ARRAY(entry->prev), BYTES_ARRAY(chain->prev))) {
        return "the checkpoint before this one was changed, or this one's link was";
    }
    if (is_signed(verify) && !bytes_equal(BYTES_ARRAY(entry->node), BYTES_ARRAY(verify->node))) {
        return "the start has another signer";
    }
    const char *reason = check_line(verify, entry, line);
    if (reason != NULL) {
        return reason;
    }
    if (!is_signed(verify)) {
        memcpy(verify->node, entry->node, sizeof verify->node);
        verify->report.signed_starts++;
        if (verify->port.found != NULL) {
            verify->port.found(verify->port.context, entry->boot, entry->node);
        }
    }
    verify->report.checkpoints++;
    checkpoint_next(chain, line);
    return NULL;
}

/* Right only as the last thing that a killed node wrote: the next line will tell. A node that was
 * killed as it ended may have cut its last checkpoint short. */
static bool may_be_torn(const struct audit_verify *verify)
{
    return verify->started && (!verify->ended || (is_signed(verify) && verify->chain.records != 0));
}

/* The end of a start before another one or before the end of the file. One that was ended and has
 * checkpoints has one behind its end record. */
static const char *leave(struct audit_verify *verify)
{
    struct audit_verify_report *report = &verify->report;
    bool torn = verify->pending;
    bool open_end = is_signed(verify) && verify->chain.records != 0;
    verify->pending = false;
    if (open_end && verify->ended && !torn) {
        return "the last checkpoint of a start is missing";
    }
    report->torn += torn;
    report->unended += verify->started && !verify->ended;
    report->uncovered += open_end ? verify->chain.records : 0;
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
        verify->pending = true;
        verify->pending_reason = reason;
        return may_be_torn(verify) ? OK : wrong(verify, reason);
    }
    if (is_start) {
        reason = leave(verify);
        if (reason != NULL) {
            return wrong(verify, reason);
        }
        if (verify->started &&
            bytes_equal(BYTES_ARRAY(entry.boot), BYTES_ARRAY(verify->lanes[0].boot))) {
            return wrong(verify, "the same start twice");
        }
        start(verify, &entry);
    }
    reason = entry.kind == KIND_CHECKPOINT ? follow_checkpoint(verify, &entry, line)
                                           : follow_chain(verify, &entry, line);
    return reason == NULL ? OK : wrong(verify, reason);
}

struct status audit_verify_end(struct audit_verify *verify, struct bytes rest)
{
    if (verify->pending) {
        return wrong(verify, verify->pending_reason);
    }
    if (rest.len != 0 && verify->started && !may_be_torn(verify)) {
        verify->report.lines++;
        return wrong(verify, "bytes after the last record");
    }
    verify->pending = rest.len != 0;
    const char *reason = leave(verify);
    if (reason != NULL) {
        return wrong(verify, reason);
    }
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

struct status audit_verify_file(int fd, struct arena *arena, const struct audit_verify_port *port,
                                struct audit_verify_report *ret_report)
{
    struct audit_verify verify;
    struct feed feed = {.len = 0};
    audit_verify_init(&verify, arena, port);
    struct status status = verify_stream(fd, &verify, &feed);
    *ret_report = verify.report;
    return status;
}
