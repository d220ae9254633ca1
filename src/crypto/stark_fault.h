/* Faults planted into signing and public keys, for tests that nothing leaves. Test builds only.
 *
 * Used by the tests of ECDSA and of the service. */
#ifndef COFFER_CRYPTO_STARK_FAULT_H
#define COFFER_CRYPTO_STARK_FAULT_H

#ifdef COFFER_CHECKED

enum stark_fault {
    STARK_FAULT_NONE,
    STARK_FAULT_POINT, /* R, or the public key, leaves the curve */
    STARK_FAULT_S,     /* a bit of s flips */
    STARK_FAULT_RANGE, /* every nonce counts as unsuitable */
    STARK_FAULT_NONCE, /* the nonce changes after R was made from it: only verifying shows it */
};

/* What goes wrong in this thread from now on. */
extern _Thread_local enum stark_fault stark_fault_planted;

#    define STARK_FAULT(which) (stark_fault_planted == STARK_FAULT_##which)
#else
#    define STARK_FAULT(which) 0
#endif

#endif
