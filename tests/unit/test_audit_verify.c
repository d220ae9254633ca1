#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/audit_verify.h"
#include "crypto/ed25519.h"
#include "ethereum/eip191.h"
#include "fixtures/unit.h"

enum { LINES_MAX = 40 };

static struct arena arena;

struct line {
    size_t len;
    uint8_t text[LIMIT_AUDIT_LINE + 1]; /* with its end */
};

struct trail {
    size_t count;
    struct line lines[LINES_MAX];
};

static struct trail trail;

/* Who writes a start: its lanes, its tree, its key, and what it knows of those before. */
struct writer {
    struct audit_lane lanes[3];
    struct audit_tree tree;
    struct ed25519_key secret;
    struct audit_note_key key;
    struct audit_voucher voucher;
    bool no_key;
    bool no_voucher;
};

static struct audit_previous previous;
static const uint8_t domain[32] = {0xd0, 0x11};

static struct buf next_line(void)
{
    assert_true(trail.count < LINES_MAX);
    return buf_over(trail.lines[trail.count].text, sizeof trail.lines[0].text);
}

static void take_line(const struct buf *line)
{
    assert_status(OK, buf_check(line));
    trail.lines[trail.count++].len = line->len;
}

static void take_record(struct writer *writer, uint32_t lane, const struct buf *line)
{
    take_line(line);
    audit_tree_add(&writer->tree, writer->lanes[lane].prev);
}

static void vouch(struct writer *writer, uint8_t wallet)
{
    struct secret32 secret = {{[31] = wallet}};
    struct k256_key key;
    struct k256_public public;
    struct k256_signature signature;
    struct eth_address address;
    uint8_t memory[256];
    struct buf text = buf_over(memory, sizeof memory);
    assert_status(OK, k256_key_from(&secret, &key));
    assert_status(OK, k256_public(&key, &public));
    eth_address_of(&public, &address);
    audit_note_key_binding(&writer->key, &text);
    assert_status(OK, eip191_sign(&key, buf_bytes(&text), &signature));
    memcpy(writer->voucher.wallet, address.b, AUDIT_WALLET);
    memcpy(writer->voucher.signature, signature.rs, 64);
    writer->voucher.signature[64] = (uint8_t)(signature.v + 27);
}

static void prepare(struct writer *writer, uint8_t boot, uint8_t wallet)
{
    const uint8_t id[AUDIT_BOOT_BYTES] = {boot};
    uint8_t public[ED25519_PUBLIC];
    uint8_t memory[AUDIT_NOTE_NAME];
    struct buf origin = buf_over(memory, sizeof memory);
    *writer = (struct writer){.secret = {{boot}}};
    for (uint32_t i = 0; i < 3; i++) {
        audit_lane_init(&writer->lanes[i], id, i);
    }
    assert_status(OK, ed25519_public(&writer->secret, public));
    audit_note_origin(domain, id, &origin);
    assert_status(OK, audit_note_key_make(buf_bytes(&origin), public, &writer->key));
    vouch(writer, wallet);
}

static void put_boot(struct writer *writer)
{
    struct buf line = next_line();
    const struct audit_boot boot = {{1, 1},
                                    "dev",
                                    domain,
                                    writer->no_key ? NULL : &writer->key,
                                    writer->no_voucher ? NULL : &writer->voucher,
                                    &previous};
    assert_status(OK, audit_lane_boot(&writer->lanes[0], &boot, &line));
    take_record(writer, 0, &line);
}

static void put_outcome(struct writer *writer, uint32_t lane, enum audit_outcome outcome)
{
    struct buf line = next_line();
    const struct audit_record record = {.at = {2, 2}, .op = "sign", .outcome = outcome};
    assert_status(OK, audit_lane_append(&writer->lanes[lane], &record, &line));
    take_record(writer, lane, &line);
}

static void put(struct writer *writer, uint32_t lane)
{
    put_outcome(writer, lane, AUDIT_OK);
}

static void put_mark(struct writer *writer)
{
    struct buf line = next_line();
    const struct audit_mark mark = {.at = {3, 3}};
    assert_status(OK, audit_lane_mark(&writer->lanes[0], &mark, &line));
    take_record(writer, 0, &line);
}

