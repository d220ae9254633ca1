#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "audit/audit_verify.h"
#include "coffer/doctor.h"
#include "coffer/node_api.h"
#include "coffer/node_process.h"
#include "coffer/signer_port.h"

enum { DISK_MIN_MIB = 256, SEED_LEN = 32 };

struct doctor_finding doctor_folder(const struct doctor *doctor)
{
    struct stat found;
    if (stat(doctor->data, &found) != 0) {
        return doctor_say(errno == ENOENT ? DOCTOR_WARN : DOCTOR_FAILED,
                          "coffer dev makes it; or name another with --data", "%.120s is not there",
                          doctor->data);
    }
    if (!S_ISDIR(found.st_mode)) {
        return doctor_say(DOCTOR_FAILED, "name a folder with --data", "%.120s is no folder",
                          doctor->data);
    }
    if (found.st_uid != geteuid() || (found.st_mode & 077) != 0) {
        return doctor_say(DOCTOR_WARN, "close it: chmod 700, and chown to the user of the node",
                          "%.120s is open to others (mode %o)", doctor->data,
                          (unsigned)(found.st_mode & 07777));
    }
    return doctor_say(DOCTOR_OK, "", "%.120s is closed to others", doctor->data);
}

struct doctor_finding doctor_seed(const struct doctor *doctor)
{
    char path[NODE_PROCESS_PATH_MAX + 16];
    struct stat found;
    (void)snprintf(path, sizeof path, "%.255s/dev-seed", doctor->data);
    if (lstat(path, &found) != 0) {
        return doctor_say(DOCTOR_OK, "", "no development seed yet; the first start makes one");
    }
    if (!S_ISREG(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 077) != 0 ||
        found.st_size != SEED_LEN) {
        return doctor_say(DOCTOR_FAILED, "it must be a file of its owner, mode 0600, 32 bytes",
                          "the development seed is not as a node takes it (mode %o, %lld bytes)",
                          (unsigned)(found.st_mode & 07777), (long long)found.st_size);
    }
    return doctor_say(DOCTOR_OK, "", "the development seed has mode 0600 and 32 bytes");
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
    struct audit_verify_port port = signer_port();
    struct audit_verify_report report;
    struct status status = audit_verify_file(fd, doctor->arena, &port, &report);
    close(fd);
    if (!status_is_ok(status)) {
        return doctor_say(DOCTOR_FAILED, "see: coffer audit verify FILE", "line %llu: %.100s",
                          (unsigned long long)report.lines, report.reason);
    }
    return doctor_say(DOCTOR_OK, "",
                      "%llu audit records of %llu starts are whole and in their place",
                      (unsigned long long)report.records, (unsigned long long)report.starts);
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
    return doctor_say(DOCTOR_OK, "", "a node answers at %.100s", doctor->node);
}
