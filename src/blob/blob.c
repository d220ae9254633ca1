#include "blob/blob.h"

#include <string.h>

#include "base/invariant.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool blob_name_valid(const char *text)
{
    size_t len = strnlen(text, BLOB_NAME_MAX + 1);
    if (len == 0 || len > BLOB_NAME_MAX || !is_letter(text[0])) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_letter(text[i]) && text[i] != '-') {
            return false;
        }
    }
    return true;
}

struct status blob_name_of(const char *text, struct blob_name *ret_name)
{
    *ret_name = (struct blob_name){0};
    if (!blob_name_valid(text)) {
        return FAIL(BLOB_NAME);
    }
    memcpy(ret_name->text, text, strlen(text));
    return OK;
}

static bool is_part(const struct blob_name *name)
{
    return name->text[0] == '\0' || blob_name_valid(name->text);
}

struct status blob_get(const struct blob_port *port, const struct blob_name *name, struct buf *out)
{
    return blob_name_valid(name->text) ? port->get(port->context, name, out) : FAIL(BLOB_NAME);
}

struct status blob_put(const struct blob_port *port, const struct blob_name *name,
                       struct bytes object)
{
    return blob_name_valid(name->text) ? port->put(port->context, name, object) : FAIL(BLOB_NAME);
}

struct status blob_list(const struct blob_port *port, const struct blob_name *prefix,
                        const struct blob_name *after, struct blob_list *ret_list)
{
    *ret_list = (struct blob_list){0};
    if (!is_part(prefix) || !is_part(after)) {
        return FAIL(BLOB_NAME);
    }
    struct status status = port->list(port->context, prefix, after, ret_list);
    if (!status_is_ok(status)) {
        *ret_list = (struct blob_list){0};
    }
    INVARIANT(ret_list->count <= BLOB_LIST_MAX);
    return status;
}

struct status blob_remove(const struct blob_port *port, const struct blob_name *name)
{
    return blob_name_valid(name->text) ? port->remove(port->context, name) : FAIL(BLOB_NAME);
}
