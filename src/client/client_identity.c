#include "client/client_identity.h"

struct status client_identity_sign(const struct client_identity *identity, struct bytes text,
                                   struct k256_signature *ret)
{
    *ret = (struct k256_signature){0};
    struct status status = identity->sign(identity->context, text, ret);
    if (!status_is_ok(status)) {
        *ret = (struct k256_signature){0};
    }
    return status;
}

struct status client_identity_agree(const struct client_identity *identity,
                                    const struct p384_point *node, struct envelope_keys *ret)
{
    *ret = (struct envelope_keys){0};
    struct status status = identity->agree(identity->context, node, ret);
    if (!status_is_ok(status)) {
        envelope_keys_wipe(ret);
    }
    return status;
}

void client_identity_close(struct client_identity *identity)
{
    if (identity->close != NULL) {
        identity->close(identity->context);
    }
    *identity = (struct client_identity){0};
}
