#include "fixtures/unit.h"
#include "net/http1.h"

static struct http1_head head;
static const struct bytes no_date = {NULL, 0};

static struct status parse(struct bytes data)
{
    struct http1_progress progress = {0};
    return http1_read(&progress, data, &head);
}

#define GET "GET / HTTP/1.1\r\n"

struct refusal {
    const char *text;
    enum status_code code;
};

static void refuses(const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct status status = parse(bytes_of(rows[i].text));
        if (status.code != rows[i].code || head.len != 0 || head.headers_count != 0) {
            print_error("row %zu: %s\n", i, rows[i].text);
        }
        assert_string_equal(status_name(rows[i].code), status_name(status.code));
        assert_int_equal(head.len, 0);
        assert_int_equal(head.headers_count, 0);
    }
}

#define REFUSES(rows) refuses(rows, sizeof(rows) / sizeof((rows)[0]))

static void malformed_request_lines_are_refused(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"\r\n" GET "Host: a\r\n\r\n", STATUS_BAD_HTTP},
        {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET / HTTP/1.1 x\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET / HTTP/11\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET / HTTP/a.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GETGETGETGETGETGETGETGETGETGETGET / HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"\x16\x03\x01\x02", STATUS_BAD_HTTP},
        {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", STATUS_HTTP_VERSION},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", STATUS_HTTP_VERSION},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", STATUS_HTTP_VERSION},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", STATUS_HTTP_VERSION},
    };
    REFUSES(rows);
}

static void targets_are_in_origin_form(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET x HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /\"a\" HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /{a} HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /% HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /%4g HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /%g4 HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"GET /?q=%zz HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
    };
    REFUSES(rows);
}

static void malformed_headers_are_refused(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {GET "\r\n", STATUS_BAD_HTTP},
        {GET "Host:\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: \r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nhOST: b\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a, b\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: u@a\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a/b\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host : a\r\n\r\n", STATUS_BAD_HTTP},
        {GET " Host: a\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX: 1\r\n 2\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX: 1\r\n\t2\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX:\t1\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX: \x01\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX: \x7f\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX: long enough for a word \x1f and more of it\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX: long enough for a word \x7f and more of it\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\n: x\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX y: x\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nX\xc3: x\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\nX: y\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\rX: y\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\n\rX", STATUS_BAD_HTTP},
        {"GET / HTTP/1.1\nHost: a\n\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nExpect: 200-ok\r\n\r\n", STATUS_BAD_HTTP},
        {GET "Host: a\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n", STATUS_BAD_HTTP},
    };
    REFUSES(rows);
    assert_status(BAD_HTTP, parse(BYTES_LITERAL(GET "Host: a\0\r\n\r\n")));
    assert_status(BAD_HTTP, parse(BYTES_LITERAL("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n")));
}

#define POST "POST / HTTP/1.1\r\nHost: a\r\n"

static void framing_has_one_rule(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 2, 2\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: +2\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: -2\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 2 \r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 0x2\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 2.0\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 02\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 00\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length:\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: \r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length : 2\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 2\x0b\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 18446744073709551618\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 1000000000000000000\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}", STATUS_BAD_HTTP},
        {POST "Transfer-Encoding: a\r\nTransfer-Encoding: b\r\n\r\n", STATUS_BAD_HTTP},
        {POST "Transfer-Encoding : chunked\r\n\r\n", STATUS_BAD_HTTP},
        {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", STATUS_BAD_HTTP},
        {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", STATUS_BAD_HTTP},
        {POST "Transfer-Encoding: gzip, chunked\r\n\r\n", STATUS_TRANSFER_ENCODING},
        {POST "Transfer-Encoding: chunked, chunked\r\n\r\n", STATUS_TRANSFER_ENCODING},
        {POST "Transfer-Encoding: chunked;q=1\r\n\r\n", STATUS_TRANSFER_ENCODING},
        {POST "Transfer-Encoding: identity\r\n\r\n", STATUS_TRANSFER_ENCODING},
        {POST "transfer-ENCODING:\r\n\r\n", STATUS_TRANSFER_ENCODING},
        {POST "Transfer-Encoding: xchunked\r\n\r\n", STATUS_TRANSFER_ENCODING},
    };
    REFUSES(rows);
    assert_status(OK, parse(BYTES_LITERAL(POST "Content-Length: 0\r\n\r\n")));
    assert_true(head.len != 0 && head.content_length == 0);
    assert_status(OK, parse(BYTES_LITERAL(POST "Content-Length: 999999999999999999\r\n\r\n")));
    assert_true(head.content_length == 999999999999999999u);
    assert_status(OK, parse(BYTES_LITERAL(POST "Content-Length:   7\r\n\r\n{\"a\":1}")));
    assert_true(head.content_length == 7);
}

