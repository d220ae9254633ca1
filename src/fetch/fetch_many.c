#include "fetch/fetch_many.h"

#include <curl/curl.h>
#include <string.h>

#include "base/buf.h"
#include "base/invariant.h"
#include "fetch/fetch_library_internal.h"
#include "net/address/socket_address.h"

/* What comes, and may become as long as max. */
struct pile {
    struct buf data; /* cap: as much as there is memory for now */
    size_t max;
    bool is_short; /* of memory */
};

/* Where one request at a time is. */
struct place {
    struct fetch_many *many;
    CURL *curl;
    struct mem *mem;
    struct curl_slist *lines;
    bool is_busy;
    bool keeps_headers;
    size_t header_bytes;
    size_t answer_max; /* of the setup */
    struct pile headers;
    struct pile answer;
    char url[FETCH_MANY_URL_MAX]; /* empty: requests name it */
};

struct fetch_many {
    CURLM *multi;
    struct mem *mem;
    char *ca_file;
    bool has_proxy;
    struct socket_address proxy;
    struct fetch_many_tls tls; /* zeros: none */
    size_t count;              /* of places that are open */
    struct place place[];
};

/* --- URLs --- */

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

/* --- what comes --- */

enum { PILE_FIRST = 4096 };

static void pile_free(struct pile *pile, struct mem *mem)
{
    void *block = pile->data.ptr;
    mem_free(mem, &block);
    *pile = (struct pile){.max = pile->max};
}

/* Room for so many more bytes, in steps that double. */
static bool pile_grow(struct pile *pile, struct mem *mem, size_t more)
{
    struct buf *data = &pile->data;
    void *block = NULL;
    if (more > pile->max - data->len) {
        data->failed = true;
        return false;
    }
    if (more <= data->cap - data->len) {
        return true;
    }
    size_t cap = 2 * data->cap > PILE_FIRST ? 2 * data->cap : PILE_FIRST;
    cap = cap < data->len + more ? data->len + more : cap;
    cap = cap > pile->max ? pile->max : cap;
    if (!status_is_ok(mem_alloc(mem, cap, &block))) {
        pile->is_short = true;
        return false;
    }
    struct buf larger = buf_over(block, cap);
    buf_put(&larger, buf_bytes(data));
    pile_free(pile, mem);
    *data = larger;
    return true;
}

static bool pile_put(struct pile *pile, struct mem *mem, struct bytes more)
{
    bool has_room = pile_grow(pile, mem, more.len);
    if (has_room) {
        buf_put(&pile->data, more);
    }
    return has_room;
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct place *place = context;
    size_t len = size * count; /* size is 1, says libcurl */
    return pile_put(&place->answer, place->mem, (struct bytes){(const uint8_t *)data, len}) ? len
                                                                                            : 0;
}

/* They are counted also where they are not kept. */
static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct place *place = context;
    size_t len = size * count;
    place->header_bytes += len;
    if (place->header_bytes > FETCH_MANY_HEADERS) {
        place->headers.data.failed = true;
        return 0;
    }
    bool is_kept = !place->keeps_headers || pile_put(&place->headers, place->mem,
                                                     (struct bytes){(const uint8_t *)data, len});
    return is_kept ? len : 0;
}

static void forget_answer(struct place *place)
{
    pile_free(&place->headers, place->mem);
    pile_free(&place->answer, place->mem);
    place->header_bytes = 0;
}

/* --- start and end --- */

/* Whatever libcurl is about to connect to, it gets a socket for the proxy, and its address. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *place)
{
    struct socket_address_system proxy;
    (void)purpose;
    socket_address_system(context, &proxy);
    /* libcurl has as much room behind addr as the largest address takes. */
    _Static_assert(sizeof proxy.of <= sizeof(struct sockaddr_storage), "it fits");
    place->family = proxy.of.local.sun_family;
    place->socktype = SOCK_STREAM;
    place->protocol = 0;
    place->addrlen = proxy.len;
    memcpy(&place->addr, &proxy.of, proxy.len);
    return socket(place->family, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static CURLcode set_proxy(struct fetch_many *many, CURL *curl)
{
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROXY, many->has_proxy ? "" : "*");
    if (!many->has_proxy) {
        bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
        return bad;
    }
    /* An address so that nothing is looked up; it is not connected to. */
    bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "http://127.0.0.1:1");
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPPROXYTUNNEL, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    bad |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &many->proxy);
    return bad;
}

