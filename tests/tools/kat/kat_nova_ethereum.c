/* Selectors, call data, answers of contracts and the transaction of the reference. */
#include <string.h>

#include "base/reader.h"
#include "digest/keccak256.h"
#include "ethereum/eth_transaction.h"
#include "ethereum/nova_abi.h"
#include "tools/kat/kat.h"

static void expect_here(struct kat *kat, struct bytes actual)
{
    kat_require(kat, bytes_equal(actual, kat_hex_here(kat, &kat->at)));
}

/* True when the entry has this name. */
static bool is_named(const struct kat *kat, const char *name)
{
    return bytes_equal(bytes_of(name), kat->at.name);
}

static void event_topics(struct kat *kat)
{
    uint8_t hash[KECCAK256_BYTES];
    keccak256_hash(kat->at.name, hash);
    expect_here(kat, BYTES_ARRAY(hash));
}

static void expect_selector(struct kat *kat)
{
    uint8_t hash[KECCAK256_BYTES];
    keccak256_hash(kat->at.name, hash);
    expect_here(kat, (struct bytes){hash, 4});
}

/* The hash of the signature, and our constant where we make the call. */
static void selectors(struct kat *kat)
{
    expect_selector(kat);
    struct reader reader = reader_over(kat_hex_here(kat, &kat->at));
    uint32_t selector = reader_u32(&reader);
    for (unsigned i = 0; i < NOVA_ABI_CALLS; i++) {
        enum nova_abi_call call = (enum nova_abi_call)i;
        if (is_named(kat, nova_abi_signature(call))) {
            kat_require(kat, nova_abi_selector(call) == selector);
        }
    }
}

static void error_selectors(struct kat *kat)
{
    expect_selector(kat);
    kat_require(kat, is_named(kat, nova_abi_error(kat_hex_here(kat, &kat->at))));
}

static void keccak_self_test(struct kat *kat)
{
    uint8_t text[136];
    uint8_t hash[KECCAK256_BYTES];
    struct bytes input = kat->at.name;
    if (is_named(kat, "136*a") || is_named(kat, "135*a")) {
        memset(text, 'a', sizeof text);
        input = (struct bytes){text, is_named(kat, "136*a") ? 136 : 135};
    }
    keccak256_hash(input, hash);
    expect_here(kat, BYTES_ARRAY(hash));
}

/* The storage slot of ERC-1967: one less than a hash. */
static void implementation_slot(struct kat *kat)
{
    uint8_t hash[KECCAK256_BYTES];
    keccak256_hash(BYTES_LITERAL("eip1967.proxy.implementation"), hash);
    for (size_t i = sizeof hash; i-- > 0 && hash[i]-- == 0;) {
    }
    expect_here(kat, BYTES_ARRAY(hash));
}

static void put_number(uint64_t number, uint8_t ret[static 32])
{
    memset(ret, 0, 32);
    for (size_t i = 0; i < 8; i++) {
        ret[31 - i] = (uint8_t)(number >> (8 * i));
    }
}

/* Hash of the secret S1, which the reference publishes. */
static void secret_hash(struct kat *kat, uint8_t ret[static 32])
{
    struct json_in secrets = kat_member(kat, &kat->root, "secrets");
    keccak256_hash(kat_hex(kat, &secrets, "S1"), ret);
}

static struct eth_address wallet_of(struct kat *kat, const char *name)
{
    struct json_in wallets = kat_member(kat, &kat->root, "wallets");
    struct json_in wallet = kat_member(kat, &wallets, name);
    struct eth_address address;
    kat_try(kat, eth_address_read(kat_text(kat, &wallet, "lower"), &address));
    return address;
}

static void calldata(struct kat *kat)
{
    static const struct {
        const char *name;
        enum nova_abi_call call;
        unsigned words;
        uint64_t first;
        uint64_t second;
    } rows[] = {
        {"masterSecretHash()", NOVA_ABI_MASTER_SECRET_HASH, 0, 0, 0},
        {"getApp(42)", NOVA_ABI_GET_APP, 1, 42, 0},
        {"getVersion(42,3)", NOVA_ABI_GET_VERSION, 2, 42, 3},
        {"getInstancesForVersion(43,1)", NOVA_ABI_GET_INSTANCES_FOR_VERSION, 2, 43, 1},
        {"getInstance(7)", NOVA_ABI_GET_INSTANCE, 1, 7, 0},
        {"getActiveInstances(43)", NOVA_ABI_GET_ACTIVE_INSTANCES, 1, 43, 0},
    };
    uint8_t memory[NOVA_ABI_CALL];
    uint8_t first[32];
    uint8_t second[32];
    struct buf out = buf_over(memory, sizeof memory);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        put_number(rows[i].first, first);
        put_number(rows[i].second, second);
        if (!is_named(kat, rows[i].name)) {
            continue;
        }
        if (rows[i].words == 0) {
            nova_abi_put(&out, rows[i].call);
        } else if (rows[i].words == 1) {
            nova_abi_put_word(&out, rows[i].call, first);
        } else {
            nova_abi_put_words(&out, rows[i].call, first, second);
        }
    }
    if (is_named(kat, "setMasterSecretHash(keccak(S1))")) {
        secret_hash(kat, first);
        nova_abi_put_word(&out, NOVA_ABI_SET_MASTER_SECRET_HASH, first);
    } else if (is_named(kat, "getInstanceByWallet(app)")) {
        struct eth_address wallet = wallet_of(kat, "app");
        nova_abi_put_wallet(&out, NOVA_ABI_GET_INSTANCE_BY_WALLET, &wallet);
    }
    expect_here(kat, buf_bytes(&out));
}

