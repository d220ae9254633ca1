/* coffer cluster check: what was agreed, what the chain has, and what nodes attest to, side by
 * side. Each comparison is one finding: ok, FAILED, or open where there is nothing to compare with.
 */
#ifndef COFFER_PROGRAM_CLUSTER_CHECK_H
#define COFFER_PROGRAM_CLUSTER_CHECK_H

#include "client/contract.h"
#include "coffer/cli.h"
#include "coffer/verify_trust.h"
#include "config/trust.h"

/* What operators agreed about vetoes when they deployed the contract. */
struct cluster_check_veto {
    uint64_t delay_s;
    uint64_t threshold;
    size_t guardian_count;
    struct eth_address guardians[CONTRACT_GUARDIANS_MAX];
};

struct cluster_check {
    struct cli *cli;
    const struct deployment *deployment;
    struct directory_list list;            /* who is registered */
    const struct trust *trust;             /* of the nodes; NULL: not given */
    const struct cluster_check_veto *veto; /* likewise */
    const struct contract_facts *contract; /* NULL: not read */
    struct verify_trust verify;
    char root[65];   /* of the first node that says one; "" */
    char digest[65]; /* the same of its trust configuration */
    size_t compared;
    size_t differs;
};

/* One finding. In: about, what it is about, such as a URL, or NULL; is, what holds where is_same,
 * and otherwise; hint, of the latter. */
struct cluster_check_row {
    const char *name;
    const char *about;
    const char *same;
    const char *other;
    const char *hint;
};
void cluster_check_say(struct cluster_check *check, bool is_same,
                       const struct cluster_check_row *row);
void cluster_check_leave_open(struct cluster_check *check, const char *name, const char *text,
                              const char *hint);

/* Read what --trust and --contracts name. Returns: CLI_DONE, or what is to be returned. */
enum cli_exit cluster_check_read(struct cluster_check *check);

/* The chain against the files, and against the registered nodes. */
void cluster_check_chain(struct cluster_check *check);

/* One node, the index-th of the list, against all of them. */
void cluster_check_node(struct cluster_check *check, size_t index);

#endif
