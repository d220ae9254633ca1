#include <stdio.h>

#include "base/clock.h"
#include "base/entropy.h"
#include "base/utc.h"
#include "codec/hex.h"
#include "coffer/attested_node.h"
#include "coffer/commands.h"
#include "coffer/node_api.h"
#include "coffer/verify_trust.h"

enum { HEX_MAX = 2 * P384_SPKI + 2 };

/* What the answer was, and what came of it. */
struct verified {
    const char *source; /* URL or file */
    bool is_live;
    bool is_of_deployment;
    struct attested_answer answer;
    struct document document;
};

/* --- what failed, and what to do --- */

static const struct {
    enum status_code code;
    const char *hint;
} hints[] = {
    {STATUS_CERTIFICATE_ROOT,
     "a development node: --dev, in a development build; another platform: --root FILE"},
    {STATUS_CERTIFICATE_CHAIN,
     "take what the node answered as it is; if it stays so, it is changed on its way"},
    {STATUS_CERTIFICATE_INVALID,
     "take what the node answered as it is; if it stays so, it is changed on its way"},
    {STATUS_CERTIFICATE_TIME,
     "check the clock of this machine; an old document is checked with --evidence"},
    {STATUS_ATTESTATION_INVALID,
     "take what the node answered as it is; if it stays so, it is changed on its way"},
    {STATUS_ATTESTATION_ALGORITHM,
     "take what the node answered as it is; if it stays so, it is changed on its way"},
    {STATUS_ATTESTATION_SIGNATURE,
     "take what the node answered as it is; if it stays so, it is changed on its way"},
    {STATUS_ATTESTATION_DEBUG, "do not use the node: whoever runs it can see its keys"},
    {STATUS_ATTESTATION_MEASUREMENT,
     "do not use the node before you know this code: build it and compare its registers"},
    {STATUS_ATTESTATION_PURPOSE, "give a document that was made to show who the node is"},
    {STATUS_ATTESTATION_BINDING,
     "do not believe the keys beside it: ask again; a node of the Nova platform needs --kind odyn"},
    {STATUS_ATTESTATION_PUBLIC_KEY, "give a document that was made to show who the node is"},
    {STATUS_ATTESTATION_STALE, "ask again, and check the clock of this machine"},
    {STATUS_ATTESTATION_NONCE, "ask again; if it stays so, the answers come from a store"},
};

static const char *hint_of(struct status status)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        if (hints[i].code == status.code) {
            return hints[i].hint;
        }
    }
    return status_hint((enum status_code)status.code);
}

static void put_hex(char *to, size_t size, const char *prefix, struct bytes data)
{
    struct buf text = buf_over((uint8_t *)to, size - 1);
    buf_put_text(&text, prefix);
    hex_put(&text, data);
    to[text.len] = '\0';
}

/* Where other code runs, its measurement is what somebody looks for; it is told unproven. */
static enum cli_exit fail_judged(struct cli *cli, struct status status, struct bytes in,
                                 const char *source)
{
    char about[HEX_MAX + 64] = "it says ";
    uint8_t code[ATTESTATION_CODE];
    struct document document;
    bool is_code = status.code == STATUS_ATTESTATION_MEASUREMENT &&
                   status_is_ok(document_read(in, &document)) && document.pcrs[0] != NULL &&
                   document.pcrs[1] != NULL && document.pcrs[2] != NULL;
    if (is_code) {
        attestation_code_measurement(&document, code);
        put_hex(about + 8, sizeof about - 8, "0x", BYTES_ARRAY(code));
    }
    return cli_fail_about(cli, status_name((enum status_code)status.code),
                          status_text((enum status_code)status.code), is_code ? about : source,
                          hint_of(status));
}

/* --- what is said --- */

static void say_hex(struct out *out, const char *name, const char *prefix, struct bytes data)
{
    char text[HEX_MAX + 1];
    put_hex(text, sizeof text, prefix, data);
    out_string(out, name, text);
}

/* For people each by itself; programs get the answer as it came, to keep it. */
static void say_binding(struct out *out, struct verified *verified)
{
    const struct identity_binding *binding = &verified->answer.binding;
    uint8_t spki[P384_SPKI];
    if (out->json) {
        uint8_t memory[2048];
        struct buf text = buf_over(memory, sizeof memory);
        struct json_out json = json_out_over(&text);
        identity_binding_json(binding, &json);
        out_raw(out, "binding", buf_bytes(&text));
        out_text(out, "document", verified->answer.document_text);
        return;
    }
    p384_point_spki(&binding->tee_pubkey, spki);
    say_hex(out, "domain_id", "", BYTES_ARRAY(binding->domain));
    say_hex(out, "wallet", "0x", BYTES_ARRAY(binding->wallet.b));
    say_hex(out, "envelope_key", "", BYTES_ARRAY(binding->envelope_key.sec1));
    say_hex(out, "tee_pubkey", "", BYTES_ARRAY(spki));
    say_hex(out, "boot_id", "", BYTES_ARRAY(binding->boot_id));
    say_hex(out, "trust_digest", "", BYTES_ARRAY(binding->trust_digest));
}