static void put_note(struct writer *writer)
{
    uint8_t memory[AUDIT_NOTE_OURS];
    uint8_t root[32];
    uint8_t signature[ED25519_SIGNATURE];
    struct buf note = buf_over(memory, sizeof memory);
    struct buf line = next_line();
    audit_tree_root(&writer->tree, root);
    audit_note_text((struct bytes){writer->key.name, writer->key.name_len}, writer->tree.count,
                    root, &note);
    assert_status(OK,
                  ed25519_sign(&writer->secret, writer->key.public, buf_bytes(&note), signature));
    audit_note_sign(&writer->key, signature, &note);
    audit_history_put(buf_bytes(&note), &line);
    take_line(&line);
    audit_history_add(&previous, buf_bytes(&note));
}

static void put_end(struct writer *writer)
{
    struct buf line = next_line();
    assert_status(OK, audit_lane_end(&writer->lanes[0], (struct clock_interval){4, 4}, &line));
    take_record(writer, 0, &line);
}

/* A start that was killed, then one that was ended. */
enum { FIRST = 8, SECOND = 9, WHOLE = FIRST + SECOND };

static void make_trail(void)
{
    struct writer writer;
    trail.count = 0;
    previous.count = 0;
    prepare(&writer, 1, 3);
    put_boot(&writer); /* 0 */
    put_note(&writer);
    put(&writer, 1); /* 2 */
    put(&writer, 2);
    put_mark(&writer);
    put_note(&writer); /* 5 */
    put(&writer, 1);
    put(&writer, 2); /* 7 */
    assert_int_equal(FIRST, trail.count);
    prepare(&writer, 2, 4);
    put_boot(&writer); /* 8 */
    put_note(&writer);
    put(&writer, 2); /* 10 */
    put(&writer, 1);
    put_mark(&writer); /* 12 */
    put_note(&writer);
    put(&writer, 1); /* 14 */
    put_end(&writer);
    put_note(&writer); /* 16 */
    assert_int_equal(WHOLE, trail.count);
}

static struct status recover(void *context, struct bytes text, const uint8_t *bytes,
                             uint8_t *ret_wallet)
{
    struct k256_signature signature = {.v = bytes[64]};
    struct eth_address address;
    (void)context;
    memcpy(signature.rs, bytes, sizeof signature.rs);
    struct status status = eip191_recover(text, &signature, true, &address);
    memcpy(ret_wallet, address.b, AUDIT_WALLET);
    return status;
}

static struct status verify_note(void *context, const uint8_t *public, struct bytes text,
                                 const uint8_t *signature)
{
    (void)context;
    return ed25519_verify(public, text, signature);
}

static struct audit_verify check;
static struct audit_verify_report report;
static struct audit_verify_options options;
static struct audit_verify_start starts[4];
static size_t starts_count;

static void keep_start(void *context, const struct audit_verify_start *start)
{
    (void)context;
    assert_true(starts_count < 4);
    starts[starts_count++] = *start;
}

static const struct audit_verify_port port = {
    .recover = recover, .notes = {.verify = verify_note}, .start = keep_start};

/* Through a file, so that lines are cut as they would be. */
static struct status verify(struct bytes text)
{
    static struct audit_lines lines;
    char path[] = "/tmp/coffer-audit-verify-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(text.len, write(fd, text.ptr, text.len));
    assert_int_equal(0, lseek(fd, 0, SEEK_SET));
    starts_count = 0;
    audit_verify_init(&check, &arena, &port, &options);
    struct status status = audit_verify_file(&check, &lines, fd);
    if (status_is_ok(status)) {
        status = audit_verify_end(&check);
    }
    close(fd);
    report = check.report;
    return status;
}

static uint8_t memory[sizeof trail];

/* The trail without the lines from from to to, and of lines a and b each in the other's place. */
static struct bytes trail_but(size_t from, size_t to, size_t a, size_t b)
{
    struct buf text = buf_over(memory, sizeof memory);
    for (size_t i = 0; i < trail.count; i++) {
        const struct line *line = &trail.lines[i == a ? b : i == b ? a : i];
        if (i < from || i >= to) {
            buf_put(&text, (struct bytes){line->text, line->len});
        }
    }
    return buf_bytes(&text);
}

static struct bytes whole_trail(void)
{
    return trail_but(0, 0, 0, 0);
}

