#include "coffer/dev_config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "codec/decimal.h"
#include "codec/utf8.h"
#include "coffer/chain_dev.h"
#include "starknet/chain.h"

/* The last one that two more can follow on, and with a chain, whose port is above them. */
enum { PORT_LAST = 65533, PORT_LAST_OF_CHAIN = 65535 - CHAIN_DEV_PORT };

/* What tells a file of ours from one that was edited: we would write the same for what it says. */
static bool is_as_written(const struct config *config, struct bytes text)
{
    uint8_t memory[NODE_PROCESS_TEXT_MAX];
    struct buf written = buf_over(memory, sizeof memory);
    return config->listen.count == 1 &&
           status_is_ok(node_process_put_config(config->data_dir.text, config->listen.item[0].text,
                                                config->snapshot_dir.text, &written)) &&
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
static enum cli_exit take_edited(struct cli *cli, const struct config *config, bool is_said,
                                 struct dev_config *ret)
{
    char text[2 * CONFIG_TEXT_MAX + NODE_PROCESS_PATH_MAX];
    const char *listen = is_said ? ret->listen : config->listen.item[0].text;
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

/* In: ret, data and listen; is_said: that listen is no default. */
static enum cli_exit take_folder(struct cli *cli, bool is_said, struct dev_config *ret)
{
    struct config config;
    char where[CONFIG_WHERE_MAX] = "";
    struct status status = dev_config_edited(&cli->arena, ret->data, ret->file, &config, where);
    if (!status_is_ok(status)) {
        return fail_file(cli, status, ret->file, where);
    }
    if (ret->file[0] != '\0') {
        return take_edited(cli, &config, is_said, ret);
    }
    ret->is_ours = true;
    status = node_process_path(ret->data, NODE_PROCESS_CONFIG, ret->file);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, ret->data);
}

static enum cli_exit take_options(struct cli *cli, struct dev_config *ret)
{
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
    return take_folder(cli, cli_has(cli, "--listen"), ret);
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
    struct status status = chain_read(bytes_of(chain_of(name)), &chain);
    if (!status_is_ok(status)) {
        return cli_fail_text(cli, status_name(status.code), status_text(status.code),
                             "use katana, devnet, or the chain id as a felt: 0x and hex digits");
    }
    if (felt_equal(&chain, &chain_main) || felt_equal(&chain, &chain_sepolia)) {
        return CLI_DONE; /* which are served in any case */
    }
    (void)snprintf(ret->chain, sizeof ret->chain, "%s", chain_of(name));
    return CLI_DONE;
}

/* The file in the data folder: by itself, or of one more chain, of a cluster, or of both. */
static enum cli_exit name_trust(struct cli *cli, struct dev_config *ret)
{
    char file[CONFIG_TEXT_MAX];
    const char *more = ret->chain[0] != '\0' ? "-" : "";
    ret->is_trust_ours = true;
    (void)snprintf(file, sizeof file, "trust%s%s%s%.80s.json", ret->is_cluster ? "-nodes" : "",
                   ret->has_chain ? "-chain" : "", more, ret->chain);
    struct status status = node_process_path(ret->data, file, ret->trust);
    return status_is_ok(status) ? CLI_DONE : cli_fail(cli, status, ret->data);
}

static enum cli_exit take_trust(struct cli *cli, struct dev_config *ret)
{
    const char *trust = cli_value(cli, "--trust", "");
    const char *chain = cli_value(cli, "--chain", NULL);
    if (chain != NULL && trust[0] != '\0') {
        return cli_usage(cli, "the trust configuration says what --chain would", trust);
    }
    if (ret->is_cluster && trust[0] != '\0') {
        return cli_usage(cli, "several nodes have a trust configuration of their own", trust);
    }
    if (strlen(trust) >= sizeof ret->trust) {
        return cli_usage(cli, "the path is too long", trust);
    }
    (void)snprintf(ret->trust, sizeof ret->trust, "%s", trust);
    enum cli_exit result = chain == NULL ? CLI_DONE : take_chain(cli, chain, ret);
    return result == CLI_DONE && trust[0] == '\0' ? name_trust(cli, ret) : result;
}

/* The port of an address of IPv4 or IPv6, and what is before it; 0: it has none that others follow
 * on. */
static unsigned port_of(const char *listen, int *ret_len)
{
    uint64_t port = 0;
    const char *colon = strrchr(listen, ':');
    bool is_port = colon != NULL && strncmp(listen, "unix:", 5) != 0 &&
                   strncmp(listen, "vsock:", 6) != 0 &&
                   status_is_ok(decimal_u64(bytes_of(colon + 1), &port));
    *ret_len = is_port ? (int)(colon - listen) : 0;
    return is_port && port <= PORT_LAST ? (unsigned)port : 0;
}

static enum cli_exit look_at_address(struct cli *cli, const struct dev_config *first)
{
    int len;
    if (port_of(first->listen, &len) == 0) {
        return cli_usage(cli, "several nodes need an address with a port, such as 127.0.0.1:4000",
                         first->listen);
    }
    if (first->has_chain && port_of(first->listen, &len) > PORT_LAST_OF_CHAIN) {
        return cli_usage(cli, "the chain has no port there, 4545 above this one: 60990 is the last",
                         first->listen);
    }
    return CLI_DONE;
}

unsigned dev_config_port(const struct dev_config *config)
{
    int len;
    return port_of(config->listen, &len);
}

/* Where the registry is, and how many nodes there are. */
static enum cli_exit take_kind(struct cli *cli, struct dev_config *ret)
{
    bool has_chain = strcmp(cli_value(cli, "--registry", "file"), "chain") == 0;
    size_t nodes = (size_t)cli_number(cli, "--nodes", has_chain ? DEV_CONFIG_NODES_MAX : 1);
    *ret = (struct dev_config){
        .nodes = nodes, .has_chain = has_chain, .is_cluster = has_chain || nodes > 1};
    if (ret->is_cluster && cli_has(cli, "--config")) {
        return cli_usage(cli, "nodes of a cluster have configurations of their own", "--config");
    }
    if (has_chain && cli_has(cli, "--registry-file")) {
        return cli_usage(cli, "apps are registered on the chain: tools/dev-chain app --help",
                         "--registry-file");
    }
    return CLI_DONE;
}

static enum cli_exit name_snapshots(struct cli *cli, struct dev_config *ret)
{
    int len = snprintf(ret->snapshots, sizeof ret->snapshots, "%s/snapshots", ret->data);
    return len < (int)sizeof ret->snapshots ? CLI_DONE
                                            : cli_usage(cli, "the path is too long", "--data");
}

enum cli_exit dev_config_choose(struct cli *cli, struct dev_config *ret)
{
    const char *file = cli_value(cli, "--config", NULL);
    enum cli_exit result = take_kind(cli, ret);
    if (result == CLI_DONE) {
        result = file != NULL ? take_named(cli, file, ret) : take_options(cli, ret);
    }
    if (result == CLI_DONE && ret->is_cluster) {
        result = look_at_address(cli, ret);
        result = result == CLI_DONE ? name_snapshots(cli, ret) : result;
    }
    return result == CLI_DONE ? take_trust(cli, ret) : result;
}

enum cli_exit dev_config_choose_next(struct cli *cli, const struct dev_config *first,
                                     unsigned number, struct dev_config *ret)
{
    int len = 0;
    unsigned port = port_of(first->listen, &len) + number - 1;
    *ret = *first;
    ret->is_ours = false;
    ret->file[0] = '\0';
    int data = snprintf(ret->data, sizeof ret->data, "%s/node-%u", first->data, number);
    int listen = snprintf(ret->listen, sizeof ret->listen, "%.*s:%u", len, first->listen, port);
    bool fits = data < (int)sizeof ret->data && listen < (int)sizeof ret->listen;
    return fits ? take_folder(cli, true, ret)
                : cli_usage(cli, "a value is too long", "--data or --listen");
}

/* --- the files --- */

struct status dev_config_write(const struct dev_config *config)
{
    uint8_t memory[NODE_PROCESS_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    if (!config->is_ours) {
        return OK;
    }
    TRY(node_process_put_config(config->data, config->listen, config->snapshots, &text));
    return node_process_write(config->data, NODE_PROCESS_CONFIG, buf_bytes(&text));
}
