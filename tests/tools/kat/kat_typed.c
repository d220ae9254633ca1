#include "starknet/outside_execution.h"
#include "tools/kat/kat.h"

static void snip12(struct kat *kat, unsigned revision)
{
    struct stark_key key = kat_key(kat, &kat->in, "priv");
    struct felt account = kat_felt(kat, &kat->in, "account");
    struct json_in at = kat_member(kat, &kat->in, "typed_data");
    struct typed_data data;
    kat_try(kat, typed_data_read(kat->arena, &at, &data));
    kat_require(kat, data.revision == revision);
    struct felt hash = FELT_ZERO;
    if (!kat->failed) {
        typed_data_hash(&data, &account, &hash);
    }
    kat_expect(kat, &kat->out, "domain_hash", &data.domain_hash);
    kat_expect(kat, &kat->out, "message_struct_hash", &data.message_hash);
    kat_expect(kat, &kat->out, "hash", &hash);
    kat_expect_signature(kat, &kat->out, "signature", &key, &hash);
}

static void snip12_rev0(struct kat *kat)
{
    snip12(kat, 0);
}

static void snip12_rev1(struct kat *kat)
{
    snip12(kat, 1);
}

static void snip9(struct kat *kat, unsigned version)
{
    struct outside_execution outside = {
        .version = version,
        .caller = kat_felt(kat, &kat->in, "caller"),
        .nonce = kat_felt(kat, &kat->in, "nonce"),
        .execute_after = kat_felt(kat, &kat->in, "execute_after").limb[0],
        .execute_before = kat_felt(kat, &kat->in, "execute_before").limb[0],
    };
    struct json_in calls = kat_member(kat, &kat->in, "calls");
    struct calls list = {NULL, 0};
    struct felt account = kat_felt(kat, &kat->in, "account");
    struct felt chain = kat_felt(kat, &kat->in, "chain_id");
    struct stark_key key = kat_key(kat, &kat->in, "priv");
    struct felt hash;
    struct felts calldata = {NULL, 0};
    if (!kat->failed) {
        kat_try(kat, call_list_json(kat->arena, &calls, true, &list));
    }
    outside.calls = list.ptr;
    outside.call_count = list.len;
    outside_execution_hash(&outside, &chain, &account, &hash);
    kat_expect(kat, &kat->out, "hash", &hash);
    struct stark_signature made = kat_expect_signature(kat, &kat->out, "signature", &key, &hash);
    const struct felt signature[] = {made.r, made.s};
    kat_try(kat, outside_execution_calldata(kat->arena, &outside, (struct felts){signature, 2},
                                            &calldata));
    kat_expect_felts(kat, &kat->out, "calldata", calldata);
}

static void snip9_v1(struct kat *kat)
{
    snip9(kat, 1);
}

static void snip9_v2(struct kat *kat)
{
    snip9(kat, 2);
}

const struct kat_kind kat_typed_kinds[] = {
    {"snip12_rev0", snip12_rev0},
    {"snip12_rev1", snip12_rev1},
    {"snip9_v1", snip9_v1},
    {"snip9_v2", snip9_v2},
    {NULL, NULL},
};
