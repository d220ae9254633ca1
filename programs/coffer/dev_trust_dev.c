#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "client/user_key.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "codec/json_out.h"
#include "coffer/chain_dev.h"
#include "coffer/dev_config.h"
#include "config/trust.h"

/* So many roots as whoever runs it has put into the file that is there: it is written anew, and
 * what was changed on the chain stays. */
static uint64_t kept_epochs(struct arena *arena, const char *file)
{
    struct json_in_doc doc = {0};
    struct json_in member;
    struct bytes text;
    char why[CONFIG_WHERE_MAX];
    uint64_t epochs = 1;
    if (!status_is_ok(config_read_file(file, arena, &text, why)) ||
        !status_is_ok(json_in_parse(arena, text, &doc))) {
        return 1;
    }
    struct json_in root = json_in_root(&doc);
    bool is_kept = json_in_find(&root, "root_epochs", &member) &&
                   status_is_ok(json_in_u64(&member, 1, TRUST_ROOT_EPOCHS_MAX, &epochs));
    return is_kept ? epochs : 1;
}

/* What it takes to be of a cluster: the app of the nodes in the registry, and what that is. */
static struct status put_cluster(struct arena *arena, const struct dev_config *config,
                                 struct json_out *json)
{
    char id[2 + 64 + 1];
    json_out_member_u64(json, "write_holders", 2);
    if (config->has_chain) {
        json_out_member_u64(json, "root_epochs", kept_epochs(arena, config->trust));
        return chain_dev_put_trust(arena, config->data, json);
    }
    (void)snprintf(id, sizeof id, "0x%064x", DEV_CONFIG_APP_ID);
    json_out_member_text(json, "kms_app_id", id);
    return OK;
}

/* The key of its operator, which is made at the first start. */
static struct status read_operator(struct arena *arena, const char *data, struct user_public *ret)
{
    char file[NODE_PROCESS_PATH_MAX];
    struct stat found;
    SECRET(user_key, key);
    struct entropy entropy = entropy_system();
    TRY(node_process_path(data, DEV_CONFIG_OPERATOR, file));
    if (stat(file, &found) == 0) {
        return user_key_read_public(file, arena, ret);
    }
    TRY(user_key_generate(&entropy, AUTH_P256, &key));
    *ret = key.public;
    return user_key_write(file, &key);
}

static void put_operator(struct json_out *json, const struct user_public *operator)
{
    char text[2 + 2 * USER_KEY_PUBLIC + 1] = "";
    struct buf digits = buf_over((uint8_t *)text, sizeof text - 1);
    buf_put_text(&digits, "0x");
    hex_put(&digits, user_public_bytes(operator));
    json_out_name(json, "operators");
    json_out_array(json);
    json_out_object(json);
    json_out_member_text(json, "alg", user_key_scheme_name(operator->scheme));
    json_out_member_text(json, "key", text);
    json_out_object_end(json);
    json_out_array_end(json);
}

/* Where passkeys of this machine are made and used: the page of examples/passkeys.mjs. */
static void put_passkeys(struct json_out *json)
{
    json_out_member_text(json, "rp_id", "localhost");
    json_out_name(json, "origins");
    json_out_array(json);
    json_out_text(json, "http://localhost:3000");
    json_out_array_end(json);
}

/* The built-in tenant with an operator, with one more chain, or of a cluster, or both. */
static struct status write_trust(struct arena *arena, const struct dev_config *config)
{
    uint8_t memory[NODE_PROCESS_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    struct user_public operator;
    TRY(read_operator(arena, config->data, &operator));
    json_out_object(&json);
    json_out_member_text(&json, "profile", "dev");
    put_operator(&json, &operator);
    if (config->is_cluster) {
        TRY(put_cluster(arena, config, &json));
    }
    json_out_name(&json, "tenants");
    json_out_array(&json);
    json_out_object(&json);
    json_out_member_text(&json, "name", "default");
    json_out_member_text(&json, "seed", "imported");
    json_out_member_text(&json, "derivation", "v1");
    json_out_member_text(&json, "assurance", "asserted");
    json_out_name(&json, "chains");
    json_out_array(&json);
    json_out_text(&json, "SN_MAIN");
    json_out_text(&json, "SN_SEPOLIA");
    if (config->chain[0] != '\0') {
        json_out_text(&json, config->chain);
    }
    json_out_array_end(&json);
    json_out_member_bool(&json, "typed_data", true);
    put_passkeys(&json);
    json_out_object_end(&json);
    json_out_array_end(&json);
    json_out_object_end(&json);
    buf_put_u8(&text, '\n');
    TRY(buf_check(&text));
    return node_process_write(config->data, strrchr(config->trust, '/') + 1, buf_bytes(&text));
}

struct status dev_config_write_trust(struct arena *arena, const struct dev_config *config)
{
    struct stat found;
    /* One that is there may have been edited, and holds; but a chain may be elsewhere now. */
    if (!config->is_trust_ours || (!config->has_chain && stat(config->trust, &found) == 0)) {
        return OK;
    }
    size_t mark = arena->used;
    struct status status = write_trust(arena, config);
    arena_rewind(arena, mark);
    return status;
}
