#include "coffer/key_path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { KEY_DIGITS_MIN = 64, TEXT_MAX = 512 };

bool key_path_is_key(const char *path)
{
    const char *digits = strncmp(path, "0x", 2) == 0 ? path + 2 : path;
    size_t len = strspn(digits, "0123456789abcdefABCDEF");
    return digits[len] == '\0' && len >= KEY_DIGITS_MIN;
}

enum cli_exit key_path_fail(struct cli *cli, struct status status, const char *path)
{
    struct stat about;
    if (status.code == STATUS_KEY_FILE && lstat(path, &about) == 0 && !S_ISDIR(about.st_mode)) {
        char text[TEXT_MAX];
        if (S_ISLNK(about.st_mode)) {
            (void)snprintf(text, sizeof text, "the key file %.200s is a symbolic link", path);
            return cli_fail_text(cli, "KEY_FILE", text, "name the file itself");
        }
        if ((about.st_mode & 077) != 0) {
            (void)snprintf(text, sizeof text, "the key file %.200s is open to others (mode %o)",
                           path, (unsigned)(about.st_mode & 07777));
            return cli_fail_text(cli, "KEY_FILE", text, "close it: chmod 600 FILE");
        }
    }
    return cli_fail_file(cli, status, path);
}

/* A user's key may have come from other programs, in a form that is not read here. */
static enum cli_exit fail_user(struct cli *cli, struct status status, const char *path,
                               bool is_public)
{
    struct stat about;
    bool is_there = lstat(path, &about) == 0 && S_ISREG(about.st_mode);
    bool is_closed = is_there && (is_public || (about.st_mode & 077) == 0);
    if (status.code != STATUS_KEY_FILE || !is_closed) {
        return key_path_fail(cli, status, path);
    }
    return cli_fail_about(cli, "KEY_FILE",
                          is_public ? "this is no public key that is read here"
                                    : "this is no key that is read here",
                          path,
                          is_public ? "give PEM of P-256 or Ed25519, or what coffer key public says"
                                    : "make it PKCS#8 without a password: openssl pkcs8 -topk8 "
                                      "-nocrypt -in FILE -out NEW");
}

enum cli_exit key_path_read(struct cli *cli, const char *about, const char *path,
                            struct user_key *ret)
{
    if (key_path_is_key(path)) {
        return cli_usage(cli, "this is the name of a file, never a key itself", about);
    }
    struct status status = user_key_read(path, &cli->arena, ret);
    return status_is_ok(status) ? CLI_DONE : fail_user(cli, status, path, false);
}

enum cli_exit key_path_read_public(struct cli *cli, const char *about, const char *path,
                                   struct user_public *ret)
{
    if (key_path_is_key(path)) {
        return cli_usage(cli, "this is the name of a file, never a key itself", about);
    }
    struct status status = user_key_read_public(path, &cli->arena, ret);
    return status_is_ok(status) ? CLI_DONE : fail_user(cli, status, path, true);
}

enum cli_exit key_path_fail_write(struct cli *cli, struct status status, const char *path)
{
    int number = errno;
    char text[TEXT_MAX];
    if (status.code != STATUS_KEY_FILE) {
        return cli_fail(cli, status, path);
    }
    (void)snprintf(text, sizeof text, "cannot make %.400s: %s", path, strerror(number));
    return cli_fail_text(cli, "KEY_FILE", text,
                         number == EEXIST ? "name another file; keys are never overwritten"
                                          : "check the folder, its owner and its mode");
}
