#include "registry/static_registry_dev.h"

#include <string.h>
#include <sys/stat.h>

#include "base/invariant.h"
#include "base/thread.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "registry/registry_rules.h"
#include "registry/shared_root_dev.h"

enum { READ_AGAIN_ARENA = 64 << 20 };

struct table {
    struct registry_anchor anchor; /* without deadline */
    size_t count;
    struct registry_facts row[STATIC_REGISTRY_DEV_ROWS_MAX];
};

struct static_registry_dev {
    struct mem *mem;
    uint8_t kms_app_id[REGISTRY_ID];
    struct shared_root_dev *root; /* NULL: none is published */
    bool is_open;                 /* what is read from now on is of the file */
    const char *file;             /* NULL: the rows stay as they are */
    const struct log *log;        /* NULL: none */
    struct thread_lock lock;      /* of all below */
    struct arena arena;
    struct stat seen;
    uint64_t look_ms; /* the next look at the file */
    size_t current;   /* of the tables; the other one is spare */
    struct table table[2];
};

static const char *const members[] = {
    "app_id", "version_id", "instance_id",    "wallet",      "tee_pubkey",     "measurement",
    "url",    "app_status", "version_status", "zk_verified", "instance_status"};

/* The good word comes first in each list and is the default. */
static const char *const app_words[] = {"active", "inactive", "revoked", NULL};
static const char *const version_words[] = {"enrolled", "deprecated", "revoked", NULL};
static const char *const instance_words[] = {"active", "stopped", "failed", NULL};

static struct status read_number(const struct json_in *at, uint64_t *ret)
{
    struct bytes text;
    if (json_in_kind(at) != JSON_IN_STRING) {
        return json_in_u64(at, 0, INT64_MAX, ret);
    }
    TRY(json_in_string(at, &text));
    return json_in_about(at, decimal_u64(text, ret));
}

static void put_id(uint64_t number, uint8_t ret_id[static REGISTRY_ID])
{
    struct buf out = buf_over(ret_id, REGISTRY_ID);
    memset(buf_reserve(&out, REGISTRY_ID - 8), 0, REGISTRY_ID - 8);
    buf_put_u64(&out, number);
}

/* 1 where the row has no such member. */
static struct status read_id(const struct json_in *row, const char *name,
                             uint8_t ret_id[static REGISTRY_ID])
{
    struct json_in at;
    uint64_t number = 1;
    if (json_in_find(row, name, &at)) {
        TRY(read_number(&at, &number));
    }
    put_id(number, ret_id);
    return OK;
}

static struct status read_app_id(const struct json_in *row, uint8_t ret_id[static REGISTRY_ID])
{
    struct json_in at;
    uint64_t number = 0;
    TRY(json_in_member(row, "app_id", &at));
    TRY(read_number(&at, &number));
    put_id(number, ret_id);
    return OK;
}

static struct status read_status(const struct json_in *row, const char *name,
                                 const char *const *words, uint8_t *ret)
{
    struct json_in at;
    struct bytes text;
    *ret = 0;
    if (!json_in_find(row, name, &at)) {
        return OK;
    }
    TRY(json_in_string(&at, &text));
    for (; words[*ret] != NULL; (*ret)++) {
        if (bytes_equal(bytes_of(words[*ret]), text)) {
            return OK;
        }
    }
    return JSON_IN_FAIL(&at, CONFIG_INVALID);
}

static struct status read_hex(const struct json_in *row, const char *name, size_t len,
                              uint8_t *ret_data)
{
    struct json_in at;
    struct bytes text;
    TRY(json_in_member(row, name, &at));
    TRY(json_in_string(&at, &text));
    return json_in_about(&at, hex_read_0x(text, len, ret_data));
}

/* Both forms of a key that the chain may hold. */
static struct status read_point(const struct json_in *row, struct p384_point *ret_point)
{
    struct json_in at;
    struct bytes text;
    uint8_t key[120];
    TRY(json_in_member(row, "tee_pubkey", &at));
    TRY(json_in_string(&at, &text));
    size_t len = text.len == 2 + 2 * sizeof ret_point->sec1 ? sizeof ret_point->sec1 : sizeof key;
    TRY(json_in_about(&at, hex_read_0x(text, len, key)));
    return json_in_about(&at, p384_point_parse((struct bytes){key, len}, ret_point));
}

