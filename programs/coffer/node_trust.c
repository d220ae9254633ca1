#include "coffer/node_trust.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "client/user_session.h"
#include "codec/hex.h"
#include "coffer/app_client.h"
#include "coffer/attested_node.h"
#include "coffer/verify_trust.h"

/* "localhost.example.org" and "127.0.0.1@example.org" are elsewhere. */
bool node_trust_is_local(const char *url)
{
    if (strncmp(url, "unix:", 5) == 0) {
        return true;
    }
    const char *host = strstr(url, "://");
    if (host == NULL) {
        return false;
    }
    host += 3;
    size_t len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    size_t digits = strspn(host, "0123456789.");
    bool is_name = (len == 9 && strncmp(host, "localhost", len) == 0) ||
                   (len == 5 && strncmp(host, "[::1]", len) == 0);
    bool is_number = strncmp(host, "127.", 4) == 0 && digits == len;
    bool has_user = strchr(host, '@') != NULL;
    return (is_name || is_number) && !has_user;
}

static enum cli_exit fail(struct cli *cli, const char *text, const char *url, const char *hint)
{
    return cli_fail_about(cli, "NODE_UNTRUSTED", text, url, hint);
}

/* --- by its code ---------------------------------------------------------------------------- */

static enum cli_exit take_binding(struct cli *cli, const struct identity_binding *binding,
                                  struct node_trust *ret)
{
    uint8_t wallet_memory[POP_WALLET_TEXT];
    struct buf wallet = buf_over(wallet_memory, sizeof wallet_memory);
    struct buf text = buf_over((uint8_t *)ret->node, POP_NODE_TEXT);
    eth_address_put(&wallet, &binding->wallet);
    struct status status = pop_node_text(buf_bytes(&wallet), binding->boot_id, &text);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "");
    }
    memcpy(ret->domain, binding->domain, sizeof ret->domain);
    return CLI_DONE;
}

static enum cli_exit find_attested(struct cli *cli, struct node_api *api, const char *url,
                                   struct node_trust *ret)
{
    struct verify_trust trust;
    struct node_api_answer said;
    struct attested_answer answer;
    struct document document;
    uint8_t nonce[ATTESTED_NODE_NONCE];
    const struct clock clock = clock_system();
    const struct entropy entropy = entropy_system();
    enum cli_exit result = verify_trust_read(cli, true, &trust);
    if (result != CLI_DONE) {
        return result;
    }
    struct status status = entropy_fill(&entropy, nonce, sizeof nonce);
    status = status_is_ok(status) ? attested_node_ask(api, nonce, &said) : status;
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, url);
    }
    if (said.http != 200 || said.json.root == NULL) {
        return node_api_refused(cli, &said);
    }
    const struct attestation_moment moment = {.now = clock_wall(&clock),
                                              .max_age_ms = ATTESTED_NODE_MAX_AGE_MS,
                                              .nonce = BYTES_ARRAY(nonce)};
    status = attested_answer_read(&cli->arena, &said.json, &answer);
    status =
        status_is_ok(status) && answer.maker != trust.maker ? FAIL(ATTESTATION_BINDING) : status;
    status =
        status_is_ok(status) ? attested_node_judge(&trust, &moment, &answer, &document) : status;
    if (!status_is_ok(status)) {
        return cli_fail_about(cli, status_name((enum status_code)status.code),
                              status_text((enum status_code)status.code), url,
                              "nothing was signed; see more with: coffer verify URL");
    }
    return take_binding(cli, &answer.binding, ret);
}

/* --- by what it says ------------------------------------------------------------------------ */

/* In: answer, of GET /v1/nonce. */
static bool take_nonce(struct node_api_answer *answer, struct node_trust *ret)
{
    struct bytes node = node_api_text(answer, "node");
    struct bytes domain = node_api_text(answer, "domain_id");
    struct eth_address wallet;
    if (node.len != POP_NODE_TEXT ||
        !status_is_ok(hex_read(domain, sizeof ret->domain, ret->domain))) {
        return false;
    }
    memcpy(ret->node, node.ptr, node.len);
    ret->node[node.len] = '\0';
    return status_is_ok(user_session_wallet(ret->node, &wallet));
}

static enum cli_exit check_deployment(struct cli *cli, const char *url,
                                      const struct node_trust *trust)
{
    const struct deployment *deployment = NULL;
    struct eth_address wallet;
    enum cli_exit result = app_client_deployment(cli, &deployment);
    if (result != CLI_DONE) {
        return result;
    }
    if (deployment->node_count == 0) {
        return fail(cli, "the deployment names no nodes, only a chain", url,
                    "say which code you trust, with --pcrs, or name a deployment with its nodes");
    }
    bool is_known = false;
    (void)user_session_wallet(trust->node, &wallet);
    for (size_t i = 0; i < deployment->node_count; i++) {
        is_known = is_known || eth_address_equal(&deployment->nodes[i].wallet, &wallet);
    }
    if (!is_known || !bytes_equal(BYTES_ARRAY(deployment->domain), BYTES_ARRAY(trust->domain))) {
        return fail(cli, "the node is of another deployment, or none", url,
                    "compare its wallet (coffer status) with the deployment file");
    }
    return CLI_DONE;
}

static enum cli_exit find_told(struct cli *cli, struct node_api *api, const char *url,
                               struct node_trust *ret)
{
    struct node_api_answer answer;
    struct status status = node_api_call(api, "/v1/nonce", (struct bytes){0}, &answer);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, url);
    }
    if (answer.http != 200) {
        return node_api_refused(cli, &answer);
    }
    if (!take_nonce(&answer, ret)) {
        return fail(cli, "the answer says no wallet, start and domain", url,
                    "check that --node names a Coffer node");
    }
    return cli_has(cli, "--deployment") ? check_deployment(cli, url, ret) : CLI_DONE;
}

enum cli_exit node_trust_find(struct cli *cli, struct node_api *api, const char *url,
                              struct node_trust *ret)
{
    *ret = (struct node_trust){0};
    if (cli_has(cli, "--pcrs") || cli_has(cli, "--measurement") || cli_has(cli, "--dev")) {
        return find_attested(cli, api, url, ret);
    }
    if (!cli_has(cli, "--deployment") && !node_trust_is_local(url)) {
        return fail(cli, "nothing says which node this has to be", url,
                    "say which code you trust, with --pcrs FILE, or name a deployment with its "
                    "nodes, with --deployment FILE");
    }
    return find_told(cli, api, url, ret);
}
