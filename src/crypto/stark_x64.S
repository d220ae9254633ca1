/* Contracts in stark_x64_internal.h; the reduction is derived in stark_fe.c, the formulas are those
 * of stark_point.c and poseidon.c.
 *
 * A product leaves its result in r12 .. r15, where the next sum takes it up. It can add a multiple
 * of p for free, so a following difference needs no offset of its own. */
#if defined(__x86_64__)

#if defined(__CET__)
#include <cet.h>
#else
#define _CET_ENDBR
#endif

/* Bytes of a struct stark_fe. */
#ifdef COFFER_CHECKED
#define FE 40
#else
#define FE 32
#endif

/* The fields of a point at a register. */
#define X(at)   0*FE(at)
#define Y(at)   1*FE(at)
#define ZZ(at)  2*FE(at)
#define ZZZ(at) 3*FE(at)

/* Elements on the stack. */
#define TEMP(i) 32*i(%rsp)

        .set    STARK_C, 0x0800000000000011

/* --- one element ------------------------------------------------------------------------------ */

/* Adds a[0 .. 3]*word to t0 .. t3 and makes t4, with two carry chains. */
.macro MUL_ROW a, word, t0, t1, t2, t3, t4
        movq    \word, %rdx
        xorl    %ebx, %ebx
        mulxq   0+\a, %rax, %rbp
        adcxq   %rax, \t0
        adoxq   %rbp, \t1
        mulxq   8+\a, %rax, %rbp
        adcxq   %rax, \t1
        adoxq   %rbp, \t2
        mulxq   16+\a, %rax, %rbp
        adcxq   %rax, \t2
        adoxq   %rbp, \t3
        mulxq   24+\a, %rax, \t4
        adcxq   %rax, \t3
        adoxq   %rbx, \t4
        adcxq   %rbx, \t4
.endm

/* r12 .. r15 = (r8 .. r15)/R mod p + (plus - 1)*p. The first plus, at limb 4, is in r12 already.
 * Leaves c in rdx. */
.macro REDUCE plus
        movabsq $STARK_C, %rdx
        mulxq   %r8, %rax, %rbx
        mulxq   %r9, %r8, %r9
        mulxq   %r10, %rbp, %r10
        addq    %r8, %rbx
        adcq    %rbp, %r9
        adcq    $0, %r10
        subq    %rax, %r11
        sbbq    %rbx, %r12
        sbbq    %r9, %r13
        sbbq    %r10, %r14
        sbbq    $0, %r15
        mulxq   %r11, %rax, %rbx
    .if \plus == 1
        leaq    (%r15,%rdx), %r15
    .else
        movabsq $(\plus * STARK_C), %rbp
        leaq    (%r15,%rbp), %r15
    .endif
        subq    %rax, %r14
        sbbq    %rbx, %r15
.endm

/* r12 .. r15 = a*b + (plus - 1)*p. The top word of a[0 .. 3]*b[0] is at most a[3] <= 31*c, so adding
 * plus to it cannot overflow. */
.macro MUL a, b, plus=1
        movq    0+\b, %rdx
        mulxq   0+\a, %r8, %r9
        mulxq   8+\a, %rax, %r10
        addq    %rax, %r9
        mulxq   16+\a, %rax, %r11
        adcq    %rax, %r10
        mulxq   24+\a, %rax, %r12
        adcq    %rax, %r11
        adcq    $\plus, %r12
        MUL_ROW \a, 8+\b, %r9, %r10, %r11, %r12, %r13
        MUL_ROW \a, 16+\b, %r10, %r11, %r12, %r13, %r14
        MUL_ROW \a, 24+\b, %r11, %r12, %r13, %r14, %r15
        REDUCE  \plus
.endm

