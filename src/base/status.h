/* The one error type, and the table of all codes.
 *
 * A struct, so that it cannot be mistaken for a truth value, a count or an errno. Used by every
 * module; the pipeline turns it into an HTTP status, an error code and a text. */
#ifndef COFFER_BASE_STATUS_H
#define COFFER_BASE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status_table.h"

/* Classes decide the HTTP status and what a caller may do next. */
enum status_class {
    STATUS_CLASS_OK,
    STATUS_CLASS_INPUT,           /* 400: the request is wrong; do not repeat it unchanged */
    STATUS_CLASS_UNAUTHENTICATED, /* 401 */
    STATUS_CLASS_DENIED,          /* 403: understood and refused */
    STATUS_CLASS_MISSING,         /* 404 */
    STATUS_CLASS_METHOD,          /* 405 */
    STATUS_CLASS_TIMEOUT,         /* 408 */
    STATUS_CLASS_CONFLICT,        /* 409 */
    STATUS_CLASS_TOO_LARGE,       /* 413 */
    STATUS_CLASS_MEDIA_TYPE,      /* 415 */
    STATUS_CLASS_MISDIRECTED,     /* 421: it was for another node */
    STATUS_CLASS_RATE,            /* 429: repeat later */
    STATUS_CLASS_HEADERS,         /* 431 */
    STATUS_CLASS_INTERNAL,        /* 500: a bug or a caught fault of ours */
    STATUS_CLASS_UNSUPPORTED,     /* 501 */
    STATUS_CLASS_GATEWAY,         /* 502: somebody behind us did not answer */
    STATUS_CLASS_UNAVAILABLE,     /* 503: repeat later or elsewhere */
    STATUS_CLASS_VERSION,         /* 505 */
};

enum status_code {
#define STATUS_ENUM(name, class, text, hint) STATUS_##name,
    STATUS_TABLE(STATUS_ENUM)
#undef STATUS_ENUM
        STATUS_CODES
};

/* Clang checks on the type that no status is ignored; gcc has the attribute for functions only. */
#ifdef __clang__
#    define STATUS_MUST_USE __attribute__((warn_unused_result))
#else
#    define STATUS_MUST_USE
#endif

/* code: an enum status_code. line, file: where it was made (for the log, never for a client). */
struct STATUS_MUST_USE status {
    uint16_t code;
    uint16_t line;
    const char *file;
};

/* Success. */
#define OK ((struct status){STATUS_OK, 0, ""})

/* The only way to make a failure: return FAIL(BAD_JSON); */
#define FAIL(name) ((struct status){STATUS_##name, (uint16_t)(__LINE__ & 0xffff), __FILE_NAME__})

/* The only macro that returns: passes a failure on to the caller. */
#define TRY(call)                           \
    do {                                    \
        struct status try_status_ = (call); \
        if (!status_is_ok(try_status_)) {   \
            return try_status_;             \
        }                                   \
    } while (0)

static inline bool status_is_ok(struct status status)
{
    return status.code == STATUS_OK;
}

/* True for what says nothing of the thing that was looked at, only that this machine lacked
 * something for looking: NO_MEMORY, MEMORY_LOCK, ENTROPY. */
static inline bool status_is_shortage(struct status status)
{
    return status.code == STATUS_NO_MEMORY || status.code == STATUS_MEMORY_LOCK ||
           status.code == STATUS_ENTROPY;
}

/* What a caller makes of a failure: the verdict instead of it, unless it is a shortage. */
static inline struct status status_judged(struct status status, struct status verdict)
{
    return status_is_ok(status) || status_is_shortage(status) ? status : verdict;
}

/* The stable name that clients see as error_code, such as "BAD_JSON".
 * In: a code of the table. Returns: a string literal. */
const char *status_name(enum status_code code);

/* The class of a code. */
enum status_class status_class(enum status_code code);

/* The HTTP status of a code: 200 for STATUS_OK, otherwise 400 to 599. */
unsigned status_http(enum status_code code);

/* The public text of a code: what went wrong, without anything from the request. */
const char *status_text(enum status_code code);

/* What the caller should do next. */
const char *status_hint(enum status_code code);

#endif
