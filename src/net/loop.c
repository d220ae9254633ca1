#include "net/loop.h"

#include <stdatomic.h>

#include "base/invariant.h"
#include "base/thread.h"
#include "net/loop_internal.h"

/* Tasks in order: first to be run first. */
struct task_list {
    struct loop_task *first;
    struct loop_task *last;
};

struct loop {
    uv_loop_t uv;
    uv_async_t wake;
    uv_prepare_t before_sleep;
    uv_idle_t
        stay_awake; /* active while there are deferred tasks: libuv looks, but does not wait */
    struct thread_lock lock; /* of posted and is_ending */
    struct task_list posted;
    bool is_ending;
    struct task_list deferred;
    struct loop_timer *timers;
    struct mem *memory;
    struct thread thread;
    _Atomic uintptr_t self; /* pthread_self of the thread; 0 without one */
};

struct loop_timer {
    uv_timer_t uv;
    void (*fire)(void *context);
    void *context;
    struct loop_timer *next;
};

static bool append(struct task_list *list, struct loop_task *task)
{
    bool was_empty = list->first == NULL;
    task->next = NULL;
    if (was_empty) {
        list->first = task;
    } else {
        list->last->next = task;
    }
    list->last = task;
    return was_empty;
}

/* Runs what was in the list when it is called. */
static void run_all(struct task_list *list)
{
    struct loop_task *task = list->first;
    *list = (struct task_list){NULL, NULL};
    while (task != NULL) {
        /* The task may be put into a list again while it runs. */
        struct loop_task *next = task->next;
        task->next = NULL;
        task->run(task->context);
        task = next;
    }
}

static void on_wake(uv_async_t *wake)
{
    struct loop *loop = wake->data;
    thread_lock_take(&loop->lock);
    struct task_list posted = loop->posted;
    loop->posted = (struct task_list){NULL, NULL};
    bool is_ending = loop->is_ending;
    thread_lock_give(&loop->lock);
    run_all(&posted);
    if (is_ending) {
        uv_stop(&loop->uv);
    }
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void on_before_sleep(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->data;
    run_all(&loop->deferred);
    if (loop->deferred.first != NULL) {
        uv_idle_start(&loop->stay_awake, on_idle);
    } else {
        uv_idle_stop(&loop->stay_awake);
    }
}

struct status loop_new(struct mem *memory, struct loop **ret_loop)
{
    *ret_loop = NULL;
    void *block = NULL;
    TRY(mem_alloc(memory, sizeof(struct loop), &block));
    struct loop *loop = block;
    loop->memory = memory;
    if (uv_loop_init(&loop->uv) != 0) {
        mem_free(memory, &block);
        return FAIL(IO);
    }
    if (uv_async_init(&loop->uv, &loop->wake, on_wake) != 0) {
        INVARIANT(uv_loop_close(&loop->uv) == 0);
        mem_free(memory, &block);
        return FAIL(IO);
    }
    thread_lock_init(&loop->lock);
    INVARIANT(uv_prepare_init(&loop->uv, &loop->before_sleep) == 0);
    INVARIANT(uv_idle_init(&loop->uv, &loop->stay_awake) == 0);
    INVARIANT(uv_prepare_start(&loop->before_sleep, on_before_sleep) == 0);
    loop->wake.data = loop;
    loop->before_sleep.data = loop;
    *ret_loop = loop;
    return OK;
}

static void run_loop(void *context)
{
    struct loop *loop = context;
    atomic_store(&loop->self, (uintptr_t)pthread_self());
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

struct status loop_start(struct loop *loop)
{
    return thread_start(&loop->thread, "loop", run_loop, loop);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void loop_free(struct loop **loop_at)
{
    struct loop *loop = *loop_at;
    if (loop == NULL) {
        return;
    }
    INVARIANT(!loop_is_current(loop));
    if (loop->thread.is_started) {
        thread_lock_take(&loop->lock);
        loop->is_ending = true;
        thread_lock_give(&loop->lock);
        uv_async_send(&loop->wake);
        thread_join(&loop->thread);
    }
    loop->deferred = (struct task_list){NULL, NULL};
    uv_walk(&loop->uv, close_handle, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    INVARIANT(uv_loop_close(&loop->uv) == 0);
    thread_lock_deinit(&loop->lock);
    while (loop->timers != NULL) {
        void *timer = loop->timers;
        loop->timers = loop->timers->next;
        mem_free(loop->memory, &timer);
    }
    void *block = loop;
    mem_free(loop->memory, &block);
    *loop_at = NULL;
}

bool loop_is_current(const struct loop *loop)
{
    return atomic_load_explicit(&loop->self, memory_order_relaxed) == (uintptr_t)pthread_self();
}

void loop_post(struct loop *loop, struct loop_task *task)
{
    thread_lock_take(&loop->lock);
    bool is_first = append(&loop->posted, task);
    thread_lock_give(&loop->lock);
    if (is_first) {
        uv_async_send(&loop->wake);
    }
}

void loop_defer(struct loop *loop, struct loop_task *task)
{
    CHECKED(loop_is_current(loop));
    append(&loop->deferred, task);
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return uv_now(&loop->uv);
}

static void on_timer(uv_timer_t *handle)
{
    struct loop_timer *timer = handle->data;
    timer->fire(timer->context);
}

struct status loop_timer_new(struct loop *loop, void (*fire)(void *context), void *context,
                             struct loop_timer **ret_timer)
{
    *ret_timer = NULL;
    void *block = NULL;
    TRY(mem_alloc(loop->memory, sizeof(struct loop_timer), &block));
    struct loop_timer *timer = block;
    INVARIANT(uv_timer_init(&loop->uv, &timer->uv) == 0);
    timer->uv.data = timer;
    timer->fire = fire;
    timer->context = context;
    timer->next = loop->timers;
    loop->timers = timer;
    *ret_timer = timer;
    return OK;
}

void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms, uint64_t period_ms)
{
    INVARIANT(uv_timer_start(&timer->uv, on_timer, delay_ms, period_ms) == 0);
}

void loop_timer_stop(struct loop_timer *timer)
{
    INVARIANT(uv_timer_stop(&timer->uv) == 0);
}

uv_loop_t *loop_uv(struct loop *loop)
{
    return &loop->uv;
}
