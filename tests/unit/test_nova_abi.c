#include <stdio.h>

#include "base/limits.h"
#include "digest/keccak256.h"
#include "ethereum/nova_abi.h"
#include "fixtures/unit.h"

enum { WORDS_MAX = 4200 };

/* An answer that is put together word by word. */
struct answer {
    uint8_t memory[32 * WORDS_MAX];
    size_t len;
};

static struct answer answer;

static void add_bytes(struct bytes value)
{
    assert_true(answer.len + value.len + 32 <= sizeof answer.memory);
    memset(answer.memory + answer.len, 0, (value.len + 31) / 32 * 32);
    memcpy(answer.memory + answer.len, value.ptr, value.len);
    answer.len += (value.len + 31) / 32 * 32;
}

static void add(uint64_t number)
{
    uint8_t word[32] = {0};
    for (size_t i = 0; i < 8; i++) {
        word[31 - i] = (uint8_t)(number >> (8 * i));
    }
    add_bytes(BYTES_ARRAY(word));
}

static void add_wallet(uint8_t fill)
{
    uint8_t word[32] = {0};
    memset(word + 12, fill, 20);
    add_bytes(BYTES_ARRAY(word));
}

static void add_text(const char *text)
{
    add(strlen(text));
    add_bytes(bytes_of(text));
}

static struct bytes start(void)
{
    answer.len = 0;
    add(32);
    return (struct bytes){answer.memory, 0};
}

static struct bytes whole(void)
{
    return (struct bytes){answer.memory, answer.len};
}

/* Set one word, counted from the first word of the struct. */
static void set_word(size_t index, uint8_t high, uint8_t low)
{
    uint8_t *word = answer.memory + 32 * (1 + index);
    memset(word, 0, 32);
    word[0] = high;
    word[31] = low;
}

static void make_app(bool has_wallet)
{
    start();
    add(42);
    add_wallet(0xcc);
    add_bytes(BYTES_LITERAL("nitro"));
    add_wallet(0xdd);
    add(has_wallet ? 0x120 : 0x100);
    add(3);
    add(1690000000);
    add(2);
    if (has_wallet) {
        add_wallet(0xee);
    }
    add_text("ipfs://m");
}

static void make_version(void)
{
    start();
    add(3);
    add(0x140);
    add_bytes(unit_hex("abababababababababababababababababababababababababababababababab"));
    add(0x180);
    add(0x1a0);
    add(0x1c0);
    add(0x1e0);
    add(1);
    add(1700000000);
    add_wallet(0xbb);
    add_text("v1.0");
    add_text("");
    add_text("");
    add_text("");
    add_text("12345");
}

static void make_instance(void)
{
    start();
    add(7);
    add(42);
    add(3);
    add_wallet(0xaa);
    add(0x140);
    add(0x180);
    add_wallet(0x15);
    add(1);
    add(0);
    add(1700000000);
    add_text("https://app.example");
    add_text("a key of any length, which nobody judges here");
}

static uint32_t selector_of(const char *signature)
{
    uint8_t hash[KECCAK256_BYTES];
    keccak256_hash(bytes_of(signature), hash);
    return (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
}

static void selectors_are_the_hashes_of_the_signatures(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NOVA_ABI_CALLS; i++) {
        enum nova_abi_call call = (enum nova_abi_call)i;
        assert_int_equal(selector_of(nova_abi_signature(call)), nova_abi_selector(call));
    }
}

/* Whatever a struct has wrong is refused and leaves nothing. */
static void assert_refused_app(void)
{
    struct nova_abi_app app;
    memset(&app, 1, sizeof app);
    assert_status(ABI_INVALID, nova_abi_read_app(whole(), &app));
    assert_int_equal(0, app.id[31] | app.metadata_uri.len | app.created_at | app.owner.b[0]);
}

static void wrong_apps_are_refused(void **state)
{
    (void)state;
    static const size_t small[] = {1, 3, 4, 6, 7}; /* addresses, offset, time, status */
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        make_app(false);
        set_word(small[i], 1, 0);
        assert_refused_app();
    }
    make_app(true);
    set_word(8, 1, 0); /* the app's wallet */
    assert_refused_app();
    make_app(false);
    set_word(4, 0, 0xe0); /* a string inside the heads */
    assert_refused_app();
    make_app(false);
    memset(answer.memory, 0, 32); /* a struct that begins in the head */
    assert_refused_app();
    make_app(false);
    for (size_t len = 0; len < answer.len; len += 8) {
        struct nova_abi_app app;
        assert_status(ABI_INVALID, nova_abi_read_app(bytes_slice(whole(), 0, len), &app));
    }
}

