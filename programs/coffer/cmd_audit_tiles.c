#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit_tiles.h"
#include "codec/hex.h"
#include "coffer/audit_trail.h"
#include "coffer/commands.h"

enum { STARTS_MAX = 4096 };

/* The starts of the trail, in their order, and the export of the one in work. */
struct export
{
    struct out *out;
    const char *folder;
    size_t count;
    bool too_many;
    size_t at; /* of the start in work, plus one; 0: none */
    struct audit_verify_start starts[STARTS_MAX];
    struct audit_tiles tiles;
    int fd;
};

static void keep_start(void *context, const struct audit_verify_start *start)
{
    struct export *export = context;
    if (export->count == STARTS_MAX) {
        export->too_many = true;
        return;
    }
    export->starts[export->count++] = *start;
}

/* A folder of its own for each start, named by its boot. */
static struct status open_folder(struct export *export, const struct audit_verify_start *start)
{
    uint8_t name[2 * AUDIT_BOOT_BYTES + 1] = {0};
    struct buf text = buf_over(name, sizeof name - 1);
    int parent = open(export->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hex_put(&text, BYTES_ARRAY(start->boot));
    export->fd = -1;
    if (parent >= 0 && (mkdirat(parent, (const char *)name, 0755) == 0 || errno == EEXIST)) {
        export->fd = openat(parent, (const char *)name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (parent >= 0) {
        close(parent);
    }
    return export->fd >= 0 ? OK : FAIL(IO);
}

static void say_start(struct export *export, const struct audit_verify_start *start)
{
    out_item(export->out, NULL, "log");
    audit_trail_hex(export->out, "boot", "", BYTES_ARRAY(start->boot));
    audit_trail_key(export->out, &start->key);
    out_u64(export->out, "size", start->size);
    out_item_end(export->out);
}

/* Close the start in work, where there is one that a checkpoint stands for. */
static struct status finish(struct export *export)
{
    if (export->at == 0 || export->fd < 0) {
        return OK;
    }
    const struct audit_verify_start *start = &export->starts[export->at - 1];
    struct status status =
        audit_tiles_end(&export->tiles, (struct bytes){start->note, start->note_len});
    close(export->fd);
    export->fd = -1;
    if (status_is_ok(status)) {
        say_start(export, start);
    }
    return status;
}

static struct status add_record(void *context, const uint8_t boot[static AUDIT_BOOT_BYTES],
                                uint64_t index, struct bytes line)
{
    struct export *export = context;
    (void)boot;
    if (index == 0) {
        TRY(finish(export));
        if (export->at == export->count) {
            return FAIL(AUDIT_INVALID);
        }
        const struct audit_verify_start *start = &export->starts[export->at++];
        if (start->size != 0) {
            TRY(open_folder(export, start));
            audit_tiles_init(&export->tiles, export->fd, start->size);
        }
    }
    return export->fd >= 0 ? audit_tiles_add(&export->tiles, line) : OK;
}

static struct status write_all(struct cli *cli, struct export *export)
{
    if (mkdir(export->folder, 0755) != 0 && errno != EEXIST) {
        return FAIL(IO);
    }
    const struct audit_trail_reader reader = {export, add_record};
    TRY(audit_trail_records(&cli->arena, cli->arguments, cli->arguments_count - 1, &reader));
    return finish(export);
}

static enum cli_exit run_tiles(struct cli *cli)
{
    struct export *export = arena_alloc(&cli->arena, sizeof *export);
    struct audit_verify_report report;
    const struct audit_verify_port port = {.context = export, .start = keep_start};
    if (export == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    export->out = &cli->out;
    export->folder = cli->arguments[cli->arguments_count - 1];
    export->fd = -1;
    enum cli_exit result = audit_trail_read(cli, 0, cli->arguments_count - 1, &port, &report);
    if (result != CLI_DONE) {
        return result;
    }
    if (export->too_many) {
        return cli_fail_text(cli, "BODY_TOO_LARGE", "the trail has more than 4096 starts",
                             "export its files apart, with --allow-earlier");
    }
    out_list(&cli->out, "logs");
    struct status status = write_all(cli, export);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, export->folder);
    }
    out_list_end(&cli->out);
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cmd_audit_tiles = {
    .name = "audit tiles",
    .arguments = "FILE... FOLDER",
    .summary = "Export an audit trail as tile logs, for tools of others",
    .help =
        "The trail is checked as by audit verify. Each start becomes a folder of FOLDER, named\n"
        "by its boot, with the files that C2SP tlog-tiles names: checkpoint, tile/0/…,\n"
        "tile/entries/…, up to its last checkpoint.\n\n"
        "Example:\n"
        "  coffer audit tiles --allow-open audit.jsonl tiles\n",
    .arguments_min = 2,
    .arguments_max = CLI_ARGUMENTS_MAX,
    .options = audit_trail_option_list,
    .options_count = AUDIT_TRAIL_OPTIONS,
    .run = run_tiles,
};