static void say_document(struct out *out, const struct document *document)
{
    static const char *const names[ATTESTATION_MEASURED] = {"pcr0", "pcr1", "pcr2"};
    uint8_t code[ATTESTATION_CODE];
    uint8_t memory[UTC_TEXT];
    struct buf text = buf_over(memory, sizeof memory);
    utc_put(&text, document->timestamp_ms);
    out_text(out, "made_at", buf_bytes(&text));
    out_text(out, "module_id", document->module_id);
    attestation_code_measurement(document, code);
    say_hex(out, "code_measurement", "0x", BYTES_ARRAY(code));
    for (size_t i = 0; i < ATTESTATION_MEASURED; i++) {
        say_hex(out, names[i], "", (struct bytes){document->pcrs[i], DOCUMENT_PCR});
    }
}

/* What is proven where the module is a real one; a simulated one proves nothing. */
static void say_proven(struct out *out, const struct verify_trust *trust,
                       const struct verified *verified)
{
    const char *state = trust->is_dev ? "taken" : "proven";
    out_finding(out, state, "code", "an enclave runs the code that you trust, not in debug mode",
                "");
    out_finding(out, state, "keys",
                "this code made the document for these keys, this start, this deployment and this "
                "trust configuration",
                "");
    out_finding(out, state, "time",
                verified->is_live ? "it was so now: the document answers a new nonce"
                                  : "it was so when the document was made",
                "");
}

static void say_open(struct out *out, const struct verify_trust *trust,
                     const struct verified *verified)
{
    if (trust->is_dev) {
        out_finding(out, "open", "module",
                    "all of that: the module is simulated, and its key is public",
                    "use it to try things out, and for nothing else");
    }
    if (!verified->is_live) {
        out_finding(out, "open", "now", "whether it is still so",
                    "ask the node: coffer verify URL");
    }
    out_finding(out, "open", "connection", "whether what you send reaches this enclave",
                "seal it to envelope_key, and believe answers that the wallet signed");
    out_finding(
        out, "open", "behaviour",
        "whether the code, and the configuration with this trust_digest, do what you expect",
        "read both, build, and compare");
    if (!verified->is_of_deployment) {
        out_finding(out, "open", "deployment",
                    "whether the wallet is that of a node of your deployment",
                    "give --deployment FILE, or look it up in the registry");
    }
}

static void say_findings(struct out *out, const struct verify_trust *trust,
                         const struct verified *verified)
{
    out_list(out, "findings");
    say_proven(out, trust, verified);
    if (verified->is_of_deployment) {
        out_finding(out, "ok", "deployment", "the file names this node", "");
    }
    say_open(out, trust, verified);
    out_list_end(out);
}

static enum cli_exit say(struct cli *cli, const struct verify_trust *trust,
                         struct verified *verified)
{
    struct out *out = &cli->out;
    out_string(out, verified->is_live ? "url" : "evidence", verified->source);
    out_string(out, "kind", attestation_maker_name(trust->maker));
    say_binding(out, verified);
    say_document(out, &verified->document);
    say_findings(out, trust, verified);
    return out_flush(out, true) ? CLI_DONE : CLI_FAILED;
}

/* --- the check --- */

/* Its domain, and where it names nodes, which of them. */
static bool is_of(const struct deployment *deployment, const struct identity_binding *binding)
{
    bool is_known = deployment->node_count == 0;
    for (size_t i = 0; i < deployment->node_count; i++) {
        const struct deployment_node *node = &deployment->nodes[i];
        is_known = is_known || (eth_address_equal(&node->wallet, &binding->wallet) &&
                                p384_point_equal(&node->point, &binding->tee_pubkey));
    }
    return is_known && bytes_equal(BYTES_ARRAY(deployment->domain), BYTES_ARRAY(binding->domain));
}

static enum cli_exit check_deployment(struct cli *cli, const struct deployment *deployment,
                                      struct verified *verified)
{
    if (deployment == NULL) {
        return CLI_DONE;
    }
    if (!is_of(deployment, &verified->answer.binding)) {
        return cli_fail_about(cli, "NODE_UNTRUSTED", "the node is of another deployment, or none",
                              verified->source,
                              "compare domain_id, wallet and tee_pubkey with the deployment file");
    }
    verified->is_of_deployment = deployment->node_count != 0;
    return CLI_DONE;
}

