/* Threads, locks, and waiting for one another: the only user of pthread's.
 *
 * A call that fails here means that a lock was used wrongly, so that it is an invariant. Waits go
 * by the machine's monotonic clock, whatever clock its caller has: virtual time wakes nobody.
 * Used by everything that more than one thread touches. */
#ifndef COFFER_BASE_THREAD_H
#define COFFER_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* --- locks ------------------------------------------------------------------------------------ */

struct thread_lock {
    pthread_mutex_t mutex;
};

/* Of a lock that is there before the program starts, and stays. */
#define THREAD_LOCK_STATIC        \
    {                             \
        PTHREAD_MUTEX_INITIALIZER \
    }

void thread_lock_init(struct thread_lock *lock);

/* Nobody may hold it or wait for it. */
void thread_lock_deinit(struct thread_lock *lock);

/* Not twice by one thread. */
void thread_lock_take(struct thread_lock *lock);

/* By the thread that took it. */
void thread_lock_give(struct thread_lock *lock);

/* --- waiting ---------------------------------------------------------------------------------- */

/* That something under a lock has changed. A waiter looks again at what it waits for, in a loop:
 * it may be woken for nothing. */
struct thread_signal {
    pthread_cond_t changed;
};

void thread_signal_init(struct thread_signal *signal);

/* Nobody may wait for it. */
void thread_signal_deinit(struct thread_signal *signal);

/* Wake one that waits, or all. With or without the lock. */
void thread_signal_one(struct thread_signal *signal);
void thread_signal_all(struct thread_signal *signal);

/* Give the lock, wait, take it again. */
void thread_wait(struct thread_signal *signal, struct thread_lock *lock);

/* A moment of the monotonic clock of clock_system, in nanoseconds. */
struct thread_moment {
    uint64_t ns;
};

/* So long from now. In: up to a year. */
struct thread_moment thread_in_ns(uint64_t ns);

/* As thread_wait, until a moment; where the machine sleeps meanwhile, so much later. Returns: false
 * when it is over. */
bool thread_wait_until(struct thread_signal *signal, struct thread_lock *lock,
                       struct thread_moment end);

/* --- threads ---------------------------------------------------------------------------------- */

/* Zeros: none. */
struct thread {
    pthread_t id;
    const char *name;
    void (*run)(void *context);
    void *context;
    bool is_started;
};

/* Run something in a thread of its own in which all signals are blocked, so that they reach the
 * thread that waits for them. In: thread, zeros, stays where it is until it is joined; name, a
 * literal of up to 15 characters, for who looks at the process.
 * Returns: OK; NO_MEMORY, also when there are as many threads as there may be; IO.
 * On failure: *thread is none. */
struct status thread_start(struct thread *thread, const char *name, void (*run)(void *context),
                           void *context);

/* Wait for its end; it may be none. Not by itself. Out: *thread is none. */
void thread_join(struct thread *thread);

#endif
