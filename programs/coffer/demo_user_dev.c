#include "coffer/demo_user_dev.h"

#include "coffer/judge.h"
#include "coffer/node_api.h"
#include "coffer/starknet_input.h"
#include "starknet/felt_text.h"

/* The transfer of the demo: 1000 of the smallest unit of STRK on the test network. */
#define DEMO_TRANSACTION                                                                        \
    "{\"type\":\"INVOKE\",\"chain_id\":\"sepolia\",\"nonce\":\"0x1\",\"resource_bounds\":{"     \
    "\"l1_gas\":{\"max_amount\":\"0x0\",\"max_price_per_unit\":\"0x0\"},"                       \
    "\"l2_gas\":{\"max_amount\":\"0xf4240\",\"max_price_per_unit\":\"0x2cb417800\"},"           \
    "\"l1_data_gas\":{\"max_amount\":\"0x100\",\"max_price_per_unit\":\"0xe8d4a51000\"}},"      \
    "\"calls\":[{\"to\":\"0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d\"," \
    "\"entrypoint\":\"transfer\",\"calldata\":[\"0x1234\",{\"u256\":\"1000\"}]}]}"

#define DEMO_ACCOUNT "{\"username\":\"alice\",\"key_index\":0}"
#define DEMO_SIGN    "{\"username\":\"alice\",\"key_index\":0,\"transaction\":" DEMO_TRANSACTION "}"
#define DEMO_OPAQUE  "{\"username\":\"alice\",\"key_index\":0,\"message_hash\":\"0x1234\"}"

/* What the node said about alice. */
struct demo {
    struct demo_teller *teller;
    struct node_api api;
    struct account account;
    struct felt signature[2];
    struct felt hash;
};

/* A felt of the root of an answer; zero when there is none, which matches nothing. */
static struct felt felt_of(struct node_api_answer *answer, const char *name)
{
    struct felt felt = {0};
    (void)felt_text_read(node_api_text(answer, name), &felt);
    return felt;
}

/* Ask; anything but HTTP 200 is a failure. */
static enum cli_exit ask(struct cli *cli, struct demo *demo, const char *path, const char *body,
                         struct node_api_answer *ret)
{
    struct status status = node_api_call(&demo->api, path, bytes_of(body), ret);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, path);
    }
    return ret->http == 200 ? CLI_DONE : node_api_refused(cli, ret);
}

static enum cli_exit show_account(struct cli *cli, struct demo *demo)
{
    struct node_api_answer answer;
    enum cli_exit result = ask(cli, demo, "/v1/starknet/accounts", DEMO_ACCOUNT, &answer);
    if (result != CLI_DONE) {
        return result;
    }
    struct felt key = felt_of(&answer, "public_key");
    struct felt address = felt_of(&answer, "address");
    demo->account = account_of(account_class_default(), &key);
    if (!felt_equal(&address, &demo->account.address)) {
        return demo_differs(demo->teller, "the address is not that of the public key");
    }
    demo_tell(demo->teller, "A key is derived inside the node; its account is known outside.",
              NULL);
    out_string(&cli->out, "username", "alice");
    starknet_input_put_felt(&cli->out, "public_key", &key);
    starknet_input_put_felt(&cli->out, "address", &address);
    demo_tell_now(demo->teller);
    return CLI_DONE;
}

static bool read_signature(struct node_api_answer *answer, struct felt ret[static 2])
{
    if (answer->json.root == NULL) {
        return false;
    }
    struct json_in root = json_in_root(&answer->json);
    struct json_in list;
    size_t count = 0;
    if (!json_in_find(&root, "signature", &list) || !status_is_ok(json_in_count(&list, &count)) ||
        count != 2) {
        return false;
    }
    struct json_in r = json_in_item(&list, 0);
    struct json_in s = json_in_item(&list, 1);
    return status_is_ok(felt_text_json(&r, &ret[0])) && status_is_ok(felt_text_json(&s, &ret[1]));
}

