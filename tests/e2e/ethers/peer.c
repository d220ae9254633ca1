/* Our side of the judgement by ethers: reads one command per line, answers with one line.
 *
 *   key PRIVATE                    address in lower case, address as EIP-55
 *   read TEXT | check TEXT         an address, read leniently or with its checksum
 *   sign PRIVATE TEXT              a signed message
 *   recover TEXT SIGNATURE low|any the signer
 *   call SIGNATURE [WORD ...]      call data; a word is 32 bytes, or 20 for an address
 *   app|version|instance|ids|wallets DATA    the fields of an answer
 *   tx PRIVATE CHAIN NONCE PRIORITY FEE GAS TO VALUE DATA    signing hash, hash, raw bytes
 *   signer RAW CHAIN NONCE PRIORITY FEE GAS TO VALUE DATA    the signer of raw bytes
 *   request ID CALL ... | answer BODY    see peer_rpc.c
 *   proof ...                      see peer_proof.c
 *
 * Bytes are hex with 0x, numbers decimal. What fails is answered with the name of the code. */
#include "e2e/ethers/peer.h"

#include <stdio.h>
#include <string.h>

#include "base/invariant.h"
#include "base/reader.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "ethereum/eip191.h"
#include "ethereum/eth_transaction.h"
#include "ethereum/nova_abi.h"

struct bytes peer_hex(struct peer_command *command, struct bytes text)
{
    size_t len = text.len / 2 - 1;
    uint8_t *to = buf_reserve(&command->memory, len);
    INVARIANT(to != NULL && status_is_ok(hex_read_0x(text, len, to)));
    return (struct bytes){to, len};
}

uint64_t peer_number(struct bytes text)
{
    uint64_t number;
    INVARIANT(status_is_ok(decimal_u64(text, &number)));
    return number;
}

void peer_copy_hex(struct peer_command *command, struct bytes text, uint8_t *to, size_t len)
{
    struct bytes value = peer_hex(command, text);
    INVARIANT(value.len == len);
    memcpy(to, value.ptr, len);
}

void peer_put_text(struct buf *out, const char *text)
{
    buf_put_text(out, out->len == 0 ? "" : " ");
    buf_put_text(out, text);
}

void peer_put_hex(struct buf *out, struct bytes data)
{
    peer_put_text(out, "0x");
    hex_put(out, data);
}

void peer_put_number(struct buf *out, uint64_t number)
{
    peer_put_text(out, "");
    buf_put_decimal(out, number);
}

void peer_put_address(struct buf *out, const struct eth_address *address)
{
    peer_put_hex(out, BYTES_ARRAY(address->b));
}

static struct bytes hex_of(struct peer_command *command, size_t index)
{
    return peer_hex(command, command->word[index]);
}

static uint64_t number_of(const struct peer_command *command, size_t index)
{
    return peer_number(command->word[index]);
}

static struct k256_key key_of(struct peer_command *command, size_t index)
{
    struct secret32 bytes;
    struct k256_key key;
    peer_copy_hex(command, command->word[index], bytes.b, sizeof bytes.b);
    INVARIANT(status_is_ok(k256_key_from(&bytes, &key)));
    return key;
}

static struct status run_key(struct peer_command *command, struct buf *out)
{
    struct k256_key key = key_of(command, 1);
    struct k256_public public;
    struct eth_address address;
    TRY(k256_public(&key, &public));
    eth_address_of(&public, &address);
    eth_address_put(out, &address);
    buf_put_text(out, " ");
    eth_address_put_checksum(out, &address);
    return OK;
}

static struct status run_read(struct peer_command *command, struct buf *out)
{
    struct eth_address address;
    bool lenient = bytes_equal(command->word[0], BYTES_LITERAL("read"));
    TRY((lenient ? eth_address_read : eth_address_read_checksum)(command->word[1], &address));
    eth_address_put(out, &address);
    return OK;
}

static struct status run_sign(struct peer_command *command, struct buf *out)
{
    struct k256_key key = key_of(command, 1);
    struct k256_signature signature;
    TRY(eip191_sign(&key, hex_of(command, 2), &signature));
    eip191_put(out, &signature);
    return OK;
}

