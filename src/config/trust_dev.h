/* The trust configuration of a development node that was given none: the local tenant "default",
 * derivation v1 on an imported seed, both public chains, asserted callers. Not part of a production
 * build, which starts only with a configuration of its own. Source: formats, section 3. */
#ifndef COFFER_CONFIG_TRUST_DEV_H
#define COFFER_CONFIG_TRUST_DEV_H

#include "base/bytes.h"

/* The document, for trust_parse. */
struct bytes trust_dev_text(void);

#endif