static void assert_wrong(const char *reason, struct bytes text)
{
    assert_status(AUDIT_INVALID, verify(text));
    assert_string_equal(reason, report.reason);
}

static const char *const no_end =
    "the start before has no end: its node runs, was killed, or the end was cut off";

static int setup(void **state)
{
    (void)state;
    memset(&options, 0, sizeof options);
    options.allow_open = true;
    make_trail();
    return 0;
}

static void a_whole_trail_verifies(void **state)
{
    (void)state;
    struct bytes text = whole_trail();
    assert_status(OK, verify(text));
    assert_int_equal(WHOLE, report.lines);
    assert_int_equal(WHOLE - 5, report.records);
    assert_int_equal(5, report.checkpoints);
    assert_int_equal(2, report.starts);
    assert_int_equal(1, report.open);
    assert_int_equal(2, report.uncovered);
    assert_int_equal(0, report.unsigned_starts + report.torn + report.earlier + report.dropped);
    assert_int_equal(2, starts_count);
    assert_int_equal(4, starts[0].size);
    assert_int_equal(6, starts[0].records);
    assert_false(starts[0].ended);
    assert_int_equal(6, starts[1].size);
    assert_true(starts[1].ended);
    options.allow_open = false;
    assert_wrong(no_end, text);
}

static void files_are_checked_as_one(void **state)
{
    (void)state;
    struct bytes text = whole_trail();
    audit_verify_init(&check, &arena, &port, &options);
    starts_count = 0;
    for (size_t i = 0; i < trail.count; i++) {
        static struct audit_lines lines;
        int ends[2];
        assert_int_equal(0, pipe(ends));
        const struct line *line = &trail.lines[i];
        assert_int_equal(line->len, write(ends[1], line->text, line->len));
        close(ends[1]);
        assert_status(OK, audit_verify_file(&check, &lines, ends[0]));
        close(ends[0]);
    }
    assert_status(OK, audit_verify_end(&check));
    assert_int_equal(WHOLE, check.report.lines);
    assert_true(text.len > 0);
}

static void a_change_of_any_byte_is_seen(void **state)
{
    (void)state;
    struct bytes text = whole_trail();
    size_t tail = (size_t)(trail_but(6, WHOLE, 0, 0).len);
    size_t tail_end = (size_t)(trail_but(8, WHOLE, 0, 0).len);
    size_t last = (size_t)(trail_but(16, WHOLE, 0, 0).len);
    text = whole_trail();
    for (size_t i = 0; i < text.len; i += 3) {
        memory[i] ^= 1;
        struct status status = verify(text);
        /* Two records lie behind the last checkpoint of the killed start: what changes the very
         * last of them cannot be seen; and a last line that is none may be cut short. */
        bool open = (i >= tail && i < tail_end) || (i >= last && report.torn == 1);
        assert_true(status.code == STATUS_AUDIT_INVALID || open);
        memory[i] ^= 1;
    }
}

static void any_line_that_is_missing_or_moved_is_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < WHOLE; i++) {
        struct status status = verify(trail_but(i, i + 1, 0, 0));
        /* The two records behind the last checkpoint of the killed start, each in a lane of its
         * own; and checkpoints that a later one of the same start makes superfluous. */
        if (i == 6 || i == 7 || i == 1 || i == 9 || i == 13) {
            assert_status(OK, status);
        } else {
            assert_status(AUDIT_INVALID, status);
        }
    }
    for (size_t i = 0; i + 1 < WHOLE; i++) {
        struct status status = verify(trail_but(0, 0, i, i + 1));
        if (i == 6) {
            assert_status(OK, status);
        } else {
            assert_status(AUDIT_INVALID, status);
        }
    }
}

/* The end of the last start cut off looks as if the node still ran: only whoever allows that, or
 * knows a later checkpoint, is told the truth. */
