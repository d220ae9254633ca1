#include "starknet/account.h"

#include "base/invariant.h"
#include "crypto/pedersen.h"
#include "crypto/poseidon.h"

/* Addresses are below 2^251 - 256. */
static const struct felt address_end = {
    {0xffffffffffffff00, 0xffffffffffffffff, 0xffffffffffffffff, 0x07ffffffffffffff}};

/* One subtraction is enough: p is less than twice the end. */
static struct felt reduced(const struct felt *hash)
{
    if (felt_compare(hash, &address_end) < 0) {
        return *hash;
    }
    struct felt rest = FELT_ZERO;
    bool borrow = false;
    for (int i = 0; i < 4; i++) {
        uint64_t part = hash->limb[i] - address_end.limb[i];
        rest.limb[i] = part - borrow;
        borrow = hash->limb[i] < address_end.limb[i] || (part == 0 && borrow);
    }
    return rest;
}

/* In: the fold up to the class. */
static struct felt finish_address(struct pedersen fold, const struct felt *constructor_hash)
{
    struct felt hash;
    pedersen_absorb(&fold, constructor_hash);
    pedersen_finish(&fold, &hash);
    return reduced(&hash);
}

/* In: the fold up to the salt. */
static struct felt address_from(struct pedersen fold, const struct felt *class_hash,
                                const struct felt *constructor_hash)
{
    pedersen_absorb(&fold, class_hash);
    return finish_address(fold, constructor_hash);
}

struct felt account_contract_address(const struct felt *deployer, const struct felt *salt,
                                     const struct felt *class_hash, struct felts constructor)
{
    struct pedersen fold = pedersen_contract_zero;
    if (!felt_is_zero(deployer)) {
        fold = pedersen_contract;
        pedersen_absorb(&fold, deployer);
    }
    pedersen_absorb(&fold, salt);
    struct felt constructor_hash;
    pedersen_array(constructor.ptr, constructor.len, &constructor_hash);
    return address_from(fold, class_hash, &constructor_hash);
}

static size_t constructor_of(enum account_class_kind kind, const struct account_keys *keys,
                             struct felt ret[static ACCOUNT_CONSTRUCTOR_MAX])
{
    const struct felt one = felt_from_u64(1);
    bool has_guardian = !felt_is_zero(&keys->guardian);
    INVARIANT(kind < ACCOUNT_CLASS_KINDS);
    switch (kind) {
    case ACCOUNT_CLASS_OPENZEPPELIN:
    case ACCOUNT_CLASS_BRAAVOS:
        ret[0] = keys->owner;
        return 1;
    case ACCOUNT_CLASS_ARGENT:
        ret[0] = keys->owner;
        ret[1] = keys->guardian;
        return 2;
    case ACCOUNT_CLASS_READY:
        /* An enum of signers whose first is Starknet's; an option, whose first is some. */
        ret[0] = FELT_ZERO;
        ret[1] = keys->owner;
        ret[2] = has_guardian ? FELT_ZERO : one;
        ret[3] = FELT_ZERO;
        ret[4] = keys->guardian;
        return has_guardian ? 5 : 3;
    case ACCOUNT_CLASS_KINDS:
        break;
    }
    return 0;
}

struct account account_at(const struct account_class *class, const struct account_keys *keys,
                          const struct felt *address)
{
    INVARIANT(felt_is_zero(&keys->guardian) || account_class_has_guardian(class));
    struct account account = {.class = class, .keys = *keys, .address = *address};
    account.constructor_len = constructor_of(class->kind, keys, account.constructor);
    return account;
}

/* Before the owner's key a constructor has one felt or none. */
static struct pedersen fold_before_owner(const struct account *account, size_t *ret_at)
{
    struct pedersen fold = PEDERSEN_INIT;
    *ret_at = account->class->kind == ACCOUNT_CLASS_READY ? 1 : 0;
    pedersen_absorb_many(&fold, account->constructor, *ret_at);
    return fold;
}

/* As account_contract_address, but with the prefix's fold and the constructor's side by side: the
 * owner's key is the second argument of a hash in both, and two hashes share an inversion. */
