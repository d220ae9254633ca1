#include "authenticators/oidc_prove.h"

struct status oidc_prove(const struct oidc_issuers *issuers, const struct oidc_said *said,
                         struct bytes text, struct arena *arena, struct buf *ret_key)
{
    struct oidc_token token;
    const struct oidc_key *key;
    struct oidc_expected expected = {NULL, said->proof_of, said->now};
    TRY(oidc_token_read(text, arena, &token));
    TRY(oidc_token_issuer(&token, issuers->rows, issuers->count, &expected.issuer));
    struct oidc_cache *cache = &issuers->caches[expected.issuer - issuers->rows];
    TRY(oidc_cache_find(cache, token.kid, said->now_ms, &key));
    return oidc_token_check(&token, key, &expected, ret_key);
}