static void a_body_may_be_chunked(void **state)
{
    (void)state;
    assert_status(OK, parse(BYTES_LITERAL(POST "Transfer-Encoding:  Chunked \r\n\r\n")));
    assert_true(head.is_chunked && head.content_length == 0 && head.len != 0);
    assert_status(OK, parse(BYTES_LITERAL(POST "Content-Length: 0\r\n\r\n")));
    assert_false(head.is_chunked);
    assert_status(TRANSFER_ENCODING, parse(BYTES_LITERAL(POST "Transfer-Encoding: x\r\n\r\n")));
    assert_false(head.is_chunked);
}

static void the_old_version_ends_its_connection(void **state)
{
    (void)state;
    assert_status(OK, parse(BYTES_LITERAL("POST / HTTP/1.0\r\nConnection: keep-alive\r\n"
                                          "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")));
    assert_true(head.is_old && head.close && head.content_length == 2);
    assert_false(head.expect_continue);
    assert_status(OK, parse(BYTES_LITERAL("GET / HTTP/1.0\r\nHost: a\r\n\r\n")));
    assert_true(head.is_old && head.close);
    assert_status(OK, parse(BYTES_LITERAL(GET "Host: a\r\n\r\n")));
    assert_false(head.is_old || head.close);
    assert_status(BAD_HTTP, parse(BYTES_LITERAL("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n")));
}

/* Reads a chunked body whose bytes come in two parts; 7 is what the body may have at most.
 * Out: *ret_body, in memory of this function; *ret_rest, what came after it. */
static struct status unchunk(struct bytes text, size_t split, struct bytes *ret_body,
                             struct bytes *ret_rest)
{
    static uint8_t memory[256];
    struct http1_chunks chunks = {0};
    const size_t ends[] = {split, text.len};
    size_t kept = 0;
    size_t rest = 0;
    for (size_t i = 0; i < 2; i++) {
        size_t start = i == 0 ? 0 : split;
        size_t len = ends[i] - start;
        size_t body_len = 0;
        if (http1_chunks_end(&chunks)) {
            memcpy(memory + kept + rest, text.ptr + start, len);
            rest += len;
            break;
        }
        memcpy(memory + kept, text.ptr + start, len);
        TRY(http1_unchunk(&chunks, 7 - kept, memory + kept, &len, &body_len));
        kept += body_len;
        rest = len - body_len;
    }
    *ret_body = (struct bytes){memory, kept};
    *ret_rest = (struct bytes){memory + kept, rest};
    return http1_chunks_end(&chunks) ? OK : FAIL(MISSING_FIELD);
}

