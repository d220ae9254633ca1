#include "coffer/node_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "codec/json_out.h"
#include "codec/utf8.h"
#include "coffer/node_api.h"

enum { READY_MS = 10000, STOP_POLLS = 100, POLL_MS = 50, SNAPSHOT_SECONDS = 5 };

static void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, (ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

struct status node_process_beside(const char *name, char ret_path[static NODE_PROCESS_PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", ret_path, NODE_PROCESS_PATH_MAX);
    if (len <= 0 || len >= NODE_PROCESS_PATH_MAX) {
        return FAIL(NOT_FOUND);
    }
    ret_path[len] = 0;
    char *slash = strrchr(ret_path, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - ret_path) + 1;
    if (folder + strlen(name) >= NODE_PROCESS_PATH_MAX) {
        return FAIL(NOT_FOUND);
    }
    memcpy(ret_path + folder, name, strlen(name) + 1);
    return access(ret_path, X_OK) == 0 ? OK : FAIL(NOT_FOUND);
}

struct status node_process_path(const char *folder, const char *name,
                                char ret_path[static NODE_PROCESS_PATH_MAX])
{
    int len = snprintf(ret_path, NODE_PROCESS_PATH_MAX, "%s/%s", folder, name);
    return len > 0 && len < NODE_PROCESS_PATH_MAX ? OK : FAIL(CONFIG_INVALID);
}

struct status node_process_write(const char *data, const char *name, struct bytes text)
{
    char path[NODE_PROCESS_PATH_MAX];
    TRY(node_process_path(data, name, path));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return FAIL(IO);
    }
    bool whole = write(fd, text.ptr, text.len) == (ssize_t)text.len;
    close(fd);
    return whole ? OK : FAIL(IO);
}

struct status node_process_put_config(const char *data, const char *listen, const char *snapshots,
                                      struct buf *out)
{
    char audit[NODE_PROCESS_PATH_MAX];
    /* JSON would name another folder. */
    if (!utf8_valid(bytes_of(data)) || !utf8_valid(bytes_of(listen))) {
        return FAIL(INVALID_UTF8);
    }
    TRY(node_process_path(data, NODE_PROCESS_AUDIT, audit));
    struct json_out json = json_out_over(out);
    json_out_object(&json);
    json_out_name(&json, "listen");
    json_out_array(&json);
    json_out_text(&json, listen);
    json_out_array_end(&json);
    json_out_member_text(&json, "data_dir", data);
    json_out_member_text(&json, "audit_file", audit);
    if (snapshots[0] != '\0') {
        json_out_member_text(&json, "snapshot_dir", snapshots);
        json_out_member_u64(&json, "snapshot_seconds", SNAPSHOT_SECONDS);
    }
    json_out_object_end(&json);
    buf_put_u8(out, '\n');
    return buf_check(out);
}

/* --- the child --- */

/* Its words; all memory of them is the caller's. */
struct command {
    const char *word[12];
    size_t count;
};

static void add(struct command *command, const char *option, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        command->word[command->count++] = option;
        command->word[command->count++] = value;
    }
}

static void add_files(struct command *command, const struct node_process_setup *setup)
{
    if (setup->is_file_only) {
        add(command, "--check-config", setup->config);
        add(command, "--check-trust", setup->trust);
        return;
    }
    add(command, "--config", setup->config);
    add(command, "--trust", setup->trust);
    add(command, "--registry-file", setup->rows);
    add(command, "--seed-file", setup->seed);
}

/* In the child. Only calls that are safe between fork and exec. */
static void become(const char *program, const char *const words[], int output)
{
    union { /* execv writes to none of them, but its type says so */
        const char *const *in;
        char *const *out;
    } all = {words};
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (output >= 0) {
        (void)dup2(output, STDOUT_FILENO);
        (void)dup2(output, STDERR_FILENO);
    } else {
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    }
    (void)execv(program, all.out);
    _exit(127);
}

static struct status spawn(const char *program, const char *const words[], int output,
                           pid_t *ret_pid)
{
    *ret_pid = fork();
    if (*ret_pid == 0) {
        become(program, words, output);
    }
    return *ret_pid < 0 ? FAIL(IO) : OK;
}

/* In a child of its own, until nobody writes any more: what ends nodes must not end it before. */
static void tell_lines(const char *label, int from)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    FILE *file = fdopen(from, "r");
    sigset_t deaf;
    sigfillset(&deaf);
    (void)sigprocmask(SIG_BLOCK, &deaf, NULL);
    while (file != NULL && (len = getline(&line, &size, file)) > 0) {
        bool is_whole = line[len - 1] == '\n';
        (void)dprintf(STDERR_FILENO, "%s%s%s", label, line, is_whole ? "" : "\n");
    }
    _exit(0);
}

/* Out: ret_end, what a node is to write to. */
static struct status start_teller(const char *label, pid_t *ret_teller, int *ret_end)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return FAIL(IO);
    }
    *ret_teller = fork();
    if (*ret_teller == 0) {
        close(ends[1]);
        tell_lines(label, ends[0]);
    }
    close(ends[0]);
    if (*ret_teller < 0) {
        *ret_teller = 0;
        close(ends[1]);
        return FAIL(IO);
    }
    *ret_end = ends[1];
    return OK;
}

/* When all that it was given is told. */
static void collect_teller(struct node_process *process)
{
    int state = 0;
    while (process->teller != 0 && waitpid(process->teller, &state, 0) < 0 && errno == EINTR) {
    }
    process->teller = 0;
}

