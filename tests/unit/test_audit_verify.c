#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "audit/audit_verify.h"
#include "ethereum/eip191.h"
#include "fixtures/unit.h"

enum {
    LINES = 9,
    SIGNED_LINES = 17,
    LINES_MAX = SIGNED_LINES,
};

/* A trail of two starts, the first of two lanes and killed, the second ended. */
struct trail {
    uint8_t memory[65536];
    struct buf out;
    struct bytes line[LINES_MAX]; /* with line ends */
    size_t count;
};

static struct arena arena;

static void note_line(struct trail *trail, size_t start)
{
    assert_true(trail->count < LINES_MAX);
    trail->line[trail->count++] = bytes_slice(buf_bytes(&trail->out), start, SIZE_MAX);
}

static void add_boot(struct trail *trail, struct audit_lane *lane)
{
    size_t start = trail->out.len;
    struct audit_boot boot = {.at = {1, 1}, .profile = "dev"};
    assert_status(OK, audit_lane_boot(lane, &boot, &trail->out));
    note_line(trail, start);
}

static void add_record(struct trail *trail, struct audit_lane *lane)
{
    size_t start = trail->out.len;
    struct audit_record record = {.at = {2, 2}, .op = "sign", .outcome = AUDIT_OK};
    assert_status(OK, audit_lane_append(lane, &record, &trail->out));
    note_line(trail, start);
}

static struct trail *make_trail(void)
{
    static struct trail trail;
    static const uint8_t boots[2][AUDIT_BOOT_BYTES] = {{1}, {2}};
    struct audit_lane lanes[2];
    trail.out = buf_over(trail.memory, sizeof trail.memory);
    trail.count = 0;
    audit_lane_init(&lanes[0], boots[0], 0);
    audit_lane_init(&lanes[1], boots[0], 1);
    add_boot(&trail, &lanes[0]);
    add_record(&trail, &lanes[1]);
    add_record(&trail, &lanes[0]);
    add_record(&trail, &lanes[1]);
    add_record(&trail, &lanes[0]);
    audit_lane_init(&lanes[0], boots[1], 0);
    add_boot(&trail, &lanes[0]);
    add_record(&trail, &lanes[0]);
    add_record(&trail, &lanes[0]);
    size_t start = trail.out.len;
    assert_status(OK, audit_lane_end(&lanes[0], (struct clock_interval){3, 3}, &trail.out));
    note_line(&trail, start);
    return &trail;
}

static struct audit_verify_report report;

static struct status recover(void *context, struct bytes text, const uint8_t *bytes,
                             uint8_t *ret_node)
{
    struct k256_signature signature = {.v = bytes[64]};
    struct eth_address address;
    (void)context;
    memcpy(signature.rs, bytes, sizeof signature.rs);
    struct status status = eip191_recover(text, &signature, true, &address);
    memcpy(ret_node, address.b, CHECKPOINT_NODE);
    return status;
}

/* The signers that were found. */
static struct found {
    size_t count;
    uint8_t node[4][CHECKPOINT_NODE];
} found;

static void note_signer(void *context, const uint8_t *boot, const uint8_t *node)
{
    struct found *signers = context;
    assert_int_equal(signers->count + 1, boot[0]);
    assert_true(signers->count < 4);
    memcpy(signers->node[signers->count++], node, CHECKPOINT_NODE);
}

static struct status verify(struct bytes text)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/coffer-audit-verify-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(text.len, write(fd, text.ptr, text.len));
    assert_int_equal(0, lseek(fd, 0, SEEK_SET));
    const struct audit_verify_port port = {&found, recover, note_signer};
    found.count = 0;
    struct status status = audit_verify_file(fd, &arena, &port, &report);
    close(fd);
    return status;
}

/* The trail with its lines in this order. */
static struct status verify_lines(const struct trail *trail, const size_t *order, size_t count)
{
    static uint8_t memory[65536];
    struct buf text = buf_over(memory, sizeof memory);
    for (size_t i = 0; i < count; i++) {
        buf_put(&text, trail->line[order[i]]);
    }
    return verify(buf_bytes(&text));
}

static void a_whole_trail_verifies(void **state)
{
    (void)state;
    assert_status(OK, verify(buf_bytes(&make_trail()->out)));
    assert_int_equal(LINES, report.lines);
    assert_int_equal(LINES, report.records);
    assert_int_equal(2, report.starts);
    assert_int_equal(1, report.unended);
    assert_int_equal(0, report.torn);
}