/* r12 .. r15 = a*a + (plus - 1)*p: the mixed products, doubled while the squares are added. */
.macro SQR a, plus=1
        movq    0+\a, %rdx
        mulxq   8+\a, %r9, %r10
        mulxq   16+\a, %rax, %r11
        addq    %rax, %r10
        mulxq   24+\a, %rax, %r12
        adcq    %rax, %r11
        movq    8+\a, %rdx
        mulxq   24+\a, %rax, %r13
        adcq    %rax, %r12
        adcq    $0, %r13
        mulxq   16+\a, %rax, %rbx
        movq    16+\a, %rdx
        mulxq   24+\a, %rbp, %r14
        addq    %rax, %r11
        adcq    %rbx, %r12
        adcq    %rbp, %r13
        adcq    $0, %r14
        movq    0+\a, %rdx
        xorl    %r15d, %r15d
        mulxq   %rdx, %r8, %rax
        adcxq   %r9, %r9
        adoxq   %rax, %r9
        movq    8+\a, %rdx
        mulxq   %rdx, %rax, %rbx
        adcxq   %r10, %r10
        adoxq   %rax, %r10
        adcxq   %r11, %r11
        adoxq   %rbx, %r11
        movq    16+\a, %rdx
        mulxq   %rdx, %rax, %rbx
        adcxq   %r12, %r12
        adoxq   %rax, %r12
        adcxq   %r13, %r13
        adoxq   %rbx, %r13
        movq    24+\a, %rdx
        mulxq   %rdx, %rax, %rbx
        adcxq   %r14, %r14
        adoxq   %rax, %r14
        adcxq   %r15, %r15
        adoxq   %rbx, %r15
        addq    $\plus, %r12
        adcq    $0, %r13
        adcq    $0, %r14
        adcq    $0, %r15
        REDUCE  \plus
.endm

/* r12 .. r15 += a, or -= a. */
.macro ADD a
        addq    0+\a, %r12
        adcq    8+\a, %r13
        adcq    16+\a, %r14
        adcq    24+\a, %r15
.endm

.macro SUB a
        subq    0+\a, %r12
        sbbq    8+\a, %r13
        sbbq    16+\a, %r14
        sbbq    24+\a, %r15
.endm

.macro DOUBLE
        addq    %r12, %r12
        adcq    %r13, %r13
        adcq    %r14, %r14
        adcq    %r15, %r15
.endm

/* Bound 2 for r12 .. r15, as stark_fe_weak. In: at least p; c in rdx. */
.macro WEAK
        movq    %r15, %rax
        shrq    $59, %rax
        decq    %rax
        movq    %rax, %rbx
        imulq   %rdx, %rbx
        subq    %rax, %r12
        sbbq    $0, %r13
        sbbq    $0, %r14
        sbbq    %rbx, %r15
.endm

.macro LOAD a
        movq    0+\a, %r12
        movq    8+\a, %r13
        movq    16+\a, %r14
        movq    24+\a, %r15
.endm

.macro STORE ret
        movq    %r12, 0+\ret
        movq    %r13, 8+\ret
        movq    %r14, 16+\ret
        movq    %r15, 24+\ret
.endm

/* --- functions -------------------------------------------------------------------------------- */

.macro SAVE register
        pushq   \register
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset \register, 0
.endm

.macro RESTORE register
        popq    \register
        .cfi_adjust_cfa_offset -8
        .cfi_restore \register
.endm

/* The third argument goes to rcx, because products need rdx. */
.macro ENTER name, elements
        .globl  \name
        .hidden \name
        .type   \name, @function
        .p2align 5
\name:
        .cfi_startproc
        _CET_ENDBR
        SAVE    %rbx
        SAVE    %rbp
        SAVE    %r12
        SAVE    %r13
        SAVE    %r14
        SAVE    %r15
    .if \elements
        subq    $(32 * \elements), %rsp
        .cfi_adjust_cfa_offset 32 * \elements
    .endif
        movq    %rdx, %rcx
.endm

.macro LEAVE name, elements
    .if \elements
        addq    $(32 * \elements), %rsp
        .cfi_adjust_cfa_offset -32 * \elements
    .endif
        RESTORE %r15
        RESTORE %r14
        RESTORE %r13
        RESTORE %r12
        RESTORE %rbp
        RESTORE %rbx
        ret
        .cfi_endproc
        .size   \name, . - \name
.endm

        .text

ENTER stark_x64_mul, 0
        MUL     0(%rdi), 0(%rsi)
        STORE   0(%rcx)
LEAVE stark_x64_mul, 0

ENTER stark_x64_sqr, 0
        SQR     0(%rdi)
        STORE   0(%rsi)