static CURLcode prepare_tls(CURL *curl, void *ssl_context, void *context)
{
    struct place *place = context;
    struct fetch_many *many = place->many;
    (void)curl;
    many->tls.prepare(many->tls.context, (size_t)(place - many->place), ssl_context);
    return CURLE_OK;
}

/* A session that is resumed, or a connection that is kept, was judged at another time. */
static CURLcode set_tls(struct place *place)
{
    CURL *curl = place->curl;
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, prepare_tls);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_CTX_DATA, place);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    bad |= curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, NULL);
    bad |= curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    return bad;
}

/* Whose context it is that is prepared. Others have one too, and it is another. */
static bool is_openssl(void)
{
    const char *of = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return of != NULL && strncmp(of, "OpenSSL/3.", 10) == 0;
}

/* Everything of a place that does not change. */
static struct status prepare(struct fetch_many *many, struct place *place)
{
    CURL *curl = place->curl;
    CURLcode bad = set_proxy(many, curl);
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    bad |= curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, place);
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, place);
    bad |= curl_easy_setopt(curl, CURLOPT_PRIVATE, place);
    if (many->ca_file != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, many->ca_file);
        bad |= curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (many->tls.prepare != NULL) {
        bad |= set_tls(place);
    }
    /* An or of one code, whatever failed for want of memory. */
    return bad == CURLE_OUT_OF_MEMORY ? FAIL(NO_MEMORY)
           : bad == CURLE_OK          ? OK
                                      : FAIL(CONFIG_INVALID);
}

/* A place costs memory from its first request on. */
static struct status open_curl(struct fetch_many *many, struct place *place)
{
    if (place->curl != NULL) {
        return OK;
    }
    place->curl = curl_easy_init();
    struct status status = place->curl == NULL ? FAIL(NO_MEMORY) : prepare(many, place);
    if (!status_is_ok(status)) {
        curl_easy_cleanup(place->curl);
        place->curl = NULL;
    }
    return status;
}

static struct status open_place(struct fetch_many *many, size_t index,
                                const struct fetch_many_setup *setup)
{
    struct place *place = &many->place[index];
    const char *url = setup->urls == NULL ? "" : setup->urls[index];
    if (setup->urls != NULL && !fetch_many_url_valid(url)) {
        return FAIL(CONFIG_INVALID);
    }
    memcpy(place->url, url, bytes_of(url).len);
    place->many = many;
    place->mem = setup->mem;
    place->keeps_headers = setup->keeps_headers;
    place->headers.max = FETCH_MANY_HEADERS;
    place->answer_max = setup->answer_max;
    many->count = index + 1;
    return OK;
}

static struct status copy_text(struct mem *mem, const char *text, char **ret)
{
    void *block = NULL;
    if (text != NULL) {
        size_t len = bytes_of(text).len + 1;
        TRY(mem_alloc(mem, len, &block));
        memcpy(block, text, len);
    }
    *ret = block;
    return OK;
}