static void a_change_of_any_byte_is_seen(void **state)
{
    (void)state;
    struct trail *trail = make_trail();
    struct bytes text = buf_bytes(&trail->out);
    size_t last = trail->line[LINES - 1].len;
    for (size_t i = 0; i < text.len - last; i += 3) {
        /* The last record of a killed start has nothing after it that would tell. */
        size_t from = (size_t)(trail->line[3].ptr - text.ptr);
        size_t to = (size_t)(trail->line[5].ptr - text.ptr);
        if (i >= from && i < to) {
            continue;
        }
        trail->memory[i] ^= 1;
        assert_status(AUDIT_INVALID, verify(text));
        assert_true(report.reason[0] != '\0');
        trail->memory[i] ^= 1;
    }
}

static void a_missing_repeated_or_moved_record_is_seen(void **state)
{
    (void)state;
    const struct trail *trail = make_trail();
    const size_t missing[] = {0, 1, 4, 3, 5, 6, 7, 8};
    assert_status(AUDIT_INVALID, verify_lines(trail, missing, 8));
    assert_int_equal(3, report.lines);
    const size_t repeated[] = {0, 1, 1};
    assert_status(AUDIT_INVALID, verify_lines(trail, repeated, 3));
    const size_t moved[] = {0, 1, 4, 2};
    assert_status(AUDIT_INVALID, verify_lines(trail, moved, 4));
    const size_t headless[] = {1, 2};
    assert_status(AUDIT_INVALID, verify_lines(trail, headless, 2));
    const size_t foreign[] = {0, 6};
    assert_status(AUDIT_INVALID, verify_lines(trail, foreign, 2));
    const size_t twice[] = {0, 0};
    assert_status(AUDIT_INVALID, verify_lines(trail, twice, 2));
    const size_t after_end[] = {5, 6, 7, 8, 6};
    assert_status(AUDIT_INVALID, verify_lines(trail, after_end, 5));
    assert_status(AUDIT_INVALID, verify_lines(trail, missing, 0));
    const size_t lanes_apart[] = {0, 2, 4, 1, 3, 5, 6, 7, 8};
    assert_status(OK, verify_lines(trail, lanes_apart, 9));
}

static void lines_that_a_crash_cut_short_are_counted(void **state)
{
    (void)state;
    struct trail *trail = make_trail();
    static uint8_t memory[65536];
    for (size_t cut = 1; cut < trail->line[4].len; cut += 7) {
        struct buf text = buf_over(memory, sizeof memory);
        for (size_t i = 0; i < 4; i++) {
            buf_put(&text, trail->line[i]);
        }
        buf_put(&text, bytes_slice(trail->line[4], 0, cut));
        assert_status(OK, verify(buf_bytes(&text)));
        assert_int_equal(1, report.torn);
        assert_int_equal(4, report.records);

        if (cut == trail->line[4].len - 1) {
            continue;
        }
        buf_put_text(&text, "\n");
        struct bytes up_to_here = buf_bytes(&text);
        assert_status(AUDIT_INVALID, verify(up_to_here));
        buf_put(&text, trail->line[5]);
        assert_status(OK, verify(buf_bytes(&text)));
        assert_int_equal(1, report.torn);
        assert_int_equal(5, report.records);
        assert_int_equal(2, report.unended);
    }
}

static void other_bytes_are_no_records(void **state)
{
    (void)state;
    static uint8_t memory[2 * LIMIT_AUDIT_LINE];
    memset(memory, ' ', sizeof memory);
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("")));
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("\n")));
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("{}\n")));
    assert_status(AUDIT_INVALID, verify(BYTES_LITERAL("[]\n")));
    assert_status(AUDIT_INVALID, verify(BYTES_ARRAY(memory)));
}

/* A wallet, made of a private key of one byte. */
struct wallet {
    struct k256_key key;
    struct checkpoint_signer signer;
};

static struct status sign(void *context, struct bytes text, uint8_t *ret_signature)
{
    const struct wallet *wallet = context;
    struct k256_signature signature;
    TRY(eip191_sign(&wallet->key, text, &signature));
    memcpy(ret_signature, signature.rs, sizeof signature.rs);
    ret_signature[64] = (uint8_t)(signature.v + 27);
    return OK;
}

static void make_wallet(uint8_t byte, struct wallet *ret)
{
    struct secret32 secret = {{[31] = byte}};
    struct k256_public public;
    struct eth_address address;
    assert_status(OK, k256_key_from(&secret, &ret->key));
    assert_status(OK, k256_public(&ret->key, &public));
    eth_address_of(&public, &address);
    memcpy(ret->signer.node, address.b, CHECKPOINT_NODE);
    ret->signer.context = ret;
    ret->signer.sign = sign;
}

