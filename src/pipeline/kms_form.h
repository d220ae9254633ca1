/* Errors as clients of the seed document for enclave apps expect them: its HTTP status, its slug
 * and, where it has one, its text.
 * Used by fail.c. Source: nova reference, sections 1.4 and 1.7. */
#ifndef COFFER_PIPELINE_KMS_FORM_H
#define COFFER_PIPELINE_KMS_FORM_H

#include <stdbool.h>

#include "base/status.h"

/* The HTTP status: that of the code, but for 403 where it is 401. */
unsigned kms_form_http(enum status_code code);

/* A word for the kind of error, such as "bad_request". */
const char *kms_form_slug(enum status_code code);

/* The seed's text for the same thing, to an app or to a peer; NULL when it has none. */
const char *kms_form_detail(enum status_code code, bool is_peer);

#endif