static void chunks_are_put_together(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *body;
        const char *rest;
    } rows[] = {
        {"0\r\n\r\n", "", ""},
        {"00000000\r\n\r\n", "", ""},
        {"3\r\nabc\r\n0\r\n\r\n", "abc", ""},
        {"1\r\na\r\n02\r\n\r\n\r\n00\r\n\r\nGET ", "a\r\n", "GET "},
        {"00000007\r\nabcdefg\r\n0\r\n\r\n\r\n", "abcdefg", "\r\n"},
        {"1\r\n0\r\n1\r\n0\r\n1\r\n0\r\n0\r\n\r\n0", "000", "0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes text = bytes_of(rows[i].text);
        for (size_t split = 0; split <= text.len; split++) {
            struct bytes body;
            struct bytes rest;
            assert_status(OK, unchunk(text, split, &body, &rest));
            assert_bytes(bytes_of(rows[i].body), body);
            assert_bytes(bytes_of(rows[i].rest), rest);
        }
    }
    struct bytes text = BYTES_LITERAL("A\r\n0123456789\r\n0\r\n\r\n");
    uint8_t memory[64];
    struct http1_chunks chunks = {0};
    size_t len = text.len;
    size_t body_len = 0;
    memcpy(memory, text.ptr, len);
    assert_status(OK, http1_unchunk(&chunks, 10, memory, &len, &body_len));
    assert_bytes(BYTES_LITERAL("0123456789"), ((struct bytes){memory, body_len}));
    assert_int_equal(10, len);
}

