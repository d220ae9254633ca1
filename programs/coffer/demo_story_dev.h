/* The story of coffer demo: what three nodes are for, by taking one away, then the way to another,
 * then all. Not part of a production build. */
#ifndef COFFER_PROGRAM_DEMO_STORY_DEV_H
#define COFFER_PROGRAM_DEMO_STORY_DEV_H

#include "coffer/cli.h"

/* Start the nodes, tell it, and take everything away again; where a step does not hold the folder
 * stays, and is named on standard error. Returns: CLI_DONE when every step held; otherwise it has
 * said what is wrong. */
enum cli_exit demo_story_tell(struct cli *cli);

#endif