/* What a node would write: records, and checkpoints over them. */
struct writer {
    struct trail *trail;
    struct audit_lane lanes[2];
    struct checkpoint_chain chain;
};

static void cover(struct writer *writer, uint32_t lane)
{
    checkpoint_record(&writer->chain, lane, writer->lanes[lane].prev);
}

static void begin(struct writer *writer, uint8_t boot)
{
    const uint8_t id[AUDIT_BOOT_BYTES] = {boot};
    audit_lane_init(&writer->lanes[0], id, 0);
    audit_lane_init(&writer->lanes[1], id, 1);
    checkpoint_init(&writer->chain, id);
    add_boot(writer->trail, &writer->lanes[0]);
    cover(writer, 0);
}

static void record(struct writer *writer, uint32_t lane)
{
    add_record(writer->trail, &writer->lanes[lane]);
    cover(writer, lane);
}

static void checkpoint(struct writer *writer, const struct wallet *wallet)
{
    struct trail *trail = writer->trail;
    size_t start = trail->out.len;
    assert_status(OK, checkpoint_append(&writer->chain, &wallet->signer,
                                        (struct clock_interval){4, 4}, &trail->out));
    note_line(trail, start);
}

/* Which wallet signs: of start 1, of start 2, and the second checkpoint of start 2. */
static struct trail *make_signed_trail(uint8_t one, uint8_t two, uint8_t second_of_two)
{
    static struct trail trail;
    static struct writer writer = {.trail = &trail};
    struct wallet wallets[3];
    make_wallet(one, &wallets[0]);
    make_wallet(two, &wallets[1]);
    make_wallet(second_of_two, &wallets[2]);
    trail.out = buf_over(trail.memory, sizeof trail.memory);
    trail.count = 0;
    begin(&writer, 1);                /* 0 */
    record(&writer, 1);               /* 1 */
    record(&writer, 0);               /* 2 */
    checkpoint(&writer, &wallets[0]); /* 3 */
    record(&writer, 1);               /* 4 */
    checkpoint(&writer, &wallets[0]); /* 5 */
    checkpoint(&writer, &wallets[0]); /* 6, of nothing */
    record(&writer, 1);               /* 7, uncovered */
    begin(&writer, 2);                /* 8 */
    record(&writer, 0);               /* 9 */
    record(&writer, 1);               /* 10 */
    checkpoint(&writer, &wallets[1]); /* 11 */
    record(&writer, 0);               /* 12 */
    checkpoint(&writer, &wallets[2]); /* 13 */
    record(&writer, 1);               /* 14 */
    size_t start = trail.out.len;
    assert_status(OK, audit_lane_end(&writer.lanes[0], (struct clock_interval){5, 5}, &trail.out));
    note_line(&trail, start); /* 15 */
    cover(&writer, 0);
    checkpoint(&writer, &wallets[2]); /* 16 */
    return &trail;
}

static void a_signed_trail_verifies(void **state)
{
    (void)state;
    struct wallet wallet;
    assert_status(OK, verify(buf_bytes(&make_signed_trail(3, 4, 4)->out)));
    assert_int_equal(SIGNED_LINES, report.lines);
    assert_int_equal(11, report.records);
    assert_int_equal(6, report.checkpoints);
    assert_int_equal(2, report.signed_starts);
    assert_int_equal(1, report.uncovered);
    assert_int_equal(1, report.unended);
    assert_int_equal(2, found.count);
    make_wallet(3, &wallet);
    assert_memory_equal(wallet.signer.node, found.node[0], CHECKPOINT_NODE);
    make_wallet(4, &wallet);
    assert_memory_equal(wallet.signer.node, found.node[1], CHECKPOINT_NODE);
}

/* Line skipped left out, and lines a and b exchanged. */
static struct status verify_without(const struct trail *trail, size_t skipped, size_t a, size_t b)
{
    size_t order[SIGNED_LINES];
    size_t count = 0;
    for (size_t i = 0; i < SIGNED_LINES; i++) {
        if (i != skipped) {
            order[count++] = i == a ? b : i == b ? a : i;
        }
    }
    return verify_lines(trail, order, count);
}