static enum cli_exit judge(struct cli *cli, const struct verify_trust *trust,
                           const struct attestation_moment *moment, struct verified *verified)
{
    if (verified->answer.maker != trust->maker) {
        return cli_fail_text(cli, "ATTESTATION_BINDING",
                             trust->maker == ATTESTATION_ODYN
                                 ? "the node says that it has its documents made without Odyn"
                                 : "the node says that Odyn has its documents made",
                             "--kind odyn is for nodes of the Nova platform, and for no others");
    }
    struct status status =
        attested_node_judge(trust, moment, &verified->answer, &verified->document);
    if (!status_is_ok(status)) {
        return fail_judged(cli, status, verified->answer.document, verified->source);
    }
    enum cli_exit result = check_deployment(cli, trust->deployment, verified);
    return result == CLI_DONE ? say(cli, trust, verified) : result;
}

/* --- a node --- */

static enum cli_exit read_live(struct cli *cli, struct node_api_answer *said,
                               struct verified *verified)
{
    if (said->http != 200 || said->json.root == NULL) {
        return node_api_refused(cli, said);
    }
    struct status status = attested_answer_read(&cli->arena, &said->json, &verified->answer);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, said->json.where);
}

static enum cli_exit verify_node(struct cli *cli, const struct verify_trust *trust,
                                 struct node_api *api, const char *url)
{
    struct verified verified = {.source = url, .is_live = true};
    const struct clock clock = clock_system();
    const struct entropy entropy = entropy_system();
    struct node_api_answer said;
    uint8_t nonce[ATTESTED_NODE_NONCE];
    struct status status = entropy_fill(&entropy, nonce, sizeof nonce);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, "");
    }
    status = attested_node_ask(api, nonce, &said);
    if (!status_is_ok(status)) {
        return node_api_fail(cli, status, url);
    }
    enum cli_exit result = read_live(cli, &said, &verified);
    const struct attestation_moment moment = {.now = clock_wall(&clock),
                                              .max_age_ms = ATTESTED_NODE_MAX_AGE_MS,
                                              .nonce = BYTES_ARRAY(nonce)};
    return result == CLI_DONE ? judge(cli, trust, &moment, &verified) : result;
}

/* --- a file --- */

static enum cli_exit verify_file(struct cli *cli, const struct verify_trust *trust,
                                 const char *path)
{
    struct verified verified = {.source = path};
    struct json_in_doc doc = {0};
    struct status status = attested_answer_load(&cli->arena, path, &doc, &verified.answer);
    if (!status_is_ok(status)) {
        return doc.where[0] == '\0' ? cli_fail_file(cli, status, path)
                                    : cli_fail_place(cli, status, path, doc.where);
    }
    return judge(cli, trust, NULL, &verified);
}

static enum cli_exit run_verify(struct cli *cli)
{
    const char *evidence = cli_value(cli, "--evidence", NULL);
    struct verify_trust trust;
    struct node_api api;
    if ((evidence != NULL) == (cli->arguments_count != 0)) {
        return cli_usage(cli, "give a node or a document, one of them", "URL or --evidence");
    }
    enum cli_exit result = verify_trust_read(cli, true, &trust);
    if (result != CLI_DONE || evidence != NULL) {
        return result != CLI_DONE ? result : verify_file(cli, &trust, evidence);
    }
    const char *url = cli->arguments[0];
    struct status status = node_api_open(&api, &cli->arena, url);
    if (trust.deployment != NULL && trust.deployment->ca_file[0] != '\0') {
        api.ca_file = trust.deployment->ca_file;
    }
    result = status_is_ok(status) ? verify_node(cli, &trust, &api, url)
                                  : node_api_fail(cli, status, url);
    node_api_close(&api);
    return result;
}

static const struct cli_option options[] = {
    VERIFY_TRUST_OPTIONS,
    VERIFY_TRUST_DEV_OPTION{"--evidence", "FILE", "what was answered once, as --json wrote it"},
};

const struct cli_command cmd_verify = {
    .name = "verify",
    .arguments = "URL",
    .summary = "Verify which code a node runs, and that its keys are this code's",
    .help =
        "Asks the node for an attestation with a new nonce and checks all of it on this machine:\n"
        "form, certificates up to the root of AWS Nitro, signature, registers, time, nonce, and\n"
        "that it was made for the keys that the node shows. What follows from that is told as\n"
        "proven, and what does not as open. Kept output of --json can be checked again later with\n"
        "--evidence, as of its time. With a deployment that names nodes, it must be one of "
        "them.\n\n"
        "Examples:\n"
        "  coffer verify --pcrs pcrs.json https://kms.example.org\n"
        "  coffer verify --pcrs pcrs.json --kind odyn https://kms.example.org\n"
        "  coffer verify --pcrs pcrs.json --evidence attested.json\n",
    .arguments_min = 0,
    .arguments_max = 1,
    .options = options,
    .options_count = sizeof options / sizeof options[0],
    .run = run_verify,
};
