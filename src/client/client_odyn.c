#include "client/client_odyn.h"

#include "base/secret.h"
#include "odyn/odyn_link.h"

enum { TIMEOUT_MS = 5000 };

struct holder {
    struct client_key key; /* but for its wallet */
    struct odyn_link link;
    struct odyn_link_keys odyn;
};

static struct status sign(void *context, struct bytes text, struct k256_signature *ret)
{
    struct holder *holder = context;
    return odyn_link_sign(&holder->link, &holder->odyn.wallet, text, ret);
}

static struct status agree(void *context, const struct p384_point *node, struct envelope_keys *ret)
{
    const struct holder *holder = context;
    return envelope_keys(&holder->key.tee, &holder->key.point, node, ENVELOPE_CLIENT, ret);
}

static void close_identity(void *context)
{
    struct holder *holder = context;
    odyn_link_deinit(&holder->link);
    secret_free(&context, sizeof *holder);
}

static struct status open_holder(const char *url, const struct client_key *key,
                                 struct holder *holder)
{
    holder->key.tee = key->tee;
    holder->key.point = key->point;
    TRY(odyn_link_init(&holder->link, url, TIMEOUT_MS));
    return odyn_link_keys(&holder->link, &holder->odyn);
}

struct status client_odyn_identity(const char *url, const struct client_key *key,
                                   struct client_identity *ret)
{
    void *memory = NULL;
    *ret = (struct client_identity){0};
    TRY(secret_alloc(sizeof(struct holder), &memory));
    struct holder *holder = memory;
    struct status status = open_holder(url, key, holder);
    if (!status_is_ok(status)) {
        close_identity(holder);
        return status;
    }
    *ret = (struct client_identity){holder, holder->odyn.wallet, key->point, sign,
                                    agree,  close_identity};
    return OK;
}
