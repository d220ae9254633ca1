/* Event loops: one thread each, with timers and a way in from other threads.
 *
 * What belongs to a loop is touched by its thread only; whoever else wants something posts a task.
 * Used by net/http_server.h, by the service for its group commits, and by the programs. */
#ifndef COFFER_NET_LOOP_H
#define COFFER_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/status.h"

struct loop;
struct loop_timer;

/* Something to be run once. Part of a struct of its owner, who finds that struct by context.
 * It may not be posted or deferred again before run has been called; run may do so. */
struct loop_task {
    void (*run)(void *context);
    void *context;
    struct loop_task *next; /* the loop's own */
};

/* A loop without a thread. In: memory, for the loop and its timers; outlives it.
 * Returns: OK, NO_MEMORY, IO. On failure: *ret_loop is NULL. */
struct status loop_new(struct mem *memory, struct loop **ret_loop);

/* Run a loop in a thread of its own, in which all signals are blocked.
 * Returns: OK; IO when there is no thread to be had. On failure: the loop still has no thread. */
struct status loop_start(struct loop *loop);

/* End its thread after the tasks that were posted before, give everything back; *loop becomes NULL
 * and may be NULL. Its timers are gone with it. Not from a loop's thread. */
void loop_free(struct loop **loop);

/* True in the thread of this loop. */
bool loop_is_current(const struct loop *loop);

/* Run a task in the loop's thread, in the order of posting. From any thread, also before
 * loop_start. Costs a system call when the loop sleeps. */
void loop_post(struct loop *loop, struct loop_task *task);

/* Run a task in the loop's thread after everything that is ready now has been handled, before the
 * loop sleeps: so many requests share one commit without waiting. From the loop's thread only. */
void loop_defer(struct loop *loop, struct loop_task *task);

/* Milliseconds of the monotonic clock when the loop last woke up. From the loop's thread only. */
uint64_t loop_now_ms(const struct loop *loop);

/* A timer that is not running. From the loop's thread, or before loop_start.
 * Returns: OK, NO_MEMORY. On failure: *ret_timer is NULL. */
struct status loop_timer_new(struct loop *loop, void (*fire)(void *context), void *context,
                             struct loop_timer **ret_timer);

/* Fire once after delay_ms, or every period_ms from then on when that is not 0. Starts anew when it
 * runs already. From the loop's thread only, as loop_timer_stop. */
void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms, uint64_t period_ms);
void loop_timer_stop(struct loop_timer *timer);

#endif
