#include <string.h>

#include "node/delivery_internal.h"

static size_t size_of(const struct http1_response *response)
{
    size_t size = sizeof(struct delivery) + response->headers_count * sizeof(struct http1_header) +
                  response->body.len;
    for (size_t i = 0; i < response->headers_count; i++) {
        size += response->headers[i].value.len;
    }
    return size;
}

/* Copy to *at and move it on. */
static struct bytes copy(uint8_t **at, struct bytes data)
{
    struct bytes copied = {*at, data.len};
    if (data.len != 0) {
        memcpy(*at, data.ptr, data.len);
    }
    *at += data.len;
    return copied;
}

struct delivery *delivery_new(struct mem *mem, const struct http1_response *response)
{
    void *memory = NULL;
    if (!status_is_ok(mem_alloc(mem, size_of(response), &memory))) {
        return NULL;
    }
    struct delivery *delivery = memory;
    uint8_t *at = (uint8_t *)&delivery->headers[response->headers_count];
    for (size_t i = 0; i < response->headers_count; i++) {
        delivery->headers[i] =
            (struct http1_header){response->headers[i].name, copy(&at, response->headers[i].value)};
    }
    delivery->response = *response;
    delivery->response.headers = delivery->headers;
    delivery->response.body = copy(&at, response->body);
    return delivery;
}

void delivery_free(struct mem *mem, struct delivery **delivery)
{
    void *memory = *delivery;
    mem_free(mem, &memory);
    *delivery = NULL;
}
