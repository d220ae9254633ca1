#include "coffer/demo_story_dev.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "coffer/audit_trail.h"
#include "coffer/demo_user_dev.h"
#include "coffer/demo_world_dev.h"
#include "digest/sha256.h"

enum { VERSION_MAX = 64, HASH_MAX = 80, VALUES = 4, BODY_MAX = 256, FORBIDDEN = 403 };

/* The first and the second node; the third is the enclosed one. */
enum { FIRST, SECOND, THIRD };
_Static_assert((int)THIRD == (int)DEMO_WORLD_ENCLOSED, "the words of the story say which it is");

#define READ "/v1/app/values/get"

struct value {
    const char *key;
    char version[VERSION_MAX];
};

struct story {
    struct demo_world world;
    char root[HASH_MAX];       /* its hash */
    uint8_t key[SHA256_BYTES]; /* of the app's key */
    struct value values[VALUES];
    size_t count;
};

static struct cli *cli_of(struct story *story)
{
    return story->world.teller.cli;
}

static void tell(struct story *story, const char *line, const char *more)
{
    demo_tell(&story->world.teller, line, more);
}

static enum cli_exit differs(struct story *story, const char *what)
{
    return demo_differs(&story->world.teller, what);
}

static void say_since(struct story *story, const char *name, uint64_t since_ms)
{
    out_u64(&cli_of(story)->out, name, demo_world_now() - since_ms);
}

/* --- root and key ----------------------------------------------------------------------------- */

/* All have the root that was there first, and that is published. */
static enum cli_exit check_root(struct story *story)
{
    for (size_t i = 0; i < DEMO_WORLD_NODES; i++) {
        struct bytes hash = demo_world_text(&story->world, i, "node.master_secret.hash");
        struct bytes state = demo_world_text(&story->world, i, "node.master_secret.published_hash");
        if (hash.len == 0 || hash.len >= sizeof story->root) {
            return differs(story, "a node has no root");
        }
        if (story->root[0] == '\0') {
            memcpy(story->root, hash.ptr, hash.len);
        }
        if (!bytes_equal(hash, bytes_of(story->root))) {
            return differs(story, "a node has another root");
        }
        if (!bytes_equal(state, BYTES_LITERAL("equal"))) {
            return differs(story, "a node's root is not the published one");
        }
    }
    return CLI_DONE;
}

static enum cli_exit derive(struct story *story, enum demo_app app, size_t node,
                            struct node_api_answer *ret)
{
    const struct demo_ask ask = {app, node, "POST", "/v1/app/keys", "{\"path\":\"disk/0\"}"};
    return demo_world_ask(&story->world, &ask, ret);
}

static enum cli_exit check_key(struct story *story)
{
    for (size_t i = 0; i < DEMO_WORLD_NODES; i++) {
        static const uint8_t none[SHA256_BYTES];
        uint8_t hash[SHA256_BYTES];
        struct node_api_answer answer;
        enum cli_exit result = derive(story, DEMO_APP, i, &answer);
        if (result != CLI_DONE) {
            return result;
        }
        struct bytes key = node_api_text(&answer, "key");
        if (answer.http != 200 || key.len == 0) {
            return node_api_refused(cli_of(story), &answer);
        }
        sha256_hash(key, hash);
        if (bytes_equal(BYTES_ARRAY(story->key), BYTES_ARRAY(none))) {
            memcpy(story->key, hash, sizeof hash);
        }
        if (!bytes_equal(BYTES_ARRAY(story->key), BYTES_ARRAY(hash))) {
            return differs(story, "a node derives another key");
        }
    }
    return CLI_DONE;
}

static enum cli_exit tell_root(struct story *story)
{
    enum cli_exit result = check_root(story);
    if (result == CLI_DONE) {
        tell(story, "Three nodes have agreed on one root. One made it and published its hash; the",
             "others got it from a peer, after each saw the other's attestation.");
        out_string(&cli_of(story)->out, "root_hash", story->root);
        demo_tell_now(&story->world.teller);
    }
    return result;
}

static enum cli_exit tell_key(struct story *story)
{
    enum cli_exit result = check_key(story);
    if (result == CLI_DONE) {
        tell(story, "A registered app gets the same key from each of them, sealed to itself.",
             NULL);
        audit_trail_hex(&cli_of(story)->out, "sha256_of_key", "", BYTES_ARRAY(story->key));
        demo_tell_now(&story->world.teller);
    }
    return result;
}