static void any_line_that_is_missing_or_moved_is_seen(void **state)
{
    (void)state;
    const struct trail *trail = make_signed_trail(3, 4, 4);
    for (size_t i = 0; i < SIGNED_LINES; i++) {
        struct status status = verify_without(trail, i, 0, 0);
        /* The end of a killed start: its last checkpoint, and a record that none stands for. */
        if (i == 6 || i == 7) {
            assert_status(OK, status);
            assert_int_equal(i == 6, report.uncovered);
        } else {
            assert_status(AUDIT_INVALID, status);
        }
    }
    for (size_t i = 0; i + 1 < SIGNED_LINES; i++) {
        if (i == 1 || i == 6 || i == 9) {
            /* Lanes are in no order, and an empty checkpoint stands for what comes before it. */
            continue;
        }
        assert_status(AUDIT_INVALID, verify_without(trail, SIZE_MAX, i, i + 1));
    }
}

static void any_byte_of_a_signed_trail_is_seen(void **state)
{
    (void)state;
    struct trail *trail = make_signed_trail(3, 4, 4);
    struct bytes text = buf_bytes(&trail->out);
    /* What follows the last checkpoint of the killed start, the line end before it included. */
    size_t from = (size_t)(trail->line[7].ptr - text.ptr) - 1;
    size_t to = (size_t)(trail->line[8].ptr - text.ptr);
    for (size_t i = 0; i < text.len; i++) {
        if ((i >= from && i < to) || i % 3 != 0) {
            continue;
        }
        trail->memory[i] ^= 1;
        struct status status = verify(text);
        /* The very last line may be one that a crash cut short; then it covers nothing. */
        bool cut = status_is_ok(status) && report.torn == 1 && report.uncovered != 0;
        assert_true(status.code == STATUS_AUDIT_INVALID || cut);
        trail->memory[i] ^= 1;
    }
    assert_status(OK, verify(text));
}

static void a_signature_of_another_wallet_is_seen(void **state)
{
    (void)state;
    assert_status(AUDIT_INVALID, verify(buf_bytes(&make_signed_trail(3, 4, 5)->out)));
    assert_int_equal(14, report.lines);
    assert_string_equal("the start has another signer", report.reason);
    /* The same wallet named, but another one signed. */
    struct wallet liar;
    static struct trail trail;
    static struct writer writer = {.trail = &trail};
    trail.out = buf_over(trail.memory, sizeof trail.memory);
    make_wallet(3, &liar);
    liar.signer.node[0] ^= 1;
    begin(&writer, 1);
    checkpoint(&writer, &liar);
    assert_status(AUDIT_INVALID, verify(buf_bytes(&trail.out)));
    assert_string_equal("the signature is not that of the node", report.reason);
    assert_int_equal(0, found.count);
}

/* A start that was rewritten with all its hashes, after its first checkpoint: the signature of the
 * second one no longer fits. */
static void a_rewritten_start_does_not_fit_its_signatures(void **state)
{
    (void)state;
    static uint8_t memory[65536];
    struct trail *trail = make_signed_trail(3, 4, 4);
    struct buf text = buf_over(memory, sizeof memory);
    struct buf forged = buf_over(memory + 40000, 20000);
    struct audit_lane lane;
    const uint8_t id[AUDIT_BOOT_BYTES] = {1};
    for (size_t i = 0; i < 4; i++) {
        buf_put(&text, trail->line[i]);
    }
    audit_lane_init(&lane, id, 1);
    lane.seq = 1;
    audit_lane_hash(bytes_slice(trail->line[1], 0, trail->line[1].len - 1), lane.prev);
    struct audit_record other = {.at = {2, 2}, .op = "other", .outcome = AUDIT_OK};
    assert_status(OK, audit_lane_append(&lane, &other, &forged));
    buf_put(&text, buf_bytes(&forged));
    assert_status(OK, verify(buf_bytes(&text)));
    buf_put(&text, trail->line[5]);
    assert_status(AUDIT_INVALID, verify(buf_bytes(&text)));
    assert_string_equal("the checkpoint does not stand for the records before it", report.reason);
}

static int set_up(void **state)
{
    (void)state;
    assert_status(OK, arena_init(&arena, 1 << 20));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_trail_verifies),
        cmocka_unit_test(a_change_of_any_byte_is_seen),
        cmocka_unit_test(a_missing_repeated_or_moved_record_is_seen),
        cmocka_unit_test(lines_that_a_crash_cut_short_are_counted),
        cmocka_unit_test(other_bytes_are_no_records),
        cmocka_unit_test(a_signed_trail_verifies),
        cmocka_unit_test(any_line_that_is_missing_or_moved_is_seen),
        cmocka_unit_test(any_byte_of_a_signed_trail_is_seen),
        cmocka_unit_test(a_signature_of_another_wallet_is_seen),
        cmocka_unit_test(a_rewritten_start_does_not_fit_its_signatures),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
