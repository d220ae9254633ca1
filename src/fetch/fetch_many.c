#include "fetch/fetch_many.h"

#include <curl/curl.h>
#include <string.h>

#include "base/buf.h"
#include "base/invariant.h"
#include "fetch/fetch_library_internal.h"

/* One server. */
struct place {
    CURL *curl;
    bool is_busy;
    size_t header_bytes;
    struct buf answer;
    char url[FETCH_MANY_URL_MAX];
};

struct fetch_many {
    CURLM *multi;
    struct curl_slist *headers;
    struct mem *mem;
    void *answers;
    char *ca_file;
    size_t count;
    struct place place[FETCH_MANY_MAX];
};

/* Scheme, host and port of a URL: up to the path. */
static struct bytes authority_of(const char *url)
{
    struct bytes text = bytes_of(url);
    size_t scheme = bytes_starts(text, BYTES_LITERAL("https://"))  ? 8
                    : bytes_starts(text, BYTES_LITERAL("http://")) ? 7
                                                                   : 0;
    struct bytes rest = bytes_slice(text, scheme, SIZE_MAX);
    size_t end = bytes_find(rest, '/');
    size_t query = bytes_find(rest, '?');
    return scheme == 0 ? (struct bytes){NULL, 0} : bytes_slice(rest, 0, end < query ? end : query);
}

bool fetch_many_url_valid(const char *url)
{
    struct bytes text = bytes_of(url);
    struct bytes authority = authority_of(url);
    bool valid = text.len < FETCH_MANY_URL_MAX && authority.len != 0 && authority.ptr[0] != ':' &&
                 bytes_find(authority, '@') == authority.len;
    for (size_t i = 0; i < text.len && valid; i++) {
        valid = text.ptr[i] > ' ' && text.ptr[i] <= '~' && text.ptr[i] != '#' &&
                text.ptr[i] != '\\' && text.ptr[i] != '"';
    }
    return valid;
}

bool fetch_many_url_private(const char *url)
{
    struct bytes authority = authority_of(url);
    bool is_local = bytes_equal(authority, BYTES_LITERAL("127.0.0.1")) ||
                    bytes_starts(authority, BYTES_LITERAL("127.0.0.1:")) ||
                    bytes_equal(authority, BYTES_LITERAL("[::1]")) ||
                    bytes_starts(authority, BYTES_LITERAL("[::1]:"));
    return is_local || bytes_starts(bytes_of(url), BYTES_LITERAL("https://"));
}

struct bytes fetch_many_origin(const char *url)
{
    struct bytes text = bytes_of(url);
    size_t scheme = bytes_find(text, '/') + 2;
    struct bytes rest = bytes_slice(text, scheme, SIZE_MAX);
    size_t path = bytes_find(rest, '/');
    size_t query = bytes_find(rest, '?');
    return bytes_slice(text, 0, scheme + (path < query ? path : query));
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct place *place = context;
    size_t len = size * count; /* size is 1, says libcurl */
    buf_put(&place->answer, (struct bytes){(const uint8_t *)data, len});
    return place->answer.failed ? 0 : len;
}

/* Header lines are only counted. Returns: false when there are too many. */
static bool count_header(struct place *place, struct bytes line)
{
    place->header_bytes += line.len;
    place->answer.failed |= place->header_bytes > FETCH_MANY_HEADERS;
    return !place->answer.failed;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    size_t len = size * count;
    return count_header(context, (struct bytes){(const uint8_t *)data, len}) ? len : 0;
}

/* Everything of a server that does not change; false when libcurl refuses an option. */
static bool prepare(const struct fetch_many *many, struct place *place)
{
    CURL *curl = place->curl;
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_URL, place->url);
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    bad |= curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, many->headers);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, place);
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, place);
    bad |= curl_easy_setopt(curl, CURLOPT_PRIVATE, place);
    if (many->ca_file != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, many->ca_file);
        bad |= curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    return bad == CURLE_OK;
}

static struct status open_place(struct fetch_many *many, size_t index,
                                const struct fetch_many_setup *setup)
{
    struct place *place = &many->place[index];
    const char *url = setup->urls[index];
    if (!fetch_many_url_valid(url)) {
        return FAIL(CONFIG_INVALID);
    }
    memcpy(place->url, url, bytes_of(url).len);
    place->answer =
        buf_over((uint8_t *)many->answers + index * setup->answer_max, setup->answer_max);
    place->curl = curl_easy_init();
    if (place->curl == NULL) {
        return FAIL(NO_MEMORY);
    }
    many->count = index + 1;
    return prepare(many, place) ? OK : FAIL(CONFIG_INVALID);
}