/* --- values ----------------------------------------------------------------------------------- */

/* Write a value of the app. In: http, what is to come of it; its version is known then, too. */
static enum cli_exit put(struct story *story, size_t node, const char *key, unsigned http)
{
    char body[BODY_MAX];
    struct node_api_answer answer;
    struct value *value = &story->values[story->count++];
    const struct demo_ask ask = {DEMO_APP, node, "PUT", "/v1/app/values", body};
    (void)snprintf(body, sizeof body, "{\"key\":\"%s\",\"value\":\"Y29mZmVy\"}", key);
    enum cli_exit result = demo_world_ask(&story->world, &ask, &answer);
    if (result != CLI_DONE) {
        return result;
    }
    struct bytes version = node_api_text(&answer, "version");
    if (answer.http != http) {
        return answer.http == 200 ? differs(story, "a write was settled that nobody else can have")
                                  : node_api_refused(cli_of(story), &answer);
    }
    if (version.len == 0 || version.len >= sizeof value->version) {
        return differs(story, "a write has no version");
    }
    value->key = key;
    memcpy(value->version, version.ptr, version.len);
    return CLI_DONE;
}

static enum cli_exit ask_value(struct story *story, size_t node, const struct value *value,
                               bool is_that, struct node_api_answer *ret)
{
    char body[BODY_MAX];
    const struct demo_ask ask = {DEMO_APP, node, "POST", READ, body};
    (void)snprintf(body, sizeof body, "{\"key\":\"%s\"%s%s%s}", value->key,
                   is_that ? ",\"min_version\":\"" : "", is_that ? value->version : "",
                   is_that ? "\"" : "");
    return demo_world_ask(&story->world, &ask, ret);
}

/* All that was written is there, of that version: a node that has not seen it yet fetches it, or
 * says that it is behind, and is asked again. */
static enum cli_exit check_values(struct story *story, size_t node)
{
    uint64_t until_ms = demo_world_patience();
    for (size_t i = 0; i < story->count; i++) {
        struct node_api_answer answer;
        enum cli_exit result = ask_value(story, node, &story->values[i], true, &answer);
        while (result == CLI_DONE && answer.http == 503) {
            result =
                demo_world_wait(&story->world, until_ms, "a node does not get what is written");
            result = result == CLI_DONE ? ask_value(story, node, &story->values[i], true, &answer)
                                        : result;
        }
        if (result != CLI_DONE) {
            return result;
        }
        if (answer.http != 200 ||
            !bytes_equal(node_api_text(&answer, "version"), bytes_of(story->values[i].version)) ||
            !bytes_equal(node_api_text(&answer, "value"), BYTES_LITERAL("Y29mZmVy"))) {
            return differs(story, "a value is not what was written");
        }
    }
    return CLI_DONE;
}

static enum cli_exit check_values_everywhere(struct story *story)
{
    enum cli_exit result = CLI_DONE;
    for (size_t i = 0; i < DEMO_WORLD_NODES && result == CLI_DONE; i++) {
        result = check_values(story, i);
    }
    return result;
}

static enum cli_exit tell_values(struct story *story)
{
    enum cli_exit result = put(story, FIRST, "greeting", 200);
    uint64_t since_ms = demo_world_now();
    result = result == CLI_DONE ? check_values(story, SECOND) : result;
    result = result == CLI_DONE ? check_values(story, THIRD) : result;
    if (result == CLI_DONE) {
        tell(story, "What is written on node 1 is read on nodes 2 and 3 at once: the version that",
             "the write answered is given to the reads, so none of them can show less.");
        out_string(&cli_of(story)->out, "version", story->values[0].version);
        say_since(story, "read_ms", since_ms);
        demo_tell_now(&story->world.teller);
    }
    return result;
}

/* --- what can go wrong ------------------------------------------------------------------------ */

static enum cli_exit tell_killed(struct story *story)
{
    uint64_t since_ms = demo_world_now();
    enum cli_exit result = nodes_dev_kill(&story->world.nodes, SECOND, SECOND + 1);
    result = result == CLI_DONE ? put(story, FIRST, "meanwhile", 200) : result;
    result = result == CLI_DONE ? demo_world_bring_up(&story->world) : result;
    uint64_t back_ms = demo_world_now();
    result = result == CLI_DONE ? check_root(story) : result;
    result = result == CLI_DONE ? check_key(story) : result;
    result = result == CLI_DONE ? check_values(story, SECOND) : result;
    if (result == CLI_DONE) {
        tell(story,
             "Node 2 is killed (kill -9), with all that it had in memory. Writes go on; it is",
             "started again, with new keys, and has the root, the key and every value.");
        out_u64(&cli_of(story)->out, "back_ms", back_ms - since_ms);
        demo_tell_now(&story->world.teller);
    }
    return result;
}

