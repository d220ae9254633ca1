/* Makes crypto/stark_params.inc: the Stark curve's constants in the forms that the code uses.
 *
 * The curve is given by its published numbers; everything else is computed from them. */
#include <openssl/bn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define P  "800000000000011000000000000000000000000000000000000000000000001"
#define N  "800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f"
#define B  "6f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89"
#define GX "1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca"
#define GY "5668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1f"

static BN_CTX *bn;

static BIGNUM *number(const char *hex)
{
    BIGNUM *ret = NULL;
    if (BN_hex2bn(&ret, hex) == 0) {
        exit(1);
    }
    return ret;
}

/* #define name followed by count limbs of so many bits, low first. */
static void define(const char *name, const BIGNUM *value, int count, int bits, const char *suffix)
{
    BIGNUM *rest = BN_dup(value);
    printf("#define %s", name);
    for (int i = 0; i < count; i++) {
        BIGNUM *limb = BN_dup(rest);
        if (BN_num_bits(limb) > bits) {
            BN_mask_bits(limb, bits);
        }
        printf("%s 0x%016llx%s", i == 0 ? "" : ",", (unsigned long long)BN_get_word(limb), suffix);
        BN_rshift(rest, rest, bits);
    }
    printf("\n");
}

static void define_limbs(const char *name, const BIGNUM *value)
{
    define(name, value, 4, 64, "u");
}

/* 2^exponent mod the modulus. */
static BIGNUM *power_of_two(int exponent, const BIGNUM *modulus)
{
    BIGNUM *ret = BN_new();
    BN_set_bit(ret, exponent);
    BN_nnmod(ret, ret, modulus, bn);
    return ret;
}

/* 1/modulus mod 2^bits. */
static BIGNUM *inverse_of(const BIGNUM *modulus, int bits)
{
    BIGNUM *power = BN_new();
    BN_set_bit(power, bits);
    return BN_mod_inverse(NULL, modulus, power, bn);
}

int main(void)
{
    bn = BN_CTX_new();
    BIGNUM *p = number(P);
    BIGNUM *n = number(N);
    BIGNUM *r = power_of_two(256, p);
    define_limbs("STARK_PARAMS_P_R2", power_of_two(512, p));
    define_limbs("STARK_PARAMS_P_R3", power_of_two(768, p));
    define("STARK_PARAMS_P_62", p, 5, 62, "");
    define("STARK_PARAMS_P_62_INVERSE", inverse_of(p, 62), 1, 62, "u");
    const char *names[] = {"STARK_PARAMS_B", "STARK_PARAMS_GX", "STARK_PARAMS_GY"};
    const char *values[] = {B, GX, GY};
    for (int i = 0; i < 3; i++) {
        BIGNUM *value = number(values[i]);
        BN_mod_mul(value, value, r, p, bn);
        define_limbs(names[i], value);
    }
    define_limbs("STARK_PARAMS_N", n);
    define_limbs("STARK_PARAMS_N_R2", power_of_two(512, n));
    define("STARK_PARAMS_N_62", n, 5, 62, "");
    define("STARK_PARAMS_N_62_INVERSE", inverse_of(n, 62), 1, 62, "u");
    BIGNUM *negated = inverse_of(n, 64);
    BIGNUM *word = BN_new();
    BN_set_bit(word, 64);
    BN_sub(negated, word, negated);
    define("STARK_PARAMS_N_64_NEGATED_INVERSE", negated, 1, 64, "u");
    return 0;
}
