/* Makes crypto/stark_mul.inc: the odd multiples of the generator in every window.
 *
 * Row i holds (2j + 1) * 2^(6i) * G for j = 0 .. 31, x then y, in Montgomery form. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <stdio.h>
#include <stdlib.h>

#define P  "800000000000011000000000000000000000000000000000000000000000001"
#define B  "6f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89"
#define GX "1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca"
#define GY "5668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1f"

#define WINDOW_BITS 6
#define WINDOWS     42
#define ENTRIES     (1 << (WINDOW_BITS - 1))

static BN_CTX *bn;
static BIGNUM *p;

static BIGNUM *number(const char *hex)
{
    BIGNUM *ret = NULL;
    if (BN_hex2bn(&ret, hex) == 0) {
        exit(1);
    }
    return ret;
}

static void print_coordinate(BIGNUM *value)
{
    BN_lshift(value, value, 256);
    BN_nnmod(value, value, p, bn);
    for (int i = 0; i < 4; i++) {
        BIGNUM *limb = BN_dup(value);
        if (BN_num_bits(limb) > 64) {
            BN_mask_bits(limb, 64);
        }
        printf("0x%016llxu,", (unsigned long long)BN_get_word(limb));
        BN_rshift(value, value, 64);
        BN_free(limb);
    }
}

int main(void)
{
    bn = BN_CTX_new();
    p = number(P);
    EC_GROUP *group = EC_GROUP_new_curve_GFp(p, BN_value_one(), number(B), bn);
    EC_POINT *base = EC_POINT_new(group);
    if (EC_POINT_set_affine_coordinates(group, base, number(GX), number(GY), bn) != 1) {
        return 1;
    }
    EC_POINT *twice = EC_POINT_new(group);
    BIGNUM *x = BN_new();
    BIGNUM *y = BN_new();
    printf("#define STARK_MUL_WINDOW_BITS %d\n#define STARK_MUL_WINDOWS %d\n", WINDOW_BITS,
           WINDOWS);
    printf("#define STARK_MUL_TABLE \\\n");
    for (int i = 0; i < WINDOWS; i++) {
        EC_POINT *multiple = EC_POINT_dup(base, group);
        EC_POINT_dbl(group, twice, base, bn);
        printf("{");
        for (int j = 0; j < ENTRIES; j++) {
            if (EC_POINT_get_affine_coordinates(group, multiple, x, y, bn) != 1) {
                return 1;
            }
            printf("{");
            print_coordinate(x);
            print_coordinate(y);
            printf("}, \\\n");
            EC_POINT_add(group, multiple, multiple, twice, bn);
        }
        printf("}, \\\n");
        for (int bit = 0; bit < WINDOW_BITS; bit++) {
            EC_POINT_dbl(group, base, base, bn);
        }
        EC_POINT_free(multiple);
    }
    printf("\n");
    return 0;
}