/* While its gateway is gone: two can do what one cannot. */
static enum cli_exit write_apart(struct story *story)
{
    struct node_api_answer answer;
    enum cli_exit result = put(story, FIRST, "majority", 200);
    result = result == CLI_DONE ? put(story, THIRD, "alone", 503) : result;
    const struct value *alone = &story->values[story->count - 1];
    result = result == CLI_DONE ? ask_value(story, FIRST, alone, false, &answer) : result;
    if (result == CLI_DONE && answer.http != 404) {
        return differs(story, "a node that is cut off was heard");
    }
    return result;
}

static enum cli_exit tell_cut(struct story *story)
{
    enum cli_exit result = demo_world_link(&story->world, false);
    result = result == CLI_DONE ? write_apart(story) : result;
    uint64_t since_ms = demo_world_now();
    result = result == CLI_DONE ? demo_world_link(&story->world, true) : result;
    result = result == CLI_DONE ? check_values_everywhere(story) : result;
    if (result == CLI_DONE) {
        tell(story,
             "Node 3 is cut off: its gateway is gone. Nodes 1 and 2 take writes; node 3 says of",
             "its own that nobody else has it. With the gateway back all three have both.");
        out_string(&cli_of(story)->out, "cut_off", "WRITE_UNSETTLED");
        say_since(story, "healed_ms", since_ms);
        demo_tell_now(&story->world.teller);
    }
    return result;
}

/* The node knows it a moment later. Out: ret_code, why it is refused. */
static enum cli_exit wait_for_refusal(struct story *story, size_t node, char ret_code[HASH_MAX])
{
    uint64_t until_ms = demo_world_patience();
    struct node_api_answer answer;
    enum cli_exit result = derive(story, DEMO_APP_OTHER, node, &answer);
    while (result == CLI_DONE && answer.http == 200) {
        result = demo_world_wait(&story->world, until_ms, "a node serves an app that was revoked");
        result = result == CLI_DONE ? derive(story, DEMO_APP_OTHER, node, &answer) : result;
    }
    if (result == CLI_DONE && answer.http != FORBIDDEN) {
        return node_api_refused(cli_of(story), &answer);
    }
    if (result == CLI_DONE) {
        struct bytes code = node_api_text(&answer, "error_code");
        (void)snprintf(ret_code, HASH_MAX, "%.*s", (int)code.len, (const char *)code.ptr);
    }
    return result;
}

static enum cli_exit tell_revoked(struct story *story)
{
    char code[HASH_MAX] = "";
    struct node_api_answer answer;
    enum cli_exit result = CLI_DONE;
    for (size_t i = 0; i < DEMO_WORLD_NODES && result == CLI_DONE; i++) {
        result = derive(story, DEMO_APP_OTHER, i, &answer);
        if (result == CLI_DONE && answer.http != 200) {
            return node_api_refused(cli_of(story), &answer);
        }
    }
    result = result == CLI_DONE ? demo_world_revoke(&story->world) : result;
    for (size_t i = 0; i < DEMO_WORLD_NODES && result == CLI_DONE; i++) {
        result = wait_for_refusal(story, i, code);
    }
    result = result == CLI_DONE ? check_key(story) : result;
    if (result == CLI_DONE) {
        tell(story,
             "Another app, served until now, is revoked in the registry: every node refuses it,",
             "and goes on to serve the first one.");
        out_string(&cli_of(story)->out, "revoked", code);
        demo_tell_now(&story->world.teller);
    }
    return result;
}

/* --- all at once ------------------------------------------------------------------------------ */

/* Until a snapshot is there that was begun after now: of one node the second that it ends. */
static enum cli_exit wait_for_snapshot(struct story *story)
{
    struct clock clock = clock_system();
    uint64_t now_ms = clock_wall(&clock).hi_ms;
    uint64_t until_ms = demo_world_patience();
    uint64_t ended_ms[DEMO_WORLD_NODES] = {0};
    enum cli_exit result = CLI_DONE;
    for (size_t i = 0; result == CLI_DONE; i = (i + 1) % DEMO_WORLD_NODES) {
        uint64_t ms = demo_world_number(&story->world, i, "cluster.membership.snapshots.time_ms");
        if (ended_ms[i] != 0 && ms > ended_ms[i]) {
            return CLI_DONE;
        }
        ended_ms[i] = ms > now_ms ? ms : 0;
        result = demo_world_wait(&story->world, until_ms, "no snapshot is written");
    }
    return result;
}

