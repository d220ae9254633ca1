#include "coffer/status_words.h"

#include <stdio.h>
#include <string.h>

#include "codec/hex.h"
#include "coffer/cli_words.h"

#define RUNBOOK "docs/operations.md, \"Clients say mismatch\""

static bool is_true(const struct json_in *at, const char *name)
{
    struct json_in member;
    bool value = false;
    return json_in_find(at, name, &member) && status_is_ok(json_in_bool(&member, &value)) && value;
}

/* A text member as a string of ours; "" when there is none that fits. */
static void read_text(const struct json_in *at, const char *name, size_t size, char *ret)
{
    struct json_in member;
    struct bytes text = {0};
    *ret = '\0';
    if (json_in_find(at, name, &member) && status_is_ok(json_in_string(&member, &text)) &&
        text.len < size && bytes_find(text, 0) == text.len) {
        memcpy(ret, text.ptr, text.len);
        ret[text.len] = '\0';
    }
}

/* A finding for an error_code of the object, in the words of its code. Returns: how many. */
static size_t put_code(struct out *out, const struct json_in *at, const char *name)
{
    char code[64];
    read_text(at, "error_code", sizeof code, code);
    for (unsigned i = 1; i < STATUS_CODES && *code != '\0'; i++) {
        if (strcmp(status_name((enum status_code)i), code) == 0) {
            char text[256];
            (void)snprintf(text, sizeof text, "%s [%s]", status_text((enum status_code)i), code);
            out_finding(out, "FAILED", name, text, status_hint((enum status_code)i));
            return 1;
        }
    }
    if (*code != '\0') {
        out_finding(out, "FAILED", name, code, "see the log of the node");
    }
    return *code != '\0';
}

/* On a chain every node finds itself in the registry, or clients do not find it. */
static size_t put_registration(struct out *out, const struct json_in *node,
                               const struct json_in *registry)
{
    if (is_true(registry, "static")) {
        return 0;
    }
    if (is_true(registry, "lost")) {
        out_finding(out, "FAILED", "registry", "the chain cannot be read",
                    "check the RPC endpoints of the node; apps are refused until it can");
        return 1;
    }
    if (is_true(node, "is_operator")) {
        return 0;
    }
    out_finding(out, "FAILED", "wallet mismatch",
                "the registry has no active instance of this service with the wallet of this node",
                "register it with tee_wallet and tee_pubkey as below, and remove the instance that "
                "has its URL; see " RUNBOOK);
    return 1;
}

size_t status_words_put(struct out *out, const struct json_in *status)
{
    struct json_in node;
    struct json_in part;
    size_t count = 0;
    out_list(out, "findings");
    if (json_in_find(status, "node", &node)) {
        if (json_in_find(status, "registry", &part)) {
            count += put_registration(out, &node, &part);
        }
        if (json_in_find(&node, "master_secret", &part)) {
            count += put_code(out, &part, "root");
        }
    }
    if (json_in_find(status, "identity", &part)) {
        count += put_code(out, &part, "keys");
    }
    if (json_in_find(status, "clock", &part)) {
        count += put_code(out, &part, "clock");
    }
    out_list_end(out);
    return count;
}

/* --- a node and what it is registered as ------------------------------------------------------ */

/* A shortage says nothing about the key: only what was compared is another one. */
static bool is_other_key(const char *text, const struct p384_point *point)
{
    uint8_t data[P384_SPKI];
    struct p384_point own;
    const char *digits = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
    size_t len = strlen(digits) / 2;
    if (len > sizeof data || !status_is_ok(hex_read(bytes_of(digits), len, data))) {
        return true;
    }
    struct status status = p384_point_parse((struct bytes){data, len}, &own);
    return status_is_ok(status) ? !p384_point_equal(&own, point) : !status_is_shortage(status);
}

bool status_words_mismatch(struct out *out, const struct json_in *status,
                           const struct deployment_node *registered)
{
    struct json_in node;
    struct eth_address wallet;
    char text[2 * P384_SPKI + 8];
    if (!json_in_find(status, "node", &node)) {
        return false;
    }
    read_text(&node, "tee_wallet", sizeof text, text);
    if (status_is_ok(eth_address_read(bytes_of(text), &wallet)) &&
        !eth_address_equal(&wallet, &registered->wallet)) {
        out_string(out, "mismatch", "wallet mismatch");
        out_string(out, "node_says", text);
        out_string(out, "next",
                   "it was started again with new keys, or another node answers at its URL: "
                   "register it anew and remove the old instance; see " RUNBOOK);
        return true;
    }
    read_text(&node, "tee_pubkey", sizeof text, text);
    if (*text != '\0' && is_other_key(text, &registered->point)) {
        out_string(out, "mismatch", "tee_pubkey mismatch");
        out_string(out, "node_says", text);
        out_string(out, "next",
                   "it is registered with another key: register it with the one that it says; "
                   "see " RUNBOOK);
        return true;
    }
    return false;
}
