#include "fetch/fetch.h"

#include <curl/curl.h>
#include <stdbool.h>

enum { FETCH_URL_MAX = 4096, FETCH_TIMEOUT_MS_MAX = 600000 };

struct status fetch_init(struct fetch *fetch)
{
    *fetch = (struct fetch){0};
    /* What libcurl sets up for the process stays: it is the same for every client. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return FAIL(NO_MEMORY);
    }
    fetch->curl = curl_easy_init();
    struct curl_slist *type = curl_slist_append(NULL, "Content-Type: application/json");
    /* Without Expect a longer body is sent at once instead of a second later. */
    struct curl_slist *both = type == NULL ? NULL : curl_slist_append(type, "Expect:");
    fetch->headers = both == NULL ? type : both;
    if (fetch->curl == NULL || both == NULL) {
        fetch_deinit(fetch);
        return FAIL(NO_MEMORY);
    }
    return OK;
}

void fetch_deinit(struct fetch *fetch)
{
    curl_easy_cleanup(fetch->curl);
    curl_slist_free_all(fetch->headers);
    *fetch = (struct fetch){0};
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct buf *answer = context;
    size_t len = size * count; /* size is 1, says libcurl */
    buf_put(answer, (struct bytes){(const uint8_t *)data, len});
    return answer->failed ? 0 : len;
}

static struct status status_of(CURLcode code, const struct buf *answer)
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
    case CURLE_WRITE_ERROR:
        return answer->failed ? FAIL(BUFFER_FULL) : FAIL(IO);
    default:
        return FAIL(IO);
    }
}

/* Sets every option of a call; false when libcurl refuses one. */
static bool prepare(struct fetch *fetch, const struct fetch_request *request, const char *url,
                    struct buf *answer)
{
    CURL *curl = fetch->curl;
    curl_easy_reset(curl);
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_URL, url);
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fetch->headers);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (request->place->unix_path != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request->place->unix_path);
    }
    if (request->body.len != 0) {
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)request->body.ptr);
    }
    return bad == CURLE_OK;
}

struct status fetch_call(struct fetch *fetch, const struct fetch_request *request,
                         struct buf *ret_answer, unsigned *ret_http)
{
    *ret_http = 0;
    char url[FETCH_URL_MAX];
    struct buf text = buf_over((uint8_t *)url, sizeof url);
    buf_put_text(&text, request->place->origin);
    buf_put_text(&text, request->path);
    buf_put_u8(&text, 0);
    if (text.failed || request->path[0] != '/' || request->timeout_ms == 0 ||
        request->timeout_ms > FETCH_TIMEOUT_MS_MAX) {
        return FAIL(CONFIG_INVALID);
    }
    if (!prepare(fetch, request, url, ret_answer)) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(status_of(curl_easy_perform(fetch->curl), ret_answer));
    long http = 0;
    if (curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &http) != CURLE_OK || http < 100 ||
        http > 599) {
        return FAIL(IO);
    }
    *ret_http = (unsigned)http;
    return OK;
}