/* In: log, -1 or what it is to write to, which is closed here. */
static struct status start(const char *program, const char *const words[], int log,
                           struct node_process *process)
{
    struct status status = spawn(program, words, log, &process->pid);
    if (log >= 0) {
        close(log);
    }
    if (!status_is_ok(status)) {
        process->pid = 0;
        collect_teller(process);
    }
    return status;
}

static struct status open_log(const struct node_process_setup *setup, struct node_process *process,
                              int *ret_log)
{
    *ret_log = -1;
    if (setup->label != NULL) {
        return start_teller(setup->label, &process->teller, ret_log);
    }
    if (setup->log != NULL) {
        *ret_log = open(setup->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
        return *ret_log < 0 ? FAIL(IO) : OK;
    }
    return OK;
}

struct status node_process_start_program(const char *program, const char *const words[],
                                         const struct node_process_setup *setup,
                                         struct node_process *ret_process)
{
    int log = -1;
    *ret_process = (struct node_process){0};
    TRY(open_log(setup, ret_process, &log));
    return start(program, words, log, ret_process);
}

struct status node_process_start(const struct node_process_setup *setup,
                                 struct node_process *ret_process)
{
    struct command command = {.word = {"coffer-node"}, .count = 1};
    char program[NODE_PROCESS_PATH_MAX];
    int log = -1;
    *ret_process = (struct node_process){0};
    TRY(node_process_beside("coffer-node", program));
    add_files(&command, setup);
    if (setup->is_debuggable) {
        command.word[command.count++] = "--debuggable";
    }
    TRY(open_log(setup, ret_process, &log));
    return start(program, command.word, log, ret_process);
}

/* --- a look --- */

/* All that the child writes, as far as there is room, until it closes its end. */
static void read_said(int from, char ret_said[static NODE_PROCESS_SAID_MAX])
{
    char spare[256];
    size_t len = 0;
    ssize_t got = 1;
    while (got > 0 || (got < 0 && errno == EINTR)) {
        bool is_full = len + 1 >= NODE_PROCESS_SAID_MAX;
        got = is_full ? read(from, spare, sizeof spare)
                      : read(from, ret_said + len, NODE_PROCESS_SAID_MAX - 1 - len);
        len += got > 0 && !is_full ? (size_t)got : 0;
    }
    ret_said[len] = '\0';
}

struct status node_process_check(const struct node_process_setup *setup,
                                 char ret_said[static NODE_PROCESS_SAID_MAX])
{
    int ends[2];
    int state = 0;
    pid_t child = 0;
    struct command command = {.word = {"coffer-node"}, .count = 1};
    char program[NODE_PROCESS_PATH_MAX];
    ret_said[0] = '\0';
    TRY(node_process_beside("coffer-node", program));
    if (!setup->is_file_only) {
        command.word[command.count++] = "--check";
    }
    add_files(&command, setup);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return FAIL(IO);
    }
    struct status status = spawn(program, command.word, ends[1], &child);
    close(ends[1]);
    if (status_is_ok(status)) {
        read_said(ends[0], ret_said);
        bool is_gone = waitpid(child, &state, 0) == child;
        status = is_gone && WIFEXITED(state) && WEXITSTATUS(state) <= 1 ? OK : FAIL(IO);
    }
    close(ends[0]);
    if (status_is_ok(status) && WEXITSTATUS(state) == 0) {
        ret_said[0] = '\0';
    }
    return status;
}

/* --- its end --- */

/* True when the child has ended; it is gone then. */
static bool collect(struct node_process *process, int flags, int *ret_code)
{
    int state = 0;
    pid_t got;
    do {
        got = waitpid(process->pid, &state, flags);
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
        return false;
    }
    process->pid = 0;
    collect_teller(process);
    process->signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
    *ret_code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + process->signal;
    return true;
}

bool node_process_has_ended(struct node_process *process, int *ret_code)
{
    return collect(process, WNOHANG, ret_code);
}

struct status node_process_ready(struct node_process *process, const char *where)
{
    struct clock clock = clock_system();
    uint64_t end_ms = clock_monotonic_ms(&clock) + READY_MS;
    while (clock_monotonic_ms(&clock) < end_ms) {
        int code;
        if (process->pid == 0 || collect(process, WNOHANG, &code)) {
            return FAIL(UNAVAILABLE);
        }
        if (node_api_is_healthy(where)) {
            return OK;
        }
        pause_ms(POLL_MS);
    }
    return FAIL(UNAVAILABLE);
}

int node_process_wait(struct node_process *process)
{
    /* Blocked before the first look, so that no signal is missed between a look and the wait. */
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGHUP);
    sigaddset(&watched, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &watched, NULL);
    int code = 0;
    while (process->pid != 0 && !collect(process, WNOHANG, &code)) {
        int got = sigwaitinfo(&watched, NULL);
        if (got == SIGINT || got == SIGTERM || got == SIGHUP) {
            (void)kill(process->pid, SIGTERM);
        }
    }
    return code;
}

void node_process_kill(struct node_process *process)
{
    int code = 0;
    if (process->pid != 0) {
        (void)kill(process->pid, SIGKILL);
        (void)collect(process, 0, &code);
    }
}

int node_process_stop(struct node_process *process)
{
    int code = 0;
    if (process->pid == 0) {
        return code;
    }
    (void)kill(process->pid, SIGTERM);
    for (int i = 0; i < STOP_POLLS; i++) {
        if (collect(process, WNOHANG, &code)) {
            return code;
        }
        pause_ms(POLL_MS);
    }
    node_process_kill(process);
    return 128 + SIGKILL;
}
