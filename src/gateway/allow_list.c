#include "gateway/allow_list.h"

#include <string.h>

#include "codec/ip_range.h"

_Static_assert((int)TUNNELS_HOST_MAX >= (int)URL_HOST_MAX, "a host fits");

/* Host, colon, and a port of digits alone. What a host is, says url_server_read. */
static struct status read_authority(struct bytes text, struct url_server *ret)
{
    uint8_t memory[URL_HOST_MAX + 16];
    struct buf url = buf_over(memory, sizeof memory);
    *ret = (struct url_server){0};
    size_t at = text.len;
    while (at != 0 && text.ptr[at - 1] >= '0' && text.ptr[at - 1] <= '9') {
        at--;
    }
    bool has_port = at >= 2 && at < text.len && text.ptr[at - 1] == ':';
    for (size_t i = 0; i < text.len; i++) {
        has_port = has_port && text.ptr[i] > ' ' && text.ptr[i] <= '~' &&
                   memchr("/?#@\\%", text.ptr[i], 6) == NULL;
    }
    buf_put_text(&url, "http://");
    buf_put(&url, text);
    return has_port && !url.failed ? url_server_read(buf_bytes(&url), ret) : FAIL(CONFIG_INVALID);
}

struct status allow_list_add(struct allow_list *list, struct bytes text)
{
    if (list->count == GATEWAY_CONFIG_ALLOW_MAX) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(read_authority(text, &list->items[list->count]));
    list->count++;
    return OK;
}

static struct socket_address address_of(const struct url_server *server)
{
    struct socket_address address = {
        .kind = server->kind == URL_HOST_V6 ? SOCKET_TCP6 : SOCKET_TCP4, .port = server->port};
    memcpy(address.ip, server->address, sizeof address.ip);
    return address;
}

struct status allow_list_admit(const struct allow_list *list, struct bytes authority,
                               struct tunnels_target *ret)
{
    struct url_server server;
    *ret = (struct tunnels_target){0};
    if (!status_is_ok(read_authority(authority, &server))) {
        return FAIL(BAD_HTTP);
    }
    memcpy(ret->host, server.host, sizeof server.host);
    ret->port = server.port;
    ret->is_name = server.kind == URL_HOST_NAME;
    if (!ret->is_name) {
        ret->address = address_of(&server);
    }
    for (size_t i = 0; i < list->count; i++) {
        if (url_server_equal(&list->items[i], &server)) {
            return OK;
        }
    }
    return FAIL(TUNNEL_DENIED);
}

static bool is_listed(const struct allow_list *list, const struct socket_address *address)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct url_server *item = &list->items[i];
        struct socket_address listed = address_of(item);
        size_t len = listed.kind == SOCKET_TCP6 ? 16 : 4;
        if (item->kind != URL_HOST_NAME && listed.kind == address->kind &&
            listed.port == address->port &&
            bytes_equal((struct bytes){listed.ip, len}, (struct bytes){address->ip, len})) {
            return true;
        }
    }
    return false;
}

struct status allow_list_check(const struct allow_list *list, const struct socket_address *address)
{
    enum ip_range range =
        address->kind == SOCKET_TCP6 ? ip_range_v6(address->ip) : ip_range_v4(address->ip);
    return range == IP_RANGE_PUBLIC || is_listed(list, address) ? OK : FAIL(TUNNEL_ADDRESS);
}
