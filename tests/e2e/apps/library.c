/* Calls everything that include/coffer/client.h declares, from outside: only the installed header
 * and library are there. usage: library DEPLOYMENT KEY-FILE STRANGERS-KEY-FILE; prints a line for
 * each check and ends with N passed, N failed. */
#include <coffer/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int passed;
static int failed;
static coffer_client_error error;
static coffer_client *client;

static void check(const char *what, int truth)
{
    passed += truth != 0;
    failed += truth == 0;
    if (!truth) {
        printf("FAILED %s: [%s] %s, about %s\n", what, error.code, error.text, error.about);
    }
}

static void refused(const char *what, int result, const char *code)
{
    check(what, result == -1 && strcmp(error.code, code) == 0 && error.text[0] != '\0' &&
                    error.hint[0] != '\0');
}

static int is_zero(const void *memory, size_t length)
{
    const unsigned char *bytes = memory;
    unsigned all = 0;
    for (size_t i = 0; i < length; i++) {
        all |= bytes[i];
    }
    return all == 0;
}

static void test_open(char **argv)
{
    coffer_client *none = NULL;
    refused("no deployment", coffer_client_open("none.json", argv[2], &none, &error), "IO");
    check("names the file", strcmp(error.about, "none.json") == 0 && none == NULL);
    refused("no key", coffer_client_open(argv[1], "none.json", &none, &error), "KEY_FILE");
    check("names it", strcmp(error.about, "none.json") == 0 && none == NULL);
    refused("keys for a deployment", coffer_client_open(argv[2], argv[2], &none, &error),
            "UNKNOWN_FIELD");
    refused("an Odyn elsewhere",
            coffer_client_open_odyn(argv[1], argv[2], "http://example.org", &none, &error),
            "CONFIG_INVALID");
    refused("no Odyn",
            coffer_client_open_odyn(argv[1], argv[2], "http://127.0.0.1:1", &none, &error),
            "ODYN_UNAVAILABLE");
    check("without a place for errors", coffer_client_open("none", "none", &none, NULL) == -1);
    coffer_client_close(&none);
    check("a client", coffer_client_open(argv[1], argv[2], &client, &error) == 0);
    check("success leaves no error", is_zero(&error, sizeof error));
}

static void test_stranger(char **argv)
{
    coffer_client *stranger = NULL;
    coffer_client_key key;
    const coffer_client_key_request request = {.path = "disk/0"};
    check("a stranger's client", coffer_client_open(argv[1], argv[3], &stranger, &error) == 0);
    memset(&key, 1, sizeof key);
    refused("is refused", coffer_client_derive(stranger, &request, &key, &error),
            "INSTANCE_NOT_FOUND");
    check("in the node's words", error.http == 0 && strncmp(error.about, "http", 4) == 0);
    check("and gets nothing", is_zero(&key, sizeof key));
    coffer_client_close(&stranger);
}

static void test_keys(void)
{
    coffer_client_key key;
    coffer_client_key again;
    const uint32_t epoch = 0;
    const uint32_t none = 7;
    coffer_client_key_request request = {.path = "disk/0"};
    check("a key", coffer_client_derive(client, &request, &key, &error) == 0 && key.length == 32);
    request.epoch = &epoch;
    check("is the same again", coffer_client_derive(client, &request, &again, &error) == 0 &&
                                   memcmp(&key, &again, sizeof key) == 0);
    request.context = "other";
    check("another context", coffer_client_derive(client, &request, &again, &error) == 0 &&
                                 memcmp(key.bytes, again.bytes, 32) != 0);
    request.length = COFFER_CLIENT_KEY_MAX;
    check("a long key", coffer_client_derive(client, &request, &again, &error) == 0 &&
                            again.length == COFFER_CLIENT_KEY_MAX);
    request.length = COFFER_CLIENT_KEY_MAX + 1;
    refused("too long", coffer_client_derive(client, &request, &again, &error), "NUMBER_RANGE");
    check("nothing came", is_zero(&again, sizeof again));
    request.length = 0;
    request.curve = "stark";
    check("a key of a curve", coffer_client_derive(client, &request, &again, &error) == 0);
    request.epoch = &none;
    check("a root that is not there", coffer_client_derive(client, &request, &again, NULL) == -1);
    request.path = "\xff";
    refused("no UTF-8", coffer_client_derive(client, &request, &again, &error), "INVALID_UTF8");
    coffer_client_wipe(&key, sizeof key);
    check("wiped", is_zero(&key, sizeof key));
}