LEAVE stark_x64_sqr, 0

/* Numbers are bounds. */
ENTER stark_x64_double, 5
        LOAD    Y(%rdi)
        DOUBLE
        STORE   TEMP(0)                 /* u = 2Y: 10 */
        SQR     TEMP(0)
        STORE   TEMP(1)                 /* v = u^2: 5 */
        MUL     TEMP(0), TEMP(1)
        STORE   TEMP(0)                 /* w = u*v: 3 */
        MUL     X(%rdi), TEMP(1), 3
        STORE   TEMP(2)                 /* s = X*v: 4 */
        SQR     ZZ(%rdi)
        testq   %rsi, %rsi              /* whether there is a coefficient is public */
        jz      1f
        STORE   TEMP(3)
        MUL     TEMP(3), 0(%rsi)
1:      STORE   TEMP(3)                 /* coefficient*ZZ^2: 2 */
        SQR     X(%rdi)
        STORE   TEMP(4)
        DOUBLE
        ADD     TEMP(4)
        ADD     TEMP(3)
        STORE   TEMP(3)                 /* m = 3X^2 + coefficient*ZZ^2: 8 */
        MUL     TEMP(0), Y(%rdi)
        STORE   TEMP(4)                 /* w*Y: 2 */
        MUL     TEMP(1), ZZ(%rdi)
        STORE   ZZ(%rcx)
        MUL     TEMP(0), ZZZ(%rdi)
        STORE   ZZZ(%rcx)
        SQR     TEMP(3), 10             /* 13 */
        SUB     TEMP(2)
        SUB     TEMP(2)
        WEAK
        STORE   X(%rcx)                 /* m^2 - 2s: 2 */
        LOAD    TEMP(2)
        SUB     X(%rcx)
        STORE   TEMP(2)                 /* s - X3: 4 */
        MUL     TEMP(3), TEMP(2), 3
        SUB     TEMP(4)
        STORE   Y(%rcx)                 /* m*(s - X3) - w*Y: 5 */
LEAVE stark_x64_double, 5

/* X and Y of a sum: TEMP(0) = p: 4, TEMP(1) = r: at most 7, TEMP(2) = p^2: 2, TEMP(3) = p^3: 2. */
.macro CHORD u, s
        MUL     \u, TEMP(2), 3
        STORE   TEMP(0)                 /* q = u*p^2: 4 */
        MUL     \s, TEMP(3)
        STORE   TEMP(4)                 /* s*p^3: 2 */
        SQR     TEMP(1), 12             /* 14 */
        SUB     TEMP(3)
        SUB     TEMP(0)
        SUB     TEMP(0)
        WEAK
        STORE   X(%rcx)                 /* r^2 - p^3 - 2q: 2 */
        LOAD    TEMP(0)
        SUB     X(%rcx)
        STORE   TEMP(0)                 /* q - X3: 4 */
        MUL     TEMP(1), TEMP(0), 3
        SUB     TEMP(4)
        STORE   Y(%rcx)                 /* r*(q - X3) - s*p^3: 4 */
.endm

ENTER stark_x64_add_affine, 5
        MUL     X(%rsi), ZZ(%rdi), 3
        SUB     X(%rdi)
        STORE   TEMP(0)                 /* p = X2*ZZ1 - X1 */
        MUL     Y(%rsi), ZZZ(%rdi), 6
        SUB     Y(%rdi)
        STORE   TEMP(1)                 /* r = Y2*ZZZ1 - Y1 */
        SQR     TEMP(0)
        STORE   TEMP(2)
        MUL     TEMP(0), TEMP(2)
        STORE   TEMP(3)
        MUL     ZZ(%rdi), TEMP(2)
        STORE   ZZ(%rcx)
        MUL     ZZZ(%rdi), TEMP(3)
        STORE   ZZZ(%rcx)
        CHORD   X(%rdi), Y(%rdi)
LEAVE stark_x64_add_affine, 5

