#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "coffer/audit_trail.h"
#include "coffer/dev_config.h"
#include "coffer/doctor.h"
#include "coffer/node_api.h"
#include "coffer/node_process.h"
#include "config/data_folder.h"

enum { DISK_MIN_MIB = 256, SEED_LEN = 32 };

struct doctor_finding doctor_folder(const struct doctor *doctor)
{
    struct stat found;
    int folder = -1;
    char why[DATA_FOLDER_WHY_MAX];
    struct status status = data_folder_open(doctor->data, false, &folder, why);
    if (!status_is_ok(status)) {
        return doctor_say(DOCTOR_FAILED, status_hint(status.code), "%.200s", why);
    }
    if (folder < 0) {
        return doctor_say(DOCTOR_WARN, "coffer dev makes it; or name another with --data",
                          "%.120s is not there", doctor->data);
    }
    bool is_open = fstat(folder, &found) != 0 || (found.st_mode & 077) != 0;
    close(folder);
    if (is_open) {
        return doctor_say(DOCTOR_WARN, "close it: chmod 700", "%.120s may be read by others",
                          doctor->data);
    }
    return doctor_say(DOCTOR_OK, "", "%.120s is closed to others", doctor->data);
}

static struct doctor_finding look_at_seed(const struct doctor *doctor, const char *name)
{
    char path[NODE_PROCESS_PATH_MAX + 16];
    struct stat found;
    (void)snprintf(path, sizeof path, "%.240s/%s", doctor->data, name);
    if (lstat(path, &found) != 0) {
        return doctor_say(DOCTOR_OK, "", "there is no %s yet; the first start makes one", name);
    }
    if (!S_ISREG(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 077) != 0 ||
        found.st_size != SEED_LEN) {
        return doctor_say(DOCTOR_FAILED, "it must be a file of its owner, mode 0600, 32 bytes",
                          "%s is not as a node takes it (mode %o, %lld bytes)", name,
                          (unsigned)(found.st_mode & 07777), (long long)found.st_size);
    }
    return doctor_say(DOCTOR_OK, "", "%s has mode 0600 and 32 bytes", name);
}

struct doctor_finding doctor_seed(const struct doctor *doctor)
{
    return look_at_seed(doctor, "dev-seed");
}

struct doctor_finding doctor_root(const struct doctor *doctor)
{
    return look_at_seed(doctor, "dev-root");
}

struct doctor_finding doctor_disk(const struct doctor *doctor)
{
    struct statvfs disk;
    if (statvfs(doctor->data, &disk) != 0 && statvfs(".", &disk) != 0) {
        return doctor_say(DOCTOR_FAILED, "", "the free space cannot be read");
    }
    unsigned long long mib = (unsigned long long)disk.f_bavail * disk.f_frsize / 1024 / 1024;
    if (mib < DISK_MIN_MIB) {
        return doctor_say(DOCTOR_WARN,
                          "free some: without room for the audit trail nothing is signed",
                          "%llu MiB are free", mib);
    }
    return doctor_say(DOCTOR_OK, "", "%llu MiB are free for the audit trail", mib);
}

/* The configuration that is there. */
static bool read_config(const struct doctor *doctor, struct config *ret)
{
    char path[NODE_PROCESS_PATH_MAX];
    char where[CONFIG_WHERE_MAX];
    struct bytes text;
    const char *file = doctor->config;
    if (file == NULL) {
        file = path;
        if (!status_is_ok(node_process_path(doctor->data, NODE_PROCESS_CONFIG, path))) {
            return false;
        }
    }
    return status_is_ok(config_read_file(file, doctor->arena, &text, where)) &&
           status_is_ok(config_parse(text, doctor->arena, ret, where));
}

/* A node makes the folder, and nothing above it. */
static struct doctor_finding look_for_parent(const char *path)
{
    char parent[CONFIG_TEXT_MAX + 1];
    (void)snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash != NULL) {
        *(slash == parent ? slash + 1 : slash) = '\0';
    }
    if (access(slash == NULL ? "." : parent, W_OK | X_OK) != 0) {
        return doctor_say(DOCTOR_FAILED, "make it, owned by the node; or mount its disk",
                          "snapshot_dir %.120s is not there, and a node cannot make it there: %s",
                          path, strerror(errno));
    }
    return doctor_say(DOCTOR_WARN,
                      "the first node that starts makes it; if there were snapshots mount their "
                      "disk first, as nothing is restored without them",
                      "snapshot_dir %.160s is not there", path);
}

