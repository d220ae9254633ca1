#include "base/status.h"

#include <stddef.h>

#include "base/invariant.h"

struct row {
    const char *name;
    const char *text;
    const char *hint;
    enum status_class class;
};

static const struct row rows[STATUS_CODES] = {
#define STATUS_ROW(name, class, text, hint) \
    [STATUS_##name] = {#name, text, hint, STATUS_CLASS_##class},
    STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
};

static const uint16_t http[] = {
    [STATUS_CLASS_OK] = 200,
    [STATUS_CLASS_INPUT] = 400,
    [STATUS_CLASS_UNAUTHENTICATED] = 401,
    [STATUS_CLASS_DENIED] = 403,
    [STATUS_CLASS_MISSING] = 404,
    [STATUS_CLASS_METHOD] = 405,
    [STATUS_CLASS_TIMEOUT] = 408,
    [STATUS_CLASS_CONFLICT] = 409,
    [STATUS_CLASS_TOO_LARGE] = 413,
    [STATUS_CLASS_MEDIA_TYPE] = 415,
    [STATUS_CLASS_MISDIRECTED] = 421,
    [STATUS_CLASS_RATE] = 429,
    [STATUS_CLASS_HEADERS] = 431,
    [STATUS_CLASS_INTERNAL] = 500,
    [STATUS_CLASS_UNSUPPORTED] = 501,
    [STATUS_CLASS_GATEWAY] = 502,
    [STATUS_CLASS_UNAVAILABLE] = 503,
    [STATUS_CLASS_VERSION] = 505,
};

static const struct row *row_of(enum status_code code)
{
    INVARIANT((unsigned)code < STATUS_CODES);
    return &rows[code];
}

const char *status_name(enum status_code code)
{
    return row_of(code)->name;
}

enum status_class status_class(enum status_code code)
{
    return row_of(code)->class;
}

unsigned status_http(enum status_code code)
{
    return http[row_of(code)->class];
}

const char *status_text(enum status_code code)
{
    return row_of(code)->text;
}

const char *status_hint(enum status_code code)
{
    return row_of(code)->hint;
}
