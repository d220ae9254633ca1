#include "coffer/chain_dev.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/json_in.h"
#include "coffer/dev_config.h"
#include "config/config.h"

/* From the folder of this program in the tree it was built in. */
#define TOOL "../../../tools/dev-chain"

enum { WORDS_MAX = 8 + 2 * DEV_CONFIG_NODES_MAX };

struct status chain_dev_start(const char *data, const struct node_facts *facts, size_t count,
                              unsigned port, struct node_process *ret_process)
{
    char tool[NODE_PROCESS_PATH_MAX];
    char file[NODE_PROCESS_PATH_MAX];
    char port_text[16];
    char measurement[NODE_FACTS_MEASUREMENT_TEXT];
    const char *words[WORDS_MAX] = {"dev-chain", "--data",        data,       "--port",
                                    port_text,   "--measurement", measurement};
    size_t at = 7;
    TRY(node_process_beside(TOOL, tool));
    TRY(node_process_path(data, CHAIN_DEV_FILE, file));
    TRY(node_facts_measurement(measurement));
    (void)snprintf(port_text, sizeof port_text, "%u", port);
    for (size_t i = 0; i < count && i < DEV_CONFIG_NODES_MAX; i++) {
        words[at++] = "--node";
        words[at++] = facts[i].url;
    }
    (void)unlink(file); /* of an earlier run */
    const struct node_process_setup setup = {.label = "chain  | "};
    return node_process_start_program(tool, words, &setup, ret_process);
}

bool chain_dev_is_up(const char *data)
{
    char file[NODE_PROCESS_PATH_MAX];
    struct stat found;
    return status_is_ok(node_process_path(data, CHAIN_DEV_FILE, file)) && stat(file, &found) == 0;
}

static struct status read_file(struct arena *arena, const char *data, struct json_in_doc *ret)
{
    char file[NODE_PROCESS_PATH_MAX];
    char why[CONFIG_WHERE_MAX];
    struct bytes text;
    TRY(node_process_path(data, CHAIN_DEV_FILE, file));
    TRY(config_read_file(file, arena, &text, why));
    return json_in_parse(arena, text, ret);
}

static struct status copy_text(const struct json_in *root, const char *from, const char *name,
                               struct json_out *json)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(root, from, &member));
    TRY(json_in_string(&member, &text));
    if (name != NULL) {
        json_out_name(json, name);
    }
    json_out_string(json, text);
    return OK;
}

static struct status copy_number(const struct json_in *root, const char *name,
                                 struct json_out *json)
{
    struct json_in member;
    uint64_t number;
    TRY(json_in_member(root, name, &member));
    TRY(json_in_u64(&member, 0, INT64_MAX, &number));
    json_out_member_u64(json, name, number);
    return OK;
}

/* What nodes and clients are told alike. In: endpoints, what that member is called. */
static struct status put_chain(const struct json_in *root, const char *endpoints,
                               struct json_out *json)
{
    static const char *const texts[] = {"genesis", "registry", "registry_code", "kms_app_id"};
    TRY(copy_number(root, "chain_id", json));
    TRY(copy_number(root, "confirmations", json));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        TRY(copy_text(root, texts[i], texts[i], json));
    }
    json_out_name(json, endpoints);
    json_out_array(json);
    TRY(copy_text(root, "rpc", NULL, json));
    json_out_array_end(json);
    json_out_member_u64(json, "rpc_quorum", 1);
    return OK;
}

struct status chain_dev_put_trust(struct arena *arena, const char *data, struct json_out *json)
{
    struct json_in_doc doc;
    TRY(read_file(arena, data, &doc));
    struct json_in root = json_in_root(&doc);
    TRY(put_chain(&root, "rpc_endpoints", json));
    TRY(copy_text(&root, "kms_registry", "kms_registry", json));
    return copy_text(&root, "kms_registry_code", "kms_registry_code", json);
}

struct status chain_dev_write_deployment(struct arena *arena, const char *data, const char *domain)
{
    struct json_in_doc doc;
    uint8_t memory[NODE_PROCESS_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    TRY(read_file(arena, data, &doc));
    struct json_in root = json_in_root(&doc);
    json_out_object(&json);
    json_out_member_text(&json, "domain_id", domain);
    TRY(put_chain(&root, "rpc", &json));
    json_out_object_end(&json);
    TRY(buf_check(&text));
    return node_process_write(data, NODE_PROCESS_FACTS, buf_bytes(&text));
}