static void test_values(void)
{
    static uint8_t large[COFFER_CLIENT_VALUE_MAX + 1];
    char version[COFFER_CLIENT_VERSION_SIZE];
    char old[COFFER_CLIENT_VERSION_SIZE];
    coffer_client_value value;
    coffer_client_put_request put = {.key = "lib/a", .value = "one\0two", .length = 7};
    check("put",
          coffer_client_put(client, &put, old, &error) == 0 && strlen(old) == sizeof old - 1);
    check("get", coffer_client_get(client, "lib/a", NULL, &value, &error) == 0 &&
                     value.length == 7 && memcmp(value.bytes, "one\0two", 7) == 0 &&
                     strcmp(value.version, old) == 0);
    put.if_absent = 1;
    refused("only where none is", coffer_client_put(client, &put, version, &error),
            "VERSION_CONFLICT");
    check("no version", version[0] == '\0' && error.http == 409);
    put = (coffer_client_put_request){.key = "lib/a", .if_version = old};
    check("an empty value", coffer_client_put(client, &put, version, &error) == 0);
    check("is read", coffer_client_get(client, "lib/a", version, &value, &error) == 0 &&
                         value.length == 0 && value.bytes != NULL);
    refused("the old version", coffer_client_put(client, &put, NULL, &error), "VERSION_CONFLICT");
    memset(large, 7, sizeof large);
    put = (coffer_client_put_request){
        .key = "lib/b", .value = large, .length = COFFER_CLIENT_VALUE_MAX, .ttl_ms = 3600000};
    check("the largest", coffer_client_put(client, &put, NULL, &error) == 0);
    check("comes back", coffer_client_get(client, "lib/b", NULL, &value, &error) == 0 &&
                            value.length == COFFER_CLIENT_VALUE_MAX &&
                            memcmp(value.bytes, large, value.length) == 0);
    put.length++;
    refused("one byte more", coffer_client_put(client, &put, NULL, &error), "VALUE_TOO_LARGE");
    refused("another's version", coffer_client_delete(client, "lib/a", old, &error),
            "VERSION_CONFLICT");
    check("delete", coffer_client_delete(client, "lib/a", version, &error) == 0);
    refused("gone", coffer_client_get(client, "lib/a", NULL, &value, &error), "VALUE_NOT_FOUND");
    check("nothing", is_zero(&value, sizeof value));
    refused("no key", coffer_client_get(client, "", NULL, &value, &error), "VALUE_KEY");
}

static void test_names(void)
{
    coffer_client_names names;
    char cursor[4096] = "";
    char seen[8] = "";
    char key[] = "page/0";
    for (int i = 0; i < 5; i++) {
        key[5] = (char)('0' + i);
        const coffer_client_put_request put = {.key = key, .value = "x", .length = 1};
        check("a value of a page", coffer_client_put(client, &put, NULL, &error) == 0);
    }
    coffer_client_list_request list = {.prefix = "page/", .limit = 2};
    do {
        check("a page", coffer_client_list(client, &list, &names, &error) == 0 && names.count <= 2);
        for (size_t i = 0; i < names.count; i++) {
            strncat(seen, names.name[i] + 5, 1);
        }
        snprintf(cursor, sizeof cursor, "%s", names.next == NULL ? "" : names.next);
        list.cursor = cursor;
    } while (cursor[0] != '\0' && failed == 0);
    check("all of them in order", strcmp(seen, "01234") == 0);
    list = (coffer_client_list_request){.limit = COFFER_CLIENT_PAGE_MAX + 1};
    refused("a page too large", coffer_client_list(client, &list, &names, &error), "NUMBER_RANGE");
    list = (coffer_client_list_request){.cursor = "xyz"};
    refused("no cursor", coffer_client_list(client, &list, &names, &error), "INVALID_HEX");
    check("nothing came", is_zero(&names, sizeof names));
}

static void test_call(void)
{
    coffer_client_answer answer;
    coffer_client_request call = {
        .method = "POST", .target = "/v1/starknet/accounts", .body = "{\"username\":\"alice\"}"};
    check("an account of a user", coffer_client_call(client, &call, &answer, &error) == 0 &&
                                      strstr(answer.body, "\"address\":\"0x") != NULL &&
                                      answer.length == strlen(answer.body));
    call.body = "{\"username\":\"\"}";
    refused("without a name", coffer_client_call(client, &call, &answer, &error),
            "INVALID_USERNAME");
    call.body = "{";
    check("no JSON", coffer_client_call(client, &call, &answer, &error) == -1);
    call = (coffer_client_request){.method = "GET", .target = "/v1/none"};
    refused("no route", coffer_client_call(client, &call, &answer, &error), "NOT_FOUND");
    call.target = "/v1/app values";
    check("no target", coffer_client_call(client, &call, &answer, &error) == -1);
    check("nothing came", is_zero(&answer, sizeof answer));
    call = (coffer_client_request){.method = "GET", .target = "/v1/app/values?limit=1"};
    check("a list as it is", coffer_client_call(client, &call, &answer, &error) == 0);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        return 2;
    }
    test_open(argv);
    if (client != NULL) {
        test_stranger(argv);
        test_keys();
        test_values();
        test_names();
        test_call();
    }
    coffer_client_close(&client);
    check("closed", client == NULL);
    printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
