#include "coffer/audit_trail.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codec/hex.h"
#include "coffer/input.h"
#include "coffer/signer_port.h"
#include "ethereum/eth_address.h"

const struct cli_option audit_trail_option_list[AUDIT_TRAIL_OPTIONS] = {AUDIT_TRAIL_OPTION_TABLE};

static int open_file(const char *path)
{
    return strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
}

static void close_file(int fd)
{
    if (fd > STDIN_FILENO) {
        close(fd);
    }
}

/* What a check works with; too large for a stack. */
struct work {
    struct audit_verify verify;
    struct audit_lines lines;
};

static struct status check_files(struct audit_trail *trail, struct work *work)
{
    for (size_t i = 0; i < trail->count; i++) {
        trail->path = trail->paths[i];
        trail->lines_before = work->verify.report.lines;
        int fd = open_file(trail->path);
        if (fd < 0) {
            return FAIL(IO);
        }
        struct status status = audit_verify_file(&work->verify, &work->lines, fd);
        close_file(fd);
        TRY(status);
    }
    return audit_verify_end(&work->verify);
}

static struct status check(struct audit_trail *trail, struct arena *memory, struct arena *scratch,
                           struct audit_verify_report *ret_report)
{
    struct audit_verify_port port = signer_port();
    struct work *work = arena_alloc(memory, sizeof *work);
    if (work == NULL) {
        return FAIL(NO_MEMORY);
    }
    port.context = trail->port.context;
    port.start = trail->port.start;
    port.record = trail->port.record;
    audit_verify_init(&work->verify, scratch, &port, &trail->options);
    struct status status = check_files(trail, work);
    *ret_report = work->verify.report;
    return status;
}

struct status audit_trail_check(struct audit_trail *trail, struct audit_verify_report *ret_report)
{
    struct arena memory = {0};
    struct arena scratch = {0};
    *ret_report = (struct audit_verify_report){.reason = ""};
    trail->path = "";
    struct status status = arena_init(&memory, 1 << 20);
    if (status_is_ok(status)) {
        status = arena_init(&scratch, 1 << 20);
    }
    if (status_is_ok(status)) {
        status = check(trail, &memory, &scratch, ret_report);
    }
    arena_deinit(&scratch);
    arena_deinit(&memory);
    return status;
}

struct status audit_trail_options(struct cli *cli, struct audit_verify_options *ret,
                                  uint8_t ret_wallet[static AUDIT_WALLET])
{
    const char *note = cli_value(cli, "--expect", NULL);
    const char *wallet = cli_value(cli, "--wallet", NULL);
    struct bytes text;
    struct eth_address address = {{0}};
    *ret = (struct audit_verify_options){
        .allow_open = cli_has(cli, "--allow-open"),
        .allow_unsigned = cli_has(cli, "--allow-unsigned"),
        .allow_earlier = cli_has(cli, "--allow-earlier"),
    };
    if (note != NULL) {
        TRY(input_read(&cli->arena, note, TLOG_NOTE_MAX, &text));
        TRY(tlog_note_read(text, &ret->expected[ret->expected_count++]));
    }
    if (wallet != NULL) {
        TRY(eth_address_read(bytes_of(wallet), &address));
    }
    memcpy(ret_wallet, address.b, AUDIT_WALLET);
    return OK;
}

/* What the caller hears, and whether every start is of the wallet that was named. */
struct watch {
    const struct audit_verify_port *port;
    uint8_t wallet[AUDIT_WALLET];
    bool is_foreign;
};

static void watch_start(void *context, const struct audit_verify_start *start)
{
    static const uint8_t any[AUDIT_WALLET] = {0};
    struct watch *watch = context;
    if (!bytes_equal(BYTES_ARRAY(watch->wallet), BYTES_ARRAY(any)) &&
        (!start->has_voucher ||
         !bytes_equal(BYTES_ARRAY(watch->wallet), BYTES_ARRAY(start->voucher.wallet)))) {
        watch->is_foreign = true;
    }
    if (watch->port->start != NULL) {
        watch->port->start(watch->port->context, start);
    }
}

static void watch_record(void *context, const uint8_t boot[static AUDIT_BOOT_BYTES], uint64_t index,
                         const uint8_t hash[static SHA256_BYTES])
{
    const struct watch *watch = context;
    if (watch->port->record != NULL) {
        watch->port->record(watch->port->context, boot, index, hash);
    }
}

/* What to do about it. */
static const char *hint_of(const char *reason)
{
    static const char *const hints[][2] = {
        {AUDIT_VERIFY_OPEN, "if its node runs or was killed, add --allow-open; otherwise compare "
                            "the file with another copy"},
        {AUDIT_VERIFY_EARLIER,
         "give the files before it too, in their order; where there are none, add --allow-earlier"},
        {AUDIT_VERIFY_UNSIGNED, "if its node had no wallet, add --allow-unsigned"},
    };
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (strcmp(hints[i][0], reason) == 0) {
            return hints[i][1];
        }
    }
    return status_hint(STATUS_AUDIT_INVALID);
}

