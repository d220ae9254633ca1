/* What an app's requests cost a node over HTTP: its processor time for derive, put and get, in both
 * versions of proof and envelope, with the round trip for the nonce beside them.
 *
 * Requests are made before they are sent, so that only the node works while it is measured; they go
 * over CONNECTIONS sockets, one at a time on each. Started by bench/apps, which prepares the node.
 * usage: bench_apps PID DEPLOYMENT KEY_V1 KEY_V2; prints one JSON object. */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/client_key.h"
#include "client/deployment.h"
#include "digest/sha256.h"
#include "ethereum/eip191.h"
#include "wire/envelope.h"
#include "wire/pop.h"

enum {
    CONNECTIONS = 64,
    REQUESTS = 8000, /* of one operation in one round */
    ROUNDS = 3,
    MESSAGE_MAX = 8192,
    SMALL = 256,
};

struct message {
    size_t len;
    uint8_t bytes[MESSAGE_MAX];
};

struct op {
    const char *name;
    enum envelope_version version;
    const char *method;
    const char *target;
    const char *body; /* NULL for none */
};

/* 32 bytes in base64. */
#define VALUE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

/* The first verb of target and body is the request's number. */
static const struct op ops[] = {
    {"derive", ENVELOPE_V1, "POST", "/kms/derive", "{\"path\":\"disk/%06zu\",\"length\":32}"},
    {"put", ENVELOPE_V1, "PUT", "/kms/data",
     "{\"key\":\"k%06zu\",\"value\":\"" VALUE "\",\"ttl_ms\":0}"},
    {"get", ENVELOPE_V1, "GET", "/kms/data/k%06zu", NULL},
    {"derive", ENVELOPE_V2, "POST", "/v1/app/keys", "{\"path\":\"disk/%06zu\",\"length\":32}"},
    {"put", ENVELOPE_V2, "PUT", "/v1/app/values", "{\"key\":\"k%06zu\",\"value\":\"" VALUE "\"}"},
    {"get", ENVELOPE_V2, "POST", "/v1/app/values/get", "{\"key\":\"k%06zu\"}"},
};

/* One end of what is measured. */
struct bench {
    const char *pid;
    struct deployment deployment;
    struct client_key keys[2]; /* of version 1 and 2 */
    struct envelope_keys envelopes[2];
    struct sockaddr_in address;
    int sockets[CONNECTIONS];
    struct arena arena;
    struct entropy entropy;
    struct clock clock;
};

static struct bench bench;
static struct message nonces[REQUESTS]; /* first what asks for one, then the answer's body */
static struct message requests[REQUESTS];

static void require(bool truth, const char *what)
{
    if (!truth) {
        (void)fprintf(stderr, "bench_apps: %s\n", what);
        exit(1);
    }
}

static void ok(struct status status, const char *what)
{
    if (!status_is_ok(status)) {
        (void)fprintf(stderr, "bench_apps: %s: %s\n", what, status_name(status.code));
        exit(1);
    }
}

static void *lines_of(const char *path, char *memory, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    require(fd >= 0, path);
    ssize_t got = read(fd, memory, cap - 1);
    require(got >= 0, path);
    (void)close(fd);
    memory[got] = '\0';
    return memory;
}

/* Processor time of all threads of the node. */
static uint64_t node_ns(void)
{
    char path[SMALL];
    char text[SMALL];
    uint64_t sum = 0;
    (void)snprintf(path, sizeof path, "/proc/%s/task", bench.pid);
    DIR *tasks = opendir(path);
    require(tasks != NULL, "the node is gone");
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        if (task->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "/proc/%s/task/%.20s/schedstat", bench.pid,
                           task->d_name);
            sum += strtoull(lines_of(path, text, sizeof text), NULL, 10);
        }
    }
    (void)closedir(tasks);
    return sum;
}