/* The hash of what was asked for, computed here. */
static struct status own_hash(struct cli *cli, const struct demo *demo, struct felt *ret)
{
    struct json_in_doc doc;
    struct transaction transaction;
    TRY(json_in_parse(&cli->arena, BYTES_LITERAL(DEMO_TRANSACTION), &doc));
    struct json_in root = json_in_root(&doc);
    TRY(transaction_json(&cli->arena, &root, CALL_CAIRO1, &transaction));
    TRY(transaction_use_account(&transaction, &demo->account));
    *ret = transaction_hash(&transaction);
    return OK;
}

static enum cli_exit show_signature(struct cli *cli, struct demo *demo)
{
    struct node_api_answer answer;
    enum cli_exit result = ask(cli, demo, "/v1/starknet/sign", DEMO_SIGN, &answer);
    if (result != CLI_DONE) {
        return result;
    }
    struct felt own = {0};
    struct status status = own_hash(cli, demo, &own);
    demo->hash = felt_of(&answer, "transaction_hash");
    if (!status_is_ok(status) || !felt_equal(&own, &demo->hash)) {
        return demo_differs(demo->teller, "the hash is not that of the transaction that was sent");
    }
    if (!read_signature(&answer, demo->signature)) {
        return demo_differs(demo->teller, "the answer has no signature of two numbers");
    }
    demo_tell(demo->teller, "The node reads a transfer of 1000 fri, hashes it and signs it.", NULL);
    starknet_input_put_felt(&cli->out, "transaction_hash", &demo->hash);
    starknet_input_put_felt(&cli->out, "r", &demo->signature[0]);
    starknet_input_put_felt(&cli->out, "s", &demo->signature[1]);
    demo_tell_now(demo->teller);
    return CLI_DONE;
}

static enum cli_exit show_verdict(struct cli *cli, const struct demo *demo)
{
    struct status status = judge_verify(&demo->account.keys.owner, &demo->hash, &demo->signature[0],
                                        &demo->signature[1]);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "judged by OpenSSL");
    }
    demo_tell(demo->teller,
              "The hash is computed again from what was sent; the signature is checked",
              "with OpenSSL's arithmetic, which shares no code with the signer.");
    out_bool(&cli->out, "verified", true);
    demo_tell_now(demo->teller);
    return CLI_DONE;
}

/* A bare hash could be anything, so that it must be refused. */
static enum cli_exit show_refusal(struct cli *cli, struct demo *demo)
{
    struct node_api_answer answer;
    struct status status =
        node_api_call(&demo->api, "/v1/starknet/sign", bytes_of(DEMO_OPAQUE), &answer);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, "/v1/starknet/sign");
    }
    if (answer.http != 403) {
        return demo_differs(demo->teller, "a bare hash was not refused");
    }
    demo_tell(demo->teller, "A bare hash could be anything. It is refused, with the reason.", NULL);
    out_text(&cli->out, "refusal", node_api_text(&answer, "error_code"));
    out_text(&cli->out, "reason", node_api_text(&answer, "error"));
    out_text(&cli->out, "next", node_api_text(&answer, "hint"));
    demo_tell_now(demo->teller);
    return CLI_DONE;
}

enum cli_exit demo_user_show(struct demo_teller *teller, const char *where)
{
    struct demo demo = {.teller = teller};
    struct cli *cli = teller->cli;
    struct status status = node_api_open(&demo.api, &cli->arena, where);
    enum cli_exit result = CLI_DONE;
    if (!status_is_ok(status)) {
        result = node_api_fail(cli, status, where);
    } else if ((result = show_account(cli, &demo)) == CLI_DONE &&
               (result = show_signature(cli, &demo)) == CLI_DONE &&
               (result = show_verdict(cli, &demo)) == CLI_DONE) {
        result = show_refusal(cli, &demo);
    }
    node_api_close(&demo.api);
    return result;
}
