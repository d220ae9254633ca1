#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "codec/hex.h"
#include "coffer/attested_node.h"
#include "coffer/cluster_check.h"
#include "coffer/cluster_nodes.h"
#include "coffer/verify_trust.h"

struct look {
    struct cluster_check *check;
    const struct deployment_node *node; /* as it is registered */
    const uint8_t *code;                /* that it is enrolled as; NULL: nobody says */
    struct attested_answer answer;
    struct document document;
};

/* --- what it attests to ----------------------------------------------------------------------- */

static struct status ask(struct look *look, struct node_api *api, struct attestation_moment *ret,
                         uint8_t nonce[static ATTESTED_NODE_NONCE])
{
    const struct entropy entropy = entropy_system();
    const struct clock clock = clock_system();
    struct node_api_answer *said = arena_alloc(&look->check->cli->arena, sizeof *said);
    if (said == NULL) {
        return FAIL(NO_MEMORY);
    }
    TRY(entropy_fill(&entropy, nonce, ATTESTED_NODE_NONCE));
    TRY(attested_node_ask(api, nonce, said));
    if (said->http != 200 || said->json.root == NULL) {
        return FAIL(UNAVAILABLE);
    }
    *ret = (struct attestation_moment){.now = clock_wall(&clock),
                                       .max_age_ms = ATTESTED_NODE_MAX_AGE_MS,
                                       .nonce = {nonce, ATTESTED_NODE_NONCE}};
    return attested_answer_read(api->arena, &said->json, &look->answer);
}

/* Where no code is named, what the registry has is what it must be. */
static struct status judge(struct look *look, const struct attestation_moment *moment)
{
    struct verify_trust trust = look->check->verify;
    if (look->answer.maker != trust.maker) {
        return FAIL(ATTESTATION_BINDING);
    }
    if (trust.measurement_count == 0 && trust.code_count == 0 && look->code != NULL) {
        trust.code_count = 1;
        memcpy(trust.code.keccak, look->code, sizeof trust.code.keccak);
    }
    return attested_node_judge(&trust, moment, &look->answer, &look->document);
}

static struct status attest(struct look *look)
{
    const char *ca_file = look->check->deployment->ca_file;
    struct attestation_moment moment;
    uint8_t nonce[ATTESTED_NODE_NONCE];
    struct node_api api;
    struct status status = node_api_open(&api, &look->check->cli->arena, look->node->url);
    api.ca_file = *ca_file == '\0' ? NULL : ca_file;
    status = status_is_ok(status) ? ask(look, &api, &moment, nonce) : status;
    node_api_close(&api);
    return status_is_ok(status) ? judge(look, &moment) : status;
}

/* --- what that is compared with --------------------------------------------------------------- */

static void compare_keys(struct look *look)
{
    const struct identity_binding *binding = &look->answer.binding;
    const struct cluster_check_row keys = {
        .name = "keys",
        .about = look->node->url,
        .same = "it attests to the wallet and key that it is registered with",
        .other = "it attests to another wallet or key than it is registered with",
        .hint = "it was started again, or another node answers there: register it anew and end "
                "the old instance; see docs/operations.md, \"Clients say mismatch\"",
    };
    const struct cluster_check_row domain = {
        .name = "domain",
        .about = look->node->url,
        .same = "it is of this deployment",
        .other = "it attests to another domain_id than the deployment has",
        .hint = "it is a node of another service: end its registration, or mend domain_id",
    };
    cluster_check_say(look->check,
                      eth_address_equal(&look->node->wallet, &binding->wallet) &&
                          p384_point_equal(&look->node->point, &binding->tee_pubkey),
                      &keys);
    cluster_check_say(
        look->check,
        bytes_equal(BYTES_ARRAY(binding->domain), BYTES_ARRAY(look->check->deployment->domain)),
        &domain);
}

static void compare_code(struct look *look)
{
    uint8_t code[ATTESTATION_CODE];
    const struct cluster_check_row row = {
        .name = "code",
        .about = look->node->url,
        .same = "it attests to the code that its version is enrolled as",
        .other = "it attests to other code than its version is enrolled as",
        .hint = "end its instance; enrol the code that it runs, if that is what you built, and "
                "register it under that version",
    };
    if (look->code == NULL) {
        return;
    }
    attestation_code_measurement(&look->document, code);
    cluster_check_say(
        look->check, bytes_equal(BYTES_ARRAY(code), (struct bytes){look->code, sizeof code}), &row);
}

/* As text that all have to have. In: first, of the first that has one. */
static bool is_of_all(struct bytes text, char *first, size_t size)
{
    if (first[0] == '\0' && text.len != 0 && text.len < size) {
        memcpy(first, text.ptr, text.len);
        first[text.len] = '\0';
    }
    return text.len != 0 && bytes_equal(text, bytes_of(first));
}