static void what_is_no_chunk_is_refused(void **state)
{
    (void)state;
    static const struct refusal rows[] = {
        {"\r\n", STATUS_BAD_HTTP},
        {" 1\r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"1 \r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"1;a=b\r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"1;\r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"0x1\r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"+1\r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"-1\r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"g\r\n", STATUS_BAD_HTTP},
        {"1\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"1\r\na\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"1\r\nab\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"2\r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"1\ra\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"0\n\n", STATUS_BAD_HTTP},
        {"0\r\n\n", STATUS_BAD_HTTP},
        {"0\r\nX: y\r\n\r\n", STATUS_BAD_HTTP},
        {"1\r\na\r\n\r\n", STATUS_BAD_HTTP},
        {"000000001\r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"10000000000000001\r\na\r\n0\r\n\r\n", STATUS_BAD_HTTP},
        {"8\r\nabcdefgh\r\n0\r\n\r\n", STATUS_BODY_TOO_LARGE},
        {"ffffffff\r\nabcdefgh\r\n0\r\n\r\n", STATUS_BODY_TOO_LARGE},
        {"4\r\nabcd\r\n4\r\nefgh\r\n0\r\n\r\n", STATUS_BODY_TOO_LARGE},
        {"1\r\na\r\n0\r\n\r", STATUS_MISSING_FIELD},
        {"7\r\nabc", STATUS_MISSING_FIELD},
        {"", STATUS_MISSING_FIELD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes text = bytes_of(rows[i].text);
        for (size_t split = 0; split <= text.len; split++) {
            struct bytes body;
            struct bytes rest;
            struct status status = unchunk(text, split, &body, &rest);
            assert_string_equal(status_name(rows[i].code), status_name(status.code));
        }
    }
}

static void headers_that_decide_stand_once(void **state)
{
    (void)state;
    static const char *const names[] = {
        "Content-Type",      "Origin",       "Authorization",
        "Idempotency-Key",   "X-Request-Id", "Coffer-Token",
        "Coffer-Pop-Caller", "X-App-Nonce",  "X-KMS-Wallet",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint8_t memory[256];
        struct buf text = buf_over(memory, sizeof memory);
        buf_put_text(&text, POST);
        buf_put_text(&text, names[i]);
        buf_put_text(&text, ": x\r\n");
        size_t once = text.len;
        buf_put_text(&text, "\r\n");
        assert_status(OK, parse(buf_bytes(&text)));
        text.len = once;
        buf_put_text(&text, names[i]);
        memory[once] ^= 0x20;
        buf_put_text(&text, ": x\r\n\r\n");
        assert_status(BAD_HTTP, parse(buf_bytes(&text)));
    }
    assert_status(OK, parse(BYTES_LITERAL(POST "Accept: a\r\nAccept: b\r\n\r\n")));
    assert_status(OK, parse(BYTES_LITERAL(POST "Coffer-A: a\r\nCoffer-B: b\r\n\r\n")));
}

static uint8_t large[2 * LIMIT_HTTP_HEADER_BYTES];

/* A head of exactly len bytes. */
static struct bytes head_of(size_t len)
{
    struct buf text = buf_over(large, sizeof large);
    buf_put_text(&text, POST "X: ");
    size_t filling = len - text.len - 4;
    memset(buf_reserve(&text, filling), 'x', filling);
    buf_put_text(&text, "\r\n\r\n");
    assert_status(OK, buf_check(&text));
    return buf_bytes(&text);
}

static void the_head_has_a_limit_to_the_byte(void **state)
{
    (void)state;
    assert_status(HEADERS_TOO_LARGE, parse(head_of(LIMIT_HTTP_HEADER_BYTES + 1)));
    assert_status(OK, parse(head_of(LIMIT_HTTP_HEADER_BYTES)));
    assert_int_equal(head.len, LIMIT_HTTP_HEADER_BYTES);
    /* Without its end the head is too large at the limit, not earlier. */
    struct bytes all = head_of(LIMIT_HTTP_HEADER_BYTES + 100);
    assert_status(OK, parse(bytes_slice(all, 0, LIMIT_HTTP_HEADER_BYTES - 1)));
    assert_int_equal(head.len, 0);
    assert_status(HEADERS_TOO_LARGE, parse(bytes_slice(all, 0, LIMIT_HTTP_HEADER_BYTES)));
}

static void the_number_of_headers_has_a_limit(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        struct buf text = buf_over(large, sizeof large);
        buf_put_text(&text, POST);
        for (size_t i = 1; i < LIMIT_HTTP_HEADERS + extra; i++) {
            buf_put_text(&text, "X: y\r\n");
        }
        buf_put_text(&text, "\r\n");
        if (extra == 0) {
            assert_status(OK, parse(buf_bytes(&text)));
            assert_int_equal(head.headers_count, LIMIT_HTTP_HEADERS);
        } else {
            assert_status(HEADERS_TOO_LARGE, parse(buf_bytes(&text)));
        }
    }
}

static void the_target_has_a_limit(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        struct buf text = buf_over(large, sizeof large);
        buf_put_text(&text, "GET /");
        memset(buf_reserve(&text, LIMIT_HTTP_TARGET - 1 + extra), 'a',
               LIMIT_HTTP_TARGET - 1 + extra);
        buf_put_text(&text, " HTTP/1.1\r\nHost: a\r\n\r\n");
        struct status status = parse(buf_bytes(&text));
        assert_int_equal(status.code, extra == 0 ? STATUS_OK : STATUS_HEADERS_TOO_LARGE);
    }
}

static void a_whole_request_is_read(void **state)
{
    (void)state;
    struct bytes text = BYTES_LITERAL("POST /v1/a%20b?x=1&y=%2f?z HTTP/1.1\r\n"
                                      "HOST: [::1]:4000\r\n"
                                      "Content-Type:application/json\r\n"
                                      "X-Empty:\r\n"
                                      "X-Padded:   a b  \r\n"
                                      "X-Latin: \xe9\r\n"
                                      "Connection: keep-alive , CLOSE\r\n"
                                      "Expect: 100-Continue\r\n"
                                      "content-length: 2\r\n\r\n{}GET /next");
    assert_status(OK, parse(text));
    assert_int_equal(head.len, text.len - strlen("{}GET /next"));
    assert_bytes(BYTES_LITERAL("POST"), head.method);
    assert_bytes(BYTES_LITERAL("/v1/a%20b?x=1&y=%2f?z"), head.target);
    assert_bytes(BYTES_LITERAL("/v1/a%20b"), head.path);
    assert_bytes(BYTES_LITERAL("x=1&y=%2f?z"), head.query);
    assert_true(head.content_length == 2);
    assert_true(head.close);
    assert_true(head.expect_continue);
    assert_int_equal(head.headers_count, 8);
    assert_bytes(BYTES_LITERAL("[::1]:4000"), http1_header(&head, BYTES_LITERAL("host")));
    assert_bytes(BYTES_LITERAL("application/json"),
                 http1_header(&head, BYTES_LITERAL("content-type")));
    assert_bytes(BYTES_LITERAL("a b"), http1_header(&head, BYTES_LITERAL("x-padded")));
    struct bytes empty = http1_header(&head, BYTES_LITERAL("x-empty"));
    assert_non_null(empty.ptr);
    assert_int_equal(empty.len, 0);
    assert_null(http1_header(&head, BYTES_LITERAL("x-absent")).ptr);
    assert_null(http1_header(&head, BYTES_LITERAL("hos")).ptr);
}

static void keep_alive_is_the_default_and_a_query_may_be_absent_or_empty(void **state)
{
    (void)state;
    assert_status(OK, parse(BYTES_LITERAL("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")));
    assert_false(head.close);
    assert_false(head.expect_continue);
    assert_null(head.query.ptr);
    assert_status(OK, parse(BYTES_LITERAL("GET /a? HTTP/1.1\r\nHost: a\r\n\r\n")));
    assert_non_null(head.query.ptr);
    assert_int_equal(head.query.len, 0);
    assert_status(OK, parse(BYTES_LITERAL(GET "Host: a\r\nConnection: closed\r\n\r\n")));
    assert_false(head.close);
}

static void where_the_bytes_are_split_does_not_matter(void **state)
{
    (void)state;
    struct bytes text = BYTES_LITERAL("POST /x HTTP/1.1\r\nHost: a\r\nX: 0123456789abcdef\r\n"
                                      "Content-Length: 2\r\n\r\n{}");
    size_t len = text.len - 2;
    for (size_t a = 0; a <= text.len; a++) {
        for (size_t b = a; b <= text.len; b++) {
            struct http1_progress progress = {0};
            const size_t ends[] = {a, b, text.len};
            for (size_t i = 0; i < 3; i++) {
                assert_status(OK, http1_read(&progress, bytes_slice(text, 0, ends[i]), &head));
                assert_int_equal(head.len, ends[i] >= len ? len : 0);
                if (head.len != 0) {
                    break;
                }
            }
        }
    }
}

static void decoding_is_strict_and_done_once(void **state)
{
    (void)state;
    uint8_t memory[16];
    static const char *const bad[] = {"%", "%4", "a%", "%4g", "%g4", "%00", "%1f", "%7F", "x%0a"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        buf_put_u8(&out, 'k');
        assert_status(BAD_HTTP, http1_decode(bytes_of(bad[i]), &out));
        assert_bytes(BYTES_LITERAL("k"), buf_bytes(&out));
    }
    struct buf out = buf_over(memory, sizeof memory);
    assert_status(OK, http1_decode(BYTES_LITERAL("a+%2541%2f%C3%a9"), &out));
    assert_bytes(BYTES_LITERAL("a+%41/\xc3\xa9"), buf_bytes(&out));
    struct buf small = buf_over(memory, 2);
    assert_status(BUFFER_FULL, http1_decode(BYTES_LITERAL("%61bc"), &small));
    assert_int_equal(small.len, 0);
}

static void queries_have_each_member_once(void **state)
{
    (void)state;
    struct bytes value;
    struct bytes query = BYTES_LITERAL("a=1&b=&c&dd=4=5&&A=%20");
    assert_status(OK, http1_query(query, BYTES_LITERAL("a"), &value));
    assert_bytes(BYTES_LITERAL("1"), value);
    assert_status(OK, http1_query(query, BYTES_LITERAL("A"), &value));
    assert_bytes(BYTES_LITERAL("%20"), value);
    assert_status(OK, http1_query(query, BYTES_LITERAL("b"), &value));
    assert_true(value.ptr != NULL && value.len == 0);
    assert_status(OK, http1_query(query, BYTES_LITERAL("c"), &value));
    assert_true(value.ptr != NULL && value.len == 0);
    assert_status(OK, http1_query(query, BYTES_LITERAL("dd"), &value));
    assert_bytes(BYTES_LITERAL("4=5"), value);
    assert_status(OK, http1_query(query, BYTES_LITERAL("d"), &value));
    assert_null(value.ptr);
    assert_status(BAD_REQUEST, http1_query(BYTES_LITERAL("a=1&a=1"), BYTES_LITERAL("a"), &value));
    assert_null(value.ptr);
    assert_status(OK, http1_query((struct bytes){NULL, 0}, BYTES_LITERAL("a"), &value));
    assert_null(value.ptr);
}

#define HEADER(name, value)                       \
    {                                             \
        BYTES_LITERAL(name), BYTES_LITERAL(value) \
    }

static void answers_cannot_be_split_by_a_header(void **state)
{
    (void)state;
    const struct http1_header bad[] = {
        HEADER("X", "a\r\nY: b"),
        HEADER("X", "a\nb"),
        HEADER("X", "a\0b"),
        HEADER("X", "a\tb"),
        HEADER("X", "\x7f"),
        HEADER("", "a"),
        HEADER("X y", "a"),
        HEADER("X:", "a"),
        HEADER("X\r\n", "a"),
        HEADER("X\0", "a"),
        HEADER("content-length", "1"),
        HEADER("Connection", "x"),
        HEADER("date", "x"),
        HEADER("Transfer-Encoding", "chunked"),
    };
    uint8_t memory[256];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        const struct http1_response response = {200, false, &bad[i], 1, BYTES_LITERAL("x")};
        assert_status(INTERNAL, http1_write(&response, no_date, &out));
        assert_int_equal(out.len, 0);
    }
    static const unsigned statuses[] = {0, 100, 199, 204, 205, 304, 600};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct buf out = buf_over(memory, sizeof memory);
        const struct http1_response response = {.status = statuses[i]};
        assert_status(INTERNAL, http1_write(&response, no_date, &out));
    }
    struct buf out = buf_over(memory, 20);
    const struct http1_response response = {.status = 200};
    assert_status(BUFFER_FULL, http1_write(&response, no_date, &out));
    assert_int_equal(out.len, 0);
}