static struct status run_recover(struct peer_command *command, struct buf *out)
{
    struct k256_signature signature;
    struct eth_address signer;
    bool require_low_s = bytes_equal(command->word[3], BYTES_LITERAL("low"));
    TRY(eip191_read(command->word[2], &signature));
    TRY(eip191_recover(hex_of(command, 1), &signature, require_low_s, &signer));
    peer_put_address(out, &signer);
    return OK;
}

static struct status run_call(struct peer_command *command, struct buf *out)
{
    uint8_t memory[NOVA_ABI_CALL];
    struct buf data = buf_over(memory, sizeof memory);
    unsigned i = 0;
    while (!bytes_equal(bytes_of(nova_abi_signature((enum nova_abi_call)i)), command->word[1])) {
        i++;
    }
    enum nova_abi_call call = (enum nova_abi_call)i;
    struct bytes first = command->count > 2 ? hex_of(command, 2) : (struct bytes){NULL, 0};
    if (command->count == 2) {
        nova_abi_put(&data, call);
    } else if (call == NOVA_ABI_ANCHOR) {
        struct reader height = reader_over(bytes_slice(first, 24, SIZE_MAX));
        nova_abi_put_anchor(&data, reader_u64(&height), hex_of(command, 3).ptr,
                            hex_of(command, 4).ptr);
    } else if (command->count == 4) {
        nova_abi_put_words(&data, call, first.ptr, hex_of(command, 3).ptr);
    } else if (first.len == ETH_ADDRESS_BYTES) {
        struct eth_address wallet;
        memcpy(wallet.b, first.ptr, sizeof wallet.b);
        nova_abi_put_wallet(&data, call, &wallet);
    } else {
        nova_abi_put_word(&data, call, first.ptr);
    }
    TRY(buf_check(&data));
    peer_put_hex(out, buf_bytes(&data));
    return OK;
}

static struct status run_app(struct peer_command *command, struct buf *out)
{
    struct nova_abi_app app;
    TRY(nova_abi_read_app(hex_of(command, 1), &app));
    peer_put_hex(out, BYTES_ARRAY(app.id));
    peer_put_address(out, &app.owner);
    peer_put_hex(out, BYTES_ARRAY(app.tee_arch));
    peer_put_address(out, &app.dapp_contract);
    peer_put_hex(out, app.metadata_uri);
    peer_put_hex(out, BYTES_ARRAY(app.latest_version_id));
    peer_put_number(out, app.created_at);
    peer_put_number(out, app.status);
    if (app.has_app_wallet) {
        peer_put_address(out, &app.app_wallet);
    }
    return OK;
}

static struct status run_version(struct peer_command *command, struct buf *out)
{
    struct nova_abi_version version;
    TRY(nova_abi_read_version(hex_of(command, 1), &version));
    peer_put_hex(out, BYTES_ARRAY(version.id));
    peer_put_hex(out, version.version_name);
    peer_put_hex(out, BYTES_ARRAY(version.code_measurement));
    peer_put_hex(out, version.image_uri);
    peer_put_hex(out, version.audit_url);
    peer_put_hex(out, version.audit_hash);
    peer_put_hex(out, version.github_run_id);
    peer_put_number(out, version.status);
    peer_put_number(out, version.enrolled_at);
    peer_put_address(out, &version.enrolled_by);
    return OK;
}

static struct status run_instance(struct peer_command *command, struct buf *out)
{
    struct nova_abi_instance instance;
    TRY(nova_abi_read_instance(hex_of(command, 1), &instance));
    peer_put_hex(out, BYTES_ARRAY(instance.id));
    peer_put_hex(out, BYTES_ARRAY(instance.app_id));
    peer_put_hex(out, BYTES_ARRAY(instance.version_id));
    peer_put_address(out, &instance.operator);
    peer_put_hex(out, instance.instance_url);
    peer_put_hex(out, instance.tee_pubkey);
    peer_put_address(out, &instance.tee_wallet);
    peer_put_number(out, instance.zk_verified ? 1 : 0);
    peer_put_number(out, instance.status);
    peer_put_number(out, instance.registered_at);
    return OK;
}

static struct status run_anchor(struct peer_command *command, struct buf *out)
{
    struct nova_abi_anchor anchor;
    TRY(nova_abi_read_anchor(hex_of(command, 1), &anchor));
    peer_put_number(out, anchor.height);
    peer_put_hex(out, BYTES_ARRAY(anchor.header));
    return OK;
}

