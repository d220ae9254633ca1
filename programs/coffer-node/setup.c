#include "coffer-node/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lockdown.h"
#include "base/secret.h"
#include "config/data_folder.h"
#include "operations/operations.h"

enum { STOP_GRACE_MS = 5000 };

static void about(struct setup *setup, const char *what, const char *where)
{
    (void)snprintf(setup->about, sizeof setup->about, "%s%s%s", what, where[0] == '\0' ? "" : ": ",
                   where);
}

/* The same, with what a value there must be. */
static void about_member(struct setup *setup, const char *file, const struct schema_table *table,
                         const char *where)
{
    char text[CONFIG_WHERE_MAX + 160] = "";
    struct buf out = buf_over((uint8_t *)text, sizeof text - 1);
    buf_put_text(&out, where);
    schema_put_rule(table, bytes_of(where), &out);
    about(setup, file, text);
}

static struct status read_config(struct setup *setup, const char *path)
{
    char where[CONFIG_WHERE_MAX] = "";
    struct bytes text;
    config_default(&setup->config);
    if (path == NULL) {
        return OK;
    }
    setup->hint = "coffer config lists every setting; coffer config FILE checks a file";
    struct status status = config_read_file(path, &setup->arena, &text, where);
    if (status_is_ok(status)) {
        status = config_parse(text, &setup->arena, &setup->config, where);
    }
    about_member(setup, path, config_table(), where);
    arena_reset(&setup->arena);
    return status;
}

static struct status read_trust(struct setup *setup, const char *path)
{
    char where[CONFIG_WHERE_MAX] = "";
    struct bytes text = setup_default_trust();
    const char *name = path != NULL ? path : "the built-in trust configuration";
    struct status status = OK;
    setup->hint = "coffer config --trust lists every member; docs/configuration.md has an example";
    if (path != NULL) {
        status = config_read_file(path, &setup->arena, &text, where);
    } else if (text.len == 0) {
        about(setup, "give a trust configuration with --trust", "");
        return FAIL(CONFIG_INVALID);
    }
    if (status_is_ok(status)) {
        status = trust_parse(text, &setup->arena, &setup->trust, where);
    }
    about_member(setup, name, trust_table(), where);
    arena_reset(&setup->arena);
    return status;
}

/* What is locked, and what the system says about it where that is not enough. */
static struct status lock_down(struct setup *setup, const struct options *options)
{
    struct lockdown applied;
    struct buf text = buf_over((uint8_t *)setup->about, sizeof setup->about - 1);
    memset(setup->about, 0, sizeof setup->about);
    lockdown_put_memory(&text);
#ifdef COFFER_PRODUCTION
    (void)options;
    buf_put_text(&text, "; a production node needs all of its memory locked");
    TRY(lockdown_apply(LOCKDOWN_REQUIRED, &applied));
#else
    secret_allow_unlocked();
    TRY(lockdown_apply(options->is_debuggable ? LOCKDOWN_DEBUGGABLE : LOCKDOWN_TRIED, &applied));
    if (!applied.no_trace) {
        LOG_EVENT(&setup->log, WARN, "debuggers may attach and core files be written",
                  LOG_BOOL("debuggable", true));
    }
#endif
    if (!applied.locked) {
        LOG_EVENT(&setup->log, WARN, "memory is not locked: it may go to swap but for keys",
                  LOG_TEXT("limit", setup->about));
    }
    return OK;
}

static void warn_unlocked(const struct setup *setup)
{
    if (secret_is_unlocked()) {
        char text[64] = "";
        struct buf limit = buf_over((uint8_t *)text, sizeof text - 1);
        lockdown_put_memory(&limit);
        LOG_EVENT(&setup->log, WARN, "KEYS ARE NOT LOCKED: they may go to swap",
                  LOG_TEXT("limit", text), LOG_TEXT("next", status_hint(STATUS_MEMORY_LOCK)));
    }
}

/* Where the configuration leaves it open: from what memory there is. */
static size_t cache_entries(const struct setup *setup)
{
    if (setup->config.key_cache_entries != 0) {
        return (size_t)setup->config.key_cache_entries;
    }
    struct lockdown_memory memory = lockdown_memory();
    uint64_t locked = memory.is_unlimited ? UINT64_MAX : memory.limit_kib * (1024 / 4);
    return key_cache_entries_for(setup->mem.cap / 16, locked);
}

/* What trust_parse took must also have a meaning. */
static struct status open_tenant_set(struct setup *setup, const char *file)
{
    char where[CONFIG_WHERE_MAX] = "";
    about(setup, "key_cache_entries", "");
    TRY(key_cache_open(cache_entries(setup), &setup->mem, &setup->entropy, &setup->cache));
    struct status status =
        tenant_set_open(&setup->trust, &setup->mem, setup->cache, &setup->tenants, where);
    about(setup, file != NULL ? file : "the trust configuration", where);
    return status;
}

