#include "coffer/cluster_check.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/mem.h"
#include "codec/json_in.h"
#include "coffer/input.h"
#include "coffer/verify_trust.h"

enum { READ_MS = 30000, FILE_MAX = 1 << 20, TEXT = 1024 };

/* --- rows ------------------------------------------------------------------------------------- */

void cluster_check_say(struct cluster_check *check, bool is_same,
                       const struct cluster_check_row *row)
{
    char text[TEXT];
    (void)snprintf(text, sizeof text, "%s%s%s", row->about == NULL ? "" : row->about,
                   row->about == NULL ? "" : ": ", is_same ? row->same : row->other);
    out_finding(&check->cli->out, is_same ? "ok" : "FAILED", row->name, text,
                is_same ? "" : row->hint);
    check->compared++;
    check->differs += !is_same;
}

void cluster_check_leave_open(struct cluster_check *check, const char *name, const char *text,
                              const char *hint)
{
    out_finding(&check->cli->out, "open", name, text, hint);
}

/* --- what is given ---------------------------------------------------------------------------- */

static enum cli_exit read_trust(struct cluster_check *check, const char *path)
{
    struct cli *cli = check->cli;
    char where[CONFIG_WHERE_MAX] = "";
    struct bytes text;
    struct trust *trust = arena_alloc(&cli->arena, sizeof *trust);
    if (trust == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), path);
    }
    struct status status = input_read(&cli->arena, path, TRUST_FILE_MAX, &text);
    if (!status_is_ok(status)) {
        return cli_fail_file(cli, status, path);
    }
    status = trust_parse(text, &cli->arena, trust, where);
    check->trust = trust;
    return status_is_ok(status) ? CLI_DONE : cli_fail_place(cli, status, path, where);
}

static struct status read_guardians(const struct json_in *veto, struct cluster_check_veto *ret)
{
    struct json_in list;
    TRY(json_in_member(veto, "guardians", &list));
    if (json_in_kind(&list) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(&list, BAD_TYPE);
    }
    TRY(json_in_count(&list, &ret->guardian_count));
    if (ret->guardian_count > CONTRACT_GUARDIANS_MAX) {
        return JSON_IN_FAIL(&list, NUMBER_RANGE);
    }
    for (size_t i = 0; i < ret->guardian_count; i++) {
        struct json_in item = json_in_item(&list, i);
        struct bytes text;
        TRY(json_in_string(&item, &text));
        TRY(json_in_about(&item, eth_address_read_checksum(text, &ret->guardians[i])));
    }
    return OK;
}

/* The member veto, as tools/deploy-contracts writes it. */
static struct status read_veto(struct json_in_doc *doc, struct cluster_check_veto *ret)
{
    struct json_in root = json_in_root(doc);
    struct json_in veto;
    struct json_in member;
    TRY(json_in_member(&root, "veto", &veto));
    TRY(json_in_member(&veto, "delay", &member));
    TRY(json_in_u64(&member, 0, INT64_MAX, &ret->delay_s));
    TRY(json_in_member(&veto, "threshold", &member));
    TRY(json_in_u64(&member, 0, CONTRACT_GUARDIANS_MAX, &ret->threshold));
    return read_guardians(&veto, ret);
}

static enum cli_exit read_contracts(struct cluster_check *check, const char *path)
{
    struct cli *cli = check->cli;
    struct json_in_doc doc = {0};
    struct bytes text;
    struct cluster_check_veto *veto = arena_alloc(&cli->arena, sizeof *veto);
    if (veto == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), path);
    }
    struct status status = input_read(&cli->arena, path, FILE_MAX, &text);
    if (!status_is_ok(status)) {
        return cli_fail_file(cli, status, path);
    }
    status = json_in_parse(&cli->arena, text, &doc);
    status = status_is_ok(status) ? read_veto(&doc, veto) : status;
    check->veto = veto;
    return status_is_ok(status) ? CLI_DONE : cli_fail_place(cli, status, path, doc.where);
}

enum cli_exit cluster_check_read(struct cluster_check *check)
{
    const char *trust = cli_value(check->cli, "--trust", NULL);
    const char *contracts = cli_value(check->cli, "--contracts", NULL);
    enum cli_exit result = trust == NULL ? CLI_DONE : read_trust(check, trust);
    return result == CLI_DONE && contracts != NULL ? read_contracts(check, contracts) : result;
}

