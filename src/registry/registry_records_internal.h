/* From answers of the contracts to the records that the rules are about. Private to registry. */
#ifndef COFFER_REGISTRY_REGISTRY_RECORDS_INTERNAL_H
#define COFFER_REGISTRY_REGISTRY_RECORDS_INTERNAL_H

#include "base/bytes.h"
#include "base/status.h"
#include "ethereum/nova_abi.h"
#include "registry/registry_rules.h"
#include "registry/registry_view.h"

/* The calls, as reads whose endpoints, contract and block the caller adds. */
void registry_records_ask_instance(const struct eth_address *wallet, struct registry_read *ret);
void registry_records_ask_app(const uint8_t app_id[static REGISTRY_ID], struct registry_read *ret);
void registry_records_ask_version(const uint8_t app_id[static REGISTRY_ID],
                                  const uint8_t version_id[static REGISTRY_ID],
                                  struct registry_read *ret);
void registry_records_ask_instances(const uint8_t app_id[static REGISTRY_ID],
                                    struct registry_read *ret);
void registry_records_ask_root(struct registry_read *ret);
void registry_records_ask_anchor(struct registry_read *ret);
void registry_records_ask_epoch(uint32_t epoch, struct registry_read *ret);
void registry_records_ask_proposal(struct registry_read *ret);

/* Their answers. In: data, unsafe; a revert is taken for a record that is not there, of the root
 * and of the anchor for one that cannot be read. Out: the anchor has no block and no deadline.
 * Returns: OK; REGISTRY_MISMATCH when it cannot be read; NO_MEMORY, of an instance. On failure:
 * *ret is zero. */
struct status registry_records_instance(const struct registry_answer *answer,
                                        struct registry_instance *ret);
struct status registry_records_app(const struct registry_answer *answer, struct registry_app *ret);
struct status registry_records_version(const struct registry_answer *answer,
                                       struct registry_version *ret);
struct status registry_records_root(const struct registry_answer *answer,
                                    uint8_t ret[static REGISTRY_HASH]);
struct status registry_records_anchor(const struct registry_answer *answer,
                                      struct registry_anchor *ret);

/* The same of an epoch's commitment and of what is proposed; a revert is taken for none, since the
 * contracts of others have neither. */
struct status registry_records_epoch(const struct registry_answer *answer,
                                     uint8_t ret[static REGISTRY_HASH]);
struct status registry_records_proposal(const struct registry_answer *answer,
                                        struct nova_abi_proposal *ret);

/* Out: ret [max], the first of them. Returns: their number, at most max; 0 also when the answer
 * cannot be read. */
size_t registry_records_wallets(const struct registry_answer *answer, size_t max,
                                struct eth_address *ret);

#endif
