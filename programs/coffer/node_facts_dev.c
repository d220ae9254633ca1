#include "coffer/node_facts_dev.h"

#include <stdio.h>
#include <string.h>

#include "codec/hex.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "coffer/dev_config.h"
#include "coffer/node_api.h"
#include "digest/keccak256.h"
#include "enclave/simulated_module_dev.h"

enum { ROWS_TEXT_MAX = 1 << 20 };

/* --- what a node says ------------------------------------------------------------------------- */

static void keep_text(struct bytes text, char ret[static NODE_FACTS_TEXT_MAX])
{
    (void)snprintf(ret, NODE_FACTS_TEXT_MAX, "%.*s", (int)text.len, (const char *)text.ptr);
}

static void keep_member(const struct json_in *node, const char *name,
                        char ret[static NODE_FACTS_TEXT_MAX])
{
    struct json_in member;
    struct bytes text = BYTES_LITERAL("");
    if (json_in_find(node, name, &member)) {
        (void)json_in_string(&member, &text);
    }
    keep_text(text, ret);
}

static struct status keep_facts(struct node_api_answer *answer, struct node_facts *ret)
{
    struct json_in node;
    if (answer->json.root == NULL) {
        return FAIL(UNAVAILABLE);
    }
    struct json_in root = json_in_root(&answer->json);
    TRY(json_in_member(&root, "node", &node));
    keep_member(&root, "domain_id", ret->domain);
    keep_member(&node, "tee_wallet", ret->wallet);
    keep_member(&node, "tee_pubkey", ret->tee_pubkey);
    return OK;
}

struct status node_facts_ask(struct arena *arena, struct node_facts *ret)
{
    struct node_api api;
    struct node_api_answer answer;
    size_t mark = arena->used;
    struct status status = node_api_open(&api, arena, ret->url);
    status =
        status_is_ok(status) ? node_api_call(&api, "/status", (struct bytes){0}, &answer) : status;
    status = status_is_ok(status) ? keep_facts(&answer, ret) : status;
    node_api_close(&api);
    arena_rewind(arena, mark);
    return status;
}

/* --- what clients are given ------------------------------------------------------------------- */

struct status node_facts_write_deployment(const char *data, const struct node_facts *facts,
                                          size_t count)
{
    uint8_t memory[4096];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    json_out_object(&json);
    json_out_member_text(&json, "domain_id", facts->domain);
    json_out_name(&json, "nodes");
    json_out_array(&json);
    for (size_t i = 0; i < count; i++) {
        json_out_object(&json);
        json_out_member_text(&json, "url", facts[i].url);
        json_out_member_text(&json, "wallet", facts[i].wallet);
        json_out_member_text(&json, "tee_pubkey", facts[i].tee_pubkey);
        json_out_object_end(&json);
    }
    json_out_array_end(&json);
    json_out_object_end(&json);
    TRY(buf_check(&text));
    return node_process_write(data, NODE_PROCESS_FACTS, buf_bytes(&text));
}

/* --- rows ------------------------------------------------------------------------------------- */

/* A member of a row as it stands there; the node says what is wrong with its value. */
static struct status copy_member(struct json_out *out, const struct json_in *member)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    char name[64];
    struct bytes text;
    bool truth;
    uint64_t number;
    (void)snprintf(name, sizeof name, "%.*s", (int)member->name.len,
                   (const char *)member->name.ptr);
    if (name[strspn(name, letters)] != '\0') {
        return FAIL(UNKNOWN_FIELD);
    }
    json_out_name(out, name);
    if (status_is_ok(json_in_string(member, &text))) {
        json_out_string(out, text);
    } else if (status_is_ok(json_in_bool(member, &truth))) {
        json_out_bool(out, truth);
    } else if (status_is_ok(json_in_u64(member, 0, UINT64_MAX, &number))) {
        json_out_u64(out, number);
    } else {
        json_out_null(out);
    }
    return OK;
}

