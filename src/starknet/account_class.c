#include "starknet/account_class.h"

#include "base/invariant.h"

#define HASH(w3, w2, w1, w0)       \
    {                              \
        {                          \
            (w0), (w1), (w2), (w3) \
        }                          \
    }
#define NONE HASH(0, 0, 0, 0)

#define OPENZEPPELIN(version, w3, w2, w1, w0)                                                   \
    {                                                                                           \
        "openzeppelin-" version, ACCOUNT_CLASS_OPENZEPPELIN, CALL_CAIRO1, HASH(w3, w2, w1, w0), \
            NONE                                                                                \
    }
#define ARGENT(version, w3, w2, w1, w0)                                                  \
    {                                                                                    \
        "argent-" version, ACCOUNT_CLASS_ARGENT, CALL_CAIRO1, HASH(w3, w2, w1, w0), NONE \
    }
#define READY(version, w3, w2, w1, w0)                                                 \
    {                                                                                  \
        "ready-" version, ACCOUNT_CLASS_READY, CALL_CAIRO1, HASH(w3, w2, w1, w0), NONE \
    }

/* All of one base class, so of one address; they differ in what the account becomes. */
#define BRAAVOS(version, w3, w2, w1, w0)                                                          \
    {                                                                                             \
        "braavos-" version, ACCOUNT_CLASS_BRAAVOS, CALL_CAIRO1,                                   \
            HASH(0x03d16c7a9a60b059, 0x3bd202f660a28c5d, 0x76e0403601d9ccc7, 0xe4fa253b6a70c201), \
            HASH(w3, w2, w1, w0)                                                                  \
    }

static const struct account_class known[] = {
    OPENZEPPELIN("0.8.1", 0x061dac032f228abe, 0xf9c6626f99501523, 0x3097ae253a7f72d6,
                 0x8552db02f2971b8f),
    OPENZEPPELIN("0.9.0", 0x01148c31dfa5c470, 0x8a4e9cf1eb0fd3d4, 0xd8ad9ccf09d0232c,
                 0xd6b56bee64a7de9d),
    OPENZEPPELIN("0.10.0", 0x004ca5c0b1af6115, 0x858708bd1fabd2e9, 0xbb306012b31a741a,
                 0xcbf69b8a9f35d688),
    OPENZEPPELIN("0.11.0", 0x0450f568a8cb6ea1, 0xbcce446355e8a1c2, 0xe5852a6b8dc3536f,
                 0x495cdceb62e8a7e2),
    OPENZEPPELIN("0.12.0", 0x01e60c8722677cfb, 0x7dd8dbea5be86c09, 0x265db02cdfe77113,
                 0xe77da7d44c017388),
    OPENZEPPELIN("0.13.0", 0x00e2eb8f5672af4e, 0x6a4e8a8f1b449896, 0x85e668489b0a2543,
                 0x7733756c5a34a1d6),
    OPENZEPPELIN("0.14.0", 0x00e2eb8f5672af4e, 0x6a4e8a8f1b449896, 0x85e668489b0a2543,
                 0x7733756c5a34a1d6),
    OPENZEPPELIN("0.15.0", 0x005b8b908d16497c, 0xd347642c1ab43015, 0xb5956e2085aa4c8b,
                 0xb21f0b073015a1c9),
    OPENZEPPELIN("0.16.0", 0x0358a1635f95aaaa, 0x840ec3b47219a354, 0xd5dfe6b01f0bca38,
                 0xae6b2ff397490348),
    OPENZEPPELIN("0.17.0", 0x06d4b80c0f3c3ea9, 0xe98252403a83f8a6, 0xbacf7f7362e9ac0a,
                 0x8824854dca31f8a8),
    OPENZEPPELIN("0.18.0", 0x04a444ef8caf8fa0, 0xdb05da60bf0ad9ba, 0xe264c73fa7e32c61,
                 0xd245406f5523174b),
    OPENZEPPELIN("0.19.0", 0x04a444ef8caf8fa0, 0xdb05da60bf0ad9ba, 0xe264c73fa7e32c61,
                 0xd245406f5523174b),
    OPENZEPPELIN("0.20.0", 0x02b31e19e45c06f2, 0x9234e06e2ee98a99, 0x66479ba3067f8785,
                 0xed972794fdb0065c),
    OPENZEPPELIN("1.0.0", 0x05b4b537eaa2399e, 0x3aa99c4e2e0208eb, 0xd6c71bc1467938cd,
                 0x52c798c601e43564),
    OPENZEPPELIN("2.0.0", 0x07fa937960fd981b, 0xc9a7f54f02786cfa, 0x6c6f194fc66cb0c3,
                 0x5c1588bd83448062),
    OPENZEPPELIN("3.0.0", 0x01d1777db36cdd06, 0xdd62cfde77b1b6ae, 0x06412af95d57a13d,
                 0xc40ac77b8a702381),
    OPENZEPPELIN("4.0.0-rc.1", 0x0342f3c683f708fd, 0x920e625e425b7772, 0x6aa4c834da47ec92,
                 0xb4da5c207f025207),
    ARGENT("0.3.0", 0x01a736d6ed154502, 0x257f02b1ccdf4d9d, 0x1089f80811cd6aca, 0xd48e6b6a9d1f2003),
    ARGENT("0.3.1", 0x029927c8af6bccf3, 0xf6fda035981e765a, 0x7bdbf18a2dc0d630, 0x494f8758aa908e2b),
    READY("0.4.0", 0x036078334509b514, 0x626504edc9fb2523, 0x28d1a240e4e948be, 0xf8d0c08dff45927f),
    READY("0.5.0", 0x073414441639dcd1, 0x1d1846f287650a00, 0xc60c416b9d3ba45d, 0x31c651672125b2c2),
    BRAAVOS("1.2.0", 0x03957f9f5a1cbfe9, 0x18cedc2015c85200, 0xca51a5f7506ecb6d,
            0xe98a5207b759bf8a),
    BRAAVOS("1.1.0", 0x02c8c7e6fbcfb3e8, 0xe15a46648e8914c6, 0xaa1fc506fc1e7fb3,
            0xd1e19630716174bc),
};

