/* The word that somebody who misspelt one perhaps meant. */
#ifndef COFFER_PROGRAM_CLI_GUESS_H
#define COFFER_PROGRAM_CLI_GUESS_H

#include <stddef.h>

/* The best guess so far: begin with {.word = typed}. */
struct cli_guess {
    const char *word;
    const char *best; /* NULL when nothing is near */
    size_t cost;
};

/* Consider one word. Near is: a letter in three is wrong, missing, too many or swapped with its
 * neighbour; or the typed letters stand in the word in their order, the first one first. */
void cli_guess_try(struct cli_guess *guess, const char *candidate);

#endif
