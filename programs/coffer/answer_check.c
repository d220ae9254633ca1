#include "coffer/answer_check.h"

#include "coffer/document.h"
#include "coffer/judge.h"
#include "crypto/stark_ecdsa.h"
#include "starknet/felt_text.h"

/* What an answer says. */
struct claim {
    struct account account; /* address as claimed; class NULL when it is not known here */
    struct felt hash;
    struct felt signature[2];
};

static enum cli_exit differs(struct cli *cli, const char *what)
{
    return cli_fail_text(cli, "SELF_CHECK", what, "do not use this answer; keep it and report it");
}

enum cli_exit answer_check_signature(struct cli *cli, const struct felt *key,
                                     const struct felt *hash, const struct felt rs[static 2])
{
    const struct stark_signature signature = {rs[0], rs[1]};
    struct status ours = stark_ecdsa_verify_x_var(key, hash, &signature);
    struct status theirs = judge_verify(key, hash, &signature.r, &signature.s);
    if (status_is_ok(ours) != status_is_ok(theirs)) {
        return cli_fail_text(cli, "INTERNAL", "Coffer's and OpenSSL's arithmetic disagree",
                             "report this with the key, the hash and the signature");
    }
    return status_is_ok(ours) ? CLI_DONE : cli_fail(cli, ours, "");
}

static struct status read_felt(const struct json_in *at, const char *name, struct felt *ret)
{
    struct json_in member;
    TRY(json_in_member(at, name, &member));
    return felt_text_json(&member, ret);
}

/* r and s; what follows them is for the constructor of an account. */
static struct status read_signature(const struct json_in *at, struct felt ret[static 2])
{
    struct json_in list;
    size_t count = 0;
    TRY(json_in_member(at, "signature", &list));
    TRY(json_in_count(&list, &count));
    if (json_in_kind(&list) != JSON_IN_ARRAY || count < 2) {
        return JSON_IN_FAIL(&list, BAD_TYPE);
    }
    for (size_t i = 0; i < 2; i++) {
        struct json_in item = json_in_item(&list, i);
        TRY(felt_text_json(&item, &ret[i]));
    }
    return OK;
}

static struct status read_claim(const struct json_in *at, struct claim *ret)
{
    struct json_in member;
    struct bytes name = {0};
    size_t count;
    const struct account_class *known = account_class_known(&count);
    TRY(read_felt(at, "public_key", &ret->account.keys.owner));
    TRY(read_felt(at, "account_address", &ret->account.address));
    TRY(read_signature(at, ret->signature));
    if (json_in_find(at, "account_class", &member)) {
        TRY(json_in_string(&member, &name));
    }
    ret->account.class = account_class_by_name(known, count, name);
    const bool is_transaction = json_in_find(at, "transaction_hash", &member);
    return read_felt(at, is_transaction ? "transaction_hash" : "message_hash", &ret->hash);
}

/* The account is that of the key, but where the document names another one, which the tenant may
 * allow. In: is_named, the address is that of the document. */
static enum cli_exit check_account(struct cli *cli, struct claim *claim, bool is_named)
{
    if (is_named) {
        return CLI_DONE;
    }
    if (claim->account.class == NULL) {
        return cli_fail_text(cli, "UNKNOWN_ACCOUNT_CLASS",
                             "the class of the account is not known here",
                             "name sender_address in the transaction, so that it can be checked");
    }
    const struct felt address = claim->account.address;
    claim->account = account_of(claim->account.class, &claim->account.keys.owner);
    return felt_equal(&address, &claim->account.address)
               ? CLI_DONE
               : differs(cli, "the account is not that of the public key");
}

/* The transaction of the answer, which is what gets broadcast, has the hash that was signed. */
static enum cli_exit check_transaction(struct cli *cli, const struct json_in *answer,
                                       const struct claim *claim)
{
    const struct account_class *class = claim->account.class;
    struct json_in member;
    struct bytes text;
    struct transaction transaction;
    struct json_in_doc *doc = arena_alloc(&cli->arena, sizeof *doc);
    if (!json_in_find(answer, "transaction", &member)) {
        return CLI_DONE;
    }
    if (doc == NULL) {
        return cli_fail(cli, FAIL(NO_MEMORY), "");
    }
    enum cli_exit result = document_transaction(cli, answer, &text, doc);
    if (result != CLI_DONE) {
        return result;
    }
    struct json_in root = json_in_root(doc);
    struct status status = transaction_json(
        &cli->arena, &root, class == NULL ? CALL_CAIRO1 : class->encoding, &transaction);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, doc->where);
    }
    struct felt own = transaction_hash(&transaction);
    return transaction.has_sender && felt_equal(&own, &claim->hash)
               ? CLI_DONE
               : differs(cli, "the transaction of the answer has another hash than was signed");
}

/* True when the document itself says the account. */
static bool names_account(const struct asked *asked)
{
    return asked->kind == ASKED_TRANSACTION && asked->transaction.has_sender;
}

static enum cli_exit check_asked(struct cli *cli, struct claim *claim, struct asked *asked)
{
    bool is_named = names_account(asked);
    if (is_named && !felt_equal(&asked->transaction.sender, &claim->account.address)) {
        return differs(cli, "the account is not that of the document");
    }
    enum cli_exit result = check_account(cli, claim, is_named);
    if (result != CLI_DONE) {
        return result;
    }
    struct felt own;
    struct status hashed = asked_hash(asked, &claim->account, &own);
    if (!status_is_ok(hashed)) {
        return cli_fail_place(cli, hashed, asked->path, asked->doc.where);
    }
    return felt_equal(&own, &claim->hash)
               ? CLI_DONE
               : differs(cli, "the hash is not that of what was to be signed");
}

enum cli_exit answer_check(struct cli *cli, const struct json_in *answer, struct asked *asked)
{
    struct claim claim = {.hash = FELT_ZERO};
    struct status status = read_claim(answer, &claim);
    if (!status_is_ok(status)) {
        return cli_fail(cli, status, answer->doc->where);
    }
    enum cli_exit result = asked == NULL ? CLI_DONE : check_asked(cli, &claim, asked);
    if (result != CLI_DONE || (result = check_transaction(cli, answer, &claim)) != CLI_DONE) {
        return result;
    }
    return answer_check_signature(cli, &claim.account.keys.owner, &claim.hash, claim.signature);
}
