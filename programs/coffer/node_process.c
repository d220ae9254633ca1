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
#include "coffer/node_api.h"

enum { READY_MS = 10000, STOP_POLLS = 100, POLL_MS = 50 };

static void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, (ms % 1000) * 1000000};
    (void)nanosleep(&time, NULL);
}

/* The path of a file beside this program. */
static struct status beside(const char *name, char ret_path[static NODE_PROCESS_PATH_MAX])
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

static struct status join(const char *folder, const char *name,
                          char ret_path[static NODE_PROCESS_PATH_MAX])
{
    int len = snprintf(ret_path, NODE_PROCESS_PATH_MAX, "%s/%s", folder, name);
    return len > 0 && len < NODE_PROCESS_PATH_MAX ? OK : FAIL(CONFIG_INVALID);
}

struct status node_process_write(const char *data, const char *name, struct bytes text)
{
    char path[NODE_PROCESS_PATH_MAX];
    TRY(join(data, name, path));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return FAIL(IO);
    }
    bool whole = write(fd, text.ptr, text.len) == (ssize_t)text.len;
    close(fd);
    return whole ? OK : FAIL(IO);
}

/* The file is this command's own and written anew each time; a node with other tunables is started
 * with a file of its own. */
static struct status write_config(const struct node_process_setup *setup)
{
    char audit[NODE_PROCESS_PATH_MAX];
    TRY(join(setup->data, NODE_PROCESS_AUDIT, audit));
    uint8_t memory[2048];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    json_out_object(&json);
    json_out_name(&json, "listen");
    json_out_array(&json);
    json_out_text(&json, setup->listen);
    json_out_array_end(&json);
    json_out_member_text(&json, "data_dir", setup->data);
    json_out_member_text(&json, "audit_file", audit);
    json_out_object_end(&json);
    buf_put_u8(&text, '\n');
    TRY(buf_check(&text));
    return node_process_write(setup->data, NODE_PROCESS_CONFIG, buf_bytes(&text));
}

/* In the child. Only calls that are safe between fork and exec. */
static void become_node(const char *program, const char *config, const char *rows, int log)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (log >= 0) {
        (void)dup2(log, STDOUT_FILENO);
        (void)dup2(log, STDERR_FILENO);
    } else {
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    }
    char name[] = "coffer-node";
    char option[] = "--config";
    char path[NODE_PROCESS_PATH_MAX];
    char rows_option[] = "--registry-file";
    char rows_path[NODE_PROCESS_PATH_MAX];
    memcpy(path, config, strlen(config) + 1);
    char *words[] = {name, option, path, NULL, NULL, NULL};
    if (rows != NULL) {
        memcpy(rows_path, rows, strlen(rows) + 1);
        words[3] = rows_option;
        words[4] = rows_path;
    }
    (void)execv(program, words);
    _exit(127);
}

struct status node_process_start(const struct node_process_setup *setup,
                                 struct node_process *ret_process)
{
    *ret_process = (struct node_process){0};
    char program[NODE_PROCESS_PATH_MAX];
    char config[NODE_PROCESS_PATH_MAX];
    char log_path[NODE_PROCESS_PATH_MAX];
    TRY(beside("coffer-node", program));
    TRY(join(setup->data, NODE_PROCESS_CONFIG, config));
    TRY(join(setup->data, NODE_PROCESS_LOG, log_path));
    if (mkdir(setup->data, 0700) != 0 && errno != EEXIST) {
        return FAIL(IO);
    }
    if (setup->rows != NULL && strlen(setup->rows) >= NODE_PROCESS_PATH_MAX) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(write_config(setup));
    int log = -1;
    if (setup->log_to_file) {
        log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (log < 0) {
            return FAIL(IO);
        }
    }
    pid_t pid = fork();
    if (pid == 0) {
        become_node(program, config, setup->rows, log);
    }
    if (log >= 0) {
        close(log);
    }
    if (pid < 0) {
        return FAIL(IO);
    }
    ret_process->pid = pid;
    return OK;
}

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
    *ret_code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    return true;
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
    (void)kill(process->pid, SIGKILL);
    (void)collect(process, 0, &code);
    return code;
}
