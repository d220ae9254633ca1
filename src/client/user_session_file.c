#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/secret.h"
#include "client/key_file.h"
#include "client/user_key_internal.h"
#include "client/user_session.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "codec/json_out.h"

enum { FILE_MAX = KEY_FILE_MAX, PATH_TEXT = 4096, COUNT_TEXT = 24 };

/* The text of a file. *secret*. */
struct file {
    uint8_t text[FILE_MAX];
};

static void file_wipe(struct file *file)
{
    secret_wipe(file, sizeof *file);
}

static const char *const members[] = {"node",    "verified", "domain_id", "tenant", "user",
                                      "session", "token",    "scheme",    "key"};

/* --- reading -------------------------------------------------------------------------------- */

static struct status read_text(const struct json_in *root, const char *name, size_t max, char *ret)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(root, name, &member));
    TRY(json_in_string(&member, &text));
    bool is_good = text.len < max && memchr(text.ptr, 0, text.len) == NULL;
    memcpy(ret, text.ptr, is_good ? text.len : 0);
    ret[is_good ? text.len : 0] = '\0';
    return is_good ? OK : FAIL(KEY_FILE);
}

static struct status read_hex(const struct json_in *root, const char *name, size_t len,
                              uint8_t *ret)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(root, name, &member));
    TRY(json_in_string(&member, &text));
    return hex_read(text, len, ret);
}

static struct status read_members(const struct json_in *root, struct user_session *ret)
{
    char sid[AUTH_TEXT_SID_TEXT + 1];
    char scheme[16];
    TRY(read_text(root, "node", sizeof ret->url, ret->url));
    TRY(read_text(root, "verified", sizeof ret->node, ret->node));
    TRY(read_hex(root, "domain_id", sizeof ret->place.domain, ret->place.domain));
    TRY(read_hex(root, "tenant", sizeof ret->place.tenant, ret->place.tenant));
    TRY(read_text(root, "user", sizeof ret->user, ret->user));
    TRY(read_text(root, "session", sizeof sid, sid));
    TRY(auth_text_sid_read(bytes_of(sid), ret->sid));
    TRY(read_text(root, "token", sizeof ret->token, ret->token));
    TRY(read_text(root, "scheme", sizeof scheme, scheme));
    TRY(user_key_scheme(bytes_of(scheme), &ret->key.public.scheme));
    return read_hex(root, "key", sizeof ret->key.d, ret->key.d);
}

static struct status read_file(const char *path, struct arena *arena, struct user_session *ret)
{
    struct json_in_doc doc;
    struct bytes text;
    bool is_private;
    TRY(key_file_read(path, arena, &text, &is_private));
    if (!is_private) {
        return FAIL(KEY_FILE);
    }
    TRY(status_judged(json_in_parse(arena, text, &doc), FAIL(KEY_FILE)));
    struct json_in root = json_in_root(&doc);
    TRY(status_judged(json_in_members(&root, members, sizeof members / sizeof members[0]),
                      FAIL(KEY_FILE)));
    TRY(status_judged(read_members(&root, ret), FAIL(KEY_FILE)));
    return user_key_complete(&ret->key);
}

struct status user_session_read(const char *path, struct arena *arena, struct user_session *ret)
{
    size_t mark = arena->used;
    *ret = (struct user_session){0};
    struct status status = read_file(path, arena, ret);
    arena_rewind(arena, mark);
    if (!status_is_ok(status)) {
        user_session_wipe(ret);
    }
    return status;
}

/* --- writing -------------------------------------------------------------------------------- */

static void put_hex(struct json_out *json, const char *name, struct bytes data)
{
    json_out_name(json, name);
    json_out_hex(json, data);
}

static void put(const struct user_session *session, struct buf *out)
{
    uint8_t memory[AUTH_TEXT_SID_TEXT];
    struct buf sid = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(out);
    auth_text_sid_put(session->sid, &sid);
    json_out_object(&json);
    json_out_member_text(&json, "node", session->url);
    json_out_member_text(&json, "verified", session->node);
    put_hex(&json, "domain_id", BYTES_ARRAY(session->place.domain));
    put_hex(&json, "tenant", BYTES_ARRAY(session->place.tenant));
    json_out_member_text(&json, "user", session->user);
    json_out_member_string(&json, "session", buf_bytes(&sid));
    json_out_member_text(&json, "token", session->token);
    json_out_member_text(&json, "scheme", user_key_scheme_name(session->key.public.scheme));
    put_hex(&json, "key", BYTES_ARRAY(session->key.d));
    json_out_object_end(&json);
    buf_put_u8(out, '\n');
}

/* A whole file takes the place of the old one. */
struct status user_session_write(const char *path, const struct user_session *session)
{
    char beside[PATH_TEXT];
    SECRET(file, file);
    struct buf text = buf_over(file.text, sizeof file.text);
    put(session, &text);
    TRY(buf_check(&text));
    int len = snprintf(beside, sizeof beside, "%s.%ld.new", path, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof beside) {
        errno = ENAMETOOLONG;
        return FAIL(KEY_FILE);
    }
    TRY(key_file_write(beside, buf_bytes(&text)));
    if (rename(beside, path) != 0) {
        int number = errno;
        (void)unlink(beside);
        errno = number;
        return FAIL(KEY_FILE);
    }
    return OK;
}

/* --- numbers -------------------------------------------------------------------------------- */

/* In: fd, of a file that is locked. False: it could not be written. */
static bool count_on(int fd, uint64_t now_ms, uint64_t least, uint64_t *ret)
{
    char text[COUNT_TEXT] = "";
    uint64_t last = 0;
    ssize_t got = pread(fd, text, COUNT_TEXT - 1, 0);
    size_t len = got <= 0 ? 0 : strspn(text, "0123456789");
    bool is_there =
        len != 0 && status_is_ok(decimal_u64((struct bytes){(const uint8_t *)text, len}, &last));
    *ret = is_there && last < UINT64_MAX ? last + 1 : now_ms;
    *ret = *ret < least ? least : *ret;
    int count = snprintf(text, sizeof text, "%llu\n", (unsigned long long)*ret);
    return pwrite(fd, text, (size_t)count, 0) == count;
}

uint64_t user_session_number(const char *path, uint64_t now_ms, uint64_t least)
{
    char beside[PATH_TEXT];
    uint64_t number = now_ms;
    int len = snprintf(beside, sizeof beside, "%s.count", path);
    int fd = len < 0 || (size_t)len >= sizeof beside
                 ? -1
                 : open(beside, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return now_ms;
    }
    bool is_counted = flock(fd, LOCK_EX) == 0 && count_on(fd, now_ms, least, &number);
    (void)close(fd);
    return is_counted ? number : now_ms;
}
