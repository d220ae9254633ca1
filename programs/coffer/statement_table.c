#include "coffer/statement_table.h"

#define AT(field) offsetof(union statement_body, field)

_Static_assert(AT(key.key) - AT(key.scheme) == AT(service.key) - AT(service.alg) &&
                   AT(key.key) - AT(key.scheme) == AT(approver.key) - AT(approver.scheme),
               "scheme and key lie side by side everywhere");

static const struct statement_member add[] = {{"key", KIND_KEY, true, AT(key.scheme), 0},
                                              {"ticket", KIND_TICKET, false, AT(key.ticket), 0},
                                              {"label", KIND_LABEL, false, AT(key.label), 0},
                                              {"cred", KIND_BYTES, false, AT(key.cred), 0},
                                              {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member recover[] = {{"key", KIND_KEY, true, AT(key.scheme), 0},
                                                  {"label", KIND_LABEL, false, AT(key.label), 0},
                                                  {"cred", KIND_BYTES, false, AT(key.cred), 0},
                                                  {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member grant[] = {
    {"service", KIND_FIXED, true, AT(grant.service), AUTH_TEXT_ID},
    {"not_after", KIND_TIME, true, AT(grant.not_after_ms), 0},
    {"document", KIND_DOCUMENT, false, AT(grant.document), 0},
    {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member foreign[] = {
    {"chain", KIND_CHAIN, true, AT(foreign.chain), 0},
    {"address", KIND_FELT, true, AT(foreign.address), 0},
    {"class", KIND_LABEL, true, AT(foreign.class), 0},
    {"index", KIND_NUMBER, true, AT(foreign.index), 0},
    {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member lane[] = {{"chain", KIND_CHAIN, true, AT(lane.chain), 0},
                                               {"account", KIND_FELT, true, AT(lane.account), 0},
                                               {"lane", KIND_NUMBER, true, AT(lane.lane), 0},
                                               {"next", KIND_NUMBER, true, AT(lane.next), 0},
                                               {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member revoke[] = {
    {"ids", KIND_ITEMS, true, AT(revoke.ids), AUTH_TEXT_ID},
    {"since", KIND_SINCE, false, AT(revoke.since), 0},
    {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member veto[] = {
    {"of", KIND_FIXED, true, AT(veto.of), AUTH_TEXT_HASH}, {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member join[] = {
    {"heads", KIND_ITEMS, true, AT(join.heads), AUTH_TEXT_HASH}, {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member service[] = {
    {"key", KIND_KEY, true, AT(service.alg), 0},
    {"scopes", KIND_SCOPES, true, AT(service.scopes), 0},
    {"users", KIND_PEOPLE, true, AT(service.users), 0},
    {"not_after", KIND_TIME, true, AT(service.not_after_ms), 0},
    {"not_before", KIND_TIME, false, AT(service.not_before_ms), 0},
    {"document", KIND_DOCUMENT, false, AT(service.document), 0},
    {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member approver[] = {
    {"key", KIND_KEY, true, AT(approver.scheme), 0},
    {"groups", KIND_NAMES, true, AT(approver.groups), 0},
    {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member nothing[] = {{NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member version[] = {
    {"version", KIND_NUMBER, true, AT(version.version), 0},
    {"document", KIND_DOCUMENT, true, AT(version.document), 0},
    {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member freeze[] = {
    {"version", KIND_NUMBER, true, AT(freeze.version), 0}, {NULL, KIND_KEY, false, 0, 0}};
static const struct statement_member resume[] = {
    {"incarnation", KIND_FIXED, true, AT(resume.incarnation), AUTH_TEXT_ID},
    {"policies", KIND_ITEMS, false, AT(resume.policies), AUTH_TEXT_HASH},
    {"spent", KIND_TRUTH, true, AT(resume.is_spent_known), 0},
    {NULL, KIND_KEY, false, 0, 0}};

static const struct statement_member *const members[STATEMENT_OPS_COUNT] = {
    [STATEMENT_USER_ADD] = add,          [STATEMENT_USER_RECOVER] = recover,
    [STATEMENT_USER_GRANT] = grant,      [STATEMENT_FOREIGN_ADD] = foreign,
    [STATEMENT_LANE_SET] = lane,         [STATEMENT_USER_REVOKE] = revoke,
    [STATEMENT_USER_VETO] = veto,        [STATEMENT_USER_JOIN] = join,
    [STATEMENT_SERVICE_ADD] = service,   [STATEMENT_SERVICE_REVOKE] = nothing,
    [STATEMENT_APPROVER_ADD] = approver, [STATEMENT_APPROVER_REVOKE] = nothing,
    [STATEMENT_POLICY_SET] = version,    [STATEMENT_POLICY_FREEZE] = freeze,
    [STATEMENT_TENANT_SET] = version,    [STATEMENT_IDENTITY_RESUME] = resume,
};

static const char *const scope_names[STATEMENT_TABLE_SCOPES] = {
    "read", "accounts", "sign", "lanes", "enrol", "revoke", "propose", "audit"};

const struct statement_member *statement_table(enum statement_op op)
{
    return members[op];
}

const char *statement_table_scope(size_t bit)
{
    return scope_names[bit];
}
