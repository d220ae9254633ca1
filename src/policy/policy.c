#include "policy/policy.h"

static bool has_chain(const struct policy_rules *rules, const struct felt *chain)
{
    for (size_t i = 0; i < rules->chain_count; i++) {
        if (felt_equal(&rules->chains[i], chain)) {
            return true;
        }
    }
    return false;
}

static bool is_above(const uint64_t a[static 4], const uint64_t b[static 4])
{
    for (size_t i = 4; i-- > 0;) {
        if (a[i] != b[i]) {
            return a[i] > b[i];
        }
    }
    return false;
}

static struct status judge_transaction(const struct policy_rules *rules,
                                       const struct policy_request *request)
{
    if (request->is_query && !rules->query) {
        return FAIL(QUERY_DENIED);
    }
    if (!has_chain(rules, &request->chain)) {
        return FAIL(CHAIN_DENIED);
    }
    if (!request->is_own_account && !rules->sender_override) {
        return FAIL(SENDER_MISMATCH);
    }
    return is_above(request->fee_max, rules->fee_ceiling) ? FAIL(FEE_CEILING) : OK;
}

static struct status judge_message(const struct policy_rules *rules,
                                   const struct policy_request *request)
{
    if (!has_chain(rules, &request->chain)) {
        return FAIL(DOMAIN_CHAIN);
    }
    return request->is_own_account ? OK : FAIL(SENDER_MISMATCH);
}

struct status policy_judge(const struct policy_rules *rules, const struct policy_request *request)
{
    switch (request->kind) {
    case POLICY_INVOKE:
    case POLICY_DEPLOY_ACCOUNT:
        return judge_transaction(rules, request);
    case POLICY_DECLARE:
        return rules->declare ? judge_transaction(rules, request) : FAIL(DECLARE_DENIED);
    case POLICY_OUTSIDE_EXECUTION:
        return judge_message(rules, request);
    case POLICY_TYPED_DATA:
        return rules->typed_data ? judge_message(rules, request) : FAIL(TYPED_DATA_UNLISTED);
    case POLICY_SESSION:
        return rules->typed_data && rules->session ? judge_message(rules, request)
                                                   : FAIL(SESSION_DENIED);
    case POLICY_OPAQUE:
        return rules->opaque ? OK : FAIL(OPAQUE_DENIED);
    }
    return FAIL(POLICY_DENIED);
}