struct doctor_finding doctor_snapshots(const struct doctor *doctor)
{
    struct config config;
    struct stat found = {0};
    struct stat data;
    struct statvfs disk;
    if (!read_config(doctor, &config) || config.snapshot_dir.text[0] == '\0') {
        return doctor_say(DOCTOR_OK, "", "no snapshot_dir: values are lost with the last node");
    }
    const char *path = config.snapshot_dir.text;
    if (stat(path, &found) != 0 && errno == ENOENT) {
        return look_for_parent(path);
    }
    if (access(path, R_OK | W_OK | X_OK) != 0 || !S_ISDIR(found.st_mode)) {
        return doctor_say(DOCTOR_FAILED, "it has to be a folder that the node may read and write",
                          "snapshot_dir %.160s cannot be used", path);
    }
    bool is_low = statvfs(path, &disk) == 0 &&
                  (unsigned long long)disk.f_bavail * disk.f_frsize / 1024 / 1024 < DISK_MIN_MIB;
    if (is_low) {
        return doctor_say(DOCTOR_WARN, "free some: without room no snapshot is written",
                          "snapshot_dir %.160s has less than %d MiB free", path, DISK_MIN_MIB);
    }
    bool is_beside = stat(doctor->data, &data) == 0 && data.st_dev == found.st_dev;
    return doctor_say(DOCTOR_OK, "", "snapshot_dir %.120s can be written%s", path,
                      is_beside ? "; it is lost with the disk of the data folder" : "");
}

struct doctor_finding doctor_audit(const struct doctor *doctor)
{
    char path[NODE_PROCESS_PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%.255s/" NODE_PROCESS_AUDIT, doctor->data);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return doctor_say(errno == ENOENT ? DOCTOR_OK : DOCTOR_FAILED,
                          errno == ENOENT ? "" : "check the owner and mode of audit.jsonl",
                          errno == ENOENT ? "no audit trail yet"
                                          : "the audit trail cannot be read");
    }
    close(fd);
    const char *file = path;
    struct audit_trail trail = {
        .paths = &file,
        .count = 1,
        .options = {.allow_unsigned = true, .allow_open = true, .allow_earlier = true},
    };
    struct audit_verify_report report;
    struct status status = audit_trail_check(&trail, &report);
    if (!status_is_ok(status)) {
        return doctor_say(DOCTOR_FAILED, "see: coffer audit verify FILE", "line %llu: %.100s",
                          (unsigned long long)report.lines, report.reason);
    }
    return doctor_say(DOCTOR_OK, "",
                      "%llu audit records of %llu starts are whole and in their place",
                      (unsigned long long)report.records, (unsigned long long)report.starts);
}

/* The node of a folder holds the lock of its audit trail. */
static bool is_in_use(const struct doctor *doctor)
{
    char path[NODE_PROCESS_PATH_MAX + 16];
    (void)snprintf(path, sizeof path, "%.240s/" NODE_PROCESS_AUDIT, doctor->data);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is_held = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (fd >= 0) {
        close(fd);
    }
    return is_held;
}

struct doctor_finding doctor_node(const struct doctor *doctor)
{
    struct node_api api;
    struct node_api_answer answer = {0};
    struct status status = node_api_open(&api, doctor->arena, doctor->node);
    if (status_is_ok(status)) {
        status = node_api_call(&api, "/health", (struct bytes){0}, &answer);
    }
    node_api_close(&api);
    if (status.code == STATUS_UNAVAILABLE) {
        return doctor_say(DOCTOR_WARN, "start one with: coffer dev",
                          "no node runs at %.100s, and the address is free", doctor->node);
    }
    if (!status_is_ok(status)) {
        return doctor_say(DOCTOR_FAILED, "check --node, and which program has this address",
                          "%.100s: %s", doctor->node, status_text(status.code));
    }
    if (answer.http != 200) {
        return doctor_say(
            DOCTOR_FAILED, "see coffer status and the log of the node; or name another with --node",
            "%.100s answers, but is no healthy node (HTTP status %u)", doctor->node, answer.http);
    }
    if (!is_in_use(doctor)) {
        return doctor_say(DOCTOR_FAILED,
                          "stop it, choose another address, or name its folder with --data",
                          "a node answers at %.100s, but none runs on %.80s: it is another one",
                          doctor->node, doctor->data);
    }
    return doctor_say(DOCTOR_OK, "", "a node answers at %.100s", doctor->node);
}

static bool is_clock_behind(struct node_api_answer *answer)
{
    struct json_in clock;
    struct json_in code;
    struct bytes text = {0};
    struct json_in root = json_in_root(&answer->json);
    return json_in_find(&root, "clock", &clock) && json_in_find(&clock, "error_code", &code) &&
           status_is_ok(json_in_string(&code, &text)) &&
           bytes_equal(text, bytes_of(status_name(STATUS_CLOCK_BEHIND)));
}

