/* Which apps have used version 2 of the wire: version 1 is not served to them any more, so that
 * nobody can make a client fall back to it. A record of the system, never evicted, that goes to
 * other nodes with all other records. Used by proof.h. Source: formats, section 5. */
#ifndef COFFER_PIPELINE_VERSIONS_H
#define COFFER_PIPELINE_VERSIONS_H

#include "base/status.h"
#include "pipeline/context/service.h"
#include "registry/registry.h"

/* Note that an app uses version 2, once; without v1_wire there is nothing to note.
 * Returns: OK; UNAVAILABLE while there is no root; what values_put returns. */
struct status versions_note(struct service *service, const uint8_t app_id[static REGISTRY_ID]);

/* Returns: OK; V1_AFTER_V2 when the app has used version 2; NOT_CURRENT while a node of a cluster
 * cannot know that. */
struct status versions_check_v1(struct service *service, const uint8_t app_id[static REGISTRY_ID]);

#endif
