/* What a node of a cluster has besides: mail to the others, what keeps the root, who publishes its
 * hash, and its security module for hand-off. */
#include <stdio.h>
#include <string.h>

#include "cluster/v1/v1_code.h"
#include "coffer-node/setup.h"

enum { DOCUMENT_AGE_MS = 300000 }; /* of a document that answers our nonce */

/* --- mail ------------------------------------------------------------------------------------- */

/* What was not sent is told as an answer; what is beyond that ends with its deadline. */
static void send_mail(void *context, const struct membership_message *message)
{
    struct setup *setup = context;
    const struct peering_message ours = {
        .id = message->id,
        .peer = message->peer,
        .target = message->target,
        .is_v1 = strcmp(message->target, MEMBERSHIP_SYNC_V1) == 0,
        .message = message->bytes,
        .deadline_ms = message->deadline_ms,
    };
    struct status status = peering_send(setup->peering, &ours);
    if (!status_is_ok(status) && setup->unsent_count < SETUP_UNSENT_MAX) {
        setup->unsent[setup->unsent_count++] =
            (struct membership_answer){.id = message->id, .status = status};
    }
}

static bool wait_for_mail(void *context, uint64_t wait_ms, struct membership_answer *ret)
{
    struct setup *setup = context;
    struct peering_answer answer;
    if (setup->unsent_count != 0) {
        *ret = setup->unsent[--setup->unsent_count];
        return true;
    }
    if (!peering_wait(setup->peering, (uint32_t)wait_ms, &answer)) {
        return false;
    }
    *ret = (struct membership_answer){answer.id, answer.status, answer.bytes};
    if (!status_is_ok(answer.status)) {
        LOG_EVENT(&setup->log, DEBUG, "no answer of a peer", LOG_U64("http", answer.http),
                  LOG_STATUS(answer.status));
    }
    return true;
}

static void wake_mail(void *context)
{
    struct setup *setup = context;
    peering_wake(setup->peering);
}

/* The code of what is said to nodes of version 1; there is none before there is a root. */
static struct status code_of(void *context, struct arena *arena, struct bytes body,
                             struct bytes *ret_body, struct bytes *ret_code)
{
    const struct setup *setup = context;
    const struct secret32 *master = root_keyring_master(setup->roots, 0);
    size_t room = body.len + V1_CODE_GROWS;
    uint8_t *memory = arena_alloc(arena, room + 2 * SHA256_BYTES);
    *ret_body = body;
    *ret_code = (struct bytes){NULL, 0};
    if (master == NULL) {
        return OK;
    }
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct buf canonical = buf_over(memory, room);
    struct buf code = buf_over(memory + room, 2 * SHA256_BYTES);
    TRY(v1_code_put(master, body, arena, &canonical, &code));
    *ret_body = buf_bytes(&canonical);
    *ret_code = buf_bytes(&code);
    return OK;
}

static struct status open_mail(struct setup *setup)
{
    const struct trust *trust = &setup->trust;
    struct peering_setup parts = {
        .identity = setup->identity,
        .ca_file = trust->rpc_ca_file[0] != '\0' ? trust->rpc_ca_file : NULL,
        .proxy = setup_proxy(setup),
        .may_be_private = trust->profile == TRUST_DEV,
        .message_max = SYNC_MESSAGE_MAX,
        .clock = setup->clock,
        .entropy = setup->entropy,
        .mem = &setup->mem,
    };
    _Static_assert((int)SYNC_MESSAGE_MAX >= (int)ROOT_START_MESSAGE_MAX, "all messages fit");
    _Static_assert((int)SYNC_MESSAGE_MAX >= (int)V1_MESSAGE_MAX, "those of version 1 too");
    if (trust->v1_wire) {
        parts.v1 = (struct peering_v1){setup, code_of, service_envelope(trust->v1_envelope)};
    }
    memcpy(parts.domain, tenant_set_domain(setup->tenants), sizeof parts.domain);
    setup->ports.mail = (struct membership_mail){setup, send_mail, wait_for_mail, wake_mail};
    return peering_open(&parts, &setup->peering);
}

/* --- the root --------------------------------------------------------------------------------- */

static struct status read_carrier(void *context, struct root_start_found *ret)
{
    const struct setup *setup = context;
    return root_carrier_read(&setup->carrier, ret);
}

static struct status write_carrier(void *context, const struct handoff_roots *roots)
{
    const struct setup *setup = context;
    return root_carrier_write(&setup->carrier, roots);
}

static struct status publish_hash(void *context, const uint8_t hash[static ROOT_GATE_HASH])
{
    const struct setup *setup = context;
    return publisher_root_hash(&setup->publisher, hash);
}

