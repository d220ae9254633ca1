#include <stdio.h>
#include <string.h>

#include "coffer-node/setup.h"
#include "digest/sha256.h"

static void about(struct setup *setup)
{
    (void)snprintf(setup->about, sizeof setup->about, "Odyn at %.64s", setup->trust.odyn_url);
}

struct status setup_odyn(struct setup *setup)
{
    if (setup->trust.identity != TRUST_ODYN) {
        return OK;
    }
    const struct odyn_keys_setup parts = {
        .url = setup->trust.odyn_url,
        .callers = (size_t)setup->config.odyn_threads + 1, /* and what signs at the start */
        .clock = clock_system(),
        .entropy = setup->entropy,
        .log = &setup->log,
        .mem = &setup->mem,
    };
    about(setup);
    TRY(odyn_keys_open(&parts, &setup->odyn));
    setup->entropy = odyn_keys_entropy(setup->odyn);
    return odyn_keys_start(setup->odyn);
}

/* What an attestation binds: version, purpose, and the hash of what it is about. */
static struct status binding_of(const struct setup *setup, struct buf *out)
{
    uint8_t memory[POP_TEXT_MAX];
    struct buf text = buf_over(memory, sizeof memory);
    uint8_t hash[SHA256_BYTES];
    struct sha256 sha;
    TRY(node_identity_key_text(setup->identity, tenant_set_domain(setup->tenants), &text));
    sha256_init(&sha);
    sha256_update(&sha, buf_bytes(&text));
    sha256_final(&sha, hash);
    buf_put_u8(out, 0x01);
    buf_put_u8(out, 0x01);
    buf_put(out, BYTES_ARRAY(hash));
    return buf_check(out);
}

struct status setup_odyn_identity(struct setup *setup)
{
    const struct node_identity_remote remote = odyn_keys_port(setup->odyn);
    uint8_t memory[2 + SHA256_BYTES];
    struct buf binding = buf_over(memory, sizeof memory);
    struct bytes document;
    about(setup);
    TRY(node_identity_open_remote(&remote, &setup->entropy, &setup->identity));
    TRY(binding_of(setup, &binding));
    TRY(odyn_keys_attest(setup->odyn, &setup->arena, buf_bytes(&binding), &document));
    struct status status = mem_alloc(&setup->mem, document.len, &setup->attestation);
    if (status_is_ok(status)) {
        memcpy(setup->attestation, document.ptr, document.len);
        setup->attestation_len = document.len;
    }
    arena_reset(&setup->arena);
    return status;
}

void setup_odyn_close(struct setup *setup)
{
    mem_free(&setup->mem, &setup->attestation);
    odyn_keys_close(&setup->odyn);
}
