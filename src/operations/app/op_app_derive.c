#include "base/secret.h"
#include "codec/decimal.h"
#include "keys/app_keys.h"
#include "keys/root_keyring.h"
#include "operations/app/app_form.h"
#include "operations/app/app_op.h"
#include "pipeline/caller.h"
#include "pipeline/trail.h"

enum { KEY_MAX = 1024, KEY_DEFAULT = 32 };

_Static_assert(LIMIT_APP_KEY <= KEY_MAX, "keys of both versions fit");

/* A derived key on its way out. *secret*. */
struct derived {
    uint8_t key[KEY_MAX];
};

static void derived_wipe(struct derived *derived)
{
    secret_wipe(derived, sizeof *derived);
}

/* What is asked for. */
struct asked {
    struct app_keys_request what;
    uint64_t length;
    uint64_t epoch;
    const char *curve; /* of version 2; "bytes" for none */
};

static const char *const members[] = {
    "path", "context", "length", "curve", "epoch", "bind_measurement",
};

static const struct {
    const char *name;
    enum label_alg alg;
} curves[] = {
    {"bytes", LABEL_BYTES},
    {"stark", LABEL_STARK},
    {"secp256k1", LABEL_SECP256K1},
    {"p256", LABEL_P256},
};

/* Version 1 takes the number as decimal text too. */
static struct status read_length(const struct work *work, const struct json_in *root,
                                 struct asked *asked)
{
    struct json_in member;
    uint64_t max = app_form_is_v1(work) ? KEY_MAX : LIMIT_APP_KEY;
    asked->length = KEY_DEFAULT;
    if (!json_in_find(root, "length", &member)) {
        return OK;
    }
    if (!app_form_is_v1(work) || json_in_kind(&member) != JSON_IN_STRING) {
        return json_in_u64(&member, 1, max, &asked->length);
    }
    struct bytes text;
    TRY(json_in_string(&member, &text));
    TRY(json_in_about(&member, decimal_u64(text, &asked->length)));
    return asked->length < 1 || asked->length > max ? JSON_IN_FAIL(&member, NUMBER_RANGE) : OK;
}

static struct status read_curve(const struct json_in *root, struct asked *asked)
{
    struct json_in member;
    struct bytes name;
    asked->curve = curves[0].name;
    if (!json_in_find(root, "curve", &member)) {
        return OK;
    }
    TRY(json_in_string(&member, &name));
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++) {
        if (bytes_equal(name, bytes_of(curves[i].name))) {
            asked->curve = curves[i].name;
            asked->what.alg = curves[i].alg;
            return OK;
        }
    }
    return JSON_IN_FAIL(&member, BAD_REQUEST);
}

/* The newest epoch that there is, or the one that the app names. */
static struct status read_epoch(const struct permit *permit, const struct json_in *root,
                                struct asked *asked)
{
    struct json_in member;
    if (json_in_find(root, "epoch", &member)) {
        return json_in_u64(&member, 0, LIMIT_ROOT_EPOCHS - 1, &asked->epoch);
    }
    asked->epoch = root_keyring_newest_epoch(permit_roots(permit));
    return OK;
}

static struct status read_v2(const struct permit *permit, const struct json_in *root,
                             struct asked *asked)
{
    struct json_in member;
    bool binds = false;
    TRY(read_curve(root, asked));
    TRY(read_epoch(permit, root, asked));
    if (json_in_find(root, "bind_measurement", &member)) {
        TRY(json_in_bool(&member, &binds));
    }
    if (binds) {
        asked->what.measurement = permit_app(permit)->proof.grant.measurement;
    }
    return OK;
}

static struct status read_asked(struct work *work, const struct permit *permit,
                                struct asked *ret_asked)
{
    struct json_in root;
    struct json_in member;
    *ret_asked = (struct asked){.what = {.app = permit_app(permit)->proof.grant.app_id}};
    TRY(app_form_root(work, members, sizeof members / sizeof members[0], &root));
    TRY(json_in_member(&root, "path", &member));
    TRY(json_in_string(&member, &ret_asked->what.path));
    if (ret_asked->what.path.len == 0) {
        return JSON_IN_FAIL(&member, INVALID_PATH);
    }
    trail_name(work, ret_asked->what.path);
    TRY(app_form_text(&root, "context", &ret_asked->what.context));
    TRY(read_length(work, &root, ret_asked));
    return app_form_is_v1(work) ? OK : read_v2(permit, &root, ret_asked);
}

static struct status derive(const struct work *work, const struct permit *permit,
                            const struct asked *asked, struct derived *ret_derived)
{
    const struct root_keyring *roots = permit_roots(permit);
    const uint32_t epoch = (uint32_t)asked->epoch; /* 0 in version 1 */
    if (!root_keyring_has(roots, epoch)) {
        return FAIL(UNAVAILABLE);
    }
    if (app_form_is_v1(work)) {
        const struct secret32 *master = root_keyring_master(roots, epoch);
        return master == NULL ? FAIL(SELF_CHECK)
                              : app_keys_v1(master, &asked->what, ret_derived->key, asked->length);
    }
    const struct root *root = root_keyring_root(roots, epoch);
    return root == NULL ? FAIL(SELF_CHECK)
                        : app_keys_v2(root, &asked->what, ret_derived->key, asked->length);
}

static struct status prepare(struct work *work, const struct permit *permit)
{
    struct asked *asked = arena_alloc(work->arena, sizeof *asked);
    if (asked == NULL) {
        return FAIL(NO_MEMORY);
    }
    work->state = asked;
    return read_asked(work, permit, asked);
}

static struct status perform(struct work *work, const struct permit *permit)
{
    const struct asked *asked = work->state;
    SECRET(derived, derived);
    TRY(derive(work, permit, asked, &derived));
    app_form_open(work, permit);
    json_out_member_string(&work->out, "path", asked->what.path);
    json_out_name(&work->out, "key");
    json_out_base64(&work->out, (struct bytes){derived.key, asked->length});
    json_out_member_u64(&work->out, "length", asked->length);
    if (!app_form_is_v1(work)) {
        json_out_member_text(&work->out, "curve", asked->curve);
        json_out_member_u64(&work->out, "epoch", asked->epoch);
    }
    json_out_object_end(&work->out);
    return OK;
}

const struct operation app_op_derive = {.prepare = prepare, .perform = perform};
