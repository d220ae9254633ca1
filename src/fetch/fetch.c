#include "fetch/fetch.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "fetch/fetch_library_internal.h"

enum { FETCH_URL_MAX = 4096, FETCH_TIMEOUT_MS_MAX = 600000 };

struct status fetch_init(struct fetch *fetch)
{
    *fetch = (struct fetch){0};
    TRY(fetch_library_start());
    fetch->curl = curl_easy_init();
    return fetch->curl == NULL ? FAIL(NO_MEMORY) : OK;
}

void fetch_deinit(struct fetch *fetch)
{
    curl_easy_cleanup(fetch->curl);
    *fetch = (struct fetch){0};
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct buf *answer = context;
    size_t len = size * count; /* size is 1, says libcurl */
    buf_put(answer, (struct bytes){(const uint8_t *)data, len});
    return answer->failed ? 0 : len;
}

static struct status status_of(CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK:
        return OK;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
        return FAIL(CONFIG_INVALID);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return FAIL(UNAVAILABLE);
    case CURLE_OPERATION_TIMEDOUT:
        return FAIL(REQUEST_TIMEOUT);
    case CURLE_OUT_OF_MEMORY:
        return FAIL(NO_MEMORY);
    default:
        return FAIL(IO);
    }
}

static void free_lines(struct curl_slist **lines)
{
    curl_slist_free_all(*lines);
}

static struct status add_line(struct curl_slist **lines, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*lines, line);
    if (longer == NULL) {
        return FAIL(NO_MEMORY);
    }
    *lines = longer;
    return OK;
}

static struct status make_lines(const struct fetch_request *request, struct curl_slist **lines)
{
    if (request->header_count > FETCH_HEADERS_MAX) {
        return FAIL(CONFIG_INVALID);
    }
    /* Without Expect a longer body is sent at once instead of a second later. */
    TRY(add_line(lines, "Expect:"));
    TRY(add_line(lines,
                 request->body.len != 0 ? "Content-Type: application/json" : "Content-Type:"));
    for (size_t i = 0; i < request->header_count; i++) {
        if (!fetch_line_valid(request->headers[i])) {
            return FAIL(CONFIG_INVALID);
        }
        TRY(add_line(lines, request->headers[i]));
    }
    return OK;
}

/* Sets what every call has. Returns the or of what libcurl refused. */
static CURLcode set_basics(CURL *curl, const struct fetch_request *request, const char *url)
{
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_URL, url);
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    if (request->place->unix_path != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request->place->unix_path);
    }
    if (request->ca_file != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
        bad |= curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    return bad;
}

/* Sets every option of a call; false when libcurl refuses one. */
static bool prepare(CURL *curl, const struct fetch_request *request, const char *url,
                    struct buf *answer)
{
    curl_easy_reset(curl);
    CURLcode bad = set_basics(curl, request, url);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (request->ret_headers != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_answer);
        bad |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, request->ret_headers);
    }
    if (request->body.len != 0) {
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)request->body.ptr);
    }
    if (request->method != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    }
    return bad == CURLE_OK;
}

static struct status make_url(const struct fetch_request *request, struct buf *url)
{
    struct bytes origin = bytes_of(request->place->origin);
    bool has_slash = origin.len != 0 && origin.ptr[origin.len - 1] == '/';
    buf_put(url, bytes_slice(origin, 0, origin.len - has_slash));
    buf_put_text(url, request->path);
    buf_put_u8(url, 0);
    if (url->failed || request->path[0] != '/' || request->timeout_ms == 0 ||
        request->timeout_ms > FETCH_TIMEOUT_MS_MAX) {
        return FAIL(CONFIG_INVALID);
    }
    return OK;
}

static bool overflowed(const struct fetch_request *request, const struct buf *answer)
{
    return answer->failed || (request->ret_headers != NULL && request->ret_headers->failed);
}

struct status fetch_call(struct fetch *fetch, const struct fetch_request *request,
                         struct buf *ret_answer, unsigned *ret_http)
{
    char url[FETCH_URL_MAX];
    struct buf text = buf_over((uint8_t *)url, sizeof url);
    __attribute__((cleanup(free_lines))) struct curl_slist *lines = NULL;
    *ret_http = 0;
    TRY(make_url(request, &text));
    TRY(make_lines(request, &lines));
    if (!prepare(fetch->curl, request, url, ret_answer) ||
        curl_easy_setopt(fetch->curl, CURLOPT_HTTPHEADER, lines) != CURLE_OK) {
        return FAIL(CONFIG_INVALID);
    }
    CURLcode code = curl_easy_perform(fetch->curl);
    if (overflowed(request, ret_answer)) {
        return FAIL(BUFFER_FULL);
    }
    TRY(status_of(code));
    long http = 0;
    if (curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &http) != CURLE_OK || http < 100 ||
        http > 599) {
        return FAIL(IO);
    }
    *ret_http = (unsigned)http;
    return OK;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct bytes trimmed(struct bytes text)
{
    while (text.len != 0 && is_space(text.ptr[0])) {
        text = bytes_slice(text, 1, text.len - 1);
    }
    while (text.len != 0 && is_space(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

struct bytes fetch_header(struct bytes lines, const char *name)
{
    struct bytes found = {NULL, 0};
    size_t len = strlen(name);
    while (lines.len != 0) {
        struct bytes line = bytes_slice(lines, 0, bytes_find(lines, '\n'));
        lines = bytes_slice(lines, line.len + 1, lines.len);
        if (line.len <= len || line.ptr[len] != ':' ||
            strncasecmp((const char *)line.ptr, name, len) != 0) {
            continue;
        }
        if (found.ptr != NULL) {
            return (struct bytes){NULL, 0};
        }
        found = trimmed(bytes_slice(line, len + 1, line.len));
    }
    return found;
}