static bool is_number(const uint8_t word[static 32], uint64_t number)
{
    uint8_t expected[32];
    put_number(number, expected);
    return bytes_equal((struct bytes){word, 32}, BYTES_ARRAY(expected));
}

/* An address that ends in low, with zeros before. */
static bool is_small(const struct eth_address *address, uint8_t low)
{
    struct eth_address expected = {{[19] = low}};
    return eth_address_equal(address, &expected);
}

static bool is_text(struct bytes text, const char *expected)
{
    return bytes_equal(text, bytes_of(expected));
}

/* The values of the instance, version and app are those of the reference's generator. */
static void expect_instance(struct kat *kat, struct bytes data)
{
    struct nova_abi_instance instance;
    struct eth_address wallet = wallet_of(kat, "app");
    struct json_in envelope = kat_member(kat, &kat->root, "envelope");
    kat_try(kat, nova_abi_read_instance(data, &instance));
    kat_require(kat, is_number(instance.id, 7) && is_number(instance.app_id, 42));
    kat_require(kat, is_number(instance.version_id, 3) && is_small(&instance.operator, 0xaa));
    kat_require(kat, is_text(instance.instance_url, "https://app.example"));
    kat_expect_hex(kat, &envelope, "app_spki", instance.tee_pubkey);
    kat_require(kat, eth_address_equal(&instance.tee_wallet, &wallet) && instance.zk_verified);
    kat_require(kat, instance.status == 0 && instance.registered_at == 1700000000);
}

static void expect_no_instance(struct kat *kat, struct bytes data)
{
    struct nova_abi_instance instance;
    kat_try(kat, nova_abi_read_instance(data, &instance));
    kat_require(kat, is_number(instance.id, 0) && eth_address_is_zero(&instance.tee_wallet));
    kat_require(kat, instance.tee_pubkey.len == 0 && !instance.zk_verified);
}

static void expect_version(struct kat *kat, struct bytes data)
{
    struct nova_abi_version version;
    kat_try(kat, nova_abi_read_version(data, &version));
    kat_require(kat, is_number(version.id, 3) && is_text(version.version_name, "v1.0"));
    for (size_t i = 0; i < sizeof version.code_measurement; i++) {
        kat_require(kat, version.code_measurement[i] == 0xab);
    }
    kat_require(kat, version.image_uri.len + version.audit_url.len + version.audit_hash.len == 0);
    kat_require(kat, is_text(version.github_run_id, "12345") && version.status == 0);
    kat_require(kat, version.enrolled_at == 1700000000 && is_small(&version.enrolled_by, 0xbb));
}

static void expect_app(struct kat *kat, struct bytes data, bool has_wallet)
{
    struct nova_abi_app app;
    static const uint8_t arch[32] = "nitro";
    kat_try(kat, nova_abi_read_app(data, &app));
    kat_require(kat, is_number(app.id, 42) && is_small(&app.owner, 0xcc));
    kat_require(kat, bytes_equal(BYTES_ARRAY(app.tee_arch), BYTES_ARRAY(arch)));
    kat_require(kat, is_small(&app.dapp_contract, 0xdd) && is_text(app.metadata_uri, "ipfs://m"));
    kat_require(kat, is_number(app.latest_version_id, 3) && app.created_at == 1690000000);
    kat_require(kat, app.status == 0 && app.has_app_wallet == has_wallet);
    kat_require(kat, is_small(&app.app_wallet, has_wallet ? 0xee : 0));
}

static void expect_ids(struct kat *kat, struct bytes data)
{
    struct nova_abi_list list;
    kat_try(kat, nova_abi_read_ids(data, &list));
    kat_require(kat, list.count == 3);
    for (size_t i = 0; i < list.count; i++) {
        uint8_t id[NOVA_ABI_ID];
        nova_abi_id_at(&list, i, id);
        kat_require(kat, is_number(id, 10 * (i + 1)));
    }
}

