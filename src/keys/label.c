#include "keys/label.h"

#include "base/invariant.h"
#include "base/secret.h"
#include "digest/hkdf_sha256.h"

enum {
    DOMAIN = 1u << LABEL_DOMAIN,
    EPOCH = 1u << LABEL_EPOCH,
    TENANT = 1u << LABEL_TENANT,
    APP = 1u << LABEL_APP,
    USER = 1u << LABEL_USER,
    INDEX = 1u << LABEL_INDEX,
    PATH = 1u << LABEL_PATH,
    CONTEXT = 1u << LABEL_CONTEXT,
    MEASUREMENT = 1u << LABEL_MEASUREMENT,
    INCARNATION = 1u << LABEL_INCARNATION,
};

struct row {
    enum label_purpose purpose;
    enum label_alg alg;
    uint16_t out_len; /* 0: as the caller asks */
    unsigned required;
    unsigned optional;
};

static const struct row rows[] = {
    {LABEL_TENANT_SEED, LABEL_BYTES, 32, DOMAIN | EPOCH | TENANT, 0},
    {LABEL_USER_KEY, LABEL_STARK, 48, USER | INDEX, 0},
    {LABEL_APP_KEY, LABEL_BYTES, 0, DOMAIN | EPOCH | APP | PATH | CONTEXT, MEASUREMENT},
    {LABEL_VALUES, LABEL_BYTES, 32, DOMAIN | EPOCH | TENANT, 0},
    {LABEL_SNAPSHOT, LABEL_BYTES, 32, DOMAIN | EPOCH, 0},
    {LABEL_SYNC, LABEL_BYTES, 32, DOMAIN | EPOCH, 0},
    {LABEL_SESSION, LABEL_BYTES, 32, DOMAIN | EPOCH | INCARNATION, 0},
    {LABEL_PSEUDONYM, LABEL_BYTES, 32, DOMAIN | EPOCH | TENANT, 0},
    {LABEL_WRAP, LABEL_BYTES, 32, DOMAIN | EPOCH, 0},
    {LABEL_ROOT_CHECK, LABEL_BYTES, 32, DOMAIN | EPOCH, 0},
};

/* The size of a field by its tag; 0 for raw bytes. */
static const size_t sizes[LABEL_TAGS] = {
    [LABEL_DOMAIN] = 32, [LABEL_EPOCH] = 4,        [LABEL_TENANT] = 32,      [LABEL_APP] = 32,
    [LABEL_INDEX] = 8,   [LABEL_MEASUREMENT] = 32, [LABEL_INCARNATION] = 16,
};

static const struct row *row_of(enum label_purpose purpose)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].purpose == purpose) {
            return &rows[i];
        }
    }
    return NULL;
}

struct label label_start(enum label_purpose purpose)
{
    const struct row *row = row_of(purpose);
    INVARIANT(row != NULL);
    return (struct label){.purpose = purpose, .alg = row->alg, .out_len = row->out_len};
}

void label_set(struct label *label, enum label_tag tag, struct bytes value)
{
    INVARIANT(tag > 0 && tag < LABEL_TAGS && tag != LABEL_EPOCH && tag != LABEL_INDEX);
    label->value[tag] = value;
    label->present |= 1u << tag;
}

void label_set_epoch(struct label *label, uint32_t epoch)
{
    label->epoch = epoch;
    label->present |= EPOCH;
}

void label_set_index(struct label *label, uint64_t index)
{
    label->index = index;
    label->present |= INDEX;
}

static bool is_exact(const struct label *label, const struct row *row)
{
    if ((label->present & ~row->optional) != row->required) {
        return false;
    }
    for (unsigned tag = 1; tag < LABEL_TAGS; tag++) {
        bool bytes = tag != LABEL_EPOCH && tag != LABEL_INDEX;
        size_t len = label->value[tag].len;
        if (bytes && (label->present >> tag & 1) != 0 &&
            (sizes[tag] != 0 ? len != sizes[tag] : len > UINT16_MAX)) {
            return false;
        }
    }
    return row->out_len != 0 ? label->out_len == row->out_len && label->alg == row->alg
                             : label->out_len != 0;
}

static void put_field(const struct label *label, unsigned tag, struct buf *out)
{
    buf_put_u8(out, (uint8_t)tag);
    if (tag == LABEL_EPOCH) {
        buf_put_u16(out, 4);
        buf_put_u32(out, label->epoch);
    } else if (tag == LABEL_INDEX) {
        buf_put_u16(out, 8);
        buf_put_u64(out, label->index);
    } else {
        buf_put_u16(out, (uint16_t)label->value[tag].len);
        buf_put(out, label->value[tag]);
    }
}

struct status label_encode(const struct label *label, struct buf *out)
{
    const struct row *row = row_of(label->purpose);
    if (row == NULL || !is_exact(label, row)) {
        return FAIL(INTERNAL);
    }
    buf_put_text(out, "CFR2");
    buf_put_u8(out, (uint8_t)label->purpose);
    buf_put_u8(out, (uint8_t)label->alg);
    buf_put_u16(out, label->out_len);
    for (unsigned tag = 1; tag < LABEL_TAGS; tag++) {
        if ((label->present >> tag & 1) != 0) {
            put_field(label, tag, out);
        }
    }
    return buf_check(out);
}

struct status label_expand(const struct hmac_sha256_key *prk, const struct label *label,
                           uint8_t *out, size_t len)
{
    secret_wipe(out, len);
    if (len != label->out_len) {
        return FAIL(INTERNAL);
    }
    uint8_t memory[LABEL_MAX];
    struct buf info = buf_over(memory, sizeof memory);
    TRY(label_encode(label, &info));
    return hkdf_sha256_expand(prk, buf_bytes(&info), out, len);
}
