#include "coffer/cli_guess.h"

#include <stdbool.h>
#include <string.h>

enum { WORD_MAX = 32 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to change, add, drop or swap with the next to make b of a: Damerau and Levenshtein's
 * distance, every letter touched once. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= a_len; i++) {
        for (size_t j = 0; j <= b_len; j++) {
            if (i == 0 || j == 0) {
                row[i][j] = i + j;
                continue;
            }
            size_t differs = a[i - 1] != b[j - 1];
            row[i][j] = least(least(row[i - 1][j], row[i][j - 1]) + 1, row[i - 1][j - 1] + differs);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[i][j] = least(row[i][j], row[i - 2][j - 2] + 1);
            }
        }
    }
    return row[a_len][b_len];
}

/* True when the letters of a stand in b in their order, and b begins as a does: ls and list. */
static bool is_short_form(const char *a, const char *b)
{
    if (*a != *b) {
        return false;
    }
    for (; *a != '\0' && *b != '\0'; b++) {
        a += *a == *b;
    }
    return *a == '\0';
}

void cli_guess_try(struct cli_guess *guess, const char *candidate)
{
    size_t len = strlen(guess->word);
    size_t candidate_len = strlen(candidate);
    if (len < 2 || len > WORD_MAX || candidate_len > WORD_MAX) {
        return;
    }
    size_t cost = distance(guess->word, len, candidate, candidate_len);
    bool near = cost <= (candidate_len + 2) / 3 || is_short_form(guess->word, candidate);
    if (near && (guess->best == NULL || cost < guess->cost)) {
        guess->best = candidate;
        guess->cost = cost;
    }
}
