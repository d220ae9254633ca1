/* What writer and checker of records share. Private to audit. */
#ifndef COFFER_AUDIT_AUDIT_LANE_INTERNAL_H
#define COFFER_AUDIT_AUDIT_LANE_INTERNAL_H

enum {
    AUDIT_LANE_OUTCOMES = 3,
};

/* Names of the outcomes, by enum audit_outcome. */
extern const char *const audit_lane_outcomes[AUDIT_LANE_OUTCOMES];

#endif
