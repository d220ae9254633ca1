/* Of http1.h: answers, and requests for tunnels. */
#include "fixtures/unit.h"
#include "net/http1.h"

static struct http1_head head;
static unsigned http;

static struct status read_answer(struct bytes text)
{
    struct http1_progress progress = {0};
    return http1_read_answer(&progress, text, &head, &http);
}

static struct status read_tunnel(struct bytes text)
{
    struct http1_progress progress = {0};
    return http1_read_tunnel(&progress, text, &head);
}

#define LENGTH "Content-Length: 2\r\n\r\n"

static void what_is_no_answer_of_ours_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status_code code;
    } rows[] = {
        {"HTTP/1.0 200 OK\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/2.0 200 OK\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/1.1  200 OK\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/1.1 200\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/1.1 20 OK\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/1.1 2000 OK\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/1.1 099 OK\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/1.1 600 OK\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/1.1 2x0 OK\r\n" LENGTH, STATUS_BAD_HTTP},
        {"http/1.1 200 OK\r\n" LENGTH, STATUS_BAD_HTTP},
        {"GET / HTTP/1.1\r\nHost: a\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/1.1 200 OK\r\n\r\n", STATUS_BAD_HTTP},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" LENGTH, STATUS_BAD_HTTP},
        {"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n", STATUS_BAD_HTTP},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", STATUS_TRANSFER_ENCODING},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" LENGTH, STATUS_TRANSFER_ENCODING},
        {"HTTP/1.1 200 OK\nContent-Length: 2\n\n", STATUS_BAD_HTTP},
        {"HTTP/1.1 200 OK\r\n folded\r\n" LENGTH, STATUS_BAD_HTTP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct status status = read_answer(bytes_of(rows[i].text));
        if (status.code != rows[i].code || http != 0 || head.len != 0) {
            print_error("%zu: %s\n", i, status_name((enum status_code)status.code));
            fail();
        }
    }
}

/* Byte by byte: nothing is known before the last one of the head. */
static void an_answer_is_read(void **state)
{
    (void)state;
    const struct bytes text = BYTES_LITERAL("HTTP/1.1 503 Service Unavailable\r\nA: b\r\n" LENGTH);
    struct http1_progress progress = {0};
    for (size_t len = 0; len < text.len; len++) {
        struct bytes part = bytes_slice(text, 0, len);
        assert_status(OK, http1_read_answer(&progress, part, &head, &http));
        assert_int_equal(0, head.len);
        assert_int_equal(0, http);
    }
    assert_status(OK, http1_read_answer(&progress, text, &head, &http));
    assert_int_equal(503, http);
    assert_int_equal(text.len, head.len);
    assert_int_equal(2, head.content_length);
    assert_int_equal(2, head.headers_count);
    assert_false(head.close);
    assert_status(OK, read_answer(BYTES_LITERAL("HTTP/1.1 200 \r\nConnection: close\r\n" LENGTH)));
    assert_true(head.close);
}

static void what_we_write_is_read(void **state)
{
    (void)state;
    uint8_t memory[512];
    struct buf out = buf_over(memory, sizeof memory);
    const struct http1_header header = {BYTES_LITERAL("A"), BYTES_LITERAL("b")};
    const struct http1_response response = {404, true, &header, 1, BYTES_LITERAL("body")};
    assert_status(OK, http1_write(&response, BYTES_LITERAL("now"), &out));
    assert_status(OK, read_answer(buf_bytes(&out)));
    assert_int_equal(404, http);
    assert_int_equal(4, head.content_length);
    assert_true(head.close);
}

static void what_asks_for_no_tunnel_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status_code code;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_METHOD_NOT_ALLOWED},
        {"GET http://a:1/ HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_METHOD_NOT_ALLOWED},
        {"connect a:1 HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_METHOD_NOT_ALLOWED},
        {"CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"CONNECT http://a:1 HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"CONNECT u@a:1 HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"CONNECT a:1?x HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"CONNECT  HTTP/1.1\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"CONNECT a:1 HTTP/1.1\r\n\r\n", STATUS_BAD_HTTP},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", STATUS_BAD_HTTP},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n" LENGTH, STATUS_BAD_HTTP},
        {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", STATUS_BAD_HTTP},
        {"CONNECT a:1 HTTP/2.0\r\nHost: a\r\n\r\n", STATUS_HTTP_VERSION},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct status status = read_tunnel(bytes_of(rows[i].text));
        if (status.code != rows[i].code || head.len != 0) {
            print_error("%zu: %s\n", i, status_name((enum status_code)status.code));
            fail();
        }
    }
}

static void a_request_for_a_tunnel_is_read(void **state)
{
    (void)state;
    const struct bytes text = BYTES_LITERAL("CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\nxyz");
    assert_status(OK, read_tunnel(text));
    assert_int_equal(text.len - 3, head.len);
    assert_bytes(BYTES_LITERAL("a.example:443"), head.target);
    assert_int_equal(0, head.path.len);
    assert_status(OK, read_tunnel(BYTES_LITERAL("CONNECT [::1]:1 HTTP/1.0\r\n\r\n")));
    assert_bytes(BYTES_LITERAL("[::1]:1"), head.target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_answer_of_ours_is_refused),
        cmocka_unit_test(an_answer_is_read),
        cmocka_unit_test(what_we_write_is_read),
        cmocka_unit_test(what_asks_for_no_tunnel_is_refused),
        cmocka_unit_test(a_request_for_a_tunnel_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
