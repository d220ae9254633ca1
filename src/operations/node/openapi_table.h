/* What the API description says about each operation and shape: JSON Schema texts.
 *
 * Every operation of the table of routes has a row. Included by operations/node/openapi.c only; an
 * end-to-end test holds it against the running program. */
#ifndef COFFER_OPERATIONS_NODE_OPENAPI_TABLE_H
#define COFFER_OPERATIONS_NODE_OPENAPI_TABLE_H

/* Schemas of request and answer as JSON; an empty answer is text. */
struct openapi_operation {
    const char *name;
    const char *summary;
    const char *request;
    const char *answer;
};

/* Headers that every route with a body takes. */
/* clang-format off */
#define OPENAPI_PARAMETERS \
        "{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"description\":\"Same body, same a" \
        "nswer for ten minutes.\",\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength" \
        "\":255}},{\"name\":\"X-Request-Id\",\"in\":\"header\",\"description\":\"Returned, an" \
        "d kept in the audit trail.\",\"schema\":{\"type\":\"string\",\"maxLength\":64}}"

/* The members of every error. */
#define OPENAPI_ERROR \
        "[\"success\",\"error\",\"error_code\",\"hint\",\"timestamp\",\"request_id\"]"
#define OPENAPI_ERROR_KMS \
        "[\"success\",\"error\",\"error_code\",\"hint\",\"timestamp\",\"request_id\",\"detail\",\"mes" \
        "sage\",\"code\"]"

#define OPENAPI_TABLE(X) \
    X("overview", "What the service offers", \
        "", \
        "{\"$ref\":\"#/components/schemas/Overview\"}") \
    X("nodes", "The nodes of this service", \
        "", \
        "{\"$ref\":\"#/components/schemas/Nodes\"}") \
    X("kms.nonce", "A nonce for a proof of version 1", \
        "", \
        "{\"$ref\":\"#/components/schemas/KmsNonce\"}") \
    X("kms.derive", "Derive a key of the app", \
        "{\"$ref\":\"#/components/schemas/KmsEnvelope\"}", \
        "{\"$ref\":\"#/components/schemas/KmsEnvelope\"}") \
    X("kms.get", "A value of the app", \
        "", \
        "{\"$ref\":\"#/components/schemas/KmsEnvelope\"}") \
    X("kms.list", "The names of all values of the app, or with key one value", \
        "", \
        "{\"$ref\":\"#/components/schemas/KmsEnvelope\"}") \
    X("kms.put", "Store a value of the app", \
        "{\"$ref\":\"#/components/schemas/KmsEnvelope\"}", \
        "{\"$ref\":\"#/components/schemas/KmsEnvelope\"}") \
    X("kms.delete", "Delete a value of the app", \
        "{\"$ref\":\"#/components/schemas/KmsEnvelope\"}", \
        "{\"$ref\":\"#/components/schemas/KmsEnvelope\"}") \
    X("app.derive", "Derive a key of the app", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}") \
    X("app.values.get", "A value of the app", \
        "", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}") \
    X("app.values.read", "A value of the app, without its name in the path", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}") \
    X("app.values.names", "A page of the names of values, without the prefix in the path", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}") \
    X("app.values.list", "A page of the names of values of the app", \
        "", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}") \
    X("app.values.put", "Store a value of the app", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}") \
    X("app.values.delete", "Delete a value of the app", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}") \
    X("app.usage", "What the values of the app take, and of how much", \
        "", \
        "{\"$ref\":\"#/components/schemas/Envelope\"}") \
    X("nonce", "A nonce for a proof of version 2", \
        "", \
        "{\"$ref\":\"#/components/schemas/Nonce\"}") \
    X("identity", "Who the node is, and which key its envelopes are sealed with", \
        "", \
        "{\"$ref\":\"#/components/schemas/Identity\"}") \
    X("health", "Whether the node answers", \
        "", \
        "{\"$ref\":\"#/components/schemas/Health\"}") \
    X("ready", "Whether the node would serve: 503 with the reason when not", \
        "", \
        "{\"$ref\":\"#/components/schemas/Ready\"}") \
    X("status", "What the node is and serves", \
        "", \
        "{\"$ref\":\"#/components/schemas/Status\"}") \
    X("metrics", "Metrics for Prometheus", \
        "", \
        "") \
    X("openapi", "This document", \
        "", \
        "{\"type\":\"object\"}") \
    X("starknet.accounts", "Address and public key of a user, or of a range of key indices", \
        "{\"$ref\":\"#/components/schemas/AccountRequest\"}", \
        "{\"$ref\":\"#/components/schemas/Account\"}") \
    X("starknet.sign", "Sign one thing, or a batch of up to 256", \
        "{\"oneOf\":[{\"$ref\":\"#/components/schemas/SignItem\"},{\"$ref\":\"#/components/sc" \
        "hemas/SignBatch\"}]}", \
        "{\"oneOf\":[{\"$ref\":\"#/components/schemas/Signed\"},{\"$ref\":\"#/components/sche" \
        "mas/SignedBatch\"}]}") \
    X("seed.sign", "Sign one call, in the form of the seed document", \
        "{\"$ref\":\"#/components/schemas/SeedSign\"}", \
        "{\"$ref\":\"#/components/schemas/SeedSigned\"}") \
    X("seed.account", "Account of a user, in the form of the seed document", \
        "{\"$ref\":\"#/components/schemas/SeedAccountRequest\"}", \
        "{\"$ref\":\"#/components/schemas/SeedAccount\"}") \
    X("seed.derive", "The same under its other name", \
        "{\"$ref\":\"#/components/schemas/SeedAccountRequest\"}", \
        "{\"$ref\":\"#/components/schemas/SeedAccount\"}")