static struct status read_url(const struct json_in *row, char ret_url[static REGISTRY_URL_MAX])
{
    struct json_in at;
    struct bytes text;
    if (!json_in_find(row, "url", &at)) {
        return OK;
    }
    TRY(json_in_string(&at, &text));
    registry_rules_url(text, ret_url);
    return ret_url[0] != '\0' ? OK : JSON_IN_FAIL(&at, CONFIG_INVALID);
}

static struct status read_instance(const struct json_in *row, struct registry_instance *instance)
{
    struct json_in at;
    TRY(read_app_id(row, instance->app_id));
    TRY(read_id(row, "version_id", instance->version_id));
    TRY(read_id(row, "instance_id", instance->id));
    TRY(read_hex(row, "wallet", sizeof instance->wallet.b, instance->wallet.b));
    TRY(read_point(row, &instance->tee_point));
    instance->has_tee_point = true;
    TRY(read_url(row, instance->url));
    TRY(read_status(row, "instance_status", instance_words, &instance->status));
    instance->zk_verified = true;
    return json_in_find(row, "zk_verified", &at) ? json_in_bool(&at, &instance->zk_verified) : OK;
}

static struct status read_row(const struct json_in *row, struct registry_facts *facts)
{
    struct json_in at;
    TRY(json_in_members(row, members, sizeof members / sizeof members[0]));
    TRY(read_instance(row, &facts->instance));
    memcpy(facts->app.id, facts->instance.app_id, REGISTRY_ID);
    memcpy(facts->version.id, facts->instance.version_id, REGISTRY_ID);
    if (json_in_find(row, "measurement", &at)) {
        TRY(read_hex(row, "measurement", REGISTRY_HASH, facts->version.measurement));
    }
    TRY(read_status(row, "app_status", app_words, &facts->app.status));
    return read_status(row, "version_status", version_words, &facts->version.status);
}

static const struct registry_facts *find_app(const struct table *table,
                                             const struct eth_address *wallet)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct registry_facts *facts = &table->row[i];
        if (eth_address_equal(&facts->instance.wallet, wallet)) {
            return facts;
        }
    }
    return NULL;
}

static struct status read_anchor(const struct json_in *at, struct registry_anchor *anchor)
{
    static const char *const names[] = {"height", "header"};
    static const uint8_t none[REGISTRY_HASH];
    struct json_in height;
    TRY(json_in_members(at, names, 2));
    TRY(json_in_member(at, names[0], &height));
    TRY(read_number(&height, &anchor->height));
    TRY(read_hex(at, names[1], sizeof anchor->header, anchor->header));
    anchor->is_anchored = true;
    bool is_none =
        anchor->height == 0 || bytes_equal(BYTES_ARRAY(anchor->header), BYTES_ARRAY(none));
    return is_none ? JSON_IN_FAIL(at, CONFIG_INVALID) : OK;
}

static struct status read_root_file(const struct json_in *at, struct static_registry_dev *registry)
{
    struct bytes path;
    TRY(json_in_string(at, &path));
    if (registry->is_open) {
        return OK;
    }
    return json_in_about(at, shared_root_dev_open(path, registry->mem, &registry->root));
}

static struct status read_table(const struct json_in *root, struct static_registry_dev *registry,
                                struct table *table)
{
    static const char *const names[] = {"instances", "anchor", "root_hash_file"};
    struct json_in member;
    struct json_in list;
    size_t count = 0;
    TRY(json_in_members(root, names, 3));
    if (json_in_find(root, names[1], &member)) {
        TRY(read_anchor(&member, &table->anchor));
    }
    if (json_in_find(root, names[2], &member)) {
        if (table->anchor.is_anchored) {
            return JSON_IN_FAIL(&member, CONFIG_INVALID);
        }
        TRY(read_root_file(&member, registry));
    }
    TRY(json_in_member(root, names[0], &list));
    if (json_in_kind(&list) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(&list, BAD_TYPE);
    }
    TRY(json_in_count(&list, &count));
    if (count > STATIC_REGISTRY_DEV_ROWS_MAX) {
        return JSON_IN_FAIL(&list, CONFIG_INVALID);
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in row = json_in_item(&list, i);
        struct registry_facts *facts = &table->row[i];
        TRY(read_row(&row, facts));
        if (find_app(table, &facts->instance.wallet) != NULL) {
            return JSON_IN_FAIL(&row, CONFIG_INVALID);
        }
        table->count++;
    }
    return OK;
}