/* Lines are counted in each file. */
static enum cli_exit say_failure(struct cli *cli, struct status status,
                                 const struct audit_trail *trail,
                                 const struct audit_verify_report *report)
{
    char about[512];
    const char *path = strcmp(trail->path, "-") == 0 ? "standard input" : trail->path;
    if (status.code != STATUS_AUDIT_INVALID) {
        return cli_fail_file(cli, status, trail->path);
    }
    uint64_t line = report->lines - trail->lines_before;
    if (line == 0) {
        (void)snprintf(about, sizeof about, "%.250s: %s", path, report->reason);
    } else {
        (void)snprintf(about, sizeof about, "%.250s, line %llu: %s", path, (unsigned long long)line,
                       report->reason);
    }
    return cli_fail_about(cli, status_name(STATUS_AUDIT_INVALID), status_text(STATUS_AUDIT_INVALID),
                          about, hint_of(report->reason));
}

static enum cli_exit fail_option(struct cli *cli, struct status status)
{
    bool is_wallet = status.code != STATUS_IO && status.code != STATUS_BODY_TOO_LARGE &&
                     status.code != STATUS_AUDIT_NOTE_INVALID;
    return is_wallet ? cli_fail(cli, status, "--wallet")
                     : cli_fail_file(cli, status, cli_value(cli, "--expect", ""));
}

enum cli_exit audit_trail_read(struct cli *cli, size_t first, size_t end,
                               const struct audit_verify_port *port,
                               struct audit_verify_report *ret_report)
{
    struct watch watch = {.port = port};
    struct audit_trail trail = {
        .paths = cli->arguments + first,
        .count = end - first,
        .port = {.context = &watch, .start = watch_start, .record = watch_record},
    };
    *ret_report = (struct audit_verify_report){.reason = ""};
    struct status status = audit_trail_options(cli, &trail.options, watch.wallet);
    if (!status_is_ok(status)) {
        return fail_option(cli, status);
    }
    status = audit_trail_check(&trail, ret_report);
    if (!status_is_ok(status)) {
        return say_failure(cli, status, &trail, ret_report);
    }
    if (watch.is_foreign) {
        return cli_fail_text(cli, "AUDIT_INVALID", "a start is not vouched for by that wallet",
                             "see without --wallet who vouches for each start");
    }
    return CLI_DONE;
}

/* The checked form of a record: {"v":2,"boot":"…","lane":…; what is none starts otherwise. */
#define RECORD_START "{\"v\":2,\"boot\":\""

static bool is_record(struct bytes line, uint8_t ret_boot[static AUDIT_BOOT_BYTES])
{
    struct bytes digits = bytes_slice(line, sizeof RECORD_START - 1, 2 * (size_t)AUDIT_BOOT_BYTES);
    return bytes_starts(line, BYTES_LITERAL(RECORD_START)) &&
           status_is_ok(hex_read(digits, AUDIT_BOOT_BYTES, ret_boot));
}

/* Where the second reading is. */
struct place {
    uint8_t boot[AUDIT_BOOT_BYTES];
    uint64_t index;
    bool any;
    struct audit_lines lines;
};

static struct status next_record(struct place *place, const struct audit_trail_reader *reader,
                                 struct bytes line)
{
    uint8_t boot[AUDIT_BOOT_BYTES];
    if (!is_record(line, boot)) {
        return OK;
    }
    bool same = place->any && bytes_equal(BYTES_ARRAY(boot), BYTES_ARRAY(place->boot));
    place->index = same ? place->index + 1 : 0;
    place->any = true;
    memcpy(place->boot, boot, sizeof boot);
    return reader->record(reader->context, boot, place->index, line);
}

static struct status read_again(const char *path, struct place *place,
                                const struct audit_trail_reader *reader)
{
    struct bytes line;
    bool more = true;
    bool whole = true;
    int fd = open_file(path);
    if (fd < 0) {
        return FAIL(IO);
    }
    audit_lines_init(&place->lines, fd);
    struct status status = audit_lines_next(&place->lines, &more, &line, &whole);
    while (status_is_ok(status) && more) {
        status = next_record(place, reader, line);
        if (status_is_ok(status)) {
            status = audit_lines_next(&place->lines, &more, &line, &whole);
        }
    }
    close_file(fd);
    return status;
}

struct status audit_trail_records(struct arena *arena, const char *const *paths, size_t count,
                                  const struct audit_trail_reader *reader)
{
    struct place *place = arena_alloc(arena, sizeof *place);
    if (place == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(read_again(paths[i], place, reader));
    }
    return OK;
}

void audit_trail_hex(struct out *out, const char *name, const char *prefix, struct bytes bytes)
{
    uint8_t memory[2 + 2 * SHA256_BYTES];
    struct buf text = buf_over(memory, sizeof memory);
    buf_put_text(&text, prefix);
    hex_put(&text, bytes);
    out_text(out, name, buf_bytes(&text));
}

void audit_trail_key(struct out *out, const struct tlog_note_key *key)
{
    uint8_t memory[TLOG_NOTE_VKEY];
    struct buf text = buf_over(memory, sizeof memory);
    tlog_note_key_put(key, &text);
    out_text(out, "vkey", buf_bytes(&text));
}