struct doctor_finding doctor_node_clock(const struct doctor *doctor)
{
    struct node_api api;
    struct node_api_answer answer = {0};
    struct status status = node_api_open(&api, doctor->arena, doctor->node);
    if (status_is_ok(status)) {
        status = node_api_call(&api, "/status", (struct bytes){0}, &answer);
    }
    node_api_close(&api);
    if (!status_is_ok(status) || answer.json.root == NULL) {
        return doctor_say(DOCTOR_OK, "", "no node runs that could be asked");
    }
    if (is_clock_behind(&answer)) {
        return doctor_say(DOCTOR_FAILED, status_hint(STATUS_CLOCK_BEHIND), "%s [%s]",
                          status_text(STATUS_CLOCK_BEHIND), status_name(STATUS_CLOCK_BEHIND));
    }
    return doctor_say(DOCTOR_OK, "", "the clock of the node was not set back");
}

/* --- would it start? --- */

/* The address in the form of the configuration. */
static void read_listen(const struct doctor *doctor, char ret_listen[static CONFIG_TEXT_MAX + 1])
{
    static const char scheme[] = "http://";
    size_t len = sizeof scheme - 1;
    bool is_http = strncmp(doctor->node, scheme, len) == 0;
    const char *from = is_http ? doctor->node + len : doctor->node;
    (void)snprintf(ret_listen, CONFIG_TEXT_MAX + 1, "%s", from);
    size_t end = strlen(ret_listen);
    if (is_http && end != 0 && ret_listen[end - 1] == '/') {
        ret_listen[end - 1] = '\0';
    }
}

/* The configuration that coffer dev would start with: a file that is there, or one without a name
 * behind *ret_fd, since nothing is written. */
static struct status open_config(const struct doctor *doctor, int *ret_fd,
                                 char ret_file[static NODE_PROCESS_PATH_MAX], char *ret_where)
{
    char listen[CONFIG_TEXT_MAX + 1];
    uint8_t memory[NODE_PROCESS_TEXT_MAX];
    struct config config;
    struct buf text = buf_over(memory, sizeof memory);
    if (doctor->config != NULL) {
        int len = snprintf(ret_file, NODE_PROCESS_PATH_MAX, "%s", doctor->config);
        return len < NODE_PROCESS_PATH_MAX ? OK : FAIL(CONFIG_INVALID);
    }
    TRY(dev_config_edited(doctor->arena, doctor->data, ret_file, &config, ret_where));
    if (ret_file[0] != '\0') {
        return OK;
    }
    read_listen(doctor, listen);
    TRY(node_process_put_config(doctor->data, listen, "", &text));
    *ret_fd = memfd_create("node.json", 0); /* the child inherits it */
    bool is_whole = *ret_fd >= 0 && write(*ret_fd, text.ptr, text.len) == (ssize_t)text.len &&
                    lseek(*ret_fd, 0, SEEK_SET) == 0;
    (void)snprintf(ret_file, NODE_PROCESS_PATH_MAX, "/dev/fd/%d", *ret_fd);
    return is_whole ? OK : FAIL(IO);
}

/* Its last words are "coffer-node: CODE: what (about what)" and "  next: what to do". */
static struct doctor_finding take_words(char *said)
{
    static const char name[] = "coffer-node: ";
    char *line = strstr(said, name);
    char *next = line == NULL ? NULL : strstr(line, "\n  next: ");
    if (next == NULL) {
        return doctor_say(DOCTOR_FAILED, "run coffer-node --check yourself",
                          "the node says: %.180s", said);
    }
    char *hint = next + strlen("\n  next: ");
    *next = '\0';
    hint[strcspn(hint, "\n")] = '\0';
    return doctor_say(DOCTOR_FAILED, hint, "it refuses: %.230s", line + sizeof name - 1);
}

static struct doctor_finding ask_program(const struct doctor *doctor, const char *file)
{
    char said[NODE_PROCESS_SAID_MAX];
    const struct node_process_setup setup = {
        .config = file, .trust = doctor->trust, .rows = doctor->rows};
    struct status status = node_process_check(&setup, said);
    if (status.code == STATUS_NOT_FOUND) {
        return doctor_say(DOCTOR_FAILED, "build both with make, or install both with make install",
                          "coffer-node is not beside this program");
    }
    if (!status_is_ok(status)) {
        return doctor_say(DOCTOR_FAILED, "run coffer-node --check yourself",
                          "coffer-node could not be run, or crashed");
    }
    return said[0] == '\0' ? doctor_say(DOCTOR_OK, "", "a node would start") : take_words(said);
}

struct doctor_finding doctor_start(const struct doctor *doctor)
{
    int config = -1;
    char file[NODE_PROCESS_PATH_MAX] = "";
    char where[CONFIG_WHERE_MAX] = "";
    if (is_in_use(doctor)) {
        return doctor_say(DOCTOR_OK, "", "a node runs on %.120s", doctor->data);
    }
    struct status status = open_config(doctor, &config, file, where);
    struct doctor_finding finding;
    if (status_is_ok(status)) {
        finding = ask_program(doctor, file);
    } else {
        finding = doctor_say(DOCTOR_FAILED, "mend it: coffer config FILE checks a file",
                             "the configuration: %s: %s", schema_error_text(status.code), where);
    }
    if (config >= 0) {
        close(config);
    }
    return finding;
}
