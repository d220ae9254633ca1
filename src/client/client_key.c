#include "client/client_key.h"

#include <string.h>

#include "base/secret.h"
#include "client/key_file.h"
#include "codec/hex.h"
#include "codec/json_in.h"
#include "ethereum/eip191.h"

void client_key_wipe(struct client_key *key)
{
    secret_wipe(key, sizeof *key);
}

/* What follows from the secret parts. */
static struct status complete(struct client_key *key)
{
    struct k256_public public;
    TRY(k256_public(&key->wallet, &public));
    eth_address_of(&public, &key->address);
    return p384_public(&key->tee, &key->point);
}

struct status client_key_generate(const struct entropy *entropy, struct client_key *ret)
{
    *ret = (struct client_key){0};
    struct status status = k256_key_generate(entropy, &ret->wallet);
    status = status_is_ok(status) ? p384_key_generate(entropy, &ret->tee) : status;
    status = status_is_ok(status) ? complete(ret) : status;
    if (!status_is_ok(status)) {
        client_key_wipe(ret);
    }
    return status;
}

static struct status sign(void *context, struct bytes text, struct k256_signature *ret)
{
    const struct client_key *key = context;
    return eip191_sign(&key->wallet, text, ret);
}

static struct status agree(void *context, const struct p384_point *node, struct envelope_keys *ret)
{
    const struct client_key *key = context;
    return envelope_keys(&key->tee, &key->point, node, ENVELOPE_CLIENT, ret);
}

static void close_identity(void *context)
{
    secret_free(&context, sizeof(struct client_key));
}

struct status client_key_identity(const struct client_key *key, struct client_identity *ret)
{
    void *memory = NULL;
    *ret = (struct client_identity){0};
    TRY(secret_alloc(sizeof *key, &memory));
    struct client_key *copy = memory;
    *copy = *key;
    *ret = (struct client_identity){memory, key->address, key->point, sign, agree, close_identity};
    return OK;
}

static struct status read_file(const char *path, struct arena *arena, struct bytes *ret_text)
{
    bool is_private;
    TRY(key_file_read(path, arena, ret_text, &is_private));
    return is_private && ret_text->len <= CLIENT_KEY_FILE_MAX ? OK : FAIL(KEY_FILE);
}

static struct status read_member(const struct json_in *root, const char *name, size_t len,
                                 uint8_t *ret)
{
    struct json_in member;
    struct bytes text;
    if (!status_is_ok(json_in_member(root, name, &member)) ||
        !status_is_ok(json_in_string(&member, &text)) ||
        !status_is_ok(hex_read_0x(text, len, ret))) {
        return FAIL(KEY_FILE);
    }
    return OK;
}

/* A P-384 scalar on its way. *secret*. */
struct scalar {
    uint8_t b[P384_BYTES];
};

static void scalar_wipe(struct scalar *scalar)
{
    secret_wipe(scalar, sizeof *scalar);
}

static struct status read_key(const char *path, struct arena *arena, struct client_key *ret)
{
    static const char *const members[] = {"wallet_key", "tee_key"};
    struct json_in_doc doc;
    struct bytes text;
    SECRET32(wallet);
    SECRET(scalar, tee);
    TRY(read_file(path, arena, &text));
    TRY(status_judged(json_in_parse(arena, text, &doc), FAIL(KEY_FILE)));
    struct json_in root = json_in_root(&doc);
    if (!status_is_ok(json_in_members(&root, members, 2))) {
        return FAIL(KEY_FILE);
    }
    TRY(read_member(&root, members[0], sizeof wallet.b, wallet.b));
    TRY(read_member(&root, members[1], sizeof tee.b, tee.b));
    TRY(k256_key_from(&wallet, &ret->wallet));
    TRY(p384_key_from(tee.b, &ret->tee));
    return complete(ret);
}

struct status client_key_read(const char *path, struct arena *arena, struct client_key *ret)
{
    size_t mark = arena->used;
    *ret = (struct client_key){0};
    struct status status = read_key(path, arena, ret);
    arena_rewind(arena, mark);
    if (!status_is_ok(status)) {
        client_key_wipe(ret);
    }
    return status;
}

/* The text of a file. *secret*. */
struct file {
    uint8_t text[512];
};

static void file_wipe(struct file *file)
{
    secret_wipe(file, sizeof *file);
}

struct status client_key_write(const char *path, const struct client_key *key)
{
    SECRET(file, file);
    struct buf text = buf_over(file.text, sizeof file.text);
    buf_put_text(&text, "{\"wallet_key\": \"0x");
    hex_put(&text, BYTES_ARRAY(key->wallet.d));
    buf_put_text(&text, "\",\n \"tee_key\": \"0x");
    hex_put(&text, BYTES_ARRAY(key->tee.d));
    buf_put_text(&text, "\"}\n");
    TRY(buf_check(&text));
    return key_file_write(path, buf_bytes(&text));
}
