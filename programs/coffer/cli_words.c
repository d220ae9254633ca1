#include "coffer/cli_words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Only codes whose text or hint speaks of routes, requests or the inside of a node. */
static const struct {
    enum status_code code;
    struct cli_words words;
} rows[] = {
    {STATUS_NOT_FOUND, {"it is not there", "check its name"}},
    {STATUS_IO, {"it cannot be read or written", "check its name, its owner and its mode"}},
    {STATUS_BODY_TOO_LARGE, {"it is larger than is taken", "make it smaller, or split it"}},
    {STATUS_BAD_JSON,
     {"this is not valid JSON", "write one JSON object in UTF-8, every name in it once"}},
    {STATUS_JSON_TOO_COMPLEX, {"the JSON has too many values", "split it"}},
    {STATUS_JSON_NUMBER_RANGE,
     {"a JSON number is out of range", "write integers beyond 2^53 as decimal or hex strings"}},
    {STATUS_BAD_REQUEST,
     {"this cannot be asked for", "use visible ASCII, and no more than some hundred of it"}},
    {STATUS_UNKNOWN_FIELD,
     {"there is a member that is not known here", "remove it, or check its spelling"}},
    {STATUS_BAD_TYPE,
     {"a value has the wrong JSON type",
      "numbers are JSON integers or strings such as \"42\" and \"0x2a\"; lists are in brackets"}},
    {STATUS_FELT_RANGE,
     {"a number is below 0 or too large", "write an integer from 0 to 2^251 + 17*2^192"}},
    {STATUS_NUMBER_RANGE,
     {"a number is out of its range", "write an integer that the member can hold"}},
    {STATUS_INVALID_TRANSACTION,
     {"the transaction is not valid",
      "type is INVOKE, DEPLOY_ACCOUNT or DECLARE; an INVOKE has calls or calldata, not both"}},
    {STATUS_RESOURCE_BOUNDS,
     {"the resource bounds are missing or wrong", "give l1_gas, l2_gas and l1_data_gas"}},
    {STATUS_TYPED_DATA_TOO_LARGE,
     {"the typed data is too large", "define fewer types or give fewer values"}},
    {STATUS_REGISTRY_LOST,
     {"the chain that names the nodes cannot be read",
      "check the member rpc of the deployment, and that its endpoints can be reached"}},
    {STATUS_UNAVAILABLE,
     {"no node answers, or each says that it cannot now",
      "see which serve: coffer status --deployment FILE --key FILE"}},
    {STATUS_CONFIG_INVALID,
     {"a value is not usable", "check the named member; docs/apps.md shows a deployment"}},
    {STATUS_SELF_CHECK, {"a result failed its self-check", "do not use it; report how it came"}},
    {STATUS_ENTROPY, {"the random generator failed", "see what it is that fails: coffer doctor"}},
    {STATUS_NO_MEMORY, {"there is not enough memory", "free some, or give less at once"}},
    {STATUS_BUFFER_FULL,
     {"something is larger than coffer has room for", "report this with the command line"}},
    {STATUS_INTERNAL, {"something went wrong inside coffer", "report this with the command line"}},
};

struct cli_words cli_words(enum status_code code)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].code == code) {
            return rows[i].words;
        }
    }
    return (struct cli_words){status_text(code), status_hint(code)};
}

/* --- places --------------------------------------------------------------------------------- */

