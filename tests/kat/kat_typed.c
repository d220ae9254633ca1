#include "kat/kat.h"
#include "starknet/typed_data.h"

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

const struct kat_kind kat_typed_kinds[] = {
    {"snip12_rev0", snip12_rev0},
    {"snip12_rev1", snip12_rev1},
    {NULL, NULL},
};
