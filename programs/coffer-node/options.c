#include "coffer-node/options.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/version.h"
#include "codec/decimal.h"

static const char help[] =
    "usage: coffer-node [--config FILE] [--trust FILE] [--check]\n"
#ifndef COFFER_PRODUCTION
    "                   [--seed-file FILE | --seed-fd N] [--root-file FILE | --root-fd N]\n"
    "                   [--registry-file FILE] [--debuggable]\n"
#endif
    "\n"
    "  --config FILE     tunables: listeners, limits, log, data folder\n"
    "  --trust FILE      trust configuration: chains, tenants, account classes\n"
#ifndef COFFER_PRODUCTION
    "  --seed-file FILE  32 bytes, mode 0600: the seed of the tenant \"default\"\n"
    "  --seed-fd N       the same from an open descriptor\n"
    "  --root-file FILE  32 bytes, mode 0600: the root of native seeds\n"
    "  --root-fd N       the same from an open descriptor\n"
    "  --registry-file FILE  who is registered, for a node without a chain\n"
    "  --debuggable      let debuggers attach and core files be written\n"
#endif
    "  --check           say whether a node would start like this, and write nothing\n"
    "  --check-trust FILE  say whether a node takes this trust configuration\n"
    "  --help, --version\n"
#ifndef COFFER_PRODUCTION
    "\nWithout these a development node makes its own seeds in its data folder.\n"
#endif
    ;

#ifndef COFFER_PRODUCTION
static bool read_descriptor(const char *text, int *ret)
{
    uint64_t number = 0;
    bool valid = status_is_ok(decimal_u64(bytes_of(text), &number)) && number <= INT32_MAX;
    *ret = valid ? (int)number : -1;
    return valid;
}
#endif

/* Options without a value. */
static bool set_switch(struct options *options, const char *name)
{
    if (strcmp(name, "--check") == 0) {
        options->is_check = true;
        return true;
    }
#ifndef COFFER_PRODUCTION
    if (strcmp(name, "--debuggable") == 0) {
        options->is_debuggable = true;
        return true;
    }
#endif
    return false;
}

static bool set(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--config") == 0) {
        options->config = value;
    } else if (strcmp(name, "--trust") == 0) {
        options->trust = value;
    } else if (strcmp(name, "--check-trust") == 0) {
        options->trust = value;
        options->is_trust_check = true;
#ifndef COFFER_PRODUCTION
    } else if (strcmp(name, "--seed-file") == 0) {
        options->seed_file = value;
    } else if (strcmp(name, "--root-file") == 0) {
        options->root_file = value;
    } else if (strcmp(name, "--registry-file") == 0) {
        options->registry_file = value;
    } else if (strcmp(name, "--seed-fd") == 0) {
        return read_descriptor(value, &options->seed_fd);
    } else if (strcmp(name, "--root-fd") == 0) {
        return read_descriptor(value, &options->root_fd);
#endif
    } else {
        return false;
    }
    return true;
}

enum options_outcome options_read(int argc, char **argv, struct options *ret_options)
{
    *ret_options = (struct options){.seed_fd = -1, .root_fd = -1};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(help, stdout);
            return OPTIONS_DONE;
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("coffer-node %s (%s)\n", VERSION_TEXT, VERSION_PROFILE);
            return OPTIONS_DONE;
        }
        if (set_switch(ret_options, argv[i])) {
            continue;
        }
        if (i + 1 == argc || !set(ret_options, argv[i], argv[i + 1])) {
            (void)fprintf(stderr,
                          "coffer-node: wrong option or value: %s\n"
                          "  next: coffer-node --help\n",
                          argv[i]);
            return OPTIONS_WRONG;
        }
        i++;
    }
    return OPTIONS_RUN;
}
