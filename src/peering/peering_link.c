#include <string.h>

#include "peering/peering_internal.h"

static bool is_link_of(const struct link *link, const struct registry_peer *peer)
{
    return link->is_used && eth_address_equal(&link->wallet, &peer->grant.wallet) &&
           p384_point_equal(&link->registered, &peer->grant.tee_point) &&
           strcmp(link->url, peer->url) == 0;
}

static bool is_idle(const struct link *link)
{
    return link->calls == 0 && !link->is_ahead;
}

/* One that nothing uses: none at all, or the one that was used longest ago. */
static struct link *find_room(struct peering *peering)
{
    struct link *oldest = NULL;
    for (size_t i = 0; i < PEERING_LINKS_MAX; i++) {
        struct link *link = &peering->links[i];
        if (!link->is_used) {
            return link;
        }
        if (is_idle(link) && (oldest == NULL || link->used_ms < oldest->used_ms)) {
            oldest = link;
        }
    }
    return oldest;
}

struct status peering_link(struct peering *peering, const struct registry_peer *peer,
                           struct link **ret)
{
    const struct peering_url_rules rules = {.has_proxy = peering->setup.proxy != NULL,
                                            .may_be_private = peering->setup.may_be_private};
    char origin[PEERING_ORIGIN_MAX];
    *ret = NULL;
    for (size_t i = 0; i < PEERING_LINKS_MAX; i++) {
        if (is_link_of(&peering->links[i], peer)) {
            *ret = &peering->links[i];
            return OK;
        }
    }
    TRY(peering_url_read(bytes_of(peer->url), &rules, origin));
    struct link *link = find_room(peering);
    if (link == NULL) {
        return FAIL(OVERLOADED);
    }
    envelope_keys_wipe(link->keys);
    *link = (struct link){.is_used = true,
                          .wallet = peer->grant.wallet,
                          .registered = peer->grant.tee_point,
                          .keys = link->keys};
    memcpy(link->url, peer->url, sizeof link->url);
    memcpy(link->origin, origin, sizeof link->origin);
    *ret = link;
    return OK;
}

bool peering_link_take(struct link *link, uint64_t now_ms, struct sealed_call_nonce *ret)
{
    bool is_good = link->spare.nonce[0] != '\0' && now_ms - link->spare_ms < PEERING_NONCE_MS;
    if (is_good) {
        *ret = link->spare;
    }
    link->spare = (struct sealed_call_nonce){{0}, {0}};
    return is_good;
}

void peering_link_doubt(struct link *link)
{
    link->node[0] = '\0';
    link->spare = (struct sealed_call_nonce){{0}, {0}};
}
