#include "pipeline/kms_form.h"

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
    [STATUS_CLASS_MISDIRECTED] = "misdirected_request",
    [STATUS_CLASS_RATE] = "rate_limited",
    [STATUS_CLASS_HEADERS] = "headers_too_large",
    [STATUS_CLASS_INTERNAL] = "internal_error",
    [STATUS_CLASS_UNSUPPORTED] = "not_implemented",
    [STATUS_CLASS_GATEWAY] = "bad_gateway",
    [STATUS_CLASS_UNAVAILABLE] = "service_unavailable",
    [STATUS_CLASS_VERSION] = "version_not_supported",
};

#define MISSING                                                             \
    ("Missing PoP authentication. Provide X-App-Signature / X-App-Nonce / " \
     "X-App-Timestamp headers.")
#define NONCE "App PoP authentication failed: Invalid or expired nonce"

static const char *const details[STATUS_CODES] = {
    [STATUS_NOT_FOUND] = "Not Found",
    [STATUS_METHOD_NOT_ALLOWED] = "Method Not Allowed",
    [STATUS_BODY_TOO_LARGE] = "Request body too large (>2097152 bytes)",
    [STATUS_RATE_LIMITED] = "Rate limit exceeded. Try again later.",
    [STATUS_UNAUTHENTICATED] = MISSING,
    [STATUS_UNAVAILABLE] = "Master secret not initialized",
    [STATUS_ROOT_CONFLICT] = "synced master secret hash mismatch",
    [STATUS_ROOT_MISMATCH] = "synced master secret hash mismatch",
    [STATUS_ROOT_UNPUBLISHED] = "awaiting on-chain master secret hash",
    [STATUS_POP_MISSING] = MISSING,
    [STATUS_POP_MALFORMED] = "App PoP authentication failed: Invalid app signature",
    [STATUS_POP_SIGNATURE] = "App PoP authentication failed: Invalid app signature",
    [STATUS_POP_STALE] = "App PoP authentication failed: Stale timestamp",
    [STATUS_POP_WALLET] = ("App PoP authentication failed: App wallet header does not match "
                           "signature"),
    [STATUS_NONCE_INVALID] = NONCE,
    [STATUS_NONCE_SPENT] = NONCE,
    [STATUS_INSTANCE_NOT_FOUND] = "Instance not found",
    [STATUS_INSTANCE_NOT_ACTIVE] = "Instance not active: it is not ACTIVE on registry",
    [STATUS_REGISTRY_CHANGING] = ("Instance is not ACTIVE on registry yet at a block that is deep "
                                  "enough"),
    [STATUS_INSTANCE_NOT_VERIFIED] = "Instance not zkVerified",
    [STATUS_APP_NOT_FOUND] = "App lookup failed",
    [STATUS_APP_NOT_ACTIVE] = "App not active",
    [STATUS_VERSION_NOT_FOUND] = "Version lookup failed",
    [STATUS_VERSION_NOT_ENROLLED] = "Version not enrolled",
    [STATUS_ENVELOPE_SENDER] = "sender_tee_pubkey does not match on-chain registration",
    [STATUS_ENVELOPE_REQUIRED] = "Request must be E2E encrypted. Plaintext fallback is disabled.",
    [STATUS_ENVELOPE_INVALID] = "Failed to decrypt request: Malformed envelope",
    [STATUS_AEAD_INVALID] = "Failed to decrypt request: Envelope decryption failed",
    [STATUS_INVALID_BASE64] = "Invalid base64 value",
    [STATUS_VALUE_NOT_FOUND] = "Key not found",
    [STATUS_VALUE_TOO_LARGE] = "Value size exceeds MAX_VALUE_SIZE (1048576)",
};

/* What peers are told otherwise. */
static const char *const peer_details[STATUS_CODES] = {
    [STATUS_UNAUTHENTICATED] = "Incomplete PoP headers",
    [STATUS_POP_MISSING] = "Incomplete PoP headers",
    [STATUS_POP_MALFORMED] = "Invalid KMS signature",
    [STATUS_POP_SIGNATURE] = "Invalid KMS signature",
    [STATUS_POP_STALE] = "Stale timestamp",
    [STATUS_POP_WALLET] = "KMS wallet header does not match signature",
    [STATUS_NONCE_INVALID] = "Invalid or expired nonce",
    [STATUS_NONCE_SPENT] = "Invalid or expired nonce",
    [STATUS_INSTANCE_NOT_FOUND] = "Peer authorization failed: Instance not found",
    [STATUS_INSTANCE_NOT_ACTIVE] = "Peer authorization failed: Instance not active",
    [STATUS_INSTANCE_NOT_VERIFIED] = "Peer authorization failed: Instance not zkVerified",
    [STATUS_INSTANCE_KEY_INVALID] = "Peer authorization failed",
    [STATUS_APP_NOT_FOUND] = "Peer authorization failed: App lookup failed",
    [STATUS_APP_NOT_ACTIVE] = "Peer authorization failed: App not active",
    [STATUS_APP_RESERVED] = "Peer authorization failed",
    [STATUS_VERSION_NOT_FOUND] = "Peer authorization failed: Version lookup failed",
    [STATUS_VERSION_NOT_ENROLLED] = "Peer authorization failed: Version not enrolled",
    [STATUS_NOT_A_PEER] = "Peer authorization failed",
    [STATUS_REGISTRY_MISMATCH] = "Peer authorization failed",
    [STATUS_FORBIDDEN] = "sender_wallet does not match PoP signature",
    [STATUS_SYNC_CODE_MISSING] = "Missing HMAC signature",
    [STATUS_SYNC_CODE] = "Invalid HMAC signature",
    [STATUS_SYNC_INVALID] = "Unknown sync type",
};

unsigned kms_form_http(enum status_code code)
{
    return status_class(code) == STATUS_CLASS_UNAUTHENTICATED ? 403 : status_http(code);
}

const char *kms_form_slug(enum status_code code)
{
    return slugs[status_class(code)];
}

const char *kms_form_detail(enum status_code code, bool is_peer)
{
    return is_peer && peer_details[code] != NULL ? peer_details[code] : details[code];
}