static void compare_trust(struct look *look)
{
    struct cluster_check *check = look->check;
    const uint8_t *digest = look->answer.binding.trust_digest;
    uint8_t memory[2 * TRUST_DIGEST];
    struct buf text = buf_over(memory, sizeof memory);
    const struct cluster_check_row row = {
        .name = "trust configuration",
        .about = look->node->url,
        .same = check->trust != NULL ? "it attests to the one that is given"
                                     : "it attests to the same as the first node",
        .other = "it attests to another one",
        .hint = "start it with the one that is meant; while a change is under way nodes differ "
                "until all were started anew",
    };
    hex_put(&text, (struct bytes){digest, TRUST_DIGEST});
    bool is_same =
        check->trust != NULL
            ? bytes_equal((struct bytes){digest, TRUST_DIGEST}, BYTES_ARRAY(check->trust->digest))
            : is_of_all(buf_bytes(&text), check->digest, sizeof check->digest);
    cluster_check_say(check, is_same, &row);
}

/* --- what it says ----------------------------------------------------------------------------- */

static bool is_published(const struct contract_facts *contract, struct bytes hash)
{
    uint8_t said[DEPLOYMENT_HASH];
    return status_is_ok(hex_read(hash, sizeof said, said)) &&
           bytes_equal(BYTES_ARRAY(said), BYTES_ARRAY(contract->root_hash));
}

static void compare_root(struct look *look, const struct json_in *root)
{
    struct cluster_check *check = look->check;
    struct json_in node;
    struct json_in secret;
    struct bytes hash = {0};
    if (json_in_find(root, "node", &node) && json_in_find(&node, "master_secret", &secret)) {
        hash = cluster_nodes_text(&secret, "hash");
    }
    if (bytes_starts(hash, BYTES_LITERAL("0x"))) {
        hash = bytes_slice(hash, 2, hash.len);
    }
    const struct cluster_check_row row = {
        .name = "root",
        .about = look->node->url,
        .same = check->contract != NULL ? "it says that it has the root that is published"
                                        : "it says that it has the root of the first node",
        .other = "it has no root, or another one",
        .hint = "see coffer cluster status, and the log of the node",
    };
    cluster_check_say(check,
                      check->contract != NULL ? is_published(check->contract, hash)
                                              : is_of_all(hash, check->root, sizeof check->root),
                      &row);
}

static void compare_epochs(struct look *look, const struct json_in *root)
{
    struct json_in cluster;
    struct json_in member;
    struct json_in part;
    const struct cluster_check_row row = {
        .name = "epochs",
        .about = look->node->url,
        .same = "it says that it has all roots that the contract has",
        .other = "it has not got the newest root of the contract, or one that is not there",
        .hint = "wait a minute and see coffer cluster rotate",
    };
    if (look->check->contract == NULL || !json_in_find(root, "cluster", &cluster) ||
        !json_in_find(&cluster, "membership", &member) ||
        !json_in_find(&member, "rotation", &part)) {
        return;
    }
    cluster_check_say(look->check,
                      cluster_nodes_number(&part, "newest") == look->check->contract->latest_epoch,
                      &row);
}

static void ask_status(struct look *look)
{
    struct node_api_answer *answer = arena_alloc(&look->check->cli->arena, sizeof *answer);
    struct cluster_check *check = look->check;
    if (answer != NULL &&
        cluster_nodes_ask(check->cli, check->deployment, look->node->url, answer)) {
        struct json_in root = json_in_root(&answer->json);
        compare_root(look, &root);
        compare_epochs(look, &root);
    }
}

/* --- all of it -------------------------------------------------------------------------------- */

static const char *hint_of(struct status status)
{
    if (status.code == STATUS_ATTESTATION_MEASUREMENT) {
        return "it runs other code than is enrolled or trusted: end its instance, and see what "
               "that is with coffer verify";
    }
    if (status.code == STATUS_CERTIFICATE_ROOT) {
        return "a development node: --dev, in a development build; another platform: --root FILE";
    }
    if (status.code == STATUS_UNAVAILABLE) {
        return "start it, or end its registration";
    }
    return status_hint((enum status_code)status.code);
}

void cluster_check_node(struct cluster_check *check, size_t index)
{
    struct look *look = arena_alloc(&check->cli->arena, sizeof *look);
    size_t mark = check->cli->arena.used;
    if (look == NULL) {
        cluster_check_leave_open(check, "node", "there is no memory for it", "");
        check->differs++;
        return;
    }
    *look = (struct look){.check = check, .node = &check->list.nodes[index]};
    look->code = check->deployment->node_count == 0 ? check->list.code[index] : NULL;
    struct status status = attest(look);
    const struct cluster_check_row row = {
        .name = "attested",
        .about = look->node->url,
        .same = "its document is one of the trusted platform, for code that is trusted",
        .other = status_text((enum status_code)status.code),
        .hint = hint_of(status),
    };
    cluster_check_say(check, status_is_ok(status), &row);
    if (status_is_ok(status)) {
        compare_keys(look);
        compare_code(look);
        compare_trust(look);
        ask_status(look);
    }
    arena_rewind(&check->cli->arena, mark);
}