/* In: root, of a document whose rows are to be taken. */
static struct status copy_rows(struct json_out *out, const struct json_in *root)
{
    struct json_in list;
    size_t count;
    TRY(json_in_member(root, "instances", &list));
    if (json_in_kind(&list) != JSON_IN_ARRAY) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(json_in_count(&list, &count));
    for (size_t i = 0; i < count; i++) {
        struct json_in row = json_in_item(&list, i);
        struct json_in member;
        void *state = NULL;
        json_out_object(out);
        while (json_in_next(&row, &state, &member)) {
            TRY(copy_member(out, &member));
        }
        json_out_object_end(out);
    }
    return OK;
}

static struct status copy_file(struct arena *arena, const char *file, struct json_out *out)
{
    struct bytes text;
    struct json_in_doc doc;
    char why[CONFIG_WHERE_MAX];
    TRY(config_read_file(file, arena, &text, why));
    TRY(json_in_parse(arena, text, &doc));
    struct json_in root = json_in_root(&doc);
    return copy_rows(out, &root);
}

struct status node_facts_measurement(char ret_text[static NODE_FACTS_MEASUREMENT_TEXT])
{
    uint8_t registers[SIMULATED_MODULE_DEV_MEASURED][SECURITY_MODULE_PCR];
    uint8_t hash[KECCAK256_BYTES];
    struct buf text = buf_over((uint8_t *)ret_text, NODE_FACTS_MEASUREMENT_TEXT);
    TRY(simulated_module_dev_measure(SIMULATED_MODULE_DEV_IMAGE, registers));
    keccak256_hash((struct bytes){&registers[0][0], sizeof registers}, hash);
    buf_put_text(&text, "0x");
    hex_put(&text, BYTES_ARRAY(hash));
    buf_put_u8(&text, '\0');
    return buf_check(&text);
}

static void put_0x(struct json_out *out, const char *name, const char *digits)
{
    char text[NODE_FACTS_TEXT_MAX + 2];
    (void)snprintf(text, sizeof text, "0x%s", digits);
    json_out_member_text(out, name, text);
}

static void put_row(struct json_out *out, const struct node_facts *facts, const char *measurement)
{
    json_out_object(out);
    json_out_member_u64(out, "app_id", DEV_CONFIG_APP_ID);
    json_out_member_u64(out, "instance_id", facts->instance);
    json_out_member_text(out, "wallet", facts->wallet);
    put_0x(out, "tee_pubkey", facts->tee_pubkey);
    json_out_member_text(out, "measurement", measurement);
    json_out_member_text(out, "url", facts->way[0] != '\0' ? facts->way : facts->url);
    json_out_object_end(out);
}

static struct status replace_file(const char *data, struct bytes text)
{
    char made[NODE_PROCESS_PATH_MAX];
    char path[NODE_PROCESS_PATH_MAX];
    TRY(node_process_path(data, NODE_FACTS_ROWS ".new", made));
    TRY(node_process_path(data, NODE_FACTS_ROWS, path));
    TRY(node_process_write(data, NODE_FACTS_ROWS ".new", text));
    return rename(made, path) == 0 ? OK : FAIL(IO);
}

static struct status write_rows(struct arena *arena, const char *data, const char *apps,
                                const struct node_facts *facts, size_t count)
{
    char root[NODE_PROCESS_PATH_MAX];
    char measurement[NODE_FACTS_MEASUREMENT_TEXT];
    uint8_t *memory = arena_alloc(arena, ROWS_TEXT_MAX);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf text = buf_over(memory, ROWS_TEXT_MAX);
    struct json_out json = json_out_over(&text);
    TRY(node_facts_measurement(measurement));
    TRY(node_process_path(data, NODE_FACTS_ROOT, root));
    json_out_object(&json);
    json_out_member_text(&json, "root_hash_file", root);
    json_out_name(&json, "instances");
    json_out_array(&json);
    if (apps != NULL) {
        TRY(copy_file(arena, apps, &json));
    }
    for (size_t i = 0; i < count; i++) {
        if (facts[i].instance != 0) {
            put_row(&json, &facts[i], measurement);
        }
    }
    json_out_array_end(&json);
    json_out_object_end(&json);
    TRY(buf_check(&text));
    return replace_file(data, buf_bytes(&text));
}

struct status node_facts_write_rows(struct arena *arena, const char *data, const char *apps,
                                    const struct node_facts *facts, size_t count)
{
    size_t mark = arena->used;
    struct status status = write_rows(arena, data, apps, facts, count);
    arena_rewind(arena, mark);
    return status;
}
