#include "codec/ip_network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool read_as(int family, struct bytes text, void *ret)
{
    char copy[INET6_ADDRSTRLEN] = "";
    if (text.len >= sizeof copy || bytes_find(text, 0) != text.len) {
        return false;
    }
    if (text.len != 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return inet_pton(family, copy, ret) == 1;
}

struct bytes ip_network(struct bytes text, uint8_t memory[static IP_NETWORK])
{
    struct in6_addr v6;
    struct in_addr v4;
    if (read_as(AF_INET6, text, &v6)) {
        bool is_v4 = IN6_IS_ADDR_V4MAPPED(&v6) != 0;
        struct bytes ret = {memory, is_v4 ? sizeof v4 : IP_NETWORK};
        memcpy(memory, is_v4 ? &v6.s6_addr[12] : v6.s6_addr, ret.len);
        return ret;
    }
    if (!read_as(AF_INET, bytes_slice(text, 0, bytes_find(text, ':')), &v4)) {
        return (struct bytes){NULL, 0};
    }
    memcpy(memory, &v4, sizeof v4);
    return (struct bytes){memory, sizeof v4};
}