ENTER stark_x64_add, 7
        MUL     X(%rdi), ZZ(%rsi)
        STORE   TEMP(5)                 /* u = X1*ZZ2: 2 */
        MUL     X(%rsi), ZZ(%rdi), 3
        SUB     TEMP(5)
        STORE   TEMP(0)                 /* p = X2*ZZ1 - u */
        MUL     Y(%rdi), ZZZ(%rsi)
        STORE   TEMP(6)                 /* s = Y1*ZZZ2: 2 */
        MUL     Y(%rsi), ZZZ(%rdi), 3
        SUB     TEMP(6)
        STORE   TEMP(1)                 /* r = Y2*ZZZ1 - s: 4 */
        SQR     TEMP(0)
        STORE   TEMP(2)
        MUL     TEMP(0), TEMP(2)
        STORE   TEMP(3)
        MUL     ZZ(%rdi), ZZ(%rsi)
        STORE   TEMP(0)
        MUL     TEMP(0), TEMP(2)
        STORE   ZZ(%rcx)
        MUL     ZZZ(%rdi), ZZZ(%rsi)
        STORE   TEMP(0)
        MUL     TEMP(0), TEMP(3)
        STORE   ZZZ(%rcx)
        CHORD   TEMP(5), TEMP(6)
LEAVE stark_x64_add, 7

/* r12 .. r15 = a^3 */
.macro CUBE a
        SQR     \a
        STORE   TEMP(3)
        MUL     TEMP(3), \a
.endm

/* In: bounds 6. The cubes have 2, their sum 6, with 5p more 11, at most 16 at the end. */
ENTER stark_x64_full_round, 4
        CUBE    0*FE(%rdi)
        STORE   TEMP(0)
        CUBE    1*FE(%rdi)
        STORE   TEMP(1)
        CUBE    2*FE(%rdi)
        STORE   TEMP(2)
        ADD     TEMP(0)
        ADD     TEMP(1)
        movabsq $(5 * STARK_C), %rax
        addq    $5, %r12
        adcq    $0, %r13
        adcq    $0, %r14
        adcq    %rax, %r15
        STORE   TEMP(3)
        ADD     TEMP(0)
        ADD     TEMP(0)
        ADD     0(%rsi)
        WEAK
        STORE   0*FE(%rdi)
        LOAD    TEMP(3)
        SUB     TEMP(1)
        SUB     TEMP(1)
        ADD     32(%rsi)
        WEAK
        STORE   1*FE(%rdi)
        LOAD    TEMP(3)
        SUB     TEMP(2)
        SUB     TEMP(2)
        SUB     TEMP(2)
        ADD     64(%rsi)
        WEAK
        STORE   2*FE(%rdi)
LEAVE stark_x64_full_round, 4

/* x = v1 + 2x^3 and v0 = 4*v0 - 3*v1 + x + constant, the latter as 4*(v0 - v1) + v1 + x + constant
 * modulo 2^256: v0 - v1 may be negative, the sum is at least p by what the constant has added. */
.macro PARTIAL_ROUND v0, v1, constant
        CUBE    0(%rdi)
        DOUBLE
        ADD     \v1
        STORE   0(%rdi)                 /* 6 */
        ADD     \v1
        ADD     \constant
        movq    0+\v0, %r8
        movq    8+\v0, %r9
        movq    16+\v0, %r10
        movq    24+\v0, %r11
        subq    0+\v1, %r8
        sbbq    8+\v1, %r9
        sbbq    16+\v1, %r10
        sbbq    24+\v1, %r11
    .rept 2
        addq    %r8, %r8
        adcq    %r9, %r9
        adcq    %r10, %r10
        adcq    %r11, %r11
    .endr
        addq    %r8, %r12
        adcq    %r9, %r13
        adcq    %r10, %r14
        adcq    %r11, %r15
        WEAK
        STORE   \v0
.endm

/* TEMP(4) holds where the constants end. */
ENTER stark_x64_partial_rounds, 5
        leaq    82*32(%rcx), %rax
        movq    %rax, TEMP(4)
        .p2align 5
1:      PARTIAL_ROUND 0*FE(%rsi), 1*FE(%rsi), 0(%rcx)
        PARTIAL_ROUND 1*FE(%rsi), 0*FE(%rsi), 32(%rcx)
        addq    $64, %rcx
        cmpq    TEMP(4), %rcx
        jne     1b
LEAVE stark_x64_partial_rounds, 5

#endif

        .section .note.GNU-stack, "", @progbits
