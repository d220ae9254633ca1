/* Says what authenticator_check says of the proof of a passkey in each line of standard input: nine
 * fields with tabs between, rp_id, origin, P, key and credential id in hex, whether it is new (1)
 * and eligible for backup (1), counter, proof. Out: the code, and what is known of it then. For
 * tests/e2e/passkeys/browser. */
#include <stdio.h>
#include <stdlib.h>

#include "authenticators/passkey.h"
#include "codec/hex.h"

enum { FIELDS = 9, LINE = 16384, BINARY = 2048 };

static struct bytes take_field(struct bytes *line)
{
    size_t end = bytes_find(*line, '\t');
    struct bytes ret = bytes_slice(*line, 0, end);
    *line = bytes_slice(*line, end + 1, SIZE_MAX);
    return ret;
}

static struct bytes from_hex(struct bytes text, uint8_t *memory)
{
    if (text.len > 2 * (size_t)BINARY || !status_is_ok(hex_read(text, text.len / 2, memory))) {
        fputs("this is no hex\n", stderr);
        exit(1);
    }
    return (struct bytes){memory, text.len / 2};
}

static void answer(struct arena *arena, struct bytes line)
{
    static uint8_t memory[3][BINARY];
    struct bytes field[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        field[i] = take_field(&line);
    }
    const struct authenticator_rules rules = {field[0], &field[1], 1};
    struct authenticator_passkey passkey = {
        from_hex(field[4], memory[2]), bytes_equal(field[5], BYTES_LITERAL("1")),
        bytes_equal(field[6], BYTES_LITERAL("1")),
        (uint32_t)strtoul((const char *)field[7].ptr, NULL, 10)};
    const struct authenticator_claim claim = {AUTH_PASSKEY, from_hex(field[3], memory[1]), field[8],
                                              &passkey};
    arena_reset(arena);
    struct bytes proof_of = from_hex(field[2], memory[0]);
    const struct authenticator_said said = {.proof_of = proof_of.ptr};
    struct status status = authenticator_check(arena, &said, &rules, &claim);
    printf("%s %d %u\n", status_name(status.code), passkey.is_backup_eligible, passkey.counter);
    fflush(stdout);
}

int main(void)
{
    static char line[LINE];
    struct arena arena;
    if (!status_is_ok(arena_init(&arena, 1u << 20))) {
        return 1;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct bytes all = bytes_of(line);
        answer(&arena, bytes_slice(all, 0, bytes_find(all, '\n')));
    }
    arena_deinit(&arena);
    return 0;
}
