/* The command line of the node: names of files and descriptors, never a secret itself. */
#ifndef COFFER_NODE_OPTIONS_H
#define COFFER_NODE_OPTIONS_H

#include <stdbool.h>

/* NULL and -1: not given. */
struct options {
    bool is_check;      /* look whether a node would start, and write nothing */
    bool is_debuggable; /* development builds only */
    const char *config;
    const char *trust;
    const char *check_config; /* look at it alone */
    const char *check_trust;  /* look at it alone; trust is the same then */
    const char *seed_file; /* of the tenant "default"; development builds only, as the next three */
    const char *root_file;
    const char *registry_file; /* development builds only */
    int seed_fd;
    int root_fd;
};

enum options_outcome {
    OPTIONS_RUN,
    OPTIONS_DONE, /* help or version was asked for and printed */
    OPTIONS_WRONG,
};

/* Read argv; prints what is wrong to standard error. */
enum options_outcome options_read(int argc, char **argv, struct options *ret_options);

#endif