static void connect_all(void)
{
    for (size_t i = 0; i < CONNECTIONS; i++) {
        int one = 1;
        bench.sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        require(
            connect(bench.sockets[i], (struct sockaddr *)&bench.address, sizeof bench.address) == 0,
            "cannot connect");
        (void)setsockopt(bench.sockets[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
}

/* An answer that is whole: its body goes into message. Returns: false while more must come. */
static bool take_answer(const uint8_t *bytes, size_t len, struct message *message)
{
    struct bytes all = {bytes, len};
    const char *end = memmem(bytes, len, "\r\n\r\n", 4);
    if (end == NULL) {
        return false;
    }
    size_t head = (size_t)(end - (const char *)bytes) + 4;
    const char *length = memmem(bytes, head, "ontent-length: ", 15);
    length = length == NULL ? memmem(bytes, head, "ontent-Length: ", 15) : length;
    require(length != NULL, "an answer without a length");
    size_t body = strtoul(length + 15, NULL, 10);
    if (len < head + body) {
        return false;
    }
    if (!bytes_starts(all, BYTES_LITERAL("HTTP/1.1 200 "))) {
        (void)fprintf(stderr, "refused: %.*s\n", (int)len, (const char *)bytes);
        exit(1);
    }
    require(body <= MESSAGE_MAX, "an answer that is too long");
    memcpy(message->bytes, bytes + head, body);
    message->len = body;
    return true;
}

struct line {
    struct message *message; /* NULL: nothing is under way */
    size_t len;
    uint8_t bytes[2 * MESSAGE_MAX];
};

static void send_next(struct line *line, int socket, struct message *message)
{
    line->message = message;
    line->len = 0;
    require(send(socket, message->bytes, message->len, MSG_NOSIGNAL) == (ssize_t)message->len,
            "cannot send");
}

/* Send all messages, and put the body of each answer into its place. Returns: the node's time. */
static uint64_t pump(struct message *messages)
{
    static struct line lines[CONNECTIONS];
    struct pollfd waits[CONNECTIONS];
    size_t sent = 0;
    size_t done = 0;
    uint64_t before = node_ns();
    for (; sent < CONNECTIONS; sent++) {
        waits[sent] = (struct pollfd){.fd = bench.sockets[sent], .events = POLLIN};
        send_next(&lines[sent], bench.sockets[sent], &messages[sent]);
    }
    while (done < REQUESTS) {
        require(poll(waits, CONNECTIONS, 10000) > 0, "the node does not answer");
        for (size_t i = 0; i < CONNECTIONS; i++) {
            struct line *line = &lines[i];
            if (waits[i].revents == 0) {
                continue;
            }
            ssize_t got =
                recv(waits[i].fd, line->bytes + line->len, sizeof line->bytes - line->len, 0);
            require(got > 0 && line->message != NULL, "the node hung up");
            line->len += (size_t)got;
            if (take_answer(line->bytes, line->len, line->message)) {
                line->message = NULL;
                done++;
                if (sent < REQUESTS) {
                    send_next(line, waits[i].fd, &messages[sent++]);
                }
            }
        }
    }
    return node_ns() - before;
}

static uint64_t fetch_nonces(enum envelope_version version)
{
    const char *target = version == ENVELOPE_V1 ? "/nonce" : "/v1/nonce";
    for (size_t i = 0; i < REQUESTS; i++) {
        nonces[i].len = (size_t)snprintf((char *)nonces[i].bytes, MESSAGE_MAX,
                                         "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", target);
    }
    return pump(nonces);
}

static struct bytes text_member(const struct message *message, const char *name)
{
    struct json_in_doc doc;
    struct json_in member;
    struct bytes text;
    struct bytes json = {message->bytes, message->len};
    ok(json_in_parse(&bench.arena, json, &doc), "an answer");
    struct json_in root = json_in_root(&doc);
    ok(json_in_member(&root, name, &member), name);
    ok(json_in_string(&member, &text), name);
    return text;
}

/* What a request is made of. */
struct draft {
    const struct op *op;
    const struct client_key *key;
    struct bytes nonce;
    struct bytes body;
    char target[SMALL];
    uint8_t wallet_text[POP_WALLET_TEXT];
    struct bytes wallet; /* ours, in wallet_text */
    struct bytes node;   /* wallet, or wallet:boot_id */
    uint64_t time;
    uint8_t text[POP_TEXT_MAX]; /* what is signed */
    struct buf signed_text;
};

static void seal(struct draft *draft, const struct envelope_form *form, size_t number)
{
    char plain[SMALL];
    const struct envelope_sealer sealer = {&bench.envelopes[draft->op->version == ENVELOPE_V2],
                                           &draft->key->point, &bench.entropy};
    if (draft->op->body == NULL) {
        return;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(plain, sizeof plain, draft->op->body, number);
#pragma GCC diagnostic pop
    ok(envelope_seal(&bench.arena, &sealer, form, bytes_of(plain), &draft->body), "seal");
}

static void prove_v1(struct draft *draft, size_t number)
{
    const struct envelope_form form = {.version = ENVELOPE_V1, .way = ENVELOPE_REQUEST};
    uint8_t digits[20];
    struct buf time = buf_over(digits, sizeof digits);
    draft->time /= 1000;
    buf_put_decimal(&time, draft->time);
    seal(draft, &form, number);
    ok(pop_v1_text(POP_APP_V1, draft->nonce, draft->node, buf_bytes(&time), &draft->signed_text),
       "proof");
}

static void prove_v2(struct draft *draft, size_t number)
{
    struct envelope_form form = {.version = ENVELOPE_V2, .way = ENVELOPE_REQUEST};
    uint8_t hash[SHA256_BYTES];
    struct sha256 sha;
    struct pop_request proof = {.kind = POP_APP,
                                .method = bytes_of(draft->op->method),
                                .target = bytes_of(draft->target),
                                .domain = bench.deployment.domain,
                                .recipient = draft->node,
                                .caller = draft->wallet,
                                .nonce = draft->nonce,
                                .time_ms = draft->time};
    ok(pop_request_digest(&proof, form.digest), "digest");
    seal(draft, &form, number);
    sha256_init(&sha);
    sha256_update(&sha, draft->body);
    sha256_final(&sha, hash);
    proof.body_hash = hash;
    ok(pop_request_text(&proof, &draft->signed_text), "proof");
}

static void write_request(const struct draft *draft, struct message *ret)
{
    const struct pop_names *names =
        pop_names(draft->op->version == ENVELOPE_V1 ? POP_APP_V1 : POP_APP);
    struct k256_signature signature;
    uint8_t hex[EIP191_TEXT];
    struct buf text = buf_over(hex, sizeof hex);
    ok(eip191_sign(&draft->key->wallet, buf_bytes(&draft->signed_text), &signature), "sign");
    eip191_put(&text, &signature);
    int len = snprintf((char *)ret->bytes, MESSAGE_MAX,
                       "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s: %.*s\r\n%s: %.*s\r\n%s: %" PRIu64
                       "\r\n%s: %.*s\r\nContent-Type: application/json\r\nContent-Length: %zu"
                       "\r\n\r\n%.*s",
                       draft->op->method, draft->target, names->signature, (int)text.len,
                       (const char *)hex, names->nonce, (int)draft->nonce.len,
                       (const char *)draft->nonce.ptr, names->time, draft->time, names->caller,
                       (int)draft->wallet.len, (const char *)draft->wallet.ptr, draft->body.len,
                       (int)draft->body.len, (const char *)draft->body.ptr);
    require(len > 0 && len < MESSAGE_MAX, "a request is too long");
    ret->len = (size_t)len;
}

static void make_request(const struct op *op, size_t number, struct message *ret)
{
    const struct message *nonce = &nonces[number];
    struct draft draft = {.op = op, .key = &bench.keys[op->version == ENVELOPE_V2]};
    uint8_t node_wallet[POP_WALLET_TEXT];
    struct buf mine = buf_over(draft.wallet_text, sizeof draft.wallet_text);
    struct buf theirs = buf_over(node_wallet, sizeof node_wallet);
    arena_reset(&bench.arena);
    eth_address_put(&mine, &draft.key->address);
    eth_address_put(&theirs, &bench.deployment.nodes[0].wallet);
    draft.wallet = buf_bytes(&mine);
    draft.nonce = text_member(nonce, "nonce");
    draft.time = clock_wall(&bench.clock).hi_ms;
    draft.signed_text = buf_over(draft.text, sizeof draft.text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(draft.target, sizeof draft.target, op->target, number);
#pragma GCC diagnostic pop
    if (op->version == ENVELOPE_V1) {
        draft.node = buf_bytes(&theirs);
        prove_v1(&draft, number);
    } else {
        draft.node = text_member(nonce, "node");
        prove_v2(&draft, number);
    }
    write_request(&draft, ret);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const struct op *op, const char *separator)
{
    double nonce[ROUNDS];
    double served[ROUNDS];
    for (size_t round = 0; round < ROUNDS; round++) {
        nonce[round] = (double)fetch_nonces(op->version) / REQUESTS / 1000;
        for (size_t i = 0; i < REQUESTS; i++) {
            make_request(op, i, &requests[i]);
        }
        served[round] = (double)pump(requests) / REQUESTS / 1000;
    }
    qsort(nonce, ROUNDS, sizeof nonce[0], compare);
    qsort(served, ROUNDS, sizeof served[0], compare);
    printf("%s\"%s v%d\": {\"nonce_microseconds\": %.1f, \"microseconds\": %.1f}", separator,
           op->name, op->version == ENVELOPE_V1 ? 1 : 2, nonce[ROUNDS / 2], served[ROUNDS / 2]);
}

static void prepare(char **argv)
{
    static char text[1u << 16];
    char where[DEPLOYMENT_WHERE_MAX];
    bench.pid = argv[1];
    bench.entropy = entropy_system();
    bench.clock = clock_system();
    ok(arena_init(&bench.arena, 1u << 27), "memory");
    ok(deployment_parse(bytes_of(lines_of(argv[2], text, sizeof text)), &bench.arena,
                        &bench.deployment, where),
       "deployment");
    const char *port = strrchr(bench.deployment.nodes[0].url, ':');
    require(port != NULL, "the node's URL has no port");
    bench.address = (struct sockaddr_in){.sin_family = AF_INET,
                                         .sin_port = htons((uint16_t)strtoul(port + 1, NULL, 10)),
                                         .sin_addr = {htonl(INADDR_LOOPBACK)}};
    for (size_t i = 0; i < 2; i++) {
        ok(client_key_read(argv[3 + i], &bench.arena, &bench.keys[i]), argv[3 + i]);
        ok(envelope_keys(&bench.keys[i].tee, &bench.keys[i].point, &bench.deployment.nodes[0].point,
                         ENVELOPE_CLIENT, &bench.envelopes[i]),
           "agreement");
    }
    connect_all();
}

int main(int argc, char **argv)
{
    require(argc == 5, "usage: bench_apps PID DEPLOYMENT KEY_V1 KEY_V2");
    prepare(argv);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        measure(&ops[i], i == 0 ? "{" : ", ");
        (void)fflush(stdout);
    }
    printf("}\n");
    return 0;
}
