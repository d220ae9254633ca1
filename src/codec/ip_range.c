#include "codec/ip_range.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

/* Addresses of which the first bits are these. */
struct range {
    uint8_t address[16];
    uint8_t bits;
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct range private_v4[] = {
    {{10}, 8},
    {{127}, 8},
    {{172, 16}, 12},
    {{192, 168}, 16},
};

static const struct range private_v6[] = {
    {{[15] = 1}, 128},
    {{0xfc}, 7},
};

/* Besides the private ones. */
static const struct range special_v4[] = {
    {{0}, 8},             /* this network */
    {{100, 64}, 10},      /* behind the translators of providers */
    {{169, 254}, 16},     /* of one link; the metadata of clouds */
    {{192, 0, 0}, 24},    /* protocols of the IETF */
    {{192, 0, 2}, 24},    /* documentation */
    {{192, 31, 196}, 24}, /* sinks of reverse names, */
    {{192, 52, 193}, 24}, /* tunnels of multicast, */
    {{192, 88, 99}, 24},  /* and of 6to4: whoever is nearest */
    {{192, 175, 48}, 24}, /* as the sinks */
    {{198, 18}, 15},      /* benchmarks */
    {{198, 51, 100}, 24}, /* documentation */
    {{203, 0, 113}, 24},
    {{224}, 4}, /* multicast */
    {{240}, 4}, /* reserved, and broadcast */
};

/* All that is given out to the public. So neither ::, ::/96, 64:ff9b::/96 and 64:ff9b:1::/48, which
 * hold addresses of IPv4, nor 100::/64, fe80::/10, fec0::/10 and ff00::/8 are. */
static const struct range public_v6 = {{0x20}, 3};

static const struct range special_v6[] = {
    {{0x20, 0x01, 0x00}, 23},                   /* protocols of the IETF; Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},             /* documentation */
    {{0x20, 0x02}, 16},                         /* 6to4, which holds addresses of IPv4 */
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48}, /* sinks of reverse names */
    {{0x3f, 0xff}, 20},                         /* documentation */
};

static bool is_in(const struct range *range, const uint8_t *address)
{
    size_t whole = range->bits / 8;
    unsigned rest = range->bits % 8;
    uint8_t mask = (uint8_t)(0xff00u >> rest);
    return bytes_equal((struct bytes){range->address, whole}, (struct bytes){address, whole}) &&
           (rest == 0 || (address[whole] & mask) == (range->address[whole] & mask));
}

static bool is_in_any(const struct range *ranges, size_t count, const uint8_t *address)
{
    for (size_t i = 0; i < count; i++) {
        if (is_in(&ranges[i], address)) {
            return true;
        }
    }
    return false;
}

enum ip_range ip_range_v4(const uint8_t address[static 4])
{
    if (is_in_any(private_v4, COUNT(private_v4), address)) {
        return IP_RANGE_PRIVATE;
    }
    return is_in_any(special_v4, COUNT(special_v4), address) ? IP_RANGE_SPECIAL : IP_RANGE_PUBLIC;
}

enum ip_range ip_range_v6(const uint8_t address[static 16])
{
    if (is_in_any(private_v6, COUNT(private_v6), address)) {
        return IP_RANGE_PRIVATE;
    }
    return is_in(&public_v6, address) && !is_in_any(special_v6, COUNT(special_v6), address)
               ? IP_RANGE_PUBLIC
               : IP_RANGE_SPECIAL;
}
