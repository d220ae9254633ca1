/* Sends one request of an app again and again for some time, for tests/e2e/apps/greedy.
 *
 * usage: greedy DEPLOYMENT KEY METHOD PATH MILLISECONDS PAUSE-MS, with the body on standard input;
 * prints one JSON object: how many were done, how long the slowest of a hundred of them took, how
 * many were refused for the rate, and what else was said last. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "client/client.h"
#include "client/client_key.h"
#include "client/deployment.h"

enum { TIMES_MAX = 4096 };

static uint8_t body[LIMIT_BODY_STARKNET_SIGN];
static uint64_t times_ns[TIMES_MAX];

static void require(struct status status, const char *what)
{
    if (!status_is_ok(status)) {
        (void)fprintf(stderr, "%s: %s\n", what, status_name((enum status_code)status.code));
        exit(1);
    }
}

static struct client *open_client(const char *deployment_path, const char *key_path)
{
    static struct arena arena;
    static struct deployment deployment;
    char wrong[DEPLOYMENT_WHERE_MAX];
    char where[CLIENT_WHERE_MAX];
    struct client_identity identity;
    struct client *client = NULL;
    SECRET(client_key, key);
    require(arena_init(&arena, 16u << 20), "memory");
    require(deployment_read(deployment_path, &arena, &deployment, wrong), deployment_path);
    require(client_key_read(key_path, &arena, &key), key_path);
    require(client_key_identity(&key, &identity), key_path);
    require(client_open(&deployment, &identity, &client, where), deployment_path);
    return client;
}

/* Of a batch, as soon as an item was. */
static bool is_refused(const struct client_answer *answer)
{
    struct json_in refused;
    uint64_t count = 0;
    if (answer->doc.root == NULL) {
        return false;
    }
    struct json_in_doc doc = answer->doc;
    struct json_in root = json_in_root(&doc);
    return json_in_find(&root, "refused", &refused) &&
           !(status_is_ok(json_in_u64(&refused, 0, UINT32_MAX, &count)) && count == 0);
}

/* What the node says of a refusal, or why there is no answer. */
static void note_code(struct status status, const struct client_answer *answer, char code[64])
{
    struct json_in member;
    struct bytes text = bytes_of(status_name((enum status_code)status.code));
    if (status_is_ok(status) && answer->doc.root != NULL) {
        struct json_in_doc doc = answer->doc;
        struct json_in root = json_in_root(&doc);
        if (json_in_find(&root, "error_code", &member)) {
            (void)json_in_string(&member, &text);
        }
    }
    (void)snprintf(code, 64, "%.*s", (int)text.len, (const char *)text.ptr);
}

static int compare_times(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

/* In milliseconds, of the first so many. */
static double p99_of(unsigned count)
{
    count = count < TIMES_MAX ? count : TIMES_MAX;
    qsort(times_ns, count, sizeof times_ns[0], compare_times);
    return count == 0 ? 0 : (double)times_ns[count - 1 - count / 100] / 1e6;
}

static void send_for(struct client *client, const struct client_request *request, uint64_t ms,
                     int pause_ms)
{
    struct clock clock = clock_system();
    uint64_t end_ns = clock_monotonic_ns(&clock) + ms * 1000000;
    unsigned done = 0;
    unsigned limited = 0;
    char other[64] = "";
    uint64_t begun_ns = 0;
    while ((begun_ns = clock_monotonic_ns(&clock)) < end_ns) {
        struct client_answer answer;
        struct status status = client_call(client, request, &answer);
        if (status_is_ok(status) && answer.http == 200 && is_refused(&answer)) {
            (void)snprintf(other, sizeof other, "an item was refused");
        } else if (status_is_ok(status) && answer.http == 200) {
            times_ns[done % TIMES_MAX] = clock_monotonic_ns(&clock) - begun_ns;
            done++;
        } else if (status_is_ok(status) && answer.http == 429) {
            limited++;
        } else {
            note_code(status, &answer, other);
        }
        (void)poll(NULL, 0, pause_ms);
    }
    (void)printf("{\"done\":%u,\"p99_ms\":%.2f,\"limited\":%u,\"other\":\"%s\"}\n", done,
                 p99_of(done), limited, other);
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        return 2;
    }
    struct client *client = open_client(argv[1], argv[2]);
    struct client_request request = {.method = argv[3], .target = argv[4]};
    request.body = (struct bytes){body, fread(body, 1, sizeof body, stdin)};
    send_for(client, &request, strtoul(argv[5], NULL, 10), (int)strtol(argv[6], NULL, 10));
    client_close(&client);
    return 0;
}
