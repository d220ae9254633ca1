#include "authenticators/totp.h"

#include "base/ct.h"
#include "digest/sha1.h"

enum { MODULUS = 1000000, COUNTER = 8 };

/* value % MODULUS without a division, whose time may depend on what is divided: the product has the
 * quotient in its upper bits, for every value of 32 bits. */
static uint32_t remainder_of(uint32_t value)
{
    uint32_t quotient = (uint32_t)((uint64_t)value * 0x431bde83u >> 50);
    return value - quotient * MODULUS;
}

/* Four bytes of the code from where its last four bits say, RFC 4226, 5.3; which four is a secret,
 * so all are looked at. */
static uint32_t truncated(const uint8_t code[static SHA1_BYTES])
{
    uint64_t word = 0;
    for (size_t i = 0; i < 16; i++) {
        uint64_t here = (uint64_t)code[i] << 24 | (uint64_t)code[i + 1] << 16 |
                        (uint64_t)code[i + 2] << 8 | code[i + 3];
        word = ct_select(ct_mask_equal(i, code[SHA1_BYTES - 1] & 0xf), here, word);
    }
    return (uint32_t)word & 0x7fffffff;
}

static uint32_t code_of(const struct totp_secret *secret, uint64_t step)
{
    uint8_t counter[COUNTER];
    uint8_t code[SHA1_BYTES];
    for (size_t i = 0; i < sizeof counter; i++) {
        counter[i] = (uint8_t)(step >> (8 * (sizeof counter - 1 - i)));
    }
    sha1_hmac(BYTES_ARRAY(secret->b), BYTES_ARRAY(counter), code);
    uint32_t ret = remainder_of(truncated(code));
    secret_wipe(code, sizeof code);
    return ret;
}

/* A number of six digits. */
static struct status read_code(struct bytes text, uint32_t *ret)
{
    *ret = 0;
    if (text.len != TOTP_DIGITS) {
        return FAIL(AUTH_FAILED);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return FAIL(AUTH_FAILED);
        }
        *ret = 10 * *ret + (text.ptr[i] - (uint32_t)'0');
    }
    return OK;
}

struct status totp_check(const struct totp_secret *secret, struct bytes code,
                         const struct totp_time *time, uint64_t *ret_step)
{
    uint32_t given;
    uint64_t found = 0;
    uint64_t now = time->now_ms / TOTP_STEP_MS;
    *ret_step = 0;
    TRY(read_code(code, &given));
    for (uint64_t step = now - (now != 0); step <= now + 1; step++) {
        uint64_t is_same = ct_mask_equal(code_of(secret, step), given);
        uint64_t is_new = ct_mask_bit(step > time->last_step);
        found = ct_select(is_same & is_new, step, found);
    }
    *ret_step = ct_declassify(found);
    return *ret_step != 0 ? OK : FAIL(AUTH_FAILED);
}