static void expect_secret_hash(struct kat *kat, struct bytes data)
{
    uint8_t read[32];
    uint8_t hash[32];
    secret_hash(kat, hash);
    kat_try(kat, nova_abi_read_word(data, read));
    kat_require(kat, bytes_equal(BYTES_ARRAY(read), BYTES_ARRAY(hash)));
}

static void returndata(struct kat *kat)
{
    struct bytes data = kat_hex_here(kat, &kat->at);
    if (is_named(kat, "getInstanceByWallet struct")) {
        expect_instance(kat, data);
    } else if (is_named(kat, "getInstanceByWallet unregistered (all-zero struct)")) {
        expect_no_instance(kat, data);
    } else if (is_named(kat, "getVersion struct")) {
        expect_version(kat, data);
    } else if (is_named(kat, "getApp 8-field struct")) {
        expect_app(kat, data, false);
    } else if (is_named(kat, "getApp 9-field struct (appWallet)")) {
        expect_app(kat, data, true);
    } else if (is_named(kat, "getInstancesForVersion [10,20,30]")) {
        expect_ids(kat, data);
    } else if (is_named(kat, "masterSecretHash")) {
        expect_secret_hash(kat, data);
    } else {
        kat_require(kat, false);
    }
}

static struct k256_key key_of(struct kat *kat, const char *wallet_name)
{
    struct json_in wallets = kat_member(kat, &kat->root, "wallets");
    struct json_in wallet = kat_member(kat, &wallets, wallet_name);
    struct secret32 bytes;
    struct k256_key key;
    memcpy(bytes.b, kat_hex_of(kat, &wallet, "priv", sizeof bytes.b), sizeof bytes.b);
    kat_try(kat, k256_key_from(&bytes, &key));
    return key;
}

static void tx1559(struct kat *kat)
{
    struct eth_transaction transaction = {
        .chain_id = kat_u64(kat, &kat->at, "chain_id"),
        .nonce = kat_u64(kat, &kat->at, "nonce"),
        .max_priority_fee_per_gas = kat_u64(kat, &kat->at, "max_priority_fee_per_gas"),
        .max_fee_per_gas = kat_u64(kat, &kat->at, "max_fee_per_gas"),
        .gas_limit = kat_u64(kat, &kat->at, "gas"),
        .data = kat_hex(kat, &kat->at, "data"),
    };
    struct k256_key key = key_of(kat, "kms");
    uint8_t memory[ETH_TRANSACTION_MAX];
    uint8_t hash[ETH_TRANSACTION_HASH];
    struct buf raw = buf_over(memory, sizeof memory);
    struct k256_signature signature;
    struct eth_address signer;
    struct eth_address kms = wallet_of(kat, "kms");
    kat_try(kat, eth_address_read(kat_text(kat, &kat->at, "to"), &transaction.to));
    kat_try(kat, eth_transaction_signing_hash(&transaction, hash));
    kat_expect_hex(kat, &kat->at, "sighash", BYTES_ARRAY(hash));
    kat_try(kat, k256_sign(&key, hash, &signature));
    kat_expect_hex(kat, &kat->at, "r", (struct bytes){signature.rs, 32});
    kat_expect_hex(kat, &kat->at, "s", (struct bytes){signature.rs + 32, 32});
    kat_require(kat, kat_u64(kat, &kat->at, "y_parity") == signature.v);
    kat_try(kat, eth_transaction_sign(&transaction, &key, &raw, hash));
    kat_expect_hex(kat, &kat->at, "raw", buf_bytes(&raw));
    kat_expect_hex(kat, &kat->at, "tx_hash", BYTES_ARRAY(hash));
    kat_try(kat, eth_transaction_signer(&transaction, buf_bytes(&raw), &signer));
    kat_require(kat, eth_address_equal(&signer, &kms));
    keccak256_hash(kat_hex(kat, &kat->at, "signing_payload"), hash);
    kat_expect_hex(kat, &kat->at, "sighash", BYTES_ARRAY(hash));
}

const struct kat_nova kat_nova_ethereum[] = {
    {"selectors", KAT_ENTRIES, selectors},
    {"event_topics", KAT_ENTRIES, event_topics},
    {"error_selectors", KAT_ENTRIES, error_selectors},
    {"erc1967_impl_slot", KAT_WHOLE, implementation_slot},
    {"keccak_self_test", KAT_ENTRIES, keccak_self_test},
    {"calldata", KAT_ENTRIES, calldata},
    {"returndata", KAT_ENTRIES, returndata},
    {"tx1559", KAT_WHOLE, tx1559},
    {NULL, KAT_INPUT, NULL},
};