/* --- two files -------------------------------------------------------------------------------- */

/* The node's chain is that of its clients. */
static void compare_files(struct cluster_check *check)
{
    const struct trust *trust = check->trust;
    const struct deployment *deployment = check->deployment;
    const struct {
        const char *name;
        bool is_same;
    } all[] = {
        {"chain_id", trust->chain_id == deployment->chain_id},
        {"genesis", bytes_equal(BYTES_ARRAY(trust->genesis), BYTES_ARRAY(deployment->genesis))},
        {"registry",
         bytes_equal(BYTES_ARRAY(trust->registry), BYTES_ARRAY(deployment->registry.b))},
        {"registry_code",
         bytes_equal(BYTES_ARRAY(trust->registry_code), BYTES_ARRAY(deployment->registry_code))},
        {"kms_app_id",
         bytes_equal(BYTES_ARRAY(trust->kms_app_id), BYTES_ARRAY(deployment->kms_app_id))},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct cluster_check_row row = {
            .name = all[i].name,
            .same = "the deployment and the trust configuration have the same",
            .other = "the deployment has another one than the trust configuration",
            .hint = "clients look at another service than nodes: give them a deployment file with "
                    "the chain of the trust configuration",
        };
        cluster_check_say(check, all[i].is_same, &row);
    }
}

/* --- the contract ----------------------------------------------------------------------------- */

static void compare_contract(struct cluster_check *check)
{
    const struct contract_facts *contract = check->contract;
    const struct deployment *deployment = check->deployment;
    const struct cluster_check_row code = {
        .name = "contract code",
        .same = "the KMS contract's code is that of the trust configuration",
        .other = "the KMS contract has other code than the trust configuration says",
        .hint = "do not start nodes with it: compare kms_registry and kms_registry_code with what "
                "was deployed",
    };
    const struct cluster_check_row registry = {
        .name = "contract registry",
        .same = "the KMS contract trusts the deployment's registry, and its app id",
        .other = "the KMS contract trusts another registry or app id than the deployment",
        .hint = "name the registry and kms_app_id of the contract, or the right contract",
    };
    cluster_check_say(
        check,
        bytes_equal(BYTES_ARRAY(contract->code), BYTES_ARRAY(check->trust->kms_registry_code)),
        &code);
    cluster_check_say(
        check,
        eth_address_equal(&contract->registry, &deployment->registry) &&
            bytes_equal(BYTES_ARRAY(contract->kms_app_id), BYTES_ARRAY(deployment->kms_app_id)),
        &registry);
}

static bool has_address(const struct eth_address *list, size_t count,
                        const struct eth_address *address)
{
    bool is_there = false;
    for (size_t i = 0; i < count; i++) {
        is_there = is_there || eth_address_equal(&list[i], address);
    }
    return is_there;
}

/* In any order; a contract has none twice. */
static bool has_same_guardians(const struct contract_facts *contract,
                               const struct cluster_check_veto *veto)
{
    bool is_same = contract->guardian_count == veto->guardian_count;
    for (size_t i = 0; i < contract->guardian_count; i++) {
        is_same =
            is_same && has_address(veto->guardians, veto->guardian_count, &contract->guardians[i]);
    }
    return is_same;
}

/* What is on the chain, for who has nothing to compare it with. */
static void show_veto(struct cluster_check *check)
{
    const struct contract_facts *contract = check->contract;
    uint8_t memory[TEXT];
    char count[96];
    struct buf text = buf_over(memory, sizeof memory - 1);
    (void)snprintf(count, sizeof count, "a delay of %llu s, %llu vetoes of %zu guardians:",
                   (unsigned long long)contract->delay_s,
                   (unsigned long long)contract->veto_threshold, contract->guardian_count);
    buf_put_text(&text, count);
    for (size_t i = 0; i < contract->guardian_count; i++) {
        buf_put_text(&text, " ");
        eth_address_put(&text, &contract->guardians[i]);
    }
    memory[text.len] = '\0';
    cluster_check_leave_open(check, "guardians", (const char *)memory,
                             "compare them with what was agreed, or give what "
                             "tools/deploy-contracts wrote as --contracts");
}