static struct status open_tenants(struct setup *setup, const struct options *options)
{
    TRY(open_tenant_set(setup, options->trust));
    TRY(root_keyring_open(tenant_set_domain(setup->tenants), &setup->entropy, &setup->roots));
    return setup_seeds(setup, options);
}

static struct status open_folder(struct setup *setup)
{
    _Static_assert(sizeof setup->about >= DATA_FOLDER_WHY_MAX, "what is wrong fits");
    return data_folder_open(setup->config.data_dir.text, !setup->is_look, &setup->folder,
                            setup->about);
}

/* --- the audit file --- */

static struct status say_errno(struct setup *setup, const char *path)
{
    about(setup, path, strerror(errno));
    return FAIL(IO);
}

/* Its folder must take a new file. */
static struct status look_beside(struct setup *setup, const char *path)
{
    char folder[CONFIG_TEXT_MAX];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    const char *name = slash == NULL ? "." : slash == folder ? "/" : folder;
    if (slash != NULL && slash != folder) {
        *slash = '\0';
    }
    bool is_made_later = strcmp(name, setup->config.data_dir.text) == 0 && setup->folder < 0;
    bool is_fit = is_made_later || faccessat(AT_FDCWD, name, W_OK | X_OK, AT_EACCESS) == 0;
    return is_fit ? OK : say_errno(setup, path);
}

static struct status look_at_file(struct setup *setup, const char *path, int file)
{
    struct stat info;
    if (fstat(file, &info) != 0) {
        return say_errno(setup, path);
    }
    if (!S_ISREG(info.st_mode)) {
        about(setup, path, "not a regular file");
        return FAIL(IO);
    }
    setup->has_history = info.st_size != 0;
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? FAIL(AUDIT_BUSY) : say_errno(setup, path);
    }
    return OK;
}

/* What stands in its way, in words, before anything depends on it; and whether there is a trail. */
static struct status look_at_audit(struct setup *setup)
{
    const char *path = setup->config.audit_file.text;
    about(setup, path, "");
    int file = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) {
        return errno == ENOENT ? look_beside(setup, path) : say_errno(setup, path);
    }
    struct status status = look_at_file(setup, path, file);
    close(file);
    return status;
}

/* Where there is no new file the one before is as good: it says so, and nothing is lost. */
static void reopen_audit(struct setup *setup)
{
    const char *path = setup->config.audit_file.text;
    bool is_new = false;
    struct status status = audit_sink_reopen(path, &setup->sink, &is_new);
    if (status_is_ok(status)) {
        LOG_EVENT(&setup->log, INFO, "audit file opened again", LOG_TEXT("file", path),
                  LOG_BOOL("new", is_new));
    } else {
        LOG_EVENT(&setup->log, ERROR, "no new audit file; the one before is still written to",
                  LOG_TEXT("file", path), LOG_TEXT("why", audit_sink_why(&setup->sink)),
                  LOG_STATUS(status));
    }
}

static struct status write_audit(void *context, const struct bytes *parts, size_t count)
{
    struct setup *setup = context;
    if (atomic_exchange(&setup->is_reopen_asked, false)) {
        reopen_audit(setup);
    }
    struct status status = audit_sink_write(&setup->sink, parts, count);
    bool is_failing = !status_is_ok(status);
    if (is_failing && !setup->is_audit_told) {
        LOG_EVENT(&setup->log, ERROR, "the audit file cannot be written",
                  LOG_TEXT("file", setup->config.audit_file.text),
                  LOG_TEXT("why", audit_sink_why(&setup->sink)), LOG_STATUS(status));
    }
    setup->is_audit_told = is_failing; /* it is tried again often, and told once */
    return status;
}

void setup_reopen_audit(struct setup *setup)
{
    atomic_store(&setup->is_reopen_asked, true);
    committer_mark(&setup->service->committer);
}

/* Requests that wait for Odyn have loops of their own. */
static size_t count_back_loops(const struct setup *setup)
{
    bool is_odyn = setup->odyn != NULL && setup->identity != NULL;
    return is_odyn ? (size_t)setup->config.odyn_threads : 0;
}

static size_t count_workers(const struct setup *setup)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = setup->config.loops != 0 ? (size_t)setup->config.loops
                                            : (size_t)(processors < 1 ? 1 : processors);
    size_t back = count_back_loops(setup);
    return (count < LIMIT_LOOPS - back ? count : LIMIT_LOOPS - back) + back;
}

