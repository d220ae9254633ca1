#include "coffer-node/options.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/profile.h"
#include "base/version.h"
#include "codec/decimal.h"
#include "config/node_options_table.h"

enum kind { KIND_FILE, KIND_FD, KIND_SWITCH };

#define ROW_FILE(name, member, help)   {name, help, offsetof(struct options, member), KIND_FILE},
#define ROW_FD(name, member, help)     {name, help, offsetof(struct options, member), KIND_FD},
#define ROW_SWITCH(name, member, help) {name, help, offsetof(struct options, member), KIND_SWITCH},

static const struct {
    const char *name;
    const char *help;
    size_t at;
    enum kind kind;
} rows[] = {NODE_OPTIONS_TABLE(ROW_FILE, ROW_FD, ROW_SWITCH)};

enum { ROWS = sizeof rows / sizeof rows[0] };

static void print_help(void)
{
    static const char *const takes[] = {[KIND_FILE] = "FILE", [KIND_FD] = "N", [KIND_SWITCH] = ""};
    (void)printf("usage: coffer-node [options]\n\n");
    for (size_t i = 0; i < ROWS; i++) {
        char left[64];
        (void)snprintf(left, sizeof left, "%s %s", rows[i].name, takes[rows[i].kind]);
        (void)printf("  %-22s %s\n", left, rows[i].help);
    }
    (void)printf("  --help, --version\n"
#ifndef COFFER_PRODUCTION
                 "\nWithout these a development node makes its own seeds in its data folder.\n"
#endif
    );
}

static bool set_descriptor(char *member, const char *value)
{
    uint64_t number = 0;
    bool valid = status_is_ok(decimal_u64(bytes_of(value), &number)) && number <= INT32_MAX;
    const int fd = valid ? (int)number : -1;
    memcpy(member, &fd, sizeof fd);
    return valid;
}

/* In: value, the next word, or NULL. Out: ret_words, how many this option takes. */
static bool set(struct options *options, const char *name, const char *value, int *ret_words)
{
    static const bool is_on = true;
    for (size_t i = 0; i < ROWS; i++) {
        char *member = (char *)options + rows[i].at;
        if (strcmp(rows[i].name, name) != 0) {
            continue;
        }
        *ret_words = rows[i].kind == KIND_SWITCH ? 1 : 2;
        if (rows[i].kind == KIND_SWITCH) {
            memcpy(member, &is_on, sizeof is_on);
            return true;
        }
        if (rows[i].kind == KIND_FD) {
            return value != NULL && set_descriptor(member, value);
        }
        memcpy(member, &value, sizeof value);
        return value != NULL;
    }
    return false;
}

enum options_outcome options_read(int argc, char **argv, struct options *ret_options)
{
    int words = 1;
    *ret_options = (struct options){.seed_fd = -1, .root_fd = -1};
    for (int i = 1; i < argc; i += words) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help();
            return OPTIONS_DONE;
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("coffer-node %s (%s)\n", VERSION_TEXT, PROFILE_TEXT);
            return OPTIONS_DONE;
        }
        /* argv ends with a NULL. */
        if (!set(ret_options, argv[i], argv[i + 1], &words)) {
            (void)fprintf(stderr,
                          "coffer-node: wrong option or value: %s\n"
                          "  next: coffer-node --help\n",
                          argv[i]);
            return OPTIONS_WRONG;
        }
    }
    if (ret_options->check_trust != NULL) {
        ret_options->trust = ret_options->check_trust;
    }
    return OPTIONS_RUN;
}