static void compare_veto(struct cluster_check *check)
{
    const struct contract_facts *contract = check->contract;
    const struct cluster_check_veto *veto = check->veto;
    if (veto == NULL) {
        show_veto(check);
        return;
    }
    const char *hint = "a contract's delay and guardians never change: this is another contract "
                       "than the one that was agreed";
    const struct cluster_check_row delay = {"delay", NULL, "the contract's delay is the agreed one",
                                            "the contract has another delay", hint};
    const struct cluster_check_row guardians = {
        "guardians", NULL, "the contract's guardians and threshold are the agreed ones",
        "the contract has other guardians, or another threshold", hint};
    cluster_check_say(check, contract->delay_s == veto->delay_s, &delay);
    cluster_check_say(
        check, contract->veto_threshold == veto->threshold && has_same_guardians(contract, veto),
        &guardians);
}

static bool is_registered(const struct directory_list *list, const struct eth_address *wallet)
{
    bool is_there = false;
    for (size_t i = 0; i < list->count; i++) {
        is_there = is_there || eth_address_equal(&list->nodes[i].wallet, wallet);
    }
    return is_there;
}

/* Who may publish has to be who is registered; each that is only one of them is a row. */
static void compare_operators(struct cluster_check *check)
{
    const struct contract_facts *contract = check->contract;
    uint8_t memory[ETH_ADDRESS_TEXT + 1] = {0};
    size_t differs = check->differs;
    for (size_t i = 0; i < contract->operator_count; i++) {
        struct buf text = buf_over(memory, ETH_ADDRESS_TEXT);
        eth_address_put(&text, &contract->operators[i]);
        const struct cluster_check_row row = {
            .name = "operators",
            .about = (const char *)memory,
            .other = "the contract takes what it publishes, and it is no registered node",
            .hint = "wait for the depth of the deployment and ask again; if it stays so end its "
                    "instance, or mend its URL",
        };
        if (!is_registered(&check->list, &contract->operators[i])) {
            cluster_check_say(check, false, &row);
        }
    }
    for (size_t i = 0; i < check->list.count; i++) {
        const struct cluster_check_row row = {
            .name = "operators",
            .about = check->list.nodes[i].url,
            .other = "it is registered, and the contract does not take what it publishes",
            .hint = "wait for the depth of the deployment and ask again; if it stays so register "
                    "it anew",
        };
        if (!has_address(contract->operators, contract->operator_count,
                         &check->list.nodes[i].wallet)) {
            cluster_check_say(check, false, &row);
        }
    }
    const struct cluster_check_row row = {
        .name = "operators", .same = "the contract's operators are the registered nodes"};
    if (check->differs == differs) {
        cluster_check_say(check, true, &row);
    }
}

static void read_contract(struct cluster_check *check)
{
    struct cli *cli = check->cli;
    struct contract_facts *contract = arena_alloc(&cli->arena, sizeof *contract);
    struct mem mem;
    struct eth_address address;
    const struct directory_setup setup = {.deployment = check->deployment,
                                          .clock = clock_system(),
                                          .entropy = entropy_system(),
                                          .mem = &mem};
    memcpy(address.b, check->trust->kms_registry, sizeof address.b);
    mem_init(&mem, CONTRACT_MEMORY);
    struct status status =
        contract == NULL ? FAIL(NO_MEMORY) : contract_read(&setup, &address, READ_MS, contract);
    if (status_is_ok(status)) {
        check->contract = contract;
        return;
    }
    const struct cluster_check_row row = {
        .name = "contract",
        .other = status_text((enum status_code)status.code),
        .hint = "compare kms_registry of the trust configuration with what was deployed, and ask "
                "again when the endpoints answer",
    };
    cluster_check_say(check, false, &row);
}

void cluster_check_chain(struct cluster_check *check)
{
    if (check->deployment->rpc_count == 0 || check->deployment->node_count != 0) {
        cluster_check_leave_open(check, "contract",
                                 "the deployment names its nodes, and no chain that says so",
                                 "operators, guardians and delays are on a chain only");
        return;
    }
    if (check->trust == NULL) {
        cluster_check_leave_open(check, "contract",
                                 "who may publish and veto, and how long it waits",
                                 "give the nodes' trust configuration as --trust: it names the "
                                 "contract");
        return;
    }
    compare_files(check);
    read_contract(check);
    if (check->contract != NULL) {
        compare_contract(check);
        compare_veto(check);
        compare_operators(check);
    }
}
