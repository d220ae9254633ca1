#include <string.h>

#include "audit/audit_entry_internal.h"
#include "audit/audit_history.h"
#include "audit/audit_lane_internal.h"
#include "base/limits.h"
#include "codec/hex.h"
#include "codec/json_in.h"

/* Members in their order, by kind of record. */
#define HEAD  "v", "boot", "lane", "seq", "prev"
#define TYPED HEAD, "type", "t_lo", "t_hi"

static const char *const record_members[] = {
    HEAD,      "t_lo",  "t_hi",     "tenant", "user",      "principal", "assurance",
    "sid",     "ip",    "op",       "route",  "key_index", "key_epoch", "chain",
    "account", "nonce", "query",    "object", "req",       "policy",    "outcome",
    "code",    "rid",   "crid",     "block",  "auth",      "factors",   "layers",
    "rule",    "spend", "approval", "plan",   "term",      "ref",       "duration_us",
};
static const char *const boot_members[] = {
    TYPED, "attestation", "pcrs", "profile", "domain", "vkey", "wallet", "signature", "previous",
};
static const char *const mark_members[] = {TYPED, "block", "peers", "dropped"};
static const char *const gap_members[] = {TYPED, "from", "to", "count", "hashes"};
static const char *const end_members[] = {TYPED};

#define SHAPE(type, members)                                \
    {                                                       \
        type, members, sizeof(members) / sizeof(members)[0] \
    }

/* By kind; a checkpoint has a reader of its own. */
static const struct shape {
    const char *type;
    const char *const *members;
    size_t count;
} shapes[AUDIT_ENTRY_NOTE] = {
    [AUDIT_ENTRY_RECORD] = SHAPE("", record_members),
    [AUDIT_ENTRY_BOOT] = SHAPE("boot", boot_members),
    [AUDIT_ENTRY_MARK] = SHAPE("mark", mark_members),
    [AUDIT_ENTRY_GAP] = SHAPE("gap", gap_members),
    [AUDIT_ENTRY_END] = SHAPE("end", end_members),
};

static bool has_members(const struct json_in *root, const struct shape *shape)
{
    void *state = NULL;
    struct json_in member;
    for (size_t i = 0; i < shape->count; i++) {
        if (!json_in_next(root, &state, &member) ||
            !bytes_equal(member.name, bytes_of(shape->members[i]))) {
            return false;
        }
    }
    return !json_in_next(root, &state, &member);
}

/* A string; empty where there is none. */
static struct bytes text_of(const struct json_in *root, const char *name)
{
    struct json_in member;
    struct bytes text = {NULL, 0};
    if (json_in_find(root, name, &member)) {
        (void)status_is_ok(json_in_string(&member, &text));
    }
    return text;
}