static struct status read_text(struct static_registry_dev *registry, struct arena *arena,
                               struct bytes text, char ret_where[static CONFIG_WHERE_MAX])
{
    struct json_in_doc doc;
    struct table *spare = &registry->table[1 - registry->current];
    memset(ret_where, 0, CONFIG_WHERE_MAX);
    struct status status = json_in_parse(arena, text, &doc);
    if (status_is_ok(status)) {
        struct json_in root = json_in_root(&doc);
        memset(spare, 0, sizeof *spare);
        status = read_table(&root, registry, spare);
    }
    memcpy(ret_where, doc.where, CONFIG_WHERE_MAX);
    TRY(status);
    registry->current = 1 - registry->current;
    return OK;
}

struct status static_registry_dev_open(const struct static_registry_dev_setup *setup,
                                       struct static_registry_dev **ret,
                                       char ret_where[static CONFIG_WHERE_MAX])
{
    void *block = NULL;
    *ret = NULL;
    memset(ret_where, 0, CONFIG_WHERE_MAX);
    TRY(mem_alloc(setup->mem, sizeof(struct static_registry_dev), &block));
    struct static_registry_dev *registry = block;
    registry->mem = setup->mem;
    registry->file = setup->file;
    registry->log = setup->log;
    thread_lock_init(&registry->lock);
    memcpy(registry->kms_app_id, setup->kms_app_id, REGISTRY_ID);
    struct status status = read_text(registry, setup->arena, setup->text, ret_where);
    if (status_is_ok(status) && registry->file != NULL) {
        status = arena_init(&registry->arena, READ_AGAIN_ARENA);
    }
    if (!status_is_ok(status)) {
        static_registry_dev_close(&registry);
        return status;
    }
    registry->is_open = true;
    *ret = registry;
    return OK;
}

void static_registry_dev_close(struct static_registry_dev **registry)
{
    if (*registry != NULL) {
        void *block = *registry;
        shared_root_dev_close(&(*registry)->root);
        arena_deinit(&(*registry)->arena);
        thread_lock_deinit(&(*registry)->lock);
        mem_free((*registry)->mem, &block);
        *registry = NULL;
    }
}

/* --- the file, when it changed ---------------------------------------------------------------- */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* What cannot be taken changes nothing. */
static void read_again(struct static_registry_dev *registry)
{
    static const struct log nowhere = {.fd = -1};
    const struct log *log = registry->log != NULL ? registry->log : &nowhere;
    struct bytes text;
    char where[CONFIG_WHERE_MAX] = "";
    arena_reset(&registry->arena);
    struct status status = config_read_file(registry->file, &registry->arena, &text, where);
    if (status_is_ok(status)) {
        status = read_text(registry, &registry->arena, text, where);
    }
    if (status_is_ok(status)) {
        LOG_EVENT(log, INFO, "rows read again", LOG_TEXT("file", registry->file),
                  LOG_U64("rows", registry->table[registry->current].count));
    } else {
        LOG_EVENT(log, WARN, "changed rows not taken; those of before hold",
                  LOG_TEXT("file", registry->file), LOG_TEXT("where", where), LOG_STATUS(status));
    }
}

/* The rows of now, under the lock. In: now_ms, monotonic. */
static const struct table *take_table(struct static_registry_dev *registry, uint64_t now_ms)
{
    struct stat found;
    thread_lock_take(&registry->lock);
    if (registry->file != NULL && now_ms >= registry->look_ms) {
        registry->look_ms = now_ms + STATIC_REGISTRY_DEV_LOOK_MS;
        bool is_file = stat(registry->file, &found) == 0 && S_ISREG(found.st_mode);
        if (is_file && !is_same_file(&found, &registry->seen)) {
            registry->seen = found;
            read_again(registry);
        }
    }
    return &registry->table[registry->current];
}