static struct status run_list(struct peer_command *command, struct buf *out)
{
    struct nova_abi_list list;
    bool ids = bytes_equal(command->word[0], BYTES_LITERAL("ids"));
    TRY((ids ? nova_abi_read_ids : nova_abi_read_wallets)(hex_of(command, 1), &list));
    peer_put_number(out, list.count);
    for (size_t i = 0; i < list.count; i++) {
        uint8_t id[NOVA_ABI_ID];
        struct eth_address wallet;
        if (ids) {
            nova_abi_id_at(&list, i, id);
            peer_put_hex(out, BYTES_ARRAY(id));
        } else {
            nova_abi_wallet_at(&list, i, &wallet);
            peer_put_address(out, &wallet);
        }
    }
    return OK;
}

static struct eth_transaction transaction_of(struct peer_command *command)
{
    struct eth_transaction transaction = {
        .chain_id = number_of(command, 2),
        .nonce = number_of(command, 3),
        .max_priority_fee_per_gas = number_of(command, 4),
        .max_fee_per_gas = number_of(command, 5),
        .gas_limit = number_of(command, 6),
        .data = hex_of(command, 9),
    };
    peer_copy_hex(command, command->word[7], transaction.to.b, sizeof transaction.to.b);
    peer_copy_hex(command, command->word[8], transaction.value, sizeof transaction.value);
    return transaction;
}

static struct status run_tx(struct peer_command *command, struct buf *out)
{
    static uint8_t memory[ETH_TRANSACTION_MAX];
    struct k256_key key = key_of(command, 1);
    struct eth_transaction transaction = transaction_of(command);
    uint8_t signing[ETH_TRANSACTION_HASH];
    uint8_t hash[ETH_TRANSACTION_HASH];
    struct buf raw = buf_over(memory, sizeof memory);
    TRY(eth_transaction_signing_hash(&transaction, signing));
    TRY(eth_transaction_sign(&transaction, &key, &raw, hash));
    peer_put_hex(out, BYTES_ARRAY(signing));
    peer_put_hex(out, BYTES_ARRAY(hash));
    peer_put_hex(out, buf_bytes(&raw));
    return OK;
}

static struct status run_signer(struct peer_command *command, struct buf *out)
{
    struct eth_transaction transaction = transaction_of(command);
    struct eth_address signer;
    TRY(eth_transaction_signer(&transaction, hex_of(command, 1), &signer));
    peer_put_address(out, &signer);
    return OK;
}

static const struct {
    const char *name;
    struct status (*run)(struct peer_command *command, struct buf *out);
    size_t least; /* words of the command */
} commands[] = {
    {"key", run_key, 2},          {"read", run_read, 2},       {"check", run_read, 2},
    {"sign", run_sign, 3},        {"recover", run_recover, 4}, {"call", run_call, 2},
    {"app", run_app, 2},          {"version", run_version, 2}, {"instance", run_instance, 2},
    {"ids", run_list, 2},         {"wallets", run_list, 2},    {"tx", run_tx, 10},
    {"request", peer_request, 3}, {"answer", peer_answer, 2},  {"signer", run_signer, 10},
    {"anchor", run_anchor, 2},    {"proof", peer_proof, 8},
};

static void split(struct bytes line, struct peer_command *command)
{
    while (command->count < PEER_WORDS_MAX) {
        size_t len = bytes_find(line, ' ');
        command->word[command->count++] = bytes_slice(line, 0, len);
        if (len == line.len) {
            return;
        }
        line = bytes_slice(line, len + 1, SIZE_MAX);
    }
}

static void run(struct bytes line, struct buf *out)
{
    static uint8_t memory[PEER_LINE];
    struct peer_command command = {.memory = buf_over(memory, sizeof memory)};
    split(line, &command);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (bytes_equal(bytes_of(commands[i].name), command.word[0])) {
            INVARIANT(command.count >= commands[i].least);
            struct status status = commands[i].run(&command, out);
            if (!status_is_ok(status)) {
                out->len = 0;
                buf_put_text(out, status_name(status.code));
            }
        }
    }
    INVARIANT(status_is_ok(buf_check(out)) && out->len != 0);
}

int main(void)
{
    static char line[PEER_LINE];
    static uint8_t answer[PEER_LINE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct buf out = buf_over(answer, sizeof answer);
        run((struct bytes){(const uint8_t *)line, strcspn(line, "\n")}, &out);
        buf_put_text(&out, "\n");
        if (fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
            return 1;
        }
    }
    return 0;
}