enum { KNOWN = sizeof known / sizeof known[0] };

/* Ready was Argent when it published these. */
static const char *const former_names[][2] = {
    {"argent-0.4.0", "ready-0.4.0"},
    {"argent-0.5.0", "ready-0.5.0"},
};

static const char *const kind_names[ACCOUNT_CLASS_KINDS] = {
    [ACCOUNT_CLASS_OPENZEPPELIN] = "openzeppelin",
    [ACCOUNT_CLASS_ARGENT] = "argent",
    [ACCOUNT_CLASS_READY] = "ready",
    [ACCOUNT_CLASS_BRAAVOS] = "braavos",
};

const struct account_class *account_class_known(size_t *ret_count)
{
    *ret_count = KNOWN;
    return known;
}

const struct account_class *account_class_default(void)
{
    const struct account_class *found =
        account_class_by_name(known, KNOWN, BYTES_LITERAL("openzeppelin-1.0.0"));
    INVARIANT(found != NULL);
    return found;
}

bool account_class_has_guardian(const struct account_class *class)
{
    return class->kind == ACCOUNT_CLASS_ARGENT || class->kind == ACCOUNT_CLASS_READY;
}

static const struct account_class *named(const struct account_class *classes, size_t count,
                                         struct bytes name)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(bytes_of(classes[i].name), name)) {
            return &classes[i];
        }
    }
    return NULL;
}

const struct account_class *account_class_by_name(const struct account_class *classes, size_t count,
                                                  struct bytes name)
{
    for (size_t i = 0; i < sizeof former_names / sizeof former_names[0]; i++) {
        if (bytes_equal(bytes_of(former_names[i][0]), name)) {
            return named(classes, count, bytes_of(former_names[i][1]));
        }
    }
    return named(classes, count, name);
}

const struct account_class *account_class_by_hash(const struct account_class *classes, size_t count,
                                                  const struct felt *hash)
{
    for (size_t i = 0; i < count; i++) {
        if (felt_equal(&classes[i].hash, hash)) {
            return &classes[i];
        }
    }
    return NULL;
}

struct status account_class_kind_read(struct bytes name, enum account_class_kind *ret_kind)
{
    *ret_kind = ACCOUNT_CLASS_OPENZEPPELIN;
    for (unsigned kind = 0; kind < ACCOUNT_CLASS_KINDS; kind++) {
        if (bytes_equal(bytes_of(kind_names[kind]), name)) {
            *ret_kind = (enum account_class_kind)kind;
            return OK;
        }
    }
    return FAIL(UNKNOWN_ACCOUNT_CLASS);
}

const char *account_class_kind_name(enum account_class_kind kind)
{
    INVARIANT((unsigned)kind < ACCOUNT_CLASS_KINDS);
    return kind_names[kind];
}