static void wrong_versions_and_instances_are_refused(void **state)
{
    (void)state;
    static const size_t of_version[] = {1, 3, 4, 5, 6, 7, 8, 9};
    static const size_t of_instance[] = {3, 4, 5, 6, 7, 8, 9};
    struct nova_abi_version version;
    struct nova_abi_instance instance;
    for (size_t i = 0; i < sizeof of_version / sizeof of_version[0]; i++) {
        make_version();
        set_word(of_version[i], 1, 0);
        assert_status(ABI_INVALID, nova_abi_read_version(whole(), &version));
        assert_int_equal(0, version.id[31] | version.version_name.len | version.enrolled_at);
    }
    for (size_t i = 0; i < sizeof of_instance / sizeof of_instance[0]; i++) {
        make_instance();
        set_word(of_instance[i], 1, 0);
        assert_status(ABI_INVALID, nova_abi_read_instance(whole(), &instance));
        assert_int_equal(0, instance.id[31] | instance.tee_pubkey.len | instance.registered_at);
    }
    make_instance();
    set_word(7, 0, 2); /* zkVerified */
    assert_status(ABI_INVALID, nova_abi_read_instance(whole(), &instance));
    make_version();
    memcpy(answer.memory + 32 * 5, answer.memory + 32 * 4, 32); /* two strings at one place */
    assert_status(ABI_INVALID, nova_abi_read_version(whole(), &version));
}

static void apps_are_read_with_and_without_wallet(void **state)
{
    (void)state;
    for (unsigned wallet = 0; wallet < 2; wallet++) {
        struct nova_abi_app app;
        make_app(wallet == 1);
        assert_status(OK, nova_abi_read_app(whole(), &app));
        assert_int_equal(42, app.id[31]);
        assert_int_equal(0xcc, app.owner.b[0]);
        assert_memory_equal("nitro", app.tee_arch, 6);
        assert_int_equal(0xdd, app.dapp_contract.b[19]);
        assert_bytes(BYTES_LITERAL("ipfs://m"), app.metadata_uri);
        assert_int_equal(3, app.latest_version_id[31]);
        assert_int_equal(1690000000, app.created_at);
        assert_int_equal(2, app.status);
        assert_int_equal(wallet, app.has_app_wallet);
        assert_int_equal(wallet * 0xee, app.app_wallet.b[7]);
    }
}

static void versions_and_instances_are_read(void **state)
{
    (void)state;
    struct nova_abi_version version;
    struct nova_abi_instance instance;
    make_version();
    assert_status(OK, nova_abi_read_version(whole(), &version));
    assert_int_equal(3, version.id[31]);
    assert_bytes(BYTES_LITERAL("v1.0"), version.version_name);
    assert_int_equal(0xab, version.code_measurement[31]);
    assert_int_equal(0, version.image_uri.len + version.audit_url.len + version.audit_hash.len);
    assert_bytes(BYTES_LITERAL("12345"), version.github_run_id);
    assert_int_equal(1, version.status);
    assert_int_equal(1700000000, version.enrolled_at);
    assert_int_equal(0xbb, version.enrolled_by.b[0]);
    make_instance();
    assert_status(OK, nova_abi_read_instance(whole(), &instance));
    assert_int_equal(7, instance.id[31]);
    assert_int_equal(42, instance.app_id[31]);
    assert_int_equal(3, instance.version_id[31]);
    assert_int_equal(0xaa, instance.operator.b[0]);
    assert_bytes(BYTES_LITERAL("https://app.example"), instance.instance_url);
    assert_int_equal(45, instance.tee_pubkey.len);
    assert_int_equal(0x15, instance.tee_wallet.b[0]);
    assert_true(instance.zk_verified);
    assert_int_equal(0, instance.status);
    assert_int_equal(1700000000, instance.registered_at);
}

static void strings_and_lists_have_a_limit(void **state)
{
    (void)state;
    static char text[LIMIT_ETH_TEXT + 2];
    struct nova_abi_app app;
    struct nova_abi_list list;
    memset(text, 'x', LIMIT_ETH_TEXT);
    make_app(false);
    answer.len = 32 * 9;
    add_text(text);
    assert_status(OK, nova_abi_read_app(whole(), &app));
    text[LIMIT_ETH_TEXT] = 'x';
    answer.len = 32 * 9;
    add_text(text);
    assert_status(ABI_LIMIT, nova_abi_read_app(whole(), &app));

    for (size_t more = 0; more < 2; more++) {
        start();
        add(LIMIT_ETH_LIST + more);
        for (size_t i = 0; i < LIMIT_ETH_LIST + more; i++) {
            add(i);
        }
        struct status ids = nova_abi_read_ids(whole(), &list);
        assert_int_equal(more == 0 ? STATUS_OK : STATUS_ABI_LIMIT, ids.code);
        assert_int_equal(more == 0 ? LIMIT_ETH_LIST : 0, list.count);
        struct status wallets = nova_abi_read_wallets(whole(), &list);
        assert_int_equal(ids.code, wallets.code);
    }
}

