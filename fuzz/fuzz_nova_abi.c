/* covers: src/ethereum/nova_abi.c src/codec/abi.c */
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "codec/abi.h"
#include "ethereum/nova_abi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { LONGEST = 16384, PARTS = 8 };

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

/* Strings of one answer, in the order of their fields. */
struct parts {
    struct bytes data;
    size_t end; /* of the part before, from the start of the data */
};

/* A string lies inside the answer, behind the one before, within its limit. */
static void check_text(struct parts *parts, struct bytes text)
{
    require(text.len <= LIMIT_ETH_TEXT);
    if (text.len != 0) {
        require(text.ptr >= parts->data.ptr + parts->end);
        require(text.ptr + text.len <= parts->data.ptr + parts->data.len);
        parts->end = (size_t)(text.ptr + text.len - parts->data.ptr);
    }
}

/* What an app is read as is written in its one plain form and read again. */
static void check_app(const struct nova_abi_app *app)
{
    static uint8_t memory[2 * LIMIT_ETH_TEXT];
    struct buf out = buf_over(memory, sizeof memory);
    size_t heads = app->has_app_wallet ? 9 : 8;
    abi_put_u64(&out, ABI_WORD);
    abi_put_word(&out, app->id);
    abi_put_address(&out, app->owner.b);
    abi_put_word(&out, app->tee_arch);
    abi_put_address(&out, app->dapp_contract.b);
    abi_put_u64(&out, heads * ABI_WORD);
    abi_put_word(&out, app->latest_version_id);
    abi_put_u64(&out, app->created_at);
    abi_put_u64(&out, app->status);
    if (app->has_app_wallet) {
        abi_put_address(&out, app->app_wallet.b);
    }
    abi_put_u64(&out, app->metadata_uri.len);
    buf_put(&out, app->metadata_uri);
    while (out.len % ABI_WORD != 0) {
        buf_put_u8(&out, 0);
    }
    struct nova_abi_app again;
    require(status_is_ok(nova_abi_read_app(buf_bytes(&out), &again)));
    require(bytes_equal(app->metadata_uri, again.metadata_uri));
    require(app->status == again.status && app->created_at == again.created_at);
    require(app->has_app_wallet == again.has_app_wallet);
    require(eth_address_equal(&app->app_wallet, &again.app_wallet));
}

static void read_structs(struct bytes data)
{
    struct nova_abi_app app;
    struct nova_abi_version version;
    struct nova_abi_instance instance;
    struct parts parts = {data, 0};
    if (status_is_ok(nova_abi_read_app(data, &app))) {
        check_text(&parts, app.metadata_uri);
        check_app(&app);
    }
    parts.end = 0;
    if (status_is_ok(nova_abi_read_version(data, &version))) {
        check_text(&parts, version.version_name);
        check_text(&parts, version.image_uri);
        check_text(&parts, version.audit_url);
        check_text(&parts, version.audit_hash);
        check_text(&parts, version.github_run_id);
    }
    parts.end = 0;
    if (status_is_ok(nova_abi_read_instance(data, &instance))) {
        check_text(&parts, instance.instance_url);
        check_text(&parts, instance.tee_pubkey);
    }
}

static void read_lists(struct bytes data)
{
    struct nova_abi_list ids;
    struct nova_abi_list wallets;
    struct eth_address wallet;
    uint8_t id[NOVA_ABI_ID];
    struct status status = nova_abi_read_ids(data, &ids);
    require(ids.count <= LIMIT_ETH_LIST && (status_is_ok(status) || ids.count == 0));
    if (status_is_ok(nova_abi_read_wallets(data, &wallets))) {
        require(wallets.count == ids.count);
        for (size_t i = 0; i < ids.count; i++) {
            nova_abi_id_at(&ids, i, id);
            nova_abi_wallet_at(&wallets, i, &wallet);
            require(bytes_equal((struct bytes){id + 12, 20}, BYTES_ARRAY(wallet.b)));
        }
    }
}

static void read_words(struct bytes data)
{
    uint8_t word[32];
    uint64_t number;
    bool truth;
    struct eth_address wallet;
    bool is_word = status_is_ok(nova_abi_read_word(data, word));
    bool is_number = status_is_ok(nova_abi_read_u64(data, &number));
    bool is_wallet = status_is_ok(nova_abi_read_wallet(data, &wallet));
    bool is_truth = status_is_ok(nova_abi_read_bool(data, &truth));
    require((is_word || !is_wallet) && (is_wallet || !is_number) && (is_number || !is_truth));
    require(!is_truth || number == (truth ? 1u : 0u));
    struct nova_abi_anchor anchor;
    bool is_anchor = status_is_ok(nova_abi_read_anchor(data, &anchor));
    require(is_anchor == (is_number && data.len >= sizeof word + sizeof anchor.header));
    require(!is_anchor || anchor.height == number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes answer = {data, len < LONGEST ? len : LONGEST};
    read_structs(answer);
    read_lists(answer);
    read_words(answer);
    require(nova_abi_error(answer) != NULL);
    return 0;
}