static struct status propose_root(void *context, uint32_t epoch,
                                  const uint8_t hash[static ROOT_GATE_HASH])
{
    const struct setup *setup = context;
    return publisher_propose_epoch(&setup->publisher, epoch, hash);
}

static struct status execute_proposal(void *context, uint64_t proposal,
                                      const uint8_t hash[static ROOT_GATE_HASH])
{
    const struct setup *setup = context;
    return publisher_execute_epoch(&setup->publisher, proposal, hash);
}

static struct status sign_transaction(void *context, const struct eth_transaction *transaction,
                                      struct buf *raw)
{
    return node_identity_sign_transaction(context, transaction, raw);
}

static struct status open_writer(struct setup *setup)
{
    const char *where = "";
    const struct chain_writer_setup parts = {
        .trust = &setup->trust,
        .proxy = setup_proxy(setup),
        .wallet = {setup->identity, node_identity_facts(setup->identity)->wallet, sign_transaction},
        .limits = chain_writer_limits(&setup->config),
        .batch = (size_t)setup->config.rpc_batch,
        .clock = setup->clock,
        .entropy = setup->entropy,
        .log = &setup->log,
        .mem = &setup->mem,
    };
    struct status status = chain_writer_open(&parts, &setup->writer, &where);
    (void)snprintf(setup->about, sizeof setup->about, "rpc_endpoints: %.200s", where);
    TRY(status);
    setup->publisher = chain_writer_port(setup->writer);
    return OK;
}

/* Asked again each second while it is at it. */
static void wake_nobody(void *context)
{
    (void)context;
}

/* --- hand-off --------------------------------------------------------------------------------- */

static struct status attest(void *context, struct bytes user_data, struct bytes nonce,
                            struct buf *document)
{
    const struct setup *setup = context;
    const struct security_module_request request = {.nonce = nonce, .user_data = user_data};
    return setup->module.attest == NULL
               ? FAIL(SECURITY_MODULE)
               : security_module_attest(&setup->module, &request, document);
}

static struct status verify_live(void *context, struct bytes document,
                                 const struct handoff_expected *expected)
{
    const struct setup *setup = context;
    struct attestation_code code;
    struct document ignored;
    memcpy(code.keccak, expected->measurement, sizeof code.keccak);
    const struct attestation_expected wanted = {
        .root = setup_attestation_root(),
        .purpose = ATTESTATION_HANDOFF,
        .maker = setup->apps.attestation.maker,
        .binding = expected->binding,
        .codes = &code,
        .code_count = 1,
    };
    const struct attestation_moment moment = {clock_wall(&setup->clock), DOCUMENT_AGE_MS,
                                              expected->nonce};
    return attestation_verify_live(document, &wanted, &moment, &ignored);
}

/* --- all of it -------------------------------------------------------------------------------- */

struct status setup_cluster(struct setup *setup)
{
    if (setup->trust.write_holders == 0) {
        return OK;
    }
    (void)snprintf(setup->about, sizeof setup->about, "write_holders: a cluster");
    if (setup->identity == NULL || setup->odyn != NULL) {
        return FAIL(CONFIG_INVALID); /* Odyn attests to what it was bound to at the start only */
    }
    setup->ports.attest = (struct handoff_attest){setup, attest, verify_live};
    setup->ports.module = setup->entropy;
    setup->ports.holders = (size_t)setup->trust.write_holders;
    setup->ports.epochs = (size_t)setup->trust.root_epochs;
    setup->ports.carrier = (struct membership_carrier){
        setup, read_carrier, write_carrier, publish_hash, propose_root, execute_proposal};
    setup->apps.cluster = &setup->ports;
    setup->apps.root_source = "cluster";
    TRY(setup_snapshots(setup));
    if (setup->is_look) {
        return OK;
    }
    TRY(setup_carrier(setup));
    TRY(open_mail(setup));
    if (setup->reader != NULL) {
        TRY(open_writer(setup));
        TRY(chain_writer_start(setup->writer, (struct chain_writer_wake){NULL, wake_nobody}));
    } else {
        TRY(setup_publisher(setup));
    }
    setup->ports.snapshots.publisher = setup->publisher;
    return OK;
}

void setup_cluster_stop(struct setup *setup)
{
    if (setup->writer != NULL) {
        chain_writer_stop(setup->writer);
    }
}

void setup_cluster_close(struct setup *setup)
{
    chain_writer_close(&setup->writer);
    peering_close(&setup->peering);
    setup_snapshots_close(setup);
    setup_carrier_close(setup);
}
