#include "crypto/stark_key.h"

#include "base/ct.h"
#include "crypto/stark_fault.h"
#include "crypto/stark_mul.h"

#ifdef COFFER_CHECKED
_Thread_local enum stark_fault stark_fault_planted;
#endif

struct status stark_key_from_bytes(const struct secret32 *in, struct stark_key *ret)
{
    uint64_t in_range = stark_scalar_from_be(in->b, &ret->d);
    in_range &= stark_scalar_is_zero(&ret->d) ^ 1;
    return ct_declassify(in_range) ? OK : FAIL(KEY_INVALID);
}

struct status stark_key_public(const struct stark_key *key, struct stark_public *ret)
{
    SECRET(stark_point, point);
    stark_mul_base(&key->d, &point);
    stark_point_to_affine(&point, &ret->point);
    if (STARK_FAULT(POINT)) {
        stark_fe_add(&ret->point.y, &stark_point_b, &ret->point.y);
    }
    if (!ct_declassify(stark_point_on_curve(&ret->point))) {
        *ret = (struct stark_public){0};
        return FAIL(SELF_CHECK);
    }
    stark_fe_to_felt(&ret->point.x, &ret->x);
    for (int i = 0; i < 4; i++) {
        ret->x.limb[i] = ct_declassify(ret->x.limb[i]);
    }
    return OK;
}