static void answers_are_written(void **state)
{
    (void)state;
    uint8_t memory[256];
    struct buf out = buf_over(memory, sizeof memory);
    const struct http1_header headers[] = {HEADER("Content-Type", "application/json"),
                                           HEADER("X-Request-Id", "")};
    const struct http1_response response = {404, true, headers, 2, BYTES_LITERAL("{\"a\":1}")};
    assert_status(OK, http1_write(&response, no_date, &out));
    assert_bytes(BYTES_LITERAL("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                               "X-Request-Id: \r\nContent-Length: 7\r\nConnection: close\r\n\r\n"),
                 buf_bytes(&out));
    out.len = 0;
    assert_status(OK, http1_write(&response, BYTES_LITERAL("now"), &out));
    assert_true(
        bytes_starts(buf_bytes(&out), BYTES_LITERAL("HTTP/1.1 404 Not Found\r\nDate: now\r\n")));
    out.len = 0;
    const struct http1_response plain = {.status = 299};
    assert_status(OK, http1_write(&plain, no_date, &out));
    assert_bytes(BYTES_LITERAL("HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n"), buf_bytes(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_request_lines_are_refused),
        cmocka_unit_test(targets_are_in_origin_form),
        cmocka_unit_test(malformed_headers_are_refused),
        cmocka_unit_test(framing_has_one_rule),
        cmocka_unit_test(a_body_may_be_chunked),
        cmocka_unit_test(the_old_version_ends_its_connection),
        cmocka_unit_test(chunks_are_put_together),
        cmocka_unit_test(what_is_no_chunk_is_refused),
        cmocka_unit_test(headers_that_decide_stand_once),
        cmocka_unit_test(the_head_has_a_limit_to_the_byte),
        cmocka_unit_test(the_number_of_headers_has_a_limit),
        cmocka_unit_test(the_target_has_a_limit),
        cmocka_unit_test(a_whole_request_is_read),
        cmocka_unit_test(keep_alive_is_the_default_and_a_query_may_be_absent_or_empty),
        cmocka_unit_test(where_the_bytes_are_split_does_not_matter),
        cmocka_unit_test(decoding_is_strict_and_done_once),
        cmocka_unit_test(queries_have_each_member_once),
        cmocka_unit_test(answers_cannot_be_split_by_a_header),
        cmocka_unit_test(answers_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
