/* Lives in processes of their own, and what is left of one that goes wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/invariant.h"
#include "sim/life.h"

struct life *life_new(void)
{
    void *block =
        mmap(NULL, sizeof(struct life), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    INVARIANT(block != MAP_FAILED);
    return block;
}

void life_free(struct life *life)
{
    (void)munmap(life, sizeof *life);
}

int life_start(struct life *life)
{
    (void)fflush(stdout);
    memset(life->wrong, 0, sizeof life->wrong);
    memset(life->probes, 0, sizeof life->probes);
    int process = fork();
    INVARIANT(process >= 0);
    if (process == 0) {
        life_live(life);
        exit(0); /* so that what looks for leaks does */
    }
    return process;
}

void life_wait(struct life *life, int process)
{
    int status;
    INVARIANT(waitpid(process, &status, 0) == process);
    if (status != 0 && life->wrong[0] == 0) {
        strcpy(life->wrong, "the process ended");
        (void)snprintf(life->detail, sizeof life->detail, "status %d", status);
    }
}

/* --- smaller ---------------------------------------------------------------------------------- */

/* Live it once more as it says. Returns: whether the same goes wrong; life is what it was
 * otherwise. */
static bool goes_wrong_as(struct life *life, const struct life *tried)
{
    struct life before = *life;
    *life = *tried;
    life_wait(life, life_start(life));
    if (strcmp(life->wrong, before.wrong) == 0) {
        return true;
    }
    *life = before;
    return false;
}

/* The least that one of its numbers may be, down to least, supposing that more never helps. */
static bool lower(struct life *life, uint64_t *number, uint64_t least)
{
    bool is_lower = false;
    size_t at = (size_t)((uint8_t *)number - (uint8_t *)life);
    while (least < *number) {
        struct life tried = *life;
        uint64_t middle = least + (*number - least) / 2;
        memcpy((uint8_t *)&tried + at, &middle, sizeof middle);
        if (goes_wrong_as(life, &tried)) {
            is_lower = true;
        } else {
            least = middle + 1;
        }
    }
    return is_lower;
}

static bool leave_out(struct life *life)
{
    bool is_less = false;
    for (size_t i = 0; i < SIM_FEATURES_COUNT; i++) {
        struct life tried = *life;
        tried.without |= (uint64_t)1 << i;
        is_less = (life->without >> i & 1) == 0 && goes_wrong_as(life, &tried) ? true : is_less;
    }
    return is_less;
}

void life_shrink(struct life *life)
{
    bool is_smaller = true;
    for (size_t round = 0; is_smaller && round < 4; round++) {
        life->faults_max = life->faults;
        is_smaller = leave_out(life);
        is_smaller = lower(life, &life->nodes, 2) || is_smaller;
        is_smaller = lower(life, &life->faults_max, 0) || is_smaller;
        is_smaller = lower(life, &life->ticks, 1) || is_smaller;
    }
}