static void lists_are_read(void **state)
{
    (void)state;
    struct nova_abi_list list;
    uint8_t id[32];
    struct eth_address wallet;
    start();
    add(3);
    add(10);
    add(20);
    add_wallet(0x77);
    assert_status(OK, nova_abi_read_ids(whole(), &list));
    assert_int_equal(3, list.count);
    nova_abi_id_at(&list, 1, id);
    assert_int_equal(20, id[31]);
    assert_status(OK, nova_abi_read_wallets(whole(), &list));
    nova_abi_wallet_at(&list, 2, &wallet);
    assert_int_equal(0x77, wallet.b[0] & wallet.b[19]);
    set_word(3, 1, 0);
    assert_status(OK, nova_abi_read_ids(whole(), &list));
    assert_status(ABI_INVALID, nova_abi_read_wallets(whole(), &list));
    assert_int_equal(0, list.count);
}

static void assert_refused_anchor(struct bytes data)
{
    struct nova_abi_anchor anchor;
    memset(&anchor, 1, sizeof anchor);
    assert_status(ABI_INVALID, nova_abi_read_anchor(data, &anchor));
    for (size_t i = 0; i < sizeof anchor.header; i++) {
        assert_int_equal(0, anchor.height | anchor.header[i]);
    }
}

static void anchors_are_a_height_of_64_bits_and_a_header(void **state)
{
    (void)state;
    struct nova_abi_anchor anchor;
    const struct bytes header =
        unit_hex("80"
                 "abababababababababababababababababababababababababababababab"
                 "01");
    answer.len = 0;
    add(UINT64_MAX);
    add_bytes(header);
    for (size_t len = 0; len < answer.len; len++) {
        assert_refused_anchor(bytes_slice(whole(), 0, len));
    }
    for (size_t i = 0; i < 24; i++) {
        answer.memory[i] = 1;
        assert_refused_anchor(whole());
        answer.memory[i] = 0;
    }
    assert_status(OK, nova_abi_read_anchor(whole(), &anchor));
    assert_true(anchor.height == UINT64_MAX);
    assert_bytes(header, BYTES_ARRAY(anchor.header));
    answer.len = 0;
    add(0);
    add(0);
    assert_status(OK, nova_abi_read_anchor(whole(), &anchor));
    assert_int_equal(0, anchor.height | anchor.header[31]);
}

static void proposals_are_eight_words(void **state)
{
    (void)state;
    struct nova_abi_proposal proposal;
    const struct bytes commitment =
        unit_hex("cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd01");
    answer.len = 0;
    add(7);
    add(0);
    add(3);
    add_bytes(commitment);
    add(0xabcd);
    add(1700000000);
    add(5);
    add(2);
    for (size_t len = 0; len < answer.len; len++) {
        assert_status(ABI_INVALID, nova_abi_read_proposal(bytes_slice(whole(), 0, len), &proposal));
        assert_int_equal(0, proposal.id);
    }
    assert_status(OK, nova_abi_read_proposal(whole(), &proposal));
    assert_true(proposal.id == 7 && proposal.epoch == 3 && proposal.executable_at == 1700000000);
    assert_true(proposal.vetoes == 2 && proposal.proposer.b[19] == 0xcd);
    assert_bytes(commitment, BYTES_ARRAY(proposal.commitment));
    static const size_t high[] = {0, 2 * 32, 4 * 32, 5 * 32 + 23, 7 * 32 + 30};
    for (size_t i = 0; i < sizeof high / sizeof high[0]; i++) {
        answer.memory[high[i]] = 1;
        assert_status(ABI_INVALID, nova_abi_read_proposal(whole(), &proposal));
        answer.memory[high[i]] = 0;
    }
}

static void single_words_are_read(void **state)
{
    (void)state;
    uint8_t word[32];
    uint64_t number;
    bool truth;
    struct eth_address wallet;
    answer.len = 0;
    assert_status(ABI_INVALID, nova_abi_read_word(whole(), word));
    assert_status(ABI_INVALID, nova_abi_read_bool(whole(), &truth));
    add(1);
    assert_status(OK, nova_abi_read_word(whole(), word));
    assert_status(OK, nova_abi_read_u64(whole(), &number));
    assert_status(OK, nova_abi_read_bool(whole(), &truth));
    assert_status(OK, nova_abi_read_wallet(whole(), &wallet));
    assert_true(truth && number == 1 && word[31] == 1 && wallet.b[19] == 1);
}

