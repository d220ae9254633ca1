/* The command line of coffer-node: option, member of struct options, what it is for.
 *
 * FILE rows take the name of a file, FD rows the number of an open descriptor, SWITCH rows nothing.
 * Used by coffer-node, which reads it, and by the manual. */
#ifndef COFFER_CONFIG_NODE_OPTIONS_TABLE_H
#define COFFER_CONFIG_NODE_OPTIONS_TABLE_H

/* clang-format off */
#define NODE_OPTIONS_TABLE(FILE_ROW, FD_ROW, SWITCH_ROW) \
    FILE_ROW("--config", config, "tunables: listeners, limits, log, data folder") \
    FILE_ROW("--trust", trust, "trust configuration: chains, tenants, account classes") \
    NODE_OPTIONS_TABLE_DEV(FILE_ROW, FD_ROW, SWITCH_ROW) \
    SWITCH_ROW("--check", is_check, "say whether a node would start like this, and write nothing") \
    FILE_ROW("--check-config", check_config, "say whether a node takes these tunables") \
    FILE_ROW("--check-trust", check_trust, "say whether a node takes this trust configuration")

#ifdef COFFER_PRODUCTION
#    define NODE_OPTIONS_TABLE_DEV(FILE_ROW, FD_ROW, SWITCH_ROW)
#else
#    define NODE_OPTIONS_TABLE_DEV(FILE_ROW, FD_ROW, SWITCH_ROW) \
    FILE_ROW("--seed-file", seed_file, "32 bytes, mode 0600: the seed of the tenant \"default\"") \
    FD_ROW("--seed-fd", seed_fd, "the same from an open descriptor") \
    FILE_ROW("--root-file", root_file, "32 bytes, mode 0600: the root of native seeds") \
    FD_ROW("--root-fd", root_fd, "the same from an open descriptor") \
    FILE_ROW("--registry-file", registry_file, "who is registered, for a node without a chain") \
    SWITCH_ROW("--debuggable", is_debuggable, "let debuggers attach and core files be written")
#endif
/* clang-format on */

#endif