#define OPENAPI_SCHEMAS(X) \
    X("Username", \
        "{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_.-]{1,255}$\"}") \
    X("KeyIndex", \
        "{\"type\":\"integer\",\"minimum\":0,\"maximum\":2147483647,\"default\":0}") \
    X("ChainId", \
        "{\"type\":\"string\",\"description\":\"mainnet, sepolia, testnet (sepolia), SN_MAIN," \
        " SN_SEPOLIA or a felt.\"}") \
    X("Felt", \
        "{\"type\":\"string\",\"pattern\":\"^0x(0|[1-9a-f][0-9a-f]{0,63})$\"}") \
    X("Calldata", \
        "{\"type\":\"array\",\"description\":\"Numbers, nested arrays, {short_string}, {u256}" \
        ", {byte_array}.\",\"items\":{}}") \
    X("Bounds", \
        "{\"type\":\"object\",\"required\":[\"l1_gas\",\"l2_gas\",\"l1_data_gas\"],\"properti" \
        "es\":{\"l1_gas\":{\"type\":\"object\",\"required\":[\"max_amount\",\"max_price_per_u" \
        "nit\"],\"properties\":{\"max_amount\":{\"description\":\"A number: JSON integer, dec" \
        "imal string or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"t" \
        "ype\":\"string\"}]},\"max_price_per_unit\":{\"description\":\"A number: JSON integer" \
        ", decimal string or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0}" \
        ",{\"type\":\"string\"}]}},\"additionalProperties\":false},\"l2_gas\":{\"type\":\"obj" \
        "ect\",\"required\":[\"max_amount\",\"max_price_per_unit\"],\"properties\":{\"max_amo" \
        "unt\":{\"description\":\"A number: JSON integer, decimal string or 0x hex string.\"," \
        "\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]},\"max_price_" \
        "per_unit\":{\"description\":\"A number: JSON integer, decimal string or 0x hex strin" \
        "g.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]}},\"addi" \
        "tionalProperties\":false},\"l1_data_gas\":{\"type\":\"object\",\"required\":[\"max_a" \
        "mount\",\"max_price_per_unit\"],\"properties\":{\"max_amount\":{\"description\":\"A " \
        "number: JSON integer, decimal string or 0x hex string.\",\"oneOf\":[{\"type\":\"inte" \
        "ger\",\"minimum\":0},{\"type\":\"string\"}]},\"max_price_per_unit\":{\"description\"" \
        ":\"A number: JSON integer, decimal string or 0x hex string.\",\"oneOf\":[{\"type\":" \
        "\"integer\",\"minimum\":0},{\"type\":\"string\"}]}},\"additionalProperties\":false}}" \
        ",\"additionalProperties\":false}") \
    X("Transaction", \
        "{\"type\":\"object\",\"required\":[\"type\",\"chain_id\",\"nonce\",\"resource_bounds" \
        "\"],\"properties\":{\"type\":{\"type\":\"string\",\"enum\":[\"INVOKE\",\"DEPLOY_ACCO" \
        "UNT\",\"DECLARE\"]},\"chain_id\":{\"$ref\":\"#/components/schemas/ChainId\"},\"versi" \
        "on\":{\"type\":\"string\"},\"nonce\":{\"description\":\"A number: JSON integer, deci" \
        "mal string or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"ty" \
        "pe\":\"string\"}]},\"resource_bounds\":{\"$ref\":\"#/components/schemas/Bounds\"},\"" \
        "tip\":{\"description\":\"A number: JSON integer, decimal string or 0x hex string.\"," \
        "\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]},\"sender_add" \
        "ress\":{\"description\":\"A number: JSON integer, decimal string or 0x hex string.\"" \
        ",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]},\"calls\":{" \
        "\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"to\"],\"properties" \
        "\":{\"to\":{\"description\":\"A number: JSON integer, decimal string or 0x hex strin" \
        "g.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]},\"entry" \
        "point\":{\"type\":\"string\"},\"selector\":{\"description\":\"A number: JSON integer" \
        ", decimal string or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0}" \
        ",{\"type\":\"string\"}]},\"calldata\":{\"$ref\":\"#/components/schemas/Calldata\"}}," \
        "\"additionalProperties\":false}},\"calldata\":{\"type\":\"array\",\"items\":{\"descr" \
        "iption\":\"A number: JSON integer, decimal string or 0x hex string.\",\"oneOf\":[{\"" \
        "type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]}},\"cairo_version\":{\"desc" \
        "ription\":\"A number: JSON integer, decimal string or 0x hex string.\",\"oneOf\":[{" \
        "\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]},\"paymaster_data\":{\"ty" \
        "pe\":\"array\",\"items\":{\"description\":\"A number: JSON integer, decimal string o" \
        "r 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"strin" \
        "g\"}]}},\"account_deployment_data\":{\"type\":\"array\",\"items\":{\"description\":" \
        "\"A number: JSON integer, decimal string or 0x hex string.\",\"oneOf\":[{\"type\":\"" \
        "integer\",\"minimum\":0},{\"type\":\"string\"}]}},\"nonce_data_availability_mode\":{" \
        "\"type\":\"string\",\"enum\":[\"L1\",\"L2\"]},\"fee_data_availability_mode\":{\"type" \
        "\":\"string\",\"enum\":[\"L1\",\"L2\"]},\"proof_facts\":{\"type\":\"array\",\"items" \
        "\":{\"description\":\"A number: JSON integer, decimal string or 0x hex string.\",\"o" \
        "neOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]}},\"proof\":{\"t" \
        "ype\":\"string\"},\"class_hash\":{\"description\":\"A number: JSON integer, decimal " \
        "string or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\"" \
        ":\"string\"}]},\"contract_address_salt\":{\"description\":\"A number: JSON integer, " \
        "decimal string or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{" \
        "\"type\":\"string\"}]},\"constructor_calldata\":{\"type\":\"array\",\"items\":{\"des" \
        "cription\":\"A number: JSON integer, decimal string or 0x hex string.\",\"oneOf\":[{" \
        "\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]}},\"compiled_class_hash\"" \
        ":{\"description\":\"A number: JSON integer, decimal string or 0x hex string.\",\"one" \
        "Of\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]}},\"additionalProp" \
        "erties\":false}") \
    X("SignItem", \
        "{\"type\":\"object\",\"description\":\"Exactly one of transaction, typed_data, outsi" \
        "de_execution and message_hash.\",\"properties\":{\"username\":{\"$ref\":\"#/componen" \
        "ts/schemas/Username\"},\"key_index\":{\"$ref\":\"#/components/schemas/KeyIndex\"},\"" \
        "account_class\":{\"type\":\"string\",\"description\":\"Name or hash of a class that " \
        "GET /status lists.\"},\"transaction\":{\"$ref\":\"#/components/schemas/Transaction\"" \
        "},\"typed_data\":{\"type\":\"object\",\"description\":\"SNIP-12, revision 0 or 1.\"}" \
        ",\"outside_execution\":{\"type\":\"object\",\"description\":\"SNIP-9 without typed d" \
        "ata; needs chain_id.\",\"required\":[\"version\",\"caller\",\"nonce\",\"execute_afte" \
        "r\",\"execute_before\",\"calls\"],\"additionalProperties\":false,\"properties\":{\"v" \
        "ersion\":{\"description\":\"1 or 2.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0" \
        ",\"maximum\":9007199254740991},{\"type\":\"string\"}]},\"caller\":{\"description\":" \
        "\"An address, or ANY_CALLER.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0,\"maxi" \
        "mum\":9007199254740991},{\"type\":\"string\"}]},\"nonce\":{\"description\":\"A numbe" \
        "r: JSON integer below 2^53, decimal string or 0x hex string.\",\"oneOf\":[{\"type\":" \
        "\"integer\",\"minimum\":0,\"maximum\":9007199254740991},{\"type\":\"string\"}]},\"ex" \
        "ecute_after\":{\"description\":\"A number: JSON integer below 2^53, decimal string o" \
        "r 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0,\"maximum\":900719" \
        "9254740991},{\"type\":\"string\"}]},\"execute_before\":{\"description\":\"A number: " \
        "JSON integer below 2^53, decimal string or 0x hex string.\",\"oneOf\":[{\"type\":\"i" \
        "nteger\",\"minimum\":0,\"maximum\":9007199254740991},{\"type\":\"string\"}]},\"calls" \
        "\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"to\"],\"proper" \
        "ties\":{\"to\":{\"description\":\"A number: JSON integer, decimal string or 0x hex s" \
        "tring.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]},\"e" \
        "ntrypoint\":{\"type\":\"string\"},\"selector\":{\"description\":\"A number: JSON int" \
        "eger, decimal string or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum" \
        "\":0},{\"type\":\"string\"}]},\"calldata\":{\"$ref\":\"#/components/schemas/Calldata" \
        "\"}},\"additionalProperties\":false}}}},\"message_hash\":{\"description\":\"A number" \
        ": JSON integer, decimal string or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\"," \
        "\"minimum\":0},{\"type\":\"string\"}]},\"chain_id\":{\"$ref\":\"#/components/schemas" \
        "/ChainId\"},\"guardian\":{\"description\":\"Public key of the account's guardian; th" \
        "e user's key is the owner.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0,\"maximu" \
        "m\":9007199254740991},{\"type\":\"string\"}]},\"owner\":{\"description\":\"Public ke" \
        "y of the account's owner; the user's key is the guardian.\",\"oneOf\":[{\"type\":\"i" \
        "nteger\",\"minimum\":0,\"maximum\":9007199254740991},{\"type\":\"string\"}]},\"accou" \
        "nt_address\":{\"description\":\"The account that is meant; nothing is signed for ano" \
        "ther.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}" \
        ",{\"type\":\"string\"}]},\"expected_hash\":{\"description\":\"The hash that is meant" \
        "; nothing is signed when it is another.\",\"oneOf\":[{\"type\":\"integer\",\"minimum" \
        "\":0,\"maximum\":9007199254740991},{\"type\":\"string\"}]},\"other_signature\":{\"ty" \
        "pe\":\"array\",\"minItems\":2,\"maxItems\":2,\"items\":{\"description\":\"A number: " \
        "JSON integer below 2^53, decimal string or 0x hex string.\",\"oneOf\":[{\"type\":\"i" \
        "nteger\",\"minimum\":0,\"maximum\":9007199254740991},{\"type\":\"string\"}]},\"descr" \
        "iption\":\"r and s of the account's other key over the same hash.\"}},\"additionalPr" \
        "operties\":false}") \
    X("SignBatch", \
        "{\"type\":\"object\",\"required\":[\"items\"],\"properties\":{\"username\":{\"$ref\"" \
        ":\"#/components/schemas/Username\"},\"key_index\":{\"$ref\":\"#/components/schemas/K" \
        "eyIndex\"},\"account_class\":{\"type\":\"string\"},\"items\":{\"type\":\"array\",\"m" \
        "inItems\":1,\"maxItems\":256,\"items\":{\"$ref\":\"#/components/schemas/SignItem\"}}" \
        ",\"guardian\":{\"description\":\"Public key of the account's guardian; the user's ke" \
        "y is the owner.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199" \
        "254740991},{\"type\":\"string\"}]},\"owner\":{\"description\":\"Public key of the ac" \
        "count's owner; the user's key is the guardian.\",\"oneOf\":[{\"type\":\"integer\",\"" \
        "minimum\":0,\"maximum\":9007199254740991},{\"type\":\"string\"}]}},\"additionalPrope" \
        "rties\":false}") \
    X("Signed", \
        "{\"type\":\"object\",\"required\":[\"success\",\"username\",\"key_index\",\"type\"," \
        "\"account_address\",\"account_class\",\"public_key\",\"signature\"],\"properties\":{" \
        "\"success\":{\"type\":\"boolean\"},\"username\":{\"type\":\"string\"},\"key_index\":" \
        "{\"type\":\"integer\"},\"type\":{\"type\":\"string\"},\"account_address\":{\"$ref\":" \
        "\"#/components/schemas/Felt\"},\"account_class\":{\"type\":\"string\"},\"public_key" \
        "\":{\"$ref\":\"#/components/schemas/Felt\"},\"chain_id\":{\"type\":\"string\"},\"tra" \
        "nsaction_hash\":{\"$ref\":\"#/components/schemas/Felt\"},\"message_hash\":{\"$ref\":" \
        "\"#/components/schemas/Felt\"},\"signature\":{\"type\":\"array\",\"items\":{\"$ref\"" \
        ":\"#/components/schemas/Felt\"}},\"transaction\":{\"type\":\"object\",\"description" \
        "\":\"The whole transaction, ready for starknet_add*Transaction.\"},\"query\":{\"type" \
        "\":\"boolean\",\"description\":\"Of a transaction: can be estimated and never execut" \
        "ed.\"},\"warnings\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":" \
        "[\"code\",\"text\"],\"properties\":{\"code\":{\"type\":\"string\"},\"text\":{\"type" \
        "\":\"string\"}}}}}}") \
    X("SignedBatch", \
        "{\"type\":\"object\",\"required\":[\"success\",\"results\",\"signed\",\"refused\"]," \
        "\"properties\":{\"success\":{\"type\":\"boolean\",\"description\":\"Whether anything" \
        " was signed.\"},\"results\":{\"type\":\"array\",\"items\":{\"oneOf\":[{\"$ref\":\"#/" \
        "components/schemas/Signed\"},{\"type\":\"object\",\"required\":[\"success\",\"error" \
        "\",\"error_code\",\"hint\"]}]}},\"signed\":{\"type\":\"integer\"},\"refused\":{\"typ" \
        "e\":\"integer\"}}}") \
    X("AccountRequest", \
        "{\"type\":\"object\",\"required\":[\"username\"],\"properties\":{\"username\":{\"$re" \
        "f\":\"#/components/schemas/Username\"},\"key_index\":{\"$ref\":\"#/components/schema" \
        "s/KeyIndex\"},\"account_class\":{\"type\":\"string\",\"description\":\"Name or hash " \
        "of a class that GET /status lists.\"},\"first_index\":{\"$ref\":\"#/components/schem" \
        "as/KeyIndex\"},\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000},\"pub" \
        "lic_key\":{\"description\":\"A number: JSON integer, decimal string or 0x hex string" \
        ".\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]},\"addres" \
        "s\":{\"description\":\"A number: JSON integer, decimal string or 0x hex string.\",\"" \
        "oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]},\"guardian\":{" \
        "\"description\":\"Public key of the account's guardian; the user's key is the owner." \
        "\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991},{\"t" \
        "ype\":\"string\"}]},\"owner\":{\"description\":\"Public key of the account's owner; " \
        "the user's key is the guardian.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0,\"m" \
        "aximum\":9007199254740991},{\"type\":\"string\"}]}},\"additionalProperties\":false}") \
    X("Account", \
        "{\"type\":\"object\",\"required\":[\"success\",\"username\"],\"properties\":{\"succe" \
        "ss\":{\"type\":\"boolean\"},\"username\":{\"type\":\"string\"},\"key_index\":{\"type" \
        "\":\"integer\"},\"address\":{\"$ref\":\"#/components/schemas/Felt\"},\"public_key\":" \
        "{\"$ref\":\"#/components/schemas/Felt\"},\"account_class\":{\"type\":\"string\"},\"c" \
        "lass_hash\":{\"$ref\":\"#/components/schemas/Felt\"},\"salt\":{\"$ref\":\"#/componen" \
        "ts/schemas/Felt\"},\"constructor_calldata\":{\"type\":\"array\",\"items\":{\"$ref\":" \
        "\"#/components/schemas/Felt\"}},\"accounts\":{\"type\":\"array\",\"items\":{\"type\"" \
        ":\"object\",\"required\":[\"key_index\",\"address\",\"public_key\"]}},\"owned\":{\"t" \
        "ype\":\"boolean\",\"description\":\"Whether public_key and address of the request ar" \
        "e of one key of this user: of key_index, or of the first 32.\"},\"index\":{\"type\":" \
        "\"integer\",\"description\":\"The index of that key.\"}}}") \
    X("SeedSign", \
        "{\"type\":\"object\",\"required\":[\"username\",\"transaction_payload\"],\"propertie" \
        "s\":{\"username\":{\"$ref\":\"#/components/schemas/Username\"},\"key_index\":{\"$ref" \
        "\":\"#/components/schemas/KeyIndex\"},\"account_class\":{\"type\":\"string\",\"descr" \
        "iption\":\"Name or hash of a class that GET /status lists.\"},\"operation\":{\"type" \
        "\":\"string\",\"enum\":[\"sign_transaction\"]},\"transaction_payload\":{\"type\":\"o" \
        "bject\",\"required\":[\"contract_address\",\"function_name\",\"chain_id\"],\"propert" \
        "ies\":{\"contract_address\":{\"description\":\"A number: JSON integer, decimal strin" \
        "g or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"st" \
        "ring\"}]},\"function_name\":{\"type\":\"string\"},\"calldata\":{\"$ref\":\"#/compone" \
        "nts/schemas/Calldata\"},\"max_fee\":{\"description\":\"A number: JSON integer, decim" \
        "al string or 0x hex string.\",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"typ" \
        "e\":\"string\"}]},\"resource_bounds\":{\"$ref\":\"#/components/schemas/Bounds\"},\"n" \
        "once\":{\"description\":\"A number: JSON integer, decimal string or 0x hex string.\"" \
        ",\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\"}]},\"chain_id" \
        "\":{\"$ref\":\"#/components/schemas/ChainId\"}}}}}") \
    X("SeedSigned", \
        "{\"type\":\"object\",\"required\":[\"success\",\"username\",\"key_index\",\"account_" \
        "address\",\"transaction_hash\",\"transaction_signed\"],\"properties\":{\"success\":{" \
        "\"type\":\"boolean\"},\"username\":{\"type\":\"string\"},\"key_index\":{\"type\":\"i" \
        "nteger\"},\"account_address\":{\"$ref\":\"#/components/schemas/Felt\"},\"transaction" \
        "_hash\":{\"$ref\":\"#/components/schemas/Felt\"},\"transaction_signed\":{\"type\":\"" \
        "string\"},\"chain_id\":{\"type\":\"string\"},\"public_key\":{\"$ref\":\"#/components" \
        "/schemas/Felt\"},\"account_class\":{\"type\":\"string\"},\"transaction\":{\"type\":" \
        "\"object\"},\"warnings\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"requir" \
        "ed\":[\"code\",\"text\"],\"properties\":{\"code\":{\"type\":\"string\"},\"text\":{\"" \
        "type\":\"string\"}}}}}}") \
    X("SeedAccountRequest", \
        "{\"type\":\"object\",\"required\":[\"username\"],\"properties\":{\"username\":{\"$re" \
        "f\":\"#/components/schemas/Username\"},\"key_index\":{\"$ref\":\"#/components/schema" \
        "s/KeyIndex\"},\"account_class\":{\"type\":\"string\",\"description\":\"Name or hash " \
        "of a class that GET /status lists.\"},\"operation\":{\"type\":\"string\",\"enum\":[" \
        "\"get_account_info\",\"derive_key\"]}}}") \
    X("SeedAccount", \
        "{\"type\":\"object\",\"required\":[\"success\",\"username\",\"key_index\",\"account_" \
        "address\",\"public_key\"],\"properties\":{\"success\":{\"type\":\"boolean\"},\"usern" \
        "ame\":{\"type\":\"string\"},\"key_index\":{\"type\":\"integer\"},\"account_address\"" \
        ":{\"$ref\":\"#/components/schemas/Felt\"},\"public_key\":{\"$ref\":\"#/components/sc" \
        "hemas/Felt\"},\"account_class\":{\"type\":\"string\"}}}") \
    X("Overview", \
        "{\"type\":\"object\",\"required\":[\"service\",\"docs\",\"auth\",\"endpoints\"]}") \
    X("Nodes", \
        "{\"type\":\"object\",\"required\":[\"operators\",\"count\"]}") \
    X("KmsEnvelope", \
        "{\"type\":\"object\",\"description\":\"All hex; one of encrypted_data and ciphertext.\",\"requ" \
        "ired\":[\"sender_tee_pubkey\",\"nonce\"],\"properties\":{\"sender_tee_pubkey\":{\"type\":\"s" \
        "tring\"},\"nonce\":{\"type\":\"string\"},\"encrypted_data\":{\"type\":\"string\"},\"ciphert" \
        "ext\":{\"type\":\"string\"}}}") \
    X("Envelope", \
        "{\"type\":\"object\",\"required\":[\"v\",\"sender\",\"iv\",\"sealed\"],\"properties\":{\"v\":{\"" \
        "type\":\"integer\",\"enum\":[2]},\"sender\":{\"type\":\"string\"},\"iv\":{\"type\":\"string\"}," \
        "\"sealed\":{\"type\":\"string\"}},\"additionalProperties\":false}") \
    X("KmsNonce", \
        "{\"type\":\"object\",\"required\":[\"nonce\"],\"properties\":{\"nonce\":{\"type\":" \
        "\"string\"}}}") \
    X("Nonce", \
        "{\"type\":\"object\",\"required\":[\"nonce\",\"node\",\"domain_id\"],\"properties\":{\"nonce\":" \
        "{\"type\":\"string\"},\"node\":{\"type\":\"string\"},\"domain_id\":{\"type\":\"string\"}}}") \
    X("Identity", \
        "{\"type\":\"object\",\"required\":[\"node\",\"domain_id\",\"tee_pubkey\",\"envelope_key" \
        "\",\"envelope_key_signature\",\"attestation\"],\"properties\":{\"node\":{\"type\":\"stri" \
        "ng\"},\"domain_id\":{\"type\":\"string\"},\"tee_pubkey\":{\"type\":\"string\"},\"envelop" \
        "e_key\":{\"type\":\"string\"},\"envelope_key_signature\":{\"type\":\"string\"},\"attes" \
        "tation\":{\"description\":\"Base64, or null.\"}}}") \
    X("Health", \
        "{\"type\":\"object\",\"required\":[\"status\",\"service\",\"timestamp\"],\"propertie" \
        "s\":{\"status\":{\"type\":\"string\"},\"service\":{\"type\":\"string\"},\"timestamp" \
        "\":{\"type\":\"integer\"}}}") \
    X("Ready", \
        "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{\"status\":{\"" \
        "type\":\"string\",\"enum\":[\"ready\"]}},\"additionalProperties\":false}") \
    X("Status", \
        "{\"type\":\"object\",\"required\":[\"node\",\"cluster\",\"data_store\",\"build\",\"t" \
        "enant\"]}")
/* clang-format on */

#endif
