#include "coffer/verify_trust.h"

#include <string.h>

#include "attestation/platform_root.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "coffer/app_client.h"
#include "coffer/input.h"
#include "digest/sha256.h"

enum { FILE_MAX = 65536 };

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END   "-----END CERTIFICATE-----"

/* Of the root of src/enclave/simulated_module_dev.c, whose key everybody has. */
static const uint8_t simulated[SHA256_BYTES] = {
    0x1f, 0xa4, 0xb8, 0x80, 0x1e, 0xa8, 0x11, 0x33, 0x11, 0xc0, 0xbf, 0xa8, 0x51, 0xc8, 0x9e, 0x71,
    0x8e, 0xfb, 0xb2, 0x13, 0xfa, 0x3e, 0x58, 0x06, 0xce, 0xb6, 0x71, 0x22, 0x72, 0x26, 0xff, 0x5a,
};

/* --- the root --- */

/* One certificate, and nothing behind it. */
static struct status read_pem(struct arena *arena, struct bytes pem, struct bytes *ret)
{
    uint8_t *memory = arena_alloc(arena, 2 * pem.len);
    struct buf text = buf_over(memory, memory == NULL ? 0 : pem.len);
    struct buf der = buf_over(memory + pem.len, memory == NULL ? 0 : pem.len);
    size_t at = strlen(PEM_BEGIN);
    for (; at < pem.len && pem.ptr[at] != '-'; at++) {
        if (pem.ptr[at] != '\n' && pem.ptr[at] != '\r') {
            buf_put_u8(&text, pem.ptr[at]);
        }
    }
    struct bytes rest = bytes_slice(pem, at, pem.len);
    while (rest.len != 0 && (rest.ptr[rest.len - 1] == '\n' || rest.ptr[rest.len - 1] == '\r')) {
        rest.len--;
    }
    TRY(buf_check(&text));
    if (!bytes_equal(rest, BYTES_LITERAL(PEM_END)) || text.len == 0) {
        return FAIL(CERTIFICATE_INVALID);
    }
    struct status status = base64_read(buf_bytes(&text), &der);
    *ret = buf_bytes(&der);
    return status_judged(status, FAIL(CERTIFICATE_INVALID));
}

static enum cli_exit read_root(struct cli *cli, const char *path, struct bytes *ret)
{
    uint8_t digest[SHA256_BYTES];
    struct bytes file;
    struct status status = input_read(&cli->arena, path, FILE_MAX, &file);
    bool is_pem = bytes_starts(file, BYTES_LITERAL(PEM_BEGIN));
    *ret = file;
    if (status_is_ok(status) && is_pem) {
        status = read_pem(&cli->arena, file, ret);
    }
    if (status.code == STATUS_CERTIFICATE_INVALID) {
        return cli_fail_about(cli, "CERTIFICATE_INVALID", "this is no certificate in PEM or DER",
                              path, "give one root certificate, as the platform publishes it");
    }
    if (!status_is_ok(status)) {
        return cli_fail_file(cli, status, path);
    }
    sha256_hash(*ret, digest);
    if (bytes_equal(BYTES_ARRAY(digest), BYTES_ARRAY(simulated))) {
        return cli_fail_about(cli, "CERTIFICATE_ROOT",
                              "this root is for development: its key is public", path,
                              "leave --root out; a development build takes --dev instead");
    }
    return CLI_DONE;
}

/* --- the code --- */

static struct status read_pcr(const struct json_in *at, const char *name,
                              uint8_t ret[static DOCUMENT_PCR])
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(at, name, &member));
    TRY(json_in_string(&member, &text));
    return json_in_about(&member, hex_read(text, DOCUMENT_PCR, ret));
}

/* The registers themselves, or what builds an image says of it, which has them in a member. */
static struct status read_pcrs(struct cli *cli, struct bytes text, struct json_in_doc *doc,
                               struct attestation_measurement *ret)
{
    struct json_in member;
    *doc = (struct json_in_doc){0};
    TRY(json_in_parse(&cli->arena, text, doc));
    struct json_in root = json_in_root(doc);
    const struct json_in *at = json_in_find(&root, "Measurements", &member) ? &member : &root;
    TRY(read_pcr(at, "PCR0", ret->pcrs[0]));
    TRY(read_pcr(at, "PCR1", ret->pcrs[1]));
    return read_pcr(at, "PCR2", ret->pcrs[2]);
}

static enum cli_exit read_code(struct cli *cli, struct verify_trust *trust)
{
    const char *path = cli_value(cli, "--pcrs", NULL);
    const char *hex = cli_value(cli, "--measurement", NULL);
    if (path != NULL) {
        struct bytes text;
        struct json_in_doc doc = {0};
        struct status status = input_read(&cli->arena, path, FILE_MAX, &text);
        if (!status_is_ok(status)) {
            return cli_fail_file(cli, status, path);
        }
        status = read_pcrs(cli, text, &doc, &trust->measurement);
        if (!status_is_ok(status)) {
            return cli_fail_place(cli, status, path, doc.where);
        }
        trust->measurement_count = 1;
    }
    if (hex != NULL) {
        struct bytes digits = bytes_of(hex);
        bool has_prefix = bytes_starts(digits, BYTES_LITERAL("0x"));
        digits = bytes_slice(digits, has_prefix ? 2 : 0, digits.len);
        struct status status = hex_read(digits, ATTESTATION_CODE, trust->code.keccak);
        if (!status_is_ok(status)) {
            return cli_fail(cli, status, "--measurement");
        }
        trust->code_count = 1;
    }
    return CLI_DONE;
}

/* --- all of it --- */

static enum cli_exit check_options(struct cli *cli, bool is_dev, bool needs_code)
{
    bool has_code = cli_has(cli, "--pcrs") || cli_has(cli, "--measurement");
    if (is_dev && cli_has(cli, "--root")) {
        return cli_usage(cli, "--dev has a root of its own", "--root");
    }
    if (cli_has(cli, "--pcrs") && cli_has(cli, "--measurement")) {
        return cli_usage(cli, "say in one way which code you trust", "--pcrs or --measurement");
    }
    if (needs_code && !is_dev && !has_code) {
        return cli_usage(cli, "say which code you trust", "--pcrs or --measurement");
    }
    return CLI_DONE;
}

enum cli_exit verify_trust_read(struct cli *cli, bool needs_code, struct verify_trust *ret)
{
    const char *root = cli_value(cli, "--root", NULL);
    const char *kind = cli_value(cli, "--kind", "module");
    *ret = (struct verify_trust){.is_dev = verify_trust_is_dev(cli),
                                 .root = platform_root_der(),
                                 .maker = strcmp(kind, "odyn") == 0 ? ATTESTATION_ODYN
                                                                    : ATTESTATION_MODULE};
    enum cli_exit result = check_options(cli, ret->is_dev, needs_code);
    result = result == CLI_DONE ? read_code(cli, ret) : result;
    if (result == CLI_DONE && cli_has(cli, "--deployment")) {
        result = app_client_deployment(cli, &ret->deployment);
    }
    if (result == CLI_DONE && root != NULL) {
        result = read_root(cli, root, &ret->root);
    }
    if (result != CLI_DONE || !ret->is_dev) {
        return result;
    }
    struct status status = verify_trust_dev(ret);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, "--dev");
}
