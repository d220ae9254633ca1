#include "config/data_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOR_OTHERS = S_IWGRP | S_IWOTH };

static const char ignore_all[] = "*\n";

/* One look at a folder. */
struct look {
    const char *path;
    int folder;
    char *why;
};

static struct status say_errno(const struct look *look, const char *name)
{
    int error = errno;
    (void)snprintf(look->why, DATA_FOLDER_WHY_MAX, "%.200s%s%.80s: %.80s", look->path,
                   name[0] == '\0' ? "" : "/", name, strerror(error));
    return error == ENOMEM ? FAIL(NO_MEMORY) : FAIL(IO);
}

static struct status say_unsafe(const struct look *look, const char *name, const char *what)
{
    (void)snprintf(look->why, DATA_FOLDER_WHY_MAX, "%.200s%s%.80s %s", look->path,
                   name[0] == '\0' ? "" : "/", name, what);
    return FAIL(DATA_FOLDER);
}

/* Root may write everywhere in any case. */
static bool is_ours(const struct stat *info)
{
    return info->st_uid == geteuid() || info->st_uid == 0;
}

static struct status check_owner(const struct look *look, const char *name, const struct stat *info)
{
    if (!is_ours(info)) {
        return say_unsafe(look, name, "belongs to another user");
    }
    return OK;
}

static struct status check_mode(const struct look *look, const char *name, const struct stat *info)
{
    if ((info->st_mode & FOR_OTHERS) != 0) {
        return say_unsafe(look, name, "may be written by others");
    }
    return OK;
}

/* A link is judged by itself and by what it leads to; the mode of a socket is its listener's. */
static struct status check_entry(const struct look *look, const char *name)
{
    struct stat info;
    if (fstatat(look->folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? OK : say_errno(look, name);
    }
    TRY(check_owner(look, name, &info));
    if (S_ISLNK(info.st_mode)) {
        if (fstatat(look->folder, name, &info, 0) != 0) {
            return errno == ENOENT ? OK : say_errno(look, name);
        }
        TRY(check_owner(look, name, &info));
    }
    return S_ISSOCK(info.st_mode) ? OK : check_mode(look, name, &info);
}

static struct status check_entries(const struct look *look)
{
    int again = openat(look->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = again < 0 ? NULL : fdopendir(again);
    if (list == NULL) {
        struct status status = say_errno(look, "");
        if (again >= 0) {
            close(again);
        }
        return status;
    }
    struct status status = OK;
    struct dirent *entry;
    while (status_is_ok(status) && (entry = readdir(list)) != NULL) {
        bool is_self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        status = is_self ? OK : check_entry(look, entry->d_name);
    }
    closedir(list);
    return status;
}

static struct status check_folder(const struct look *look)
{
    struct stat info;
    if (fstat(look->folder, &info) != 0) {
        return say_errno(look, "");
    }
    /* Not even root's: who owns the folder may replace what root put there. */
    if (info.st_uid != geteuid()) {
        return say_unsafe(look, "", "belongs to another user");
    }
    TRY(check_mode(look, "", &info));
    if (faccessat(look->folder, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        return say_errno(look, "");
    }
    if (faccessat(look->folder, ".git", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return say_unsafe(look, "", "is the top of a git repository: name a folder of its own");
    }
    return check_entries(look);
}

static struct status ignore(const struct look *look)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int file = openat(look->folder, ".gitignore", flags, 0600);
    if (file < 0) {
        return errno == EEXIST ? OK : say_errno(look, ".gitignore");
    }
    size_t len = sizeof ignore_all - 1;
    bool is_whole = write(file, ignore_all, len) == (ssize_t)len;
    struct status status = is_whole ? OK : say_errno(look, ".gitignore");
    close(file);
    if (!is_whole) {
        unlinkat(look->folder, ".gitignore", 0);
    }
    return status;
}

/* Make it; or see that it could be made, and leave nothing behind. */
static struct status make(const struct look *look, bool is_made)
{
    if (mkdir(look->path, 0700) != 0) {
        return errno == EEXIST ? OK : say_errno(look, "");
    }
    return is_made || rmdir(look->path) == 0 ? OK : say_errno(look, "");
}

struct status data_folder_open(const char *path, bool is_made, int *ret_folder,
                               char ret_why[static DATA_FOLDER_WHY_MAX])
{
    struct look look = {path, -1, ret_why};
    *ret_folder = -1;
    (void)snprintf(ret_why, DATA_FOLDER_WHY_MAX, "%.200s", path);
    TRY(make(&look, is_made));
    look.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (look.folder < 0) {
        return errno == ENOENT && !is_made ? OK : say_errno(&look, "");
    }
    struct status status = check_folder(&look);
    if (status_is_ok(status) && is_made) {
        status = ignore(&look);
    }
    if (!status_is_ok(status)) {
        close(look.folder);
        return status;
    }
    *ret_folder = look.folder;
    return OK;
}
