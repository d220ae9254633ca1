/* What writer and checker of records share. Private to audit. */
#ifndef COFFER_AUDIT_AUDIT_LANE_INTERNAL_H
#define COFFER_AUDIT_AUDIT_LANE_INTERNAL_H

#include "audit/audit_lane.h"

enum {
    AUDIT_LANE_OUTCOMES = 4,
};

/* Names of the outcomes, by enum audit_outcome. */
extern const char *const audit_lane_outcomes[AUDIT_LANE_OUTCOMES];

/* Names of the reasons, by enum audit_dropped. */
extern const char *const audit_lane_dropped[AUDIT_DROPPED_REASONS];

#endif
