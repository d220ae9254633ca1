#include "client/deployment.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/decimal.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "codec/url.h"

static const char *const members[] = {"domain_id",  "nodes",         "rpc",      "rpc_quorum",
                                      "chain_id",   "genesis",       "registry", "registry_code",
                                      "kms_app_id", "confirmations", "finality", "ca_file",
                                      "rpc_ca_file"};
static const char *const node_members[] = {"url", "wallet", "tee_pubkey"};

enum { CONFIRMATIONS = 6, CONFIRMATIONS_MAX = 256 };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct status read_url(const struct json_in *at, char ret_url[static DEPLOYMENT_URL_MAX])
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    if (text.len == 0 || text.len >= DEPLOYMENT_URL_MAX || bytes_find(text, 0) != text.len) {
        return JSON_IN_FAIL(at, CONFIG_INVALID);
    }
    memcpy(ret_url, text.ptr, text.len);
    ret_url[text.len] = '\0';
    return OK;
}

/* An address, which a person wrote. */
static struct status read_address(const struct json_in *at, struct eth_address *ret)
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    return json_in_about(at, eth_address_read_checksum(text, ret));
}

static struct status read_point(const struct json_in *at, struct p384_point *ret)
{
    uint8_t data[P384_SPKI];
    struct bytes text;
    TRY(json_in_string(at, &text));
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        text = bytes_slice(text, 2, text.len);
    }
    size_t len = text.len / 2;
    if (len > sizeof data) {
        return JSON_IN_FAIL(at, POINT_INVALID);
    }
    TRY(json_in_about(at, hex_read(text, len, data)));
    return json_in_about(at, p384_point_parse((struct bytes){data, len}, ret));
}

static struct status read_node(const struct json_in *at, struct deployment_node *ret)
{
    struct json_in member;
    TRY(json_in_members(at, node_members, COUNT(node_members)));
    TRY(json_in_member(at, "url", &member));
    TRY(read_url(&member, ret->url));
    TRY(json_in_member(at, "wallet", &member));
    TRY(read_address(&member, &ret->wallet));
    TRY(json_in_member(at, "tee_pubkey", &member));
    return read_point(&member, &ret->point);
}

/* The items of an array of at most max. */
static struct status count_items(const struct json_in *at, size_t max, size_t *ret_count)
{
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    TRY(json_in_count(at, ret_count));
    return *ret_count == 0 || *ret_count > max ? JSON_IN_FAIL(at, CONFIG_INVALID) : OK;
}

static struct status read_nodes(const struct json_in *root, struct deployment *ret)
{
    struct json_in list;
    if (!json_in_find(root, "nodes", &list)) {
        return OK;
    }
    TRY(count_items(&list, DEPLOYMENT_NODES_MAX, &ret->node_count));
    for (size_t i = 0; i < ret->node_count; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(read_node(&item, &ret->nodes[i]));
    }
    return OK;
}

static struct status read_quorum(const struct json_in *root, struct deployment *ret)
{
    struct json_in member;
    ret->rpc_quorum = ret->rpc_count > 2 ? 2 : ret->rpc_count;
    return json_in_find(root, "rpc_quorum", &member)
               ? json_in_u64(&member, 1, ret->rpc_count, &ret->rpc_quorum)
               : OK;
}

static struct status read_hash(const struct json_in *at, uint8_t ret[static DEPLOYMENT_HASH])
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    return json_in_about(at, hex_read_0x(text, DEPLOYMENT_HASH, ret));
}

/* A u256: decimal as text or as a JSON integer, or 32 bytes in hex. */
static struct status read_app_id(const struct json_in *at, uint8_t ret[static 32])
{
    uint64_t limb[4] = {0};
    struct bytes text;
    if (json_in_kind(at) == JSON_IN_INTEGER) {
        TRY(json_in_u64(at, 1, INT64_MAX, &limb[0]));
    } else {
        TRY(json_in_string(at, &text));
        if (bytes_starts(text, BYTES_LITERAL("0x"))) {
            return json_in_about(at, hex_read_0x(text, 32, ret));
        }
        TRY(json_in_about(at, decimal_u256(text, limb)));
    }
    for (size_t i = 0; i < 32; i++) {
        ret[i] = (uint8_t)(limb[3 - i / 8] >> (56 - 8 * (i % 8)));
    }
    return OK;
}

static struct status read_depth(const struct json_in *root, struct deployment *ret)
{
    struct json_in member;
    ret->confirmations = CONFIRMATIONS;
    if (json_in_find(root, "confirmations", &member)) {
        TRY(json_in_u64(&member, 0, CONFIRMATIONS_MAX, &ret->confirmations));
    }
    return json_in_find(root, "finality", &member) ? json_in_bool(&member, &ret->has_finality) : OK;
}