/* What the libraries of other languages call our members. */
static const struct {
    const char *theirs;
    const char *hint;
} spellings[] = {
    {"contractAddress", "its name here is to"},
    {"contract_address", "its name here is to"},
    {"entryPoint", "its name here is entrypoint"},
    {"function_name", "its name here is entrypoint"},
    {"entryPointSelector", "its name here is selector"},
    {"entry_point_selector", "its name here is selector"},
    {"senderAddress", "its name here is sender_address"},
    {"resourceBounds", "its name here is resource_bounds"},
    {"maxAmount", "its name here is max_amount"},
    {"maxPricePerUnit", "its name here is max_price_per_unit"},
    {"l1Gas", "its name here is l1_gas"},
    {"l2Gas", "its name here is l2_gas"},
    {"l1DataGas", "its name here is l1_data_gas"},
    {"chainId", "its name here is chain_id"},
    {"cairoVersion", "its name here is cairo_version"},
    {"nonceDataAvailabilityMode", "its name here is nonce_data_availability_mode"},
    {"feeDataAvailabilityMode", "its name here is fee_data_availability_mode"},
    {"paymasterData", "its name here is paymaster_data"},
    {"accountDeploymentData", "its name here is account_deployment_data"},
    {"classHash", "its name here is class_hash"},
    {"compiledClassHash", "its name here is compiled_class_hash"},
    {"constructorCalldata", "its name here is constructor_calldata"},
    {"addressSalt", "its name here is contract_address_salt"},
    {"contractAddressSalt", "its name here is contract_address_salt"},
    {"proofFacts", "its name here is proof_facts"},
    {"executeAfter", "its name here is execute_after"},
    {"executeBefore", "its name here is execute_before"},
    {"maxFee", "a version 3 transaction has resource_bounds in its place"},
    {"max_fee", "a version 3 transaction has resource_bounds in its place"},
    {"contract_class", "leave the class out: class_hash and compiled_class_hash are signed"},
};

static const struct {
    const char *name;
    const char *hint;
} ranges[] = {
    {"max_amount", "write an integer from 0 to 2^64 - 1"},
    {"max_price_per_unit", "write an integer from 0 to 2^128 - 1"},
    {"tip", "write an integer from 0 to 2^64 - 1"},
    {"cairo_version", "write 0 or 1"},
    {"nonce_data_availability_mode", "write L1 or L2"},
    {"fee_data_availability_mode", "write L1 or L2"},
    {"execute_after", "write seconds since 1970, below 2^64"},
    {"execute_before", "write seconds since 1970, below 2^64"},
    {"version", "write 1 or 2"},
    {"u256", "write an integer from 0 to 2^256 - 1"},
    {"rpc_quorum", "write a number from 1 to that of the endpoints"},
    {"confirmations", "write a number from 0 to 256"},
};

/* The last name of a path, without the number of an item or what the reader says behind it. */
static const char *last_name(const char *where, size_t *ret_len)
{
    const char *point = strrchr(where, '.');
    const char *name = point == NULL ? where : point + 1;
    *ret_len = strcspn(name, "[,");
    return name;
}

static bool is_named(const char *name, size_t len, const char *wanted)
{
    return strlen(wanted) == len && strncmp(name, wanted, len) == 0;
}

static const char *spelling_of(const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT(spellings); i++) {
        if (is_named(name, len, spellings[i].theirs)) {
            return spellings[i].hint;
        }
    }
    for (size_t i = 0; i < len; i++) {
        if (isupper((unsigned char)name[i]) != 0) {
            return "names here are written in small letters, such as resource_bounds";
        }
    }
    return NULL;
}

static const char *range_of(const char *name, size_t len)
{
    for (size_t i = 0; i < COUNT(ranges); i++) {
        if (is_named(name, len, ranges[i].name)) {
            return ranges[i].hint;
        }
    }
    return NULL;
}

const char *cli_words_place(enum status_code code, const char *where)
{
    size_t len;
    const char *name = last_name(where, &len);
    if (code == STATUS_UNKNOWN_FIELD) {
        return spelling_of(name, len);
    }
    if (code == STATUS_MISSING_FIELD && is_named(name, len, "chain_id")) {
        return "add it, or give --chain, such as --chain sepolia";
    }
    bool is_range = code == STATUS_NUMBER_RANGE || code == STATUS_FELT_RANGE ||
                    code == STATUS_BAD_TYPE || code == STATUS_INVALID_TRANSACTION;
    return is_range ? range_of(name, len) : NULL;
}
