#include "coffer/statement_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "coffer/input.h"
#include "coffer/statement_words.h"

enum { FILE_MAX = 1 << 18, PATH_TEXT = 4096 };

enum cli_exit statement_file_read(struct cli *cli, const char *path, struct user_statement *ret)
{
    struct bytes file;
    struct status status = input_read(&cli->arena, path, FILE_MAX, &file);
    if (!status_is_ok(status)) {
        return cli_fail_file(cli, status, path);
    }
    status = user_statement_read(&cli->arena, file, ret);
    if (status.code == STATUS_RECORD_INVALID) {
        return cli_fail_about(cli, "RECORD_INVALID", "this is no statement or ticket", path,
                              "make one: coffer statement make, coffer ticket make");
    }
    return status_is_ok(status) ? CLI_DONE : cli_fail_file(cli, status, path);
}

static struct status print(struct cli *cli, const struct user_statement *statement,
                           struct bytes *ret)
{
    uint8_t *memory = arena_alloc(&cli->arena, FILE_MAX);
    struct buf text = buf_over(memory, memory == NULL ? 0 : FILE_MAX);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(user_statement_put(statement, &text));
    *ret = buf_bytes(&text);
    buf_put_u8(&text, '\n');
    return buf_check(&text);
}

static enum cli_exit fail_write(struct cli *cli, const char *path)
{
    int number = errno;
    char text[512];
    (void)snprintf(text, sizeof text, "cannot make %.400s: %s", path, strerror(number));
    return cli_fail_text(cli, "IO", text,
                         number == EEXIST ? "name another file; this one is there already"
                                          : "check the folder, its owner and its mode");
}

/* In: text, without the end of its line. */
static bool write_new(const char *path, struct bytes text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        return false;
    }
    bool is_written = write(fd, text.ptr, text.len + 1) == (ssize_t)text.len + 1 && fsync(fd) == 0;
    int number = errno;
    (void)close(fd);
    if (!is_written) {
        (void)unlink(path);
    }
    errno = number;
    return is_written;
}

/* For programs it is a member; for people it stands alone, to be kept. */
static enum cli_exit say_text(struct cli *cli, const struct user_statement *statement,
                              struct bytes text)
{
    const char *name = user_statement_is_ticket(statement) ? "ticket" : "statement";
    if (cli->out.json) {
        out_raw(&cli->out, name, text);
    } else {
        out_whole(&cli->out, name, (struct bytes){text.ptr, text.len + 1});
    }
    return out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

enum cli_exit statement_file_end(struct cli *cli, const struct user_statement *statement)
{
    const char *path = cli_value(cli, "--output", NULL);
    struct bytes text;
    bool is_good;
    struct status status = print(cli, statement, &text);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "");
    }
    if (path == NULL) {
        return say_text(cli, statement, text);
    }
    if (!write_new(path, text)) {
        return fail_write(cli, path);
    }
    out_string(&cli->out, "file", path);
    enum cli_exit result = statement_words_say(cli, statement, &is_good);
    return result != CLI_DONE ? result : out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}

/* A file beside it takes its place, so that there is always a whole one. */
static bool replace(const char *path, struct bytes text)
{
    char beside[PATH_TEXT];
    int len = snprintf(beside, sizeof beside, "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof beside) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (!write_new(beside, text)) {
        return false;
    }
    if (rename(beside, path) != 0) {
        int number = errno;
        (void)unlink(beside);
        errno = number;
        return false;
    }
    return true;
}

enum cli_exit statement_file_replace(struct cli *cli, const char *path,
                                     const struct user_statement *statement)
{
    struct bytes text;
    bool is_good;
    struct status status = print(cli, statement, &text);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "");
    }
    if (strcmp(path, "-") == 0) {
        return say_text(cli, statement, text);
    }
    if (!replace(path, text)) {
        return fail_write(cli, path);
    }
    enum cli_exit result = statement_words_say(cli, statement, &is_good);
    return result != CLI_DONE ? result : out_flush(&cli->out, true) ? CLI_DONE : CLI_FAILED;
}
