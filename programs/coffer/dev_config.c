#include "coffer/dev_config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "codec/json_out.h"
#include "codec/utf8.h"
#include "starknet/chain.h"

/* What tells a file of ours from one that was edited: we would write the same for what it says. */
static bool is_as_written(const struct config *config, struct bytes text)
{
    uint8_t memory[NODE_PROCESS_TEXT_MAX];
    struct buf written = buf_over(memory, sizeof memory);
    return config->listen.count == 1 &&
           status_is_ok(node_process_put_config(config->data_dir.text, config->listen.item[0].text,
                                                &written)) &&
           bytes_equal(buf_bytes(&written), text);
}

static struct status read_config(struct arena *arena, const char *file, struct bytes *ret_text,
                                 struct config *ret_config, char ret_where[static CONFIG_WHERE_MAX])
{
    TRY(config_read_file(file, arena, ret_text, ret_where));
    return config_parse(*ret_text, arena, ret_config, ret_where);
}

struct status dev_config_edited(struct arena *arena, const char *data,
                                char ret_file[static NODE_PROCESS_PATH_MAX],
                                struct config *ret_config, char ret_where[static CONFIG_WHERE_MAX])
{
    struct bytes text;
    struct stat found;
    ret_where[0] = '\0';
    TRY(node_process_path(data, NODE_PROCESS_CONFIG, ret_file));
    if (stat(ret_file, &found) != 0) {
        ret_file[0] = '\0';
        return OK;
    }
    TRY(read_config(arena, ret_file, &text, ret_config, ret_where));
    if (is_as_written(ret_config, text)) {
        ret_file[0] = '\0';
    }
    return OK;
}

/* --- the choice --- */

static enum cli_exit fail_file(struct cli *cli, struct status status, const char *file,
                               const char *where)
{
    char text[NODE_PROCESS_PATH_MAX + CONFIG_WHERE_MAX + 320];
    uint8_t memory[160] = {0};
    struct buf rule = buf_over(memory, sizeof memory - 1);
    schema_put_rule(config_table(), bytes_of(where), &rule);
    (void)snprintf(text, sizeof text, "%s: %s%s%s%s", file, schema_error_text(status.code),
                   where[0] == '\0' ? "" : ": ", where, (const char *)memory);
    return cli_fail_text(cli, status_name(status.code), text,
                         "mend the file (coffer config FILE checks it), or take it away to have a "
                         "new one");
}

static bool is_same_folder(const char *a, const char *b)
{
    struct stat of_a;
    struct stat of_b;
    if (strcmp(a, b) == 0) {
        return true;
    }
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

static void take_config(struct dev_config *to, const struct config *config)
{
    (void)snprintf(to->data, sizeof to->data, "%s", config->data_dir.text);
    (void)snprintf(to->listen, sizeof to->listen, "%s", config->listen.item[0].text);
}

static enum cli_exit take_named(struct cli *cli, const char *file, struct dev_config *ret)
{
    struct bytes text;
    struct config config;
    char where[CONFIG_WHERE_MAX] = "";
    if (cli_has(cli, "--data") || cli_has(cli, "--listen")) {
        return cli_usage(cli, "the configuration says what --data and --listen would", file);
    }
    if (strlen(file) >= sizeof ret->file) {
        return cli_usage(cli, "the path is too long", file);
    }
    (void)snprintf(ret->file, sizeof ret->file, "%s", file);
    struct status status = read_config(&cli->arena, file, &text, &config, where);
    if (!status_is_ok(status)) {
        return fail_file(cli, status, file, where);
    }
    take_config(ret, &config);
    return CLI_DONE;
}

/* One that somebody edited holds, and what the command line says must not be another thing. */
static enum cli_exit take_edited(struct cli *cli, const struct config *config,
                                 struct dev_config *ret)
{
    char text[2 * CONFIG_TEXT_MAX + NODE_PROCESS_PATH_MAX];
    const char *listen = cli_value(cli, "--listen", config->listen.item[0].text);
    if (strcmp(listen, config->listen.item[0].text) != 0) {
        (void)snprintf(text, sizeof text, "%s was edited, and listens on %s", ret->file,
                       config->listen.item[0].text);
        return cli_fail_text(cli, "CONFIG_INVALID", text,
                             "change listen in the file, or leave --listen out");
    }
    if (!is_same_folder(ret->data, config->data_dir.text)) {
        (void)snprintf(text, sizeof text, "%s was edited, and names another data folder: %s",
                       ret->file, config->data_dir.text);
        return cli_fail_text(cli, "CONFIG_INVALID", text,
                             "change data_dir and audit_file in the file, or name that folder");
    }
    take_config(ret, config);
    return CLI_DONE;
}

static enum cli_exit take_folder(struct cli *cli, struct dev_config *ret)
{
    struct config config;
    char where[CONFIG_WHERE_MAX] = "";
    const char *data = cli_value(cli, "--data", "coffer-data");
    const char *listen = cli_value(cli, "--listen", "127.0.0.1:4000");
    if (strlen(data) >= sizeof ret->data || strlen(listen) >= sizeof ret->listen) {
        return cli_usage(cli, "a value is too long", "--data or --listen");
    }
    if (!utf8_valid(bytes_of(data)) || !utf8_valid(bytes_of(listen))) {
        return cli_usage(cli, "this is no text in UTF-8, as the configuration is",
                         "--data or --listen");
    }
    (void)snprintf(ret->data, sizeof ret->data, "%s", data);
    (void)snprintf(ret->listen, sizeof ret->listen, "%s", listen);
    struct status status = dev_config_edited(&cli->arena, data, ret->file, &config, where);
    if (!status_is_ok(status)) {
        return fail_file(cli, status, ret->file, where);
    }
    if (ret->file[0] != '\0') {
        return take_edited(cli, &config, ret);
    }
    ret->is_ours = true;
    status = node_process_path(data, NODE_PROCESS_CONFIG, ret->file);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, data);
}

