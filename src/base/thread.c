#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/invariant.h"

void thread_lock_init(struct thread_lock *lock)
{
    pthread_mutexattr_t attributes;
    INVARIANT(pthread_mutexattr_init(&attributes) == 0);
#ifdef COFFER_CHECKED
    /* Taken twice, or given by another thread, it says so instead of waiting for ever. */
    INVARIANT(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK) == 0);
#endif
    INVARIANT(pthread_mutex_init(&lock->mutex, &attributes) == 0);
    INVARIANT(pthread_mutexattr_destroy(&attributes) == 0);
}

void thread_lock_deinit(struct thread_lock *lock)
{
    INVARIANT(pthread_mutex_destroy(&lock->mutex) == 0);
}

void thread_lock_take(struct thread_lock *lock)
{
    INVARIANT(pthread_mutex_lock(&lock->mutex) == 0);
}

void thread_lock_give(struct thread_lock *lock)
{
    INVARIANT(pthread_mutex_unlock(&lock->mutex) == 0);
}

void thread_signal_init(struct thread_signal *signal)
{
    pthread_condattr_t attributes;
    INVARIANT(pthread_condattr_init(&attributes) == 0);
    INVARIANT(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    INVARIANT(pthread_cond_init(&signal->changed, &attributes) == 0);
    INVARIANT(pthread_condattr_destroy(&attributes) == 0);
}

void thread_signal_deinit(struct thread_signal *signal)
{
    INVARIANT(pthread_cond_destroy(&signal->changed) == 0);
}

void thread_signal_one(struct thread_signal *signal)
{
    INVARIANT(pthread_cond_signal(&signal->changed) == 0);
}

void thread_signal_all(struct thread_signal *signal)
{
    INVARIANT(pthread_cond_broadcast(&signal->changed) == 0);
}

void thread_wait(struct thread_signal *signal, struct thread_lock *lock)
{
    INVARIANT(pthread_cond_wait(&signal->changed, &lock->mutex) == 0);
}

struct thread_moment thread_in_ns(uint64_t ns)
{
    struct clock clock = clock_system();
    return (struct thread_moment){clock_monotonic_ns(&clock) + ns};
}

bool thread_wait_until(struct thread_signal *signal, struct thread_lock *lock,
                       struct thread_moment end)
{
    struct clock clock = clock_system();
    uint64_t now_ns = clock_monotonic_ns(&clock);
    uint64_t rest_ns = end.ns > now_ns ? end.ns - now_ns : 0;
    struct timespec at; /* of the only clock without leaps that can be waited on */
    INVARIANT(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
    uint64_t at_ns = (uint64_t)at.tv_nsec + rest_ns;
    at.tv_sec += (time_t)(at_ns / 1000000000);
    at.tv_nsec = (long)(at_ns % 1000000000);
    int code = pthread_cond_timedwait(&signal->changed, &lock->mutex, &at);
    INVARIANT(code == 0 || code == ETIMEDOUT);
    return code == 0;
}

static void *run_thread(void *context)
{
    struct thread *thread = context;
    INVARIANT(pthread_setname_np(pthread_self(), thread->name) == 0);
    thread->run(thread->context);
    return NULL;
}

struct status thread_start(struct thread *thread, const char *name, void (*run)(void *context),
                           void *context)
{
    INVARIANT(!thread->is_started);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    thread->name = name;
    thread->run = run;
    thread->context = context;
    /* A thread starts with the mask of the one that makes it. */
    INVARIANT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    int code = pthread_create(&thread->id, NULL, run_thread, thread);
    INVARIANT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (code != 0) {
        *thread = (struct thread){0};
        return code == EAGAIN ? FAIL(NO_MEMORY) : FAIL(IO);
    }
    thread->is_started = true;
    return OK;
}

void thread_join(struct thread *thread)
{
    if (thread->is_started) {
        INVARIANT(pthread_join(thread->id, NULL) == 0);
        *thread = (struct thread){0};
    }
}
