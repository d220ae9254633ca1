#include "pipeline/context/routes.h"

/* The methods of the table, one bit each; what Allow says for every set of them. */
static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};

enum { METHODS = sizeof methods / sizeof methods[0] };

static const char *const allowed[1 << METHODS] = {
    NULL,
    "GET, HEAD",
    "POST",
    "GET, HEAD, POST",
    "PUT",
    "GET, HEAD, PUT",
    "POST, PUT",
    "GET, HEAD, POST, PUT",
    "DELETE",
    "GET, HEAD, DELETE",
    "POST, DELETE",
    "GET, HEAD, POST, DELETE",
    "PUT, DELETE",
    "GET, HEAD, PUT, DELETE",
    "POST, PUT, DELETE",
    "GET, HEAD, POST, PUT, DELETE",
};

static unsigned method_bit(struct bytes method)
{
    for (size_t i = 0; i < METHODS; i++) {
        if (bytes_equal(method, bytes_of(methods[i]))) {
            return 1u << i;
        }
    }
    return 0;
}

bool routes_path_is(const char *path, struct bytes target, struct bytes *ret_tail)
{
    struct bytes text = bytes_of(path);
    size_t fixed = bytes_find(text, '{');
    *ret_tail = (struct bytes){NULL, 0};
    if (fixed == text.len) {
        return bytes_equal(target, text);
    }
    if (target.len <= fixed || !bytes_starts(target, bytes_slice(text, 0, fixed))) {
        return false;
    }
    *ret_tail = bytes_slice(target, fixed, SIZE_MAX);
    return true;
}

struct status routes_find(const struct routes *routes, const struct http1_head *head, bool v1_wire,
                          struct routes_match *ret_match)
{
    unsigned others[2] = {0}; /* of rows with a variable, of rows that are just this path */
    bool is_head = bytes_equal(head->method, BYTES_LITERAL("HEAD"));
    struct bytes method = is_head ? BYTES_LITERAL("GET") : head->method;
    /* Whoever asks for what there is not may be a client of the seed document for enclave apps. */
    bool is_ours = bytes_starts(head->path, BYTES_LITERAL("/v1/"));
    *ret_match = (struct routes_match){.form = is_ours ? ROUTES_OURS : ROUTES_KMS};
    for (size_t i = 0; i < routes->count; i++) {
        struct bytes tail;
        const struct route *row = &routes->rows[i];
        bool is_there = row->wire == ROUTES_ALWAYS || v1_wire;
        if (!is_there || !routes_path_is(row->path, head->path, &tail)) {
            continue;
        }
        ret_match->form = row->form;
        if (bytes_equal(method, bytes_of(row->method))) {
            ret_match->route = row;
            ret_match->operation = i + 1;
            ret_match->tail = tail;
            return OK;
        }
        others[tail.ptr == NULL] |= method_bit(bytes_of(row->method));
    }
    /* A path of its own is described without what a variable would also take it for. */
    unsigned named = others[1] != 0 ? others[1] : others[0];
    ret_match->allow = allowed[named];
    return named == 0 ? FAIL(NOT_FOUND) : FAIL(METHOD_NOT_ALLOWED);
}

bool routes_query_has(const struct route *route, struct bytes name)
{
    struct bytes rest = bytes_of(route->query);
    while (rest.len != 0) {
        size_t comma = bytes_find(rest, ',');
        if (bytes_equal(bytes_slice(rest, 0, comma), name)) {
            return true;
        }
        rest = bytes_slice(rest, comma + 1, SIZE_MAX);
    }
    return false;
}