static struct status open_parts(struct fetch_many *many, const struct fetch_many_setup *setup)
{
    void *block = NULL;
    if (setup->ca_file != NULL) {
        size_t len = bytes_of(setup->ca_file).len + 1;
        TRY(mem_alloc(setup->mem, len, &block));
        many->ca_file = block;
        memcpy(block, setup->ca_file, len);
    }
    TRY(mem_alloc(setup->mem, setup->count * setup->answer_max, &many->answers));
    many->multi = curl_multi_init();
    struct curl_slist *type = curl_slist_append(NULL, "Content-Type: application/json");
    /* Without Expect a longer body is sent at once instead of a second later. */
    struct curl_slist *both = type == NULL ? NULL : curl_slist_append(type, "Expect:");
    many->headers = both == NULL ? type : both;
    if (many->multi == NULL || both == NULL) {
        return FAIL(NO_MEMORY);
    }
    for (size_t i = 0; i < setup->count; i++) {
        TRY(open_place(many, i, setup));
    }
    return OK;
}

struct status fetch_many_open(const struct fetch_many_setup *setup, struct fetch_many **ret)
{
    void *block = NULL;
    *ret = NULL;
    INVARIANT(setup->count >= 1 && setup->count <= FETCH_MANY_MAX && setup->answer_max != 0);
    TRY(fetch_library_start());
    TRY(mem_alloc(setup->mem, sizeof(struct fetch_many), &block));
    struct fetch_many *many = block;
    many->mem = setup->mem;
    struct status status = open_parts(many, setup);
    if (!status_is_ok(status)) {
        fetch_many_close(&many);
        return status;
    }
    *ret = many;
    return OK;
}

void fetch_many_close(struct fetch_many **many)
{
    struct fetch_many *one = *many;
    if (one == NULL) {
        return;
    }
    for (size_t i = 0; i < one->count; i++) {
        fetch_many_drop(one, i);
        curl_easy_cleanup(one->place[i].curl);
    }
    (void)curl_multi_cleanup(one->multi);
    curl_slist_free_all(one->headers);
    struct mem *mem = one->mem;
    void *block = one->ca_file;
    mem_free(mem, &block);
    mem_free(mem, &one->answers);
    block = one;
    mem_free(mem, &block);
    *many = NULL;
}

void fetch_many_drop(struct fetch_many *many, size_t place)
{
    INVARIANT(place < many->count);
    struct place *one = &many->place[place];
    if (one->is_busy) {
        (void)curl_multi_remove_handle(many->multi, one->curl);
        one->is_busy = false;
    }
}

struct status fetch_many_start(struct fetch_many *many, size_t place, struct bytes body,
                               uint32_t timeout_ms)
{
    INVARIANT(timeout_ms >= 1 && timeout_ms <= FETCH_MANY_TIMEOUT_MS_MAX);
    fetch_many_drop(many, place);
    struct place *one = &many->place[place];
    one->answer = buf_over(one->answer.ptr, one->answer.cap);
    one->header_bytes = 0;
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(one->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    bad |= curl_easy_setopt(one->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    bad |= curl_easy_setopt(one->curl, CURLOPT_POSTFIELDS, (const char *)body.ptr);
    if (bad != CURLE_OK || curl_multi_add_handle(many->multi, one->curl) != CURLM_OK) {
        return FAIL(NO_MEMORY);
    }
    one->is_busy = true;
    return OK;
}

static struct status status_of(CURLcode code, const struct buf *answer)
{
    switch ((int)code) {
    case CURLE_OK:
        return OK;
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

/* Take the next finished request out. Returns: false when there is none. */
static bool collect(struct fetch_many *many, struct fetch_many_answer *ret)
{
    int left = 0;
    CURLMsg *message = curl_multi_info_read(many->multi, &left);
    while (message != NULL && message->msg != CURLMSG_DONE) {
        message = curl_multi_info_read(many->multi, &left);
    }
    if (message == NULL) {
        return false;
    }
    CURL *curl = message->easy_handle;
    CURLcode code = message->data.result;
    char *private = NULL;
    long http = 0;
    long connects = 0;
    INVARIANT(curl_easy_getinfo(curl, CURLINFO_PRIVATE, &private) == CURLE_OK);
    struct place *place = (struct place *)(void *)private;
    bool known = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http) == CURLE_OK &&
                 curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects) == CURLE_OK;
    *ret = (struct fetch_many_answer){.place = (size_t)(place - many->place), .is_new = true};
    ret->status = status_of(code, &place->answer);
    if (status_is_ok(ret->status) && (!known || http < 100 || http > 599)) {
        ret->status = FAIL(IO);
    }
    if (status_is_ok(ret->status)) {
        ret->http = (unsigned)http;
        ret->is_new = connects != 0;
        ret->body = buf_bytes(&place->answer);
    }
    fetch_many_drop(many, ret->place);
    return true;
}

bool fetch_many_wait(struct fetch_many *many, uint32_t wait_ms, struct fetch_many_answer *ret)
{
    int running = 0;
    *ret = (struct fetch_many_answer){0};
    (void)curl_multi_perform(many->multi, &running);
    if (collect(many, ret)) {
        return true;
    }
    (void)curl_multi_poll(many->multi, NULL, 0, (int)(wait_ms > INT32_MAX ? INT32_MAX : wait_ms),
                          NULL);
    (void)curl_multi_perform(many->multi, &running);
    return collect(many, ret);
}

void fetch_many_wake(struct fetch_many *many)
{
    (void)curl_multi_wakeup(many->multi);
}