static struct status open_service(struct setup *setup)
{
    bool torn = false;
    about(setup, setup->config.audit_file.text, "");
    TRY(audit_sink_open(setup->config.audit_file.text, &setup->sink, &torn));
    if (torn) {
        LOG_EVENT(&setup->log, WARN, "the last audit line was cut short; nothing left on it",
                  LOG_TEXT("file", setup->config.audit_file.text));
    }
    const struct service_setup parts = {
        .routes = operations_routes(),
        .clock = setup->clock,
        .wall = &setup->wall,
        .entropy = setup->entropy,
        .log = &setup->log,
        .mem = &setup->mem,
        .trust = &setup->trust,
        .tenants = setup->tenants,
        .issuers = setup_issuers_port(setup),
        .cache = setup->cache,
        .audit = {setup, write_audit},
        .audit_previous = &setup->sink.previous,
        .apps = setup->identity == NULL ? NULL : &setup->apps,
        .workers = count_workers(setup),
        .idempotency_entries = setup->config.idempotency_entries,
        .strangers = {(uint32_t)setup->config.stranger_rate,
                      (uint32_t)setup->config.stranger_burst},
    };
    return service_open(&parts, &setup->service);
}

static struct status read_address(struct setup *setup, const char *text,
                                  struct socket_address *ret_address)
{
    about(setup, "listen", text);
    setup->hint = "write 127.0.0.1:4000, [::1]:4000, unix:/path or vsock:5000";
    TRY(socket_address_parse(bytes_of(text), ret_address));
    setup->hint = NULL;
    return OK;
}

/* It sees where everything goes, so it is of this machine: nobody on the way to it. */
static bool is_near(const struct socket_address *address)
{
    return socket_address_is_local(address) ||
           (address->kind == SOCKET_VSOCK && address->cid != VMADDR_CID_ANY);
}

static struct status read_proxy(struct setup *setup)
{
    const char *text = setup->config.outbound_proxy.text;
    about(setup, "outbound_proxy", text);
    if (text[0] == '\0') {
        return OK;
    }
    setup->hint = "write unix:/path, vsock:CID:PORT, or a port of loopback as 127.0.0.1:8000";
    TRY(socket_address_parse(bytes_of(text), &setup->proxy));
    if (!is_near(&setup->proxy)) {
        return FAIL(CONFIG_INVALID);
    }
    setup->hint = NULL;
    return OK;
}

const struct socket_address *setup_proxy(const struct setup *setup)
{
    return setup->config.outbound_proxy.text[0] == '\0' ? NULL : &setup->proxy;
}

/* An enclave has no network. */
static struct status require_proxy(struct setup *setup)
{
#ifdef COFFER_PRODUCTION
    bool is_outward = setup->trust.rpc_endpoint_count != 0 || oidc_reader_is_needed(&setup->trust);
    if (is_outward && setup_proxy(setup) == NULL) {
        about(setup, "outbound_proxy", "is needed for rpc_endpoints, and for keys of issuers");
        setup->hint = "name the outward listener of coffer-gateway, such as vsock:3:5001";
        return FAIL(CONFIG_INVALID);
    }
#endif
    (void)setup;
    return OK;
}

static struct status open_listeners(struct setup *setup)
{
    for (size_t i = 0; i < setup->config.listen.count; i++) {
        const char *text = setup->config.listen.item[i].text;
        struct socket_address address;
        TRY(read_address(setup, text, &address));
        struct status status = listener_open(&address, &setup->listeners[i]);
        about(setup, text, status.code == STATUS_IO ? "no such address, or no such folder" : "");
        TRY(status);
        setup->listeners_count++;
    }
    return OK;
}

static struct status open_loops(struct setup *setup)
{
    about(setup, "event loops", "");
    for (size_t i = 0; i < setup->service->setup.workers; i++) {
        TRY(loop_new(&setup->mem, &setup->loops[i]));
        setup->loops_count++;
    }
    return OK;
}

static struct status serve(struct setup *setup)
{
    const struct config *config = &setup->config;
    const struct node_setup parts = {
        .service = setup->service,
        .loops = setup->loops,
        .back_loops = count_back_loops(setup),
        .listeners = setup->listeners,
        .listeners_count = setup->listeners_count,
        .limits = {.connections = config->connections,
                   .request_ms = config->request_timeout_ms,
                   .idle_ms = config->idle_timeout_ms,
                   .write_ms = config->write_timeout_ms,
                   .peer = {(uint32_t)config->peer_rate, (uint32_t)config->peer_burst}},
        .mem = &setup->mem,
    };
    return node_start(&parts, &setup->node);
}

