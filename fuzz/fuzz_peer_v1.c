/* covers: src/operations/cluster/op_sync_v1.c src/cluster/membership/beside.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fixtures/peer_v1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { TEXT_MAX = 16384 };

/* What the first byte says about the request; the rest is its text. */
enum {
    IS_PLAIN = 1,    /* the text is the body, and no envelope */
    HAS_NO_CODE = 2, /* the code of the text is missing */
    HAS_HEADER = 4,  /* the text is a code */
    NAMES_NOBODY = 8,
};

static void require(bool truth)
{
    if (!truth) {
        __builtin_trap();
    }
}

static void no_code(struct app_fixture *apps)
{
    (void)apps;
}

static bool is_visible(const char *text)
{
    while (*text > 0x20 && *text < 0x7f) {
        text++;
    }
    return *text == '\0';
}

/* An answer is sealed and signed, or a refusal with a stable code, and no fault of ours. */
static void check_answer(void)
{
    const struct answer *answer = &peer_v1->service->answer;
    struct json_in_doc doc;
    struct json_in member;
    require(answer->http_status >= 200 && answer->http_status < 600 && answer->http_status != 500);
    require((answer->http_status == 200) == peer_v1->is_signed);
    if (answer->http_status != 200) {
        require(status_is_ok(json_in_parse(&peer_v1->arena, answer->body, &doc)));
        struct json_in root = json_in_root(&doc);
        require(json_in_find(&root, "error_code", &member));
        require(json_in_find(&root, "detail", &member));
    } else {
        require(bytes_starts(peer_v1->inner, BYTES_LITERAL("{")));
    }
}

/* What a node may send with a good proof. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char text[TEXT_MAX];
    static char header[TEXT_MAX + 32];
    if (peer_v1 == NULL) {
        secret_allow_unlocked();
        peer_v1_open();
    }
    if (len < 2 || len > sizeof text || memchr(data + 1, 0, len - 1) != NULL) {
        return 0;
    }
    memcpy(text, data + 1, len - 1);
    text[len - 1] = '\0';
    struct app_ask ask = peer_v1_message(text);
    ask.is_plain = (data[0] & IS_PLAIN) != 0;
    ask.is_nameless = (data[0] & NAMES_NOBODY) != 0;
    /* A body that is no JSON has no code. */
    ask.spoil = (data[0] & (HAS_NO_CODE | IS_PLAIN)) != 0 ? no_code : peer_v1_code;
    if ((data[0] & HAS_HEADER) != 0 && len < 1024 && is_visible(text)) {
        ask.inner = "{\"type\":\"snapshot_request\"}";
        (void)snprintf(header, sizeof header, "X-Sync-Signature: %s\r\n", text);
        ask.header = header;
        ask.spoil = no_code;
    }
    peer_v1_record();
    service_fixture_clear(peer_v1->service);
    app_fixture_ask(peer_v1, &ask);
    check_answer();
    return 0;
}
