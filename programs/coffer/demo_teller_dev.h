/* What coffer demo tells: numbered steps, each a sentence or two with what was shown. Not part of a
 * production build. */
#ifndef COFFER_PROGRAM_DEMO_TELLER_DEV_H
#define COFFER_PROGRAM_DEMO_TELLER_DEV_H

#include "coffer/cli.h"

struct demo_teller {
    struct cli *cli;
    unsigned step; /* the last one that was told */
};

/* Begin the next step. In: line, and more, the second one, or NULL. */
void demo_tell(struct demo_teller *teller, const char *line, const char *more);

/* Show what was told so far. */
void demo_tell_now(struct demo_teller *teller);

/* Say that the step in work does not hold. Returns: CLI_FAILED, to be returned. */
enum cli_exit demo_differs(struct demo_teller *teller, const char *what);

#endif