/* Networks for development by the names of their programs. */
static const char *chain_of(const char *name)
{
    return strcmp(name, "katana") == 0   ? "0x4b4154414e41" /* the letters KATANA */
           : strcmp(name, "devnet") == 0 ? "SN_SEPOLIA"
                                         : name;
}

static enum cli_exit take_chain(struct cli *cli, const char *name, struct dev_config *ret)
{
    struct felt chain;
    char file[CONFIG_TEXT_MAX];
    struct status status = chain_read(bytes_of(chain_of(name)), &chain);
    if (!status_is_ok(status)) {
        return cli_fail_text(cli, status_name(status.code), status_text(status.code),
                             "use katana, devnet, or the chain id as a felt: 0x and hex digits");
    }
    if (felt_equal(&chain, &chain_main) || felt_equal(&chain, &chain_sepolia)) {
        return CLI_DONE; /* which are served in any case */
    }
    (void)snprintf(ret->chain, sizeof ret->chain, "%s", chain_of(name));
    (void)snprintf(file, sizeof file, "trust-%.80s.json", ret->chain);
    status = node_process_path(ret->data, file, ret->trust);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, name);
}

static enum cli_exit take_trust(struct cli *cli, struct dev_config *ret)
{
    const char *trust = cli_value(cli, "--trust", "");
    const char *chain = cli_value(cli, "--chain", NULL);
    if (chain != NULL && trust[0] != '\0') {
        return cli_usage(cli, "the trust configuration says what --chain would", trust);
    }
    if (strlen(trust) >= sizeof ret->trust) {
        return cli_usage(cli, "the path is too long", trust);
    }
    (void)snprintf(ret->trust, sizeof ret->trust, "%s", trust);
    return chain == NULL ? CLI_DONE : take_chain(cli, chain, ret);
}

enum cli_exit dev_config_choose(struct cli *cli, struct dev_config *ret)
{
    const char *file = cli_value(cli, "--config", NULL);
    *ret = (struct dev_config){.is_ours = false};
    enum cli_exit result = file != NULL ? take_named(cli, file, ret) : take_folder(cli, ret);
    return result == CLI_DONE ? take_trust(cli, ret) : result;
}

/* --- the files --- */

/* The built-in tenant, with one more chain. */
static struct status write_trust(const struct dev_config *config)
{
    uint8_t memory[1024];
    struct buf text = buf_over(memory, sizeof memory);
    struct json_out json = json_out_over(&text);
    json_out_object(&json);
    json_out_member_text(&json, "profile", "dev");
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
    json_out_text(&json, config->chain);
    json_out_array_end(&json);
    json_out_member_bool(&json, "typed_data", true);
    json_out_object_end(&json);
    json_out_array_end(&json);
    json_out_object_end(&json);
    buf_put_u8(&text, '\n');
    TRY(buf_check(&text));
    return node_process_write(config->data, strrchr(config->trust, '/') + 1, buf_bytes(&text));
}

struct status dev_config_write(const struct dev_config *config)
{
    uint8_t memory[NODE_PROCESS_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    struct stat found;
    if (config->is_ours) {
        TRY(node_process_put_config(config->data, config->listen, &text));
        TRY(node_process_write(config->data, NODE_PROCESS_CONFIG, buf_bytes(&text)));
    }
    /* One that is there may have been edited, and holds. */
    bool is_missing = config->chain[0] != '\0' && stat(config->trust, &found) != 0;
    return is_missing ? write_trust(config) : OK;
}