static bool kind_of(const struct json_in *root, enum audit_entry_kind *ret_kind)
{
    struct bytes type = text_of(root, "type");
    for (size_t i = 0; i < AUDIT_ENTRY_NOTE; i++) {
        if (bytes_equal(type, bytes_of(shapes[i].type))) {
            *ret_kind = (enum audit_entry_kind)i;
            return has_members(root, &shapes[i]);
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
    struct bytes text = text_of(root, name);
    return bytes_starts(text, bytes_of(prefix)) && !has_capitals(text) &&
           status_is_ok(hex_read(bytes_slice(text, strlen(prefix), SIZE_MAX), len, out));
}

/* The same, where null says that there is none. */
static bool take_maybe(const struct json_in *root, const char *name, const char *prefix,
                       uint8_t *out, size_t len)
{
    struct json_in member;
    return !json_in_find(root, name, &member) || take_hex(root, name, prefix, out, len);
}

static void mix(uint64_t *hash, const struct json_in *root, const char *name)
{
    struct json_in member;
    struct bytes text = text_of(root, name);
    uint64_t number = 0;
    if (json_in_find(root, name, &member) && json_in_kind(&member) == JSON_IN_INTEGER) {
        number = 1 + (uint64_t)json_in_integer(&member);
    }
    for (size_t i = 0; i < text.len + 8; i++) {
        uint64_t byte = i < text.len ? text.ptr[i] : (number >> 8 * (i - text.len)) & 0xff;
        *hash = (*hash ^ byte) * 0x100000001b3u;
    }
    *hash ^= *hash >> 32;
}

static bool read_record(const struct json_in *root, struct audit_entry *ret)
{
    struct bytes outcome = text_of(root, "outcome");
    ret->intent = 0xcbf29ce484222325u;
    mix(&ret->intent, root, "rid");
    mix(&ret->intent, root, "op");
    mix(&ret->intent, root, "user");
    mix(&ret->intent, root, "key_index");
    for (size_t i = 0; i < AUDIT_LANE_OUTCOMES; i++) {
        if (bytes_equal(outcome, bytes_of(audit_lane_outcomes[i]))) {
            ret->outcome = (enum audit_outcome)i;
            return true;
        }
    }
    return false;
}

static bool read_previous(const struct json_in *root, struct audit_previous *ret)
{
    struct json_in list;
    size_t count = 0;
    if (!json_in_find(root, "previous", &list) || !status_is_ok(json_in_count(&list, &count)) ||
        json_in_kind(&list) != JSON_IN_ARRAY || count > AUDIT_PREVIOUS) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(&list, i);
        struct audit_previous_note *note = &ret->notes[i];
        struct tlog_note read;
        struct bytes text;
        if (!status_is_ok(json_in_string(&item, &text)) || text.len > TLOG_NOTE_OURS ||
            !status_is_ok(tlog_note_read(text, &read))) {
            return false;
        }
        memcpy(note->text, text.ptr, text.len);
        note->len = text.len;
    }
    ret->count = count;
    return true;
}

/* The key is that of this log and of no other. */
static bool is_our_key(const struct audit_entry *entry)
{
    uint8_t memory[TLOG_NOTE_NAME];
    struct buf origin = buf_over(memory, sizeof memory);
    tlog_note_origin(entry->domain, entry->boot, &origin);
    return entry->has_domain &&
           bytes_equal(buf_bytes(&origin), (struct bytes){entry->key.name, entry->key.name_len});
}

static bool read_boot(const struct json_in *root, struct audit_entry *ret)
{
    struct json_in member;
    uint8_t *signature = ret->voucher.signature;
    ret->has_domain = json_in_find(root, "domain", &member);
    ret->has_key = json_in_find(root, "vkey", &member);
    ret->has_voucher = json_in_find(root, "wallet", &member);
    if (!take_maybe(root, "domain", "", ret->domain, SHA256_BYTES) ||
        !take_maybe(root, "wallet", "0x", ret->voucher.wallet, AUDIT_WALLET) ||
        !take_maybe(root, "signature", "0x", signature, AUDIT_WALLET_SIGNATURE) ||
        json_in_find(root, "signature", &member) != ret->has_voucher ||
        (ret->has_voucher && !ret->has_key)) {
        return false;
    }
    uint8_t v = signature[AUDIT_WALLET_SIGNATURE - 1];
    if (ret->has_voucher && v != 27 && v != 28) {
        return false;
    }
    if (ret->has_key &&
        (!status_is_ok(tlog_note_key_read(text_of(root, "vkey"), &ret->key)) || !is_our_key(ret))) {
        return false;
    }
    return read_previous(root, &ret->previous);
}

static bool read_gap(const struct json_in *root, struct audit_entry *ret)
{
    uint8_t hashes[SHA256_BYTES];
    return take_number(root, "from", &ret->from) && take_number(root, "to", &ret->to) &&
           take_number(root, "count", &ret->count) &&
           take_hex(root, "hashes", "", hashes, sizeof hashes) && ret->from <= ret->to &&
           ret->count == ret->to - ret->from + 1;
}

static bool read_rest(const struct json_in *root, struct audit_entry *ret)
{
    switch (ret->kind) {
    case AUDIT_ENTRY_RECORD:
        return read_record(root, ret);
    case AUDIT_ENTRY_BOOT:
        return read_boot(root, ret);
    case AUDIT_ENTRY_GAP:
        return read_gap(root, ret);
    case AUDIT_ENTRY_MARK:
    case AUDIT_ENTRY_END:
    case AUDIT_ENTRY_NOTE:
    case AUDIT_ENTRY_KINDS:
        break;
    }
    return true;
}

static bool read_head(const struct json_in *root, struct audit_entry *ret)
{
    return take_hex(root, "boot", "", ret->boot, sizeof ret->boot) &&
           take_hex(root, "prev", "", ret->prev, sizeof ret->prev) &&
           take_number(root, "lane", &ret->lane) && take_number(root, "seq", &ret->seq) &&
           take_number(root, "t_lo", &ret->at.lo_ms) && take_number(root, "t_hi", &ret->at.hi_ms) &&
           ret->at.lo_ms <= ret->at.hi_ms && ret->lane <= LIMIT_LOOPS;
}

static struct status read_note(struct arena *arena, struct bytes line, struct audit_entry *ret,
                               const char **ret_reason)
{
    ret->kind = AUDIT_ENTRY_NOTE;
    struct status status = audit_history_note(arena, line, &ret->note_text);
    status = status_is_ok(status) ? tlog_note_read(ret->note_text, &ret->note) : status;
    if (!status_is_ok(status)) {
        *ret_reason = "the checkpoint is not a signed note in its one form";
    }
    return status_is_shortage(status) ? status : OK;
}

static const char *read_json(struct json_in_doc *doc, struct audit_entry *ret)
{
    uint64_t version = 0;
    struct json_in root = json_in_root(doc);
    if (json_in_kind(&root) != JSON_IN_OBJECT || !kind_of(&root, &ret->kind)) {
        return "the members are not those of a record, in their order";
    }
    if (!take_number(&root, "v", &version) || version != AUDIT_VERSION) {
        return "the version of the record is not known";
    }
    if (!read_head(&root, ret) || !read_rest(&root, ret)) {
        return "a member of the record is not valid";
    }
    return NULL;
}

struct status audit_entry_read(struct arena *arena, struct bytes line, struct audit_entry *ret,
                               const char **ret_reason)
{
    struct json_in_doc doc;
    *ret = (struct audit_entry){.kind = AUDIT_ENTRY_RECORD};
    *ret_reason = NULL;
    arena_reset(arena);
    if (bytes_starts(line, bytes_of(AUDIT_HISTORY_NOTE))) {
        return read_note(arena, line, ret, ret_reason);
    }
    struct status status =
        line.len > LIMIT_AUDIT_LINE ? FAIL(BAD_JSON) : json_in_parse(arena, line, &doc);
    if (status_is_ok(status)) {
        *ret_reason = read_json(&doc, ret);
    } else {
        *ret_reason = "the line is not a JSON record";
    }
    return status_is_shortage(status) ? status : OK;
}