static void a_cut_end_fails_unless_it_is_allowed(void **state)
{
    (void)state;
    static const char *const end_needs = "the last checkpoint of a start is missing";
    struct audit_note known;
    assert_status(
        OK, audit_note_read((struct bytes){previous.notes[1].text, previous.notes[1].len}, &known));
    for (size_t cut = 9; cut < WHOLE; cut++) {
        struct bytes text = trail_but(cut, WHOLE, 0, 0);
        options.expected_count = 0;
        if (cut == WHOLE - 1) {
            assert_wrong(end_needs, text);
            continue;
        }
        assert_status(OK, verify(text));
        assert_int_equal(2, report.open);
        options.expected[0] = known;
        options.expected_count = 1;
        if (cut < WHOLE - 1) {
            assert_wrong("a checkpoint that is known is of records that are not here", text);
        }
    }
    options.expected_count = 1;
    assert_status(OK, verify(whole_trail()));
    options.expected[0].root[0] ^= 1;
    assert_wrong("the records so far are not those of the checkpoint that is known", whole_trail());
}

/* An earlier start cut back to where a checkpoint stands: the start behind it knows a later one. */
static void an_earlier_start_that_was_cut_back_is_seen(void **state)
{
    (void)state;
    static const char *const names =
        "the start does not name the last checkpoint of every start before it";
    assert_wrong(names, trail_but(2, FIRST, 0, 0));
    assert_wrong(names, trail_but(1, FIRST, 0, 0));
    assert_wrong("the start names one before it that is not here", trail_but(0, FIRST, 0, 0));
    options.allow_earlier = true;
    assert_status(OK, verify(trail_but(0, FIRST, 0, 0)));
    assert_int_equal(1, report.earlier);
    assert_wrong(names, trail_but(2, FIRST, 0, 0));
}

/* All checkpoints taken out, records changed and all hashes made anew. */
static void a_start_without_its_checkpoints_is_no_trail(void **state)
{
    (void)state;
    struct writer writer;
    trail.count = 0;
    previous.count = 0;
    prepare(&writer, 1, 3);
    put_boot(&writer);
    put(&writer, 1);
    put_end(&writer);
    assert_wrong("the last checkpoint of a start is missing", whole_trail());

    trail.count = 0;
    prepare(&writer, 1, 3);
    writer.no_key = true;
    writer.no_voucher = true;
    put_boot(&writer);
    put(&writer, 1);
    put_end(&writer);
    assert_wrong("no wallet vouches for the key of the start", whole_trail());
    options.allow_unsigned = true;
    assert_status(OK, verify(whole_trail()));
    assert_int_equal(1, report.unsigned_starts);
    assert_int_equal(3, report.uncovered);
}

static void a_key_that_nobody_vouches_for_signs_nothing(void **state)
{
    (void)state;
    struct writer writer;
    trail.count = 0;
    previous.count = 0;
    prepare(&writer, 1, 3);
    writer.no_voucher = true;
    put_boot(&writer);
    put_end(&writer);
    put_note(&writer);
    assert_wrong("no wallet vouches for the key of the start", whole_trail());

    trail.count = 0;
    previous.count = 0;
    prepare(&writer, 1, 3);
    writer.voucher.wallet[0] ^= 1;
    put_boot(&writer);
    assert_wrong("the signature that vouches for the key is not that of the wallet", whole_trail());

    /* The key of another log, vouched for or not. */
    trail.count = 0;
    prepare(&writer, 2, 3);
    struct audit_note_key other = writer.key;
    prepare(&writer, 1, 3);
    writer.key = other;
    vouch(&writer, 3);
    put_boot(&writer);
    assert_status(AUDIT_INVALID, verify(whole_trail()));
}

static void a_checkpoint_of_another_key_tree_or_log_is_refused(void **state)
{
    (void)state;
    struct writer writer;
    for (int i = 0; i < 4; i++) {
        trail.count = 0;
        previous.count = 0;
        prepare(&writer, 1, 3);
        put_boot(&writer);
        if (i == 1) {
            writer.secret.seed[0] ^= 1;
            assert_status(OK, ed25519_public(&writer.secret, writer.key.public));
        } else if (i == 2) {
            writer.tree.peaks[0][0] ^= 1;
        } else if (i == 3) {
            prepare(&writer, 2, 3);
            writer.tree.count = 1;
        }
        put_note(&writer);
        static const char *const reasons[] = {
            "", "the checkpoint is not signed by the key of the log",
            "the checkpoint does not stand for the records before it",
            "the checkpoint is of another log"};
        if (i == 0) {
            assert_status(OK, verify(whole_trail()));
        } else {
            assert_wrong(reasons[i], whole_trail());
        }
    }
}