static enum cli_exit tell_lost(struct story *story)
{
    struct demo_world *world = &story->world;
    enum cli_exit result = wait_for_snapshot(story);
    uint64_t since_ms = demo_world_now();
    result = result == CLI_DONE ? nodes_dev_kill(&world->nodes, 0, DEMO_WORLD_NODES) : result;
    result = result == CLI_DONE ? demo_world_bring_up(world) : result;
    uint64_t back_ms = demo_world_now();
    uint64_t height = 0;
    for (size_t i = 0; i < DEMO_WORLD_NODES && result == CLI_DONE && height == 0; i++) {
        height = demo_world_number(world, i, "cluster.membership.snapshots.restored_height");
    }
    if (result == CLI_DONE && height == 0) {
        return differs(story, "nothing was restored");
    }
    result = result == CLI_DONE ? check_root(story) : result;
    result = result == CLI_DONE ? check_key(story) : result;
    result = result == CLI_DONE ? check_values_everywhere(story) : result;
    if (result == CLI_DONE) {
        tell(story,
             "All three are killed at once. The root comes back from what each node sealed, the",
             "values from the newest snapshot: the same root, the same key, every value.");
        out_u64(&cli_of(story)->out, "restored_snapshot", height);
        out_u64(&cli_of(story)->out, "restored_ms", back_ms - since_ms);
        demo_tell_now(&world->teller);
    }
    return result;
}

/* Starts that were killed have no end. */
static enum cli_exit tell_trails(struct story *story)
{
    uint64_t records = 0;
    enum cli_exit result = demo_world_stop(&story->world);
    for (size_t i = 0; i < DEMO_WORLD_NODES && result == CLI_DONE; i++) {
        char path[NODE_PROCESS_PATH_MAX];
        const char *const paths[] = {path};
        struct audit_trail trail = {.paths = paths, .count = 1, .options = {.allow_open = true}};
        struct audit_verify_report report;
        struct status status =
            node_process_path(story->world.nodes.config[i].data, NODE_PROCESS_AUDIT, path);
        status = status_is_ok(status) ? audit_trail_check(&trail, &report) : status;
        if (!status_is_ok(status)) {
            return cli_fail(cli_of(story), status, path);
        }
        records += report.records;
    }
    if (result == CLI_DONE) {
        tell(story,
             "The nodes are stopped. Their audit trails have every intent, answer and refusal.",
             NULL);
        out_u64(&cli_of(story)->out, "audit_records", records);
        out_bool(&cli_of(story)->out, "audit_verified", true);
        demo_tell_now(&story->world.teller);
    }
    return result;
}

static enum cli_exit tell_user(struct story *story)
{
    return demo_user_show(&story->world.teller, story->world.nodes.facts[FIRST].url);
}

struct step {
    enum cli_exit (*tell)(struct story *story);
};

enum cli_exit demo_story_tell(struct cli *cli)
{
    static const struct step steps[] = {
        {tell_root}, {tell_key},     {tell_user}, {tell_values}, {tell_killed},
        {tell_cut},  {tell_revoked}, {tell_lost}, {tell_trails},
    };
    struct story *story = arena_alloc(&cli->arena, sizeof *story);
    if (story == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    *story = (struct story){.world = {.teller = {.cli = cli}}};
    uint64_t since_ms = demo_world_now();
    out_line(&cli->out,
             "Three nodes are started as one cluster. The first looks for a root for up to ten");
    out_line(&cli->out, "seconds before it makes one, so that there are never two.");
    out_line(&cli->out, "");
    (void)out_now(&cli->out);
    enum cli_exit result = demo_world_open(&story->world);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result == CLI_DONE; i++) {
        result = steps[i].tell(story);
    }
    bool is_kept = result != CLI_DONE && !story->world.is_stopped;
    demo_world_close(&story->world, is_kept);
    if (is_kept) {
        (void)fprintf(stderr, "        what the nodes wrote stays in %s\n", story->world.folder);
    }
    if (result != CLI_DONE) {
        return result;
    }
    out_line(&cli->out, "");
    say_since(story, "whole_ms", since_ms);
    return CLI_DONE;
}