static void errors_have_names(void **state)
{
    (void)state;
    static const char *const known[] = {"NotAuthorizedToSetHash()", "MasterSecretHashAlreadySet()",
                                        "Error(string)", "TooEarly()"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint8_t hash[KECCAK256_BYTES];
        keccak256_hash(bytes_of(known[i]), hash);
        assert_string_equal(known[i], nova_abi_error((struct bytes){hash, 4}));
        assert_string_equal("", nova_abi_error((struct bytes){hash, 3}));
        hash[3] ^= 1;
        assert_string_equal("", nova_abi_error((struct bytes){hash, 32}));
    }
}

/* The interface of our contracts, as their build checks it: contracts/abi.txt. */
static const char *contracts_text(void)
{
    static char text[1 << 16];
    FILE *file = fopen("contracts/abi.txt", "rb");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    assert_true(len > 0 && len < sizeof text - 1);
    text[len] = 0;
    return text;
}

static void our_contracts_have_these_calls_and_answers(void **state)
{
    (void)state;
    static const char *const answers[] = {
        " getApp(uint256 appId) view returns ((uint256 id, address owner, bytes32 teeArch, address "
        "dappContract, string metadataUri, uint256 latestVersionId, uint256 createdAt, uint8 "
        "status, address appWallet))\n",
        " getVersion(uint256 appId, uint256 versionId) view returns ((uint256 id, string "
        "versionName, bytes32 codeMeasurement, string imageUri, string auditUrl, string auditHash, "
        "string githubRunId, uint8 status, uint256 enrolledAt, address enrolledBy))\n",
        " getInstanceByWallet(address wallet) view returns ((uint256 id, uint256 appId, uint256 "
        "versionId, address operator, string instanceUrl, bytes teePubkey, address "
        "teeWalletAddress, bool zkVerified, uint8 status, uint256 registeredAt))\n",
        " getInstancesForVersion(uint256 appId, uint256 versionId) view returns (uint256[])\n",
        " getActiveInstances(uint256 appId) view returns (address[])\n",
        " getOperators() view returns (address[])\n",
        " masterSecretHash() view returns (bytes32)\n",
        " anchored() view returns (uint64 height, bytes32 header)\n",
        " epochCommitment(uint256 epoch) view returns (bytes32)\n",
        " pendingProposal(uint8 kind) view returns ((uint256 id, bytes32 tenantId, uint256 epoch, "
        "bytes32 commitment, address proposer, uint64 executableAt, uint16 vetoes, uint8 "
        "vetoCount))\n",
        " proposeEpoch(uint256 epoch, bytes32 commitment) returns (uint256 proposalId)\n",
        " execute(uint256 proposalId, bytes32 commitment)\n",
        " veto(uint256 proposalId, bytes32 commitment)\n",
        " isOperator(address account) view returns (bool)\n",
    };
    const char *text = contracts_text();
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        assert_non_null(strstr(text, answers[i]));
    }
    for (unsigned i = 0; i < NOVA_ABI_CALLS; i++) {
        const char *signature = nova_abi_signature((enum nova_abi_call)i);
        char line[128];
        snprintf(line, sizeof line, " 0x%08x function %.*s(",
                 nova_abi_selector((enum nova_abi_call)i), (int)strcspn(signature, "("), signature);
        assert_non_null(strstr(text, line));
    }
}

/* Every reason for which our KMS registry refuses has its name. */
static void the_errors_of_our_contract_have_names(void **state)
{
    (void)state;
    static const char start[] = "KMSRegistry 0x";
    unsigned count = 0;
    for (const char *at = strstr(contracts_text(), start); at != NULL; at = strstr(at, start)) {
        at += sizeof start - 1;
        char hex[9] = {0};
        const char *name = at + 9;
        memcpy(hex, at, 8);
        if (strncmp(name, "error ", 6) == 0) {
            name += 6;
            const char *known = nova_abi_error(unit_hex(hex));
            assert_int_equal(strcspn(name, "\n"), strlen(known));
            assert_memory_equal(name, known, strlen(known));
            count++;
        }
    }
    assert_true(count > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors_are_the_hashes_of_the_signatures),
        cmocka_unit_test(wrong_apps_are_refused),
        cmocka_unit_test(wrong_versions_and_instances_are_refused),
        cmocka_unit_test(apps_are_read_with_and_without_wallet),
        cmocka_unit_test(versions_and_instances_are_read),
        cmocka_unit_test(strings_and_lists_have_a_limit),
        cmocka_unit_test(lists_are_read),
        cmocka_unit_test(anchors_are_a_height_of_64_bits_and_a_header),
        cmocka_unit_test(proposals_are_eight_words),
        cmocka_unit_test(single_words_are_read),
        cmocka_unit_test(errors_have_names),
        cmocka_unit_test(our_contracts_have_these_calls_and_answers),
        cmocka_unit_test(the_errors_of_our_contract_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