static struct status open_parts(struct fetch_many *many, const struct fetch_many_setup *setup)
{
    many->has_proxy = setup->proxy != NULL;
    if (many->has_proxy) {
        many->proxy = *setup->proxy;
    }
    if (setup->tls != NULL) {
        many->tls = *setup->tls;
    }
    if (setup->tls != NULL && !is_openssl()) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(copy_text(setup->mem, setup->ca_file, &many->ca_file));
    many->multi = curl_multi_init();
    /* Otherwise fewer are kept the fewer requests there are at a time. */
    if (many->multi == NULL ||
        curl_multi_setopt(many->multi, CURLMOPT_MAXCONNECTS, (long)setup->count) != CURLM_OK) {
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
    size_t size = sizeof(struct fetch_many) + setup->count * sizeof(struct place);
    TRY(mem_alloc(setup->mem, size, &block));
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

static void free_text(struct mem *mem, char *text)
{
    void *block = text;
    mem_free(mem, &block);
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
    struct mem *mem = one->mem;
    free_text(mem, one->ca_file);
    void *block = one;
    mem_free(mem, &block);
    *many = NULL;
}

/* --- requests --- */

/* Its answer stays. */
static void end_request(struct fetch_many *many, struct place *place)
{
    if (place->is_busy) {
        (void)curl_multi_remove_handle(many->multi, place->curl);
        place->is_busy = false;
    }
    curl_slist_free_all(place->lines);
    place->lines = NULL;
}

void fetch_many_drop(struct fetch_many *many, size_t place)
{
    INVARIANT(place < many->count);
    end_request(many, &many->place[place]);
    forget_answer(&many->place[place]);
}

static struct status add_line(struct place *place, const char *line)
{
    struct curl_slist *longer = curl_slist_append(place->lines, line);
    if (longer == NULL) {
        return FAIL(NO_MEMORY);
    }
    place->lines = longer;
    return OK;
}

static struct status make_lines(struct place *place, const struct fetch_many_request *request)
{
    INVARIANT(request->line_count <= FETCH_MANY_LINES_MAX);
    if (request->body.len != 0) {
        TRY(add_line(place, "Content-Type: application/json"));
        /* Without Expect a longer body is sent at once instead of a second later. */
        TRY(add_line(place, "Expect:"));
    }
    for (size_t i = 0; i < request->line_count; i++) {
        if (!fetch_line_valid(request->lines[i])) {
            return FAIL(CONFIG_INVALID);
        }
        TRY(add_line(place, request->lines[i]));
    }
    return OK;
}

static CURLcode set_request(struct place *place, const struct fetch_many_request *request)
{
    CURL *curl = place->curl;
    struct bytes body = request->body;
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_URL, request->url == NULL ? place->url : request->url);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, place->lines);
    bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    if (body.len == 0) {
        bad |= curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        return bad;
    }
    bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)body.ptr);
    bad |= curl_easy_setopt(curl, CURLOPT_POST, 1L);
    return bad;
}

struct status fetch_many_start(struct fetch_many *many, size_t place,
                               const struct fetch_many_request *request)
{
    INVARIANT(request->timeout_ms >= 1 && request->timeout_ms <= FETCH_MANY_TIMEOUT_MS_MAX);
    INVARIANT(request->answer_max <= many->place[place].answer_max);
    fetch_many_drop(many, place);
    struct place *one = &many->place[place];
    one->answer.max = request->answer_max != 0 ? request->answer_max : one->answer_max;
    if (request->url == NULL ? one->url[0] == '\0' : !fetch_many_url_valid(request->url)) {
        return FAIL(CONFIG_INVALID);
    }
    TRY(open_curl(many, one));
    TRY(make_lines(one, request));
    if (set_request(one, request) != CURLE_OK ||
        curl_multi_add_handle(many->multi, one->curl) != CURLM_OK) {
        return FAIL(NO_MEMORY);
    }
    one->is_busy = true;
    return OK;
}

static struct status status_of(CURLcode code, const struct place *place)
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
        if (place->answer.is_short || place->headers.is_short) {
            return FAIL(NO_MEMORY);
        }
        return place->answer.data.failed || place->headers.data.failed ? FAIL(BUFFER_FULL)
                                                                       : FAIL(IO);
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
    long tunnel = 0;
    bool known = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &http) == CURLE_OK &&
                 curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &tunnel) == CURLE_OK &&
                 curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &connects) == CURLE_OK;
    *ret = (struct fetch_many_answer){.place = (size_t)(place - many->place), .is_new = true};
    ret->status = tunnel >= 300 ? FAIL(UNAVAILABLE) : status_of(code, place);
    if (status_is_ok(ret->status) && (!known || http < 100 || http > 599)) {
        ret->status = FAIL(IO);
    }
    if (status_is_ok(ret->status)) {
        ret->http = (unsigned)http;
        ret->is_new = connects != 0;
        ret->headers = buf_bytes(&place->headers.data);
        ret->body = buf_bytes(&place->answer.data);
    }
    end_request(many, place);
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