static struct status read_contract(const struct json_in *root, struct deployment *ret)
{
    struct json_in member;
    TRY(json_in_member(root, "registry", &member));
    TRY(read_address(&member, &ret->registry));
    if (json_in_find(root, "registry_code", &member)) {
        TRY(read_hash(&member, ret->registry_code));
    }
    TRY(json_in_member(root, "kms_app_id", &member));
    return read_app_id(&member, ret->kms_app_id);
}

/* Endpoints are only as many as they are different servers; in a production build nobody on the way
 * may answer for them. */
static struct status check_endpoint(const struct json_in *at, const struct deployment *deployment,
                                    size_t index)
{
    struct url_server server;
    struct url_server other;
    TRY(json_in_about(at, url_server_read(bytes_of(deployment->rpc[index]), &server)));
#ifdef COFFER_PRODUCTION
    if (!server.is_https) {
        return JSON_IN_FAIL(at, CONFIG_INVALID);
    }
#endif
    for (size_t i = 0; i < index; i++) {
        TRY(url_server_read(bytes_of(deployment->rpc[i]), &other));
        if (url_server_equal(&server, &other)) {
            return JSON_IN_FAIL(at, CONFIG_INVALID);
        }
    }
    return OK;
}

static struct status read_chain(const struct json_in *root, struct deployment *ret)
{
    struct json_in member;
    if (!json_in_find(root, "rpc", &member)) {
        return ret->node_count == 0 ? json_in_member(root, "nodes", &member) : OK;
    }
    TRY(count_items(&member, DEPLOYMENT_RPC_MAX, &ret->rpc_count));
    for (size_t i = 0; i < ret->rpc_count; i++) {
        struct json_in item = json_in_item(&member, i);
        TRY(read_url(&item, ret->rpc[i]));
        TRY(check_endpoint(&item, ret, i));
    }
    TRY(read_quorum(root, ret));
    TRY(json_in_member(root, "chain_id", &member));
    TRY(json_in_u64(&member, 1, INT64_MAX, &ret->chain_id));
    TRY(json_in_member(root, "genesis", &member));
    TRY(read_hash(&member, ret->genesis));
    TRY(read_contract(root, ret));
    return read_depth(root, ret);
}

static struct status read_files(const struct json_in *root, struct deployment *ret)
{
    struct json_in member;
    if (json_in_find(root, "ca_file", &member)) {
        TRY(read_url(&member, ret->ca_file));
    }
    return json_in_find(root, "rpc_ca_file", &member) ? read_url(&member, ret->rpc_ca_file) : OK;
}

static struct status read_all(const struct json_in *root, struct deployment *ret)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_members(root, members, COUNT(members)));
    TRY(json_in_member(root, "domain_id", &member));
    TRY(json_in_string(&member, &text));
    struct status status = bytes_starts(text, BYTES_LITERAL("0x"))
                               ? hex_read_0x(text, sizeof ret->domain, ret->domain)
                               : hex_read(text, sizeof ret->domain, ret->domain);
    TRY(json_in_about(&member, status));
    TRY(read_nodes(root, ret));
    TRY(read_chain(root, ret));
    return read_files(root, ret);
}

struct status deployment_parse(struct bytes text, struct arena *arena, struct deployment *ret,
                               char ret_where[static DEPLOYMENT_WHERE_MAX])
{
    struct json_in_doc doc;
    *ret = (struct deployment){0};
    ret_where[0] = '\0';
    struct status status = json_in_parse(arena, text, &doc);
    if (status_is_ok(status)) {
        struct json_in root = json_in_root(&doc);
        status = read_all(&root, ret);
    } else {
        json_in_note_stop(&doc, text);
    }
    if (!status_is_ok(status)) {
        *ret = (struct deployment){0};
        memcpy(ret_where, doc.where, sizeof doc.where);
    }
    return status;
}

static void close_file(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

static struct status read_file(const char *path, struct arena *arena, struct bytes *ret_text)
{
    __attribute__((cleanup(close_file))) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about;
    if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
        return FAIL(IO);
    }
    if (about.st_size > DEPLOYMENT_FILE_MAX) {
        return FAIL(BODY_TOO_LARGE);
    }
    size_t len = (size_t)about.st_size;
    uint8_t *memory = arena_alloc(arena, len + 1);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    if (read(fd, memory, len) != (ssize_t)len) {
        return FAIL(IO);
    }
    *ret_text = (struct bytes){memory, len};
    return OK;
}

struct status deployment_read(const char *path, struct arena *arena, struct deployment *ret,
                              char ret_where[static DEPLOYMENT_WHERE_MAX])
{
    struct bytes text;
    *ret = (struct deployment){0};
    ret_where[0] = '\0';
    TRY(read_file(path, arena, &text));
    return deployment_parse(text, arena, ret, ret_where);
}
