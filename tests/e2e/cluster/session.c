/* A client of a cluster, with the library as apps have it, for tests/e2e/cluster/run.
 *
 * usage: session tokens WRITE READ KEY COUNT
 *        session writes DEPLOYMENT KEY COUNT PREFIX
 *
 * tokens: writes a value through the nodes of one deployment and reads it at once through those of
 * another, first as it comes and then with the version of the write, COUNT times. Prints one JSON
 * object: how often each read saw the write, or what was there before, or was behind.
 * writes: writes COUNT values that must not be there yet, and reads each of them through the same
 * client; prints "ok NAME VERSION" or "CODE NAME" for each as it comes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coffer/client.h"

static coffer_client_error error;

static void require(int result, const char *what)
{
    if (result != 0) {
        (void)fprintf(stderr, "%s: %s (%s) %s\n", what, error.code, error.text, error.about);
        exit(1);
    }
}

static coffer_client *open_client(const char *deployment, const char *key)
{
    coffer_client *client = NULL;
    require(coffer_client_open(deployment, key, &client, &error), deployment);
    return client;
}

struct counts {
    unsigned seen;
    unsigned before;
    unsigned behind;
};

/* In: version, or NULL. */
static void count_read(coffer_client *client, const char *version, const char *expected,
                       struct counts *counts)
{
    coffer_client_value value;
    if (coffer_client_get(client, "token", version, &value, &error) == 0) {
        int is_seen =
            value.length == strlen(expected) && memcmp(value.bytes, expected, value.length) == 0;
        counts->seen += is_seen != 0;
        counts->before += is_seen == 0;
    } else if (strcmp(error.code, "VERSION_BEHIND") == 0) {
        counts->behind++;
    } else {
        counts->before += strcmp(error.code, "VALUE_NOT_FOUND") == 0;
        require(strcmp(error.code, "VALUE_NOT_FOUND") == 0 ? 0 : -1, "read");
    }
}

static int tokens(char **words)
{
    coffer_client *writer = open_client(words[0], words[2]);
    struct counts plain = {0};
    struct counts named = {0};
    coffer_client *reader = open_client(words[1], words[2]);
    for (int i = 0; i < atoi(words[3]); i++) {
        char text[16];
        char version[COFFER_CLIENT_VERSION_SIZE];
        (void)snprintf(text, sizeof text, "%d", i);
        const coffer_client_put_request put = {
            .key = "token", .value = text, .length = strlen(text)};
        require(coffer_client_put(writer, &put, version, &error), "write");
        count_read(reader, NULL, text, &plain);
        count_read(reader, version, text, &named);
    }
    coffer_client_close(&reader);
    coffer_client_close(&writer);
    (void)printf("{\"plain\": [%u, %u, %u], \"named\": [%u, %u, %u]}\n", plain.seen, plain.before,
                 plain.behind, named.seen, named.before, named.behind);
    return 0;
}

static int writes(char **words)
{
    coffer_client *client = open_client(words[0], words[1]);
    for (int i = 0; i < atoi(words[2]); i++) {
        char name[64];
        char version[COFFER_CLIENT_VERSION_SIZE];
        coffer_client_value value;
        (void)snprintf(name, sizeof name, "%s%d", words[3], i);
        const coffer_client_put_request put = {
            .key = name, .value = name, .length = strlen(name), .if_absent = 1};
        if (coffer_client_put(client, &put, version, &error) != 0) {
            (void)printf("%s %s\n", error.code, name);
        } else if (coffer_client_get(client, name, NULL, &value, &error) != 0) {
            (void)printf("%s %s read\n", error.code, name);
        } else {
            (void)printf("%s %s %s\n", strcmp(version, value.version) == 0 ? "ok" : "twice", name,
                         version);
        }
        (void)fflush(stdout);
    }
    coffer_client_close(&client);
    return 0;
}

int main(int count, char **words)
{
    if (count == 6 && strcmp(words[1], "tokens") == 0) {
        return tokens(words + 2);
    }
    if (count == 6 && strcmp(words[1], "writes") == 0) {
        return writes(words + 2);
    }
    (void)fprintf(stderr, "usage: session tokens WRITE READ KEY COUNT\n"
                          "       session writes DEPLOYMENT KEY COUNT PREFIX\n");
    return 2;
}