static void lines_that_a_crash_cut_short_are_counted(void **state)
{
    (void)state;
    for (size_t cut = 1; cut < trail.lines[7].len - 1; cut += 7) {
        struct bytes text = trail_but(7, WHOLE, 0, 0);
        struct buf out = {memory, text.len, sizeof memory, false};
        buf_put(&out, (struct bytes){trail.lines[7].text, cut});
        assert_status(OK, verify(buf_bytes(&out)));
        assert_int_equal(1, report.torn);
        options.allow_open = false;
        assert_status(AUDIT_INVALID, verify(buf_bytes(&out)));
        options.allow_open = true;
        buf_put_u8(&out, '\n');
        for (size_t i = FIRST; i < WHOLE; i++) {
            buf_put(&out, (struct bytes){trail.lines[i].text, trail.lines[i].len});
        }
        assert_status(OK, verify(buf_bytes(&out)));
        assert_int_equal(1, report.torn);
        assert_int_equal(2, report.starts);
    }
    /* In the middle of a start it is damage. */
    trail.lines[11].len = 50;
    trail.lines[11].text[49] = '\n';
    assert_status(AUDIT_INVALID, verify(whole_trail()));
}

static void gaps_and_outcomes_are_counted(void **state)
{
    (void)state;
    struct writer writer;
    struct audit_gap gap = {.count = 0};
    const struct audit_record record = {.outcome = AUDIT_OK};
    trail.count = 0;
    previous.count = 0;
    prepare(&writer, 1, 3);
    put_boot(&writer);
    put_outcome(&writer, 1, AUDIT_INTENT);
    put_outcome(&writer, 1, AUDIT_INTENT);
    put_outcome(&writer, 1, AUDIT_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_status(OK, audit_lane_drop(&writer.lanes[1], &record, &gap));
    }
    struct buf line = next_line();
    assert_status(OK, audit_lane_gap(&writer.lanes[1], (struct clock_interval){2, 2}, &gap, &line));
    take_record(&writer, 1, &line);
    put_outcome(&writer, 1, AUDIT_UNSETTLED);
    put(&writer, 1);
    put_outcome(&writer, 1, AUDIT_INTENT);
    put_end(&writer);
    put_note(&writer);
    assert_status(OK, verify(whole_trail()));
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("")));
    assert_status(OK, verify(whole_trail()));
    assert_int_equal(3, report.dropped);
    assert_int_equal(2, report.unsettled); /* one says so, one has no outcome */
}

/* Of more starts than a boot record can carry, the newest are named. */
static void many_starts_name_the_newest_before_them(void **state)
{
    (void)state;
    struct writer writer;
    audit_verify_init(&check, &arena, &port, &options);
    previous.count = 0;
    for (uint8_t i = 1; i < 2 * AUDIT_PREVIOUS; i++) {
        trail.count = 0;
        prepare(&writer, i, 3);
        put_boot(&writer);
        put_end(&writer);
        put_note(&writer);
        starts_count = 0;
        for (size_t k = 0; k < trail.count; k++) {
            struct bytes line = {trail.lines[k].text, trail.lines[k].len - 1};
            assert_status(OK, audit_verify_line(&check, line));
        }
    }
    assert_status(OK, audit_verify_end(&check));
    assert_int_equal(2 * AUDIT_PREVIOUS - 1, check.report.starts);
}

#define AFTER_SETUP(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AFTER_SETUP(a_whole_trail_verifies),
        AFTER_SETUP(files_are_checked_as_one),
        AFTER_SETUP(a_change_of_any_byte_is_seen),
        AFTER_SETUP(any_line_that_is_missing_or_moved_is_seen),
        AFTER_SETUP(a_cut_end_fails_unless_it_is_allowed),
        AFTER_SETUP(an_earlier_start_that_was_cut_back_is_seen),
        AFTER_SETUP(a_start_without_its_checkpoints_is_no_trail),
        AFTER_SETUP(a_key_that_nobody_vouches_for_signs_nothing),
        AFTER_SETUP(a_checkpoint_of_another_key_tree_or_log_is_refused),
        AFTER_SETUP(lines_that_a_crash_cut_short_are_counted),
        AFTER_SETUP(gaps_and_outcomes_are_counted),
        AFTER_SETUP(many_starts_name_the_newest_before_them),
    };
    if (!status_is_ok(arena_init(&arena, 1 << 20))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
