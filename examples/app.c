/* An app that uses Coffer: it derives a key, counts how often it was started in a stored value, and
 * has a Starknet transfer signed for one of its users.
 *
 * cc app.c $(pkg-config --cflags --libs coffer-client) -o app
 * ./app deployment.json app-key.json */
#include <coffer/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char transfer[] =
    "{\"username\":\"alice\",\"transaction\":{\"type\":\"INVOKE\",\"chain_id\":\"SN_SEPOLIA\","
    "\"nonce\":\"0x0\",\"calls\":[{\"to\":"
    "\"0x4718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f42"
    "87c938d\",\"entrypoint\":\"transfer\",\"calldata\":[\"0xb0b\",{\"u256\":\"1000\"}]}],"
    "\"resource_bounds\":{\"l1_gas\":{\"max_amount\":0,\"max_price_per_unit\":0},"
    "\"l2_gas\":{\"max_amount\":\"0x124f80\",\"max_price_per_unit\":\"0x2cb417800\"},"
    "\"l1_data_gas\":{\"max_amount\":0,\"max_price_per_unit\":0}}}}";

static int failed(const char *what, const coffer_client_error *error)
{
    fprintf(stderr, "%s: %s [%s]%s%s\n  %s\n", what, error->text, error->code,
            error->about[0] == '\0' ? "" : ", about ", error->about, error->hint);
    return -1;
}

/* The key is only used where it is; here it would open a disk. */
static int open_disk(coffer_client *client)
{
    const coffer_client_key_request request = {.path = "disk/0"};
    coffer_client_key key;
    coffer_client_error error;
    if (coffer_client_derive(client, &request, &key, &error) != 0) {
        return failed("derive", &error);
    }
    printf("a key of %zu bytes, from root %u\n", key.length, (unsigned)key.epoch);
    coffer_client_wipe(&key, sizeof key);
    return 0;
}

/* Read, add one, and write only if nobody else has written since. */
static int count_start(coffer_client *client)
{
    for (int tries = 0; tries < 10; tries++) {
        coffer_client_value value;
        coffer_client_error error;
        char text[24] = "0";
        int is_new = 0;
        if (coffer_client_get(client, "starts", NULL, &value, &error) == 0) {
            size_t length = value.length < sizeof text ? value.length : sizeof text - 1;
            memcpy(text, value.bytes, length);
            text[length] = '\0';
        } else if (strcmp(error.code, "VALUE_NOT_FOUND") == 0) {
            is_new = 1;
        } else {
            return failed("get", &error);
        }
        snprintf(text, sizeof text, "%lu", strtoul(text, NULL, 10) + 1);
        const coffer_client_put_request put = {.key = "starts",
                                               .value = text,
                                               .length = strlen(text),
                                               .if_version = is_new ? NULL : value.version,
                                               .if_absent = is_new};
        if (coffer_client_put(client, &put, NULL, &error) == 0) {
            printf("started %s times\n", text);
            return 0;
        }
        if (strcmp(error.code, "VERSION_CONFLICT") != 0) {
            return failed("put", &error);
        }
    }
    fprintf(stderr, "put: somebody else was always faster\n");
    return -1;
}

static int sign_transfer(coffer_client *client)
{
    const coffer_client_request request = {
        .method = "POST", .target = "/v1/starknet/sign", .body = transfer};
    coffer_client_answer answer;
    coffer_client_error error;
    if (coffer_client_call(client, &request, &answer, &error) != 0) {
        return failed("sign", &error);
    }
    printf("signed by %s\n%s\n", answer.node, answer.body);
    return 0;
}

int main(int argc, char **argv)
{
    coffer_client *client = NULL;
    coffer_client_error error;
    if (argc != 3) {
        fprintf(stderr, "usage: app DEPLOYMENT KEY-FILE\n");
        return 2;
    }
    if (coffer_client_open(argv[1], argv[2], &client, &error) != 0) {
        failed("open", &error);
        return 1;
    }
    int result = open_disk(client);
    result = result == 0 ? count_start(client) : result;
    result = result == 0 ? sign_transfer(client) : result;
    coffer_client_close(&client);
    return result == 0 ? 0 : 1;
}
