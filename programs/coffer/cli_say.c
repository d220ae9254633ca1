#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coffer/cli.h"
#include "coffer/cli_words.h"

enum { CLI_TEXT_MAX = 512 };

/* Words of the call come back in errors, and control characters could steer a terminal. */
static void put_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        (void)fputc(byte < 0x20 || byte == 0x7f ? '?' : byte, stderr);
    }
}

/* Errors go to standard error for people, and as the one object to standard output for programs. */
static enum cli_exit put_error(struct cli *cli, enum cli_exit result, const char *code,
                               struct cli_words words, const char *about)
{
    struct out *out = &cli->out;
    out_clear(out);
    if (out->json) {
        out_string(out, "error_code", code);
        out_string(out, "error", words.text);
        if (*about != '\0') {
            out_string(out, "about", about);
        }
        out_string(out, "hint", words.hint);
        (void)out_flush(out, false);
        return result;
    }
    (void)fputs("coffer: ", stderr);
    put_plain(words.text);
    if (*about != '\0') {
        (void)fputs(": ", stderr);
        put_plain(about);
    }
    (void)fprintf(stderr, " [%s]\n", code);
    if (*words.hint != '\0') {
        (void)fputs("        ", stderr);
        put_plain(words.hint);
        (void)fputc('\n', stderr);
    }
    return result;
}

/* In: where, the part of about that is a place in a document. */
static enum cli_exit put_status(struct cli *cli, struct status status, const char *about,
                                const char *where)
{
    enum status_code code = (enum status_code)status.code;
    struct cli_words words = cli_words(code);
    const char *hint = cli_words_place(code, where);
    words.hint = hint == NULL ? words.hint : hint;
    return put_error(cli, CLI_FAILED, status_name(code), words, about);
}

enum cli_exit cli_fail(struct cli *cli, struct status status, const char *about)
{
    return put_status(cli, status, about, about);
}

static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

enum cli_exit cli_fail_place(struct cli *cli, struct status status, const char *path,
                             const char *where)
{
    char about[CLI_TEXT_MAX];
    (void)snprintf(about, sizeof about, "%.300s%s%.160s", name_of(path), *where == '\0' ? "" : ": ",
                   where);
    return put_status(cli, status, about, where);
}

enum cli_exit cli_fail_text(struct cli *cli, const char *code, const char *text, const char *hint)
{
    return put_error(cli, CLI_FAILED, code, (struct cli_words){text, hint}, "");
}

enum cli_exit cli_fail_about(struct cli *cli, const char *code, const char *text, const char *about,
                             const char *hint)
{
    return put_error(cli, CLI_FAILED, code, (struct cli_words){text, hint}, about);
}

/* Why a file cannot be read: what the system says when it is tried once more. NULL when it can. */
static const char *why_not(const char *path)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return strerror(errno);
    }
    bool is_folder = fstat(fd, &about) == 0 && S_ISDIR(about.st_mode);
    (void)close(fd);
    return is_folder ? strerror(EISDIR) : NULL;
}

enum cli_exit cli_fail_file(struct cli *cli, struct status status, const char *path)
{
    enum status_code code = (enum status_code)status.code;
    const char *why = strcmp(path, "-") == 0 ? NULL : why_not(path);
    if (why == NULL) {
        return cli_fail(cli, status, name_of(path));
    }
    char text[CLI_TEXT_MAX];
    (void)snprintf(text, sizeof text, "cannot read %.400s: %s", path, why);
    return cli_fail_text(cli, status_name(code), text,
                         "check the name of the file, and that you may read it");
}

void cli_say_unwritten(void)
{
    (void)fprintf(stderr,
                  "coffer: standard output cannot be written [%s]\n"
                  "        see that it is open, and that its disk is not full\n",
                  status_name(STATUS_IO));
}

enum cli_exit cli_usage_guess(struct cli *cli, const char *text, const char *about,
                              const char *guess)
{
    char hint[CLI_TEXT_MAX];
    const char *command = cli->command == NULL ? "" : cli->command->name;
    (void)snprintf(hint, sizeof hint, "%s%s%srun: coffer %s%s--help",
                   *guess == '\0' ? "" : "did you mean: ", guess, *guess == '\0' ? "" : "? or ",
                   command, *command == '\0' ? "" : " ");
    return put_error(cli, CLI_USAGE, "USAGE", (struct cli_words){text, hint}, about);
}

enum cli_exit cli_usage(struct cli *cli, const char *text, const char *about)
{
    return cli_usage_guess(cli, text, about, "");
}
