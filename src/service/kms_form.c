#include "service/kms_form.h"

#include <stddef.h>

static const char *const slugs[] = {
    [STATUS_CLASS_OK] = "ok",
    [STATUS_CLASS_INPUT] = "bad_request",
    [STATUS_CLASS_UNAUTHENTICATED] = "unauthorized",
    [STATUS_CLASS_DENIED] = "forbidden",
    [STATUS_CLASS_MISSING] = "not_found",
    [STATUS_CLASS_METHOD] = "method_not_allowed",
    [STATUS_CLASS_TIMEOUT] = "request_timeout",
    [STATUS_CLASS_CONFLICT] = "conflict",
    [STATUS_CLASS_TOO_LARGE] = "payload_too_large",
    [STATUS_CLASS_MEDIA_TYPE] = "unsupported_media_type",
    [STATUS_CLASS_RATE] = "rate_limited",
    [STATUS_CLASS_HEADERS] = "headers_too_large",
    [STATUS_CLASS_INTERNAL] = "internal_error",
    [STATUS_CLASS_UNSUPPORTED] = "not_implemented",
    [STATUS_CLASS_UNAVAILABLE] = "service_unavailable",
    [STATUS_CLASS_VERSION] = "version_not_supported",
};

static const char *const details[STATUS_CODES] = {
    [STATUS_NOT_FOUND] = "Not Found",
    [STATUS_METHOD_NOT_ALLOWED] = "Method Not Allowed",
    [STATUS_BODY_TOO_LARGE] = "Request body too large (>2097152 bytes)",
    [STATUS_RATE_LIMITED] = "Rate limit exceeded. Try again later.",
    [STATUS_UNAUTHENTICATED] = "Missing PoP authentication. Provide X-App-Signature / X-App-Nonce "
                               "/ X-App-Timestamp headers.",
    [STATUS_UNAVAILABLE] = "Master secret not initialized",
};

unsigned kms_form_http(enum status_code code)
{
    return status_class(code) == STATUS_CLASS_UNAUTHENTICATED ? 403 : status_http(code);
}

const char *kms_form_slug(enum status_code code)
{
    return slugs[status_class(code)];
}

const char *kms_form_detail(enum status_code code)
{
    return details[code];
}