static void give_table(struct static_registry_dev *registry)
{
    thread_lock_give(&registry->lock);
}

/* --- the port --------------------------------------------------------------------------------- */

static struct status judge(const struct static_registry_dev *registry,
                           const struct registry_facts *facts, enum registry_role role,
                           struct registry_grant *ret_grant)
{
    struct registry_asked asked = {.wallet = facts->instance.wallet, .role = role};
    memcpy(asked.kms_app_id, registry->kms_app_id, REGISTRY_ID);
    return registry_rules_judge(facts, &asked, ret_grant);
}

static struct status lookup(void *context, const struct registry_question *question,
                            struct registry_grant *ret_grant)
{
    struct static_registry_dev *registry = context;
    const struct table *table = take_table(registry, question->now_ms);
    const struct registry_facts *facts = find_app(table, &question->wallet);
    struct status status = facts == NULL ? FAIL(INSTANCE_NOT_FOUND)
                                         : judge(registry, facts, question->role, ret_grant);
    give_table(registry);
    TRY(status);
    ret_grant->seen_ms = question->now_ms;
    ret_grant->deadline_ms = question->now_ms + registry_use_ms(question->use);
    return OK;
}

/* Without a file of it no hash is published: a node takes its root as it is given. */
static struct status root(void *context, enum registry_use use, uint64_t now_ms,
                          struct registry_root *ret_root)
{
    struct static_registry_dev *registry = context;
    ret_root->deadline_ms = now_ms + registry_use_ms(use);
    return registry->root == NULL ? OK
                                  : shared_root_dev_hash(registry->root, now_ms,
                                                         &ret_root->is_published, ret_root->hash);
}

static struct status anchor(void *context, enum registry_use use, uint64_t now_ms,
                            struct registry_anchor *ret_anchor)
{
    struct static_registry_dev *registry = context;
    *ret_anchor = take_table(registry, now_ms)->anchor;
    give_table(registry);
    if (registry->root != NULL) {
        TRY(shared_root_dev_anchor(registry->root, now_ms, ret_anchor));
    }
    ret_anchor->deadline_ms = now_ms + registry_use_ms(use);
    return OK;
}

static struct status epochs(void *context, enum registry_use use, uint64_t now_ms,
                            struct registry_epochs *ret_epochs)
{
    struct static_registry_dev *registry = context;
    ret_epochs->deadline_ms = now_ms + registry_use_ms(use);
    return registry->root == NULL ? OK : shared_root_dev_epochs(registry->root, now_ms, ret_epochs);
}

static size_t peers(void *context, uint64_t now_ms, struct registry_peer *ret_peers)
{
    struct static_registry_dev *registry = context;
    const struct table *table = take_table(registry, now_ms);
    size_t count = 0;
    for (size_t i = 0; i < table->count && count < REGISTRY_PEERS_MAX; i++) {
        const struct registry_facts *facts = &table->row[i];
        struct registry_peer *peer = &ret_peers[count];
        *peer = (struct registry_peer){.registered_at = facts->instance.registered_at};
        if (status_is_ok(judge(registry, facts, REGISTRY_PEER, &peer->grant))) {
            peer->grant.seen_ms = now_ms;
            peer->grant.deadline_ms = now_ms + registry_use_ms(REGISTRY_SERVE);
            memcpy(peer->url, facts->instance.url, sizeof peer->url);
            count++;
        }
    }
    give_table(registry);
    return count;
}

static struct registry_health health(void *context, uint64_t now_ms)
{
    (void)context;
    (void)now_ms;
    return (struct registry_health){.is_static = true};
}

struct registry_port static_registry_dev_port(struct static_registry_dev *registry)
{
    return (struct registry_port){registry, lookup, root, anchor, epochs,
                                  peers,    health, NULL, NULL};
}

bool static_registry_dev_publisher(struct static_registry_dev *registry, struct publisher_port *ret)
{
    *ret = (struct publisher_port){0};
    if (registry->root == NULL) {
        return false;
    }
    *ret = shared_root_dev_port(registry->root);
    return true;
}