/* Where a client reaches the node, with the port that the system chose. */
static void log_listeners(const struct setup *setup)
{
    for (size_t i = 0; i < setup->listeners_count; i++) {
        uint8_t memory[SOCKET_ADDRESS_TEXT_MAX + 1] = {0};
        struct buf text = buf_over(memory, SOCKET_ADDRESS_TEXT_MAX);
        socket_address_put(&setup->listeners[i].address, &text);
        LOG_EVENT(&setup->log, INFO, "listening", LOG_TEXT("address", (const char *)memory));
    }
}

static struct status look_at_trust(struct setup *setup, const char *path)
{
    about(setup, "memory", "");
    TRY(arena_init(&setup->arena, 64u * 1024 * 1024));
    mem_init(&setup->mem, 64u * 1024 * 1024);
    config_default(&setup->config);
    setup->config.key_cache_entries = 1;
    secret_allow_unlocked(); /* there will be none */
    TRY(read_trust(setup, path));
    return open_tenant_set(setup, path);
}

static struct status look_at_config(struct setup *setup, const char *path)
{
    about(setup, "memory", "");
    TRY(arena_init(&setup->arena, 64u * 1024 * 1024));
    mem_init(&setup->mem, 64u * 1024 * 1024);
    TRY(read_config(setup, path));
    TRY(read_proxy(setup));
    for (size_t i = 0; i < setup->config.listen.count; i++) {
        struct socket_address address;
        TRY(read_address(setup, setup->config.listen.item[i].text, &address));
    }
    return OK;
}

/* Everything that a start can fail about and that can be seen without writing. */
static struct status open_parts(struct setup *setup, const struct options *options)
{
    about(setup, "memory", "");
    TRY(arena_init(&setup->arena, 64u * 1024 * 1024));
    TRY(read_config(setup, options->config));
    setup->log.level = (enum log_level)setup->config.log_level;
    setup->log.json = setup->config.log_format == CONFIG_LOG_JSON;
    mem_init(&setup->mem, (size_t)setup->config.buffer_mb * 1024 * 1024);
    TRY(read_proxy(setup));
    TRY(read_trust(setup, options->trust));
    setup->hint = NULL;
    TRY(require_proxy(setup));
    TRY(lock_down(setup, options));
    TRY(open_folder(setup));
    TRY(look_at_audit(setup));
    TRY(setup_odyn(setup));
    TRY(open_tenants(setup, options));
    TRY(setup_issuers(setup));
    TRY(setup_registry(setup, options));
    TRY(setup_apps(setup));
    TRY(setup_cluster(setup));
    return open_listeners(setup);
}

struct status setup_open(struct setup *setup, const struct options *options)
{
    setup->sink = (struct audit_sink){.fd = -1};
    setup->folder = -1;
    setup->is_look = options->is_check;
    setup->entropy = entropy_system();
    const struct clock machine = clock_system();
    setup->log = (struct log){.fd = STDERR_FILENO, .level = LOG_LEVEL_INFO, .clock = machine};
    wall_clock_init(&setup->wall, &machine);
    setup->clock = wall_clock_port(&setup->wall);
    if (options->check_config != NULL) {
        return look_at_config(setup, options->check_config);
    }
    if (options->check_trust != NULL) {
        return look_at_trust(setup, options->trust);
    }
    TRY(open_parts(setup, options));
    if (setup->is_look) {
        return OK;
    }
    TRY(open_service(setup));
    TRY(open_loops(setup));
    warn_unlocked(setup);
    TRY(setup_odyn_life(setup));
    about(setup, "the HTTP server", "");
    TRY(serve(setup));
    TRY(setup_registry_start(setup));
    TRY(setup_issuers_start(setup));
    log_listeners(setup);
    return OK;
}

void setup_close(struct setup *setup)
{
    setup_registry_stop(setup);
    setup_issuers_stop(setup);
    if (setup->node != NULL) {
        node_stop(setup->node, STOP_GRACE_MS);
    }
    for (size_t i = setup->loops_count; i > 0; i--) {
        loop_free(&setup->loops[i - 1]);
    }
    node_free(&setup->node);
    for (size_t i = 0; i < setup->listeners_count; i++) {
        listener_close(&setup->listeners[i]);
    }
    setup_cluster_stop(setup);
    service_close(&setup->service);
    setup_cluster_close(setup);
    setup_registry_close(setup);
    setup_issuers_close(setup);
    setup_apps_close(setup);
    setup_module_close(setup);
    setup_odyn_close(setup);
    audit_sink_close(&setup->sink);
    tenant_set_close(&setup->tenants);
    key_cache_close(&setup->cache);
    arena_deinit(&setup->arena);
    if (setup->folder >= 0) {
        close(setup->folder);
    }
}