static struct felt address_of(const struct account *account)
{
    size_t len = account->constructor_len;
    size_t at;
    struct pedersen constructor = fold_before_owner(account, &at);
    struct felt folds[2] = {pedersen_contract_zero.fold, constructor.fold};
    const struct felt owners[2] = {account->keys.owner, account->keys.owner};
    pedersen_hash_two(folds, owners, folds);
    bool is_last = at + 1 == len;
    const struct felt next[2] = {account->class->hash,
                                 is_last ? felt_from_u64(len) : account->constructor[at + 1]};
    pedersen_hash_two(folds, next, folds);
    struct felt constructor_hash = folds[1];
    if (!is_last) {
        constructor = (struct pedersen){folds[1], at + 2};
        pedersen_absorb_many(&constructor, account->constructor + at + 2, len - at - 2);
        pedersen_finish(&constructor, &constructor_hash);
    }
    struct pedersen fold = {folds[0], pedersen_contract_zero.count + 2};
    return finish_address(fold, &constructor_hash);
}

struct account account_of_keys(const struct account_class *class, const struct account_keys *keys)
{
    struct account account = account_at(class, keys, &FELT_ZERO);
    account.address = address_of(&account);
    return account;
}

struct account account_of(const struct account_class *class, const struct felt *public_key)
{
    const struct account_keys keys = {*public_key, FELT_ZERO};
    return account_of_keys(class, &keys);
}

struct felts account_constructor(const struct account *account)
{
    return (struct felts){account->constructor, account->constructor_len};
}

const struct account_class *account_find(const struct account_class *classes, size_t count,
                                         const struct account_keys *keys,
                                         const struct felt *address)
{
    bool has_guardian = !felt_is_zero(&keys->guardian);
    /* Most ask for the first one. */
    if (count != 0 && (!has_guardian || account_class_has_guardian(&classes[0]))) {
        struct account first = account_of_keys(&classes[0], keys);
        if (felt_equal(&first.address, address)) {
            return &classes[0];
        }
    }
    struct pedersen fold = pedersen_contract_zero;
    pedersen_absorb(&fold, &keys->owner);
    struct felt constructor_hash[ACCOUNT_CLASS_KINDS];
    for (unsigned kind = 0; kind < ACCOUNT_CLASS_KINDS; kind++) {
        struct felt constructor[ACCOUNT_CONSTRUCTOR_MAX];
        size_t len = constructor_of((enum account_class_kind)kind, keys, constructor);
        pedersen_array(constructor, len, &constructor_hash[kind]);
    }
    for (size_t i = 1; i < count; i++) {
        if (has_guardian && !account_class_has_guardian(&classes[i])) {
            continue;
        }
        struct felt found =
            address_from(fold, &classes[i].hash, &constructor_hash[classes[i].kind]);
        if (felt_equal(&found, address)) {
            return &classes[i];
        }
    }
    return NULL;
}

bool account_needs_second(const struct account_class *class)
{
    return class->kind == ACCOUNT_CLASS_BRAAVOS;
}

/* What Braavos' constructor reads between the signature and the chain id: no second signer. */
enum { BRAAVOS_SIGNERS = 9 };

struct felt account_braavos_hash(const struct account_class *class, const struct felt *chain)
{
    INVARIANT(account_needs_second(class));
    struct poseidon sponge;
    poseidon_init(&sponge);
    poseidon_absorb(&sponge, &class->implementation);
    for (int i = 0; i < BRAAVOS_SIGNERS; i++) {
        poseidon_absorb(&sponge, &FELT_ZERO);
    }
    poseidon_absorb(&sponge, chain);
    struct felt hash;
    poseidon_finish(&sponge, &hash);
    return hash;
}

size_t account_deploy_signature(const struct account_class *class, const struct felt *chain,
                                const struct felt rs[static 2], const struct felt *second,
                                struct felt ret[static ACCOUNT_SIGNATURE_MAX])
{
    INVARIANT(account_needs_second(class) == (second != NULL));
    size_t len = 0;
    ret[len++] = rs[0];
    ret[len++] = rs[1];
    if (second == NULL) {
        return len;
    }
    ret[len++] = class->implementation;
    for (int i = 0; i < BRAAVOS_SIGNERS; i++) {
        ret[len++] = FELT_ZERO;
    }
    ret[len++] = *chain;
    ret[len++] = second[0];
    ret[len++] = second[1];
    INVARIANT(len == ACCOUNT_SIGNATURE_MAX);
    return len;
}
