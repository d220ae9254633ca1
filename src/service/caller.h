/* Who is asking. A caller comes from caller_authenticate and from nowhere else: the struct is
 * known to caller.c only.
 *
 * Until users can prove who they are, the only caller is the one of a development build: any
 * program of this machine, over loopback or a unix socket. A production build has none.
 * Used by the pipeline. Source: formats, section 6. */
#ifndef COFFER_SERVICE_CALLER_H
#define COFFER_SERVICE_CALLER_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "service/work.h"

struct admitted;
struct caller;

/* In: admitted, which shows that the request was admitted.
 * Returns: OK; UNAUTHENTICATED; NO_MEMORY. On failure: *ret_caller is NULL. */
struct status caller_authenticate(struct work *work, const struct admitted *admitted,
                                  const struct caller **ret_caller);

/* What the audit trail calls the caller, and how sure it is, as enum trust_assurance. */
const char *caller_principal(const struct caller *caller);
uint8_t caller_assurance(const struct caller *caller);

#endif
