#include "authenticators/oidc_prove.h"

struct status oidc_prove(const struct oidc_issuers *issuers, const struct oidc_said *said,
                         struct bytes text, struct arena *arena, struct buf *ret_key)
{
    struct oidc_token token;
    struct oidc_key key;
    struct oidc_expected expected = {NULL, said->proof_of, said->now};
    TRY(oidc_token_read(text, arena, &token));
    TRY(oidc_token_issuer(&token, issuers->rows, issuers->count, &expected.issuer));
    size_t index = (size_t)(expected.issuer - issuers->rows);
    TRY(issuers->find(issuers->context, index, token.kid, &key));
    return oidc_token_check(&token, &key, &expected, ret_key);
}
