/* Every metric of the service: kind, name, labels and help. Included by base/metrics.h only.
 *
 * Names and labels are part of the API. */
#ifndef COFFER_BASE_METRICS_TABLE_H
#define COFFER_BASE_METRICS_TABLE_H

/* X(id, kind, name, first label, second label, help). Labels are dimensions of base/metrics.h. */
/* clang-format off */
#define METRICS_TABLE(X) \
    X(REQUESTS, COUNTER, "coffer_requests_total", OPERATION, CODE, "Requests answered, by operation and error code") \
    X(REQUEST_TIME, HISTOGRAM, "coffer_request_duration_seconds", OPERATION, NONE, "From the last byte of a request to its answer") \
    X(ITEMS, COUNTER, "coffer_items_total", ITEM, CODE, "Things asked to be signed or derived, by kind and error code") \
    X(SELF_CHECKS, COUNTER, "coffer_self_checks_total", CODE, NONE, "Full verifications of signatures, by outcome") \
    X(LIMITED, COUNTER, "coffer_rate_limited_total", NONE, NONE, "Requests refused because their peer sent too many") \
    X(APP_LIMITED, COUNTER, "coffer_app_rate_limited_total", NONE, NONE, "Requests refused because their app or peer asked for too much") \
    X(APP_UNITS, COUNTER, "coffer_app_units_total", NONE, NONE, "Work that apps were charged for, in plain signatures") \
    X(USER_LIMITED, COUNTER, "coffer_user_rate_limited_total", NONE, NONE, "Requests refused because their user, service key or tenant asked for too much") \
    X(USER_UNITS, COUNTER, "coffer_user_units_total", NONE, NONE, "Work that users and service keys were charged for, in plain signatures") \
    X(TURNS, COUNTER, "coffer_turns_total", NONE, NONE, "Times that a request in work let others have their turn") \
    X(STRANGERS_LIMITED, COUNTER, "coffer_strangers_limited_total", NONE, NONE, "Refusals of unknown callers that were too many to be recorded") \
    X(IDEMPOTENT_REPLAYS, COUNTER, "coffer_idempotent_replays_total", NONE, NONE, "Answers given again for an Idempotency-Key") \
    X(AUDIT_RECORDS, COUNTER, "coffer_audit_records_total", NONE, NONE, "Audit records made durable") \
    X(AUDIT_COMMITS, COUNTER, "coffer_audit_commits_total", CODE, NONE, "Group commits of the audit trail, by outcome") \
    X(AUDIT_TIME, HISTOGRAM, "coffer_audit_commit_duration_seconds", NONE, NONE, "From handing records to the sink until they are durable")
/* clang-format on */

#endif
