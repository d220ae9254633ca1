#include "authenticators/eip4361.h"

#include <string.h>

#include "authenticators/authenticator_internal.h"
#include "codec/hex.h"
#include "ethereum/eip191.h"

#define EXACT_MAX ((UINT64_C(1) << 53) - 1)

_Static_assert(2 * AUTHENTICATOR_PROOF_JSON + 1024 <= EIP4361_TEXT, "every message fits");

/* Two digits at a place of a text, or 100. */
static unsigned two_digits(const uint8_t *at)
{
    bool are_digits = at[0] >= '0' && at[0] <= '9' && at[1] >= '0' && at[1] <= '9';
    return are_digits ? (unsigned)(at[0] - '0') * 10 + (unsigned)(at[1] - '0') : 100;
}

/* In: date, 1234-12-31. */
static bool is_date(const uint8_t *date)
{
    /* No day where there is no such month, up to what two_digits says of no number. */
    static const uint8_t days[101] = {[1] = 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned century = two_digits(date);
    unsigned year = two_digits(date + 2);
    unsigned month = two_digits(date + 5);
    unsigned day = two_digits(date + 8);
    if (century > 99 || year > 99 || day < 1) {
        return false;
    }
    bool is_leap = year % 4 == 0 && (year != 0 || century % 4 == 0);
    return day <= days[month] && (month != 2 || day < 29 || is_leap);
}

/* In: clock, 23:59. */
static bool is_clock(const uint8_t *clock)
{
    return two_digits(clock) < 24 && clock[2] == ':' && two_digits(clock + 3) < 60;
}

/* What may follow the seconds: .123456789, and Z or +23:59. */
static bool is_rest(struct bytes rest)
{
    size_t digits = 0;
    if (rest.len != 0 && rest.ptr[0] == '.') {
        while (digits + 1 < rest.len && rest.ptr[digits + 1] >= '0' &&
               rest.ptr[digits + 1] <= '9') {
            digits++;
        }
        if (digits == 0 || digits > 9) {
            return false;
        }
        rest = bytes_slice(rest, digits + 1, rest.len);
    }
    bool is_offset = rest.len == 6 && (rest.ptr[0] == '+' || rest.ptr[0] == '-');
    return bytes_equal(rest, BYTES_LITERAL("Z")) || (is_offset && is_clock(rest.ptr + 1));
}

static bool is_instant(struct bytes text)
{
    return text.len >= 20 && text.ptr[4] == '-' && text.ptr[7] == '-' && is_date(text.ptr) &&
           text.ptr[10] == 'T' && is_clock(text.ptr + 11) && text.ptr[16] == ':' &&
           two_digits(text.ptr + 17) < 60 && is_rest(bytes_slice(text, 19, text.len));
}

/* What is behind the scheme: all of the rest of an origin; empty when there is no scheme. */
static struct bytes domain_of(struct bytes origin)
{
    size_t scheme = bytes_find(origin, ':');
    struct bytes rest = bytes_slice(origin, scheme, origin.len);
    return bytes_starts(rest, BYTES_LITERAL("://")) ? bytes_slice(rest, 3, rest.len)
                                                    : (struct bytes){NULL, 0};
}

static struct status read_members(const struct json_in *root, struct eip4361 *ret)
{
    struct json_in chain;
    struct bytes signature;
    TRY(authenticator_proof_text(root, "origin", &ret->origin));
    TRY(authenticator_proof_text(root, "issued_at", &ret->issued_at));
    TRY(authenticator_proof_text(root, "sig", &signature));
    if (!status_is_ok(json_in_member(root, "chain_id", &chain)) ||
        !status_is_ok(json_in_u64(&chain, 1, EXACT_MAX, &ret->chain_id)) ||
        !is_instant(ret->issued_at) || !status_is_ok(eip191_read(signature, &ret->signature))) {
        return FAIL(BAD_REQUEST);
    }
    return OK;
}

struct status eip4361_read(struct arena *arena, struct bytes proof,
                           const struct authenticator_rules *rules, struct eip4361 *ret)
{
    static const char *const names[] = {"origin", "chain_id", "issued_at", "sig"};
    struct json_in_doc doc;
    TRY(authenticator_proof_open(arena, proof, names, &doc));
    struct json_in root = json_in_root(&doc);
    TRY(read_members(&root, ret));
    TRY(authenticator_origin_check(rules, ret->origin));
    return domain_of(ret->origin).len != 0 ? OK : FAIL(ORIGIN_UNLISTED);
}

struct status eip4361_put(const struct eip4361 *read, const struct eth_address *address,
                          const struct authenticator_said *said, struct buf *out)
{
    buf_put(out, domain_of(read->origin));
    buf_put_text(out, " wants you to sign in with your Ethereum account:\n");
    eth_address_put_checksum(out, address);
    buf_put_text(out, "\n\nCoffer ");
    buf_put(out, said->purpose);
    buf_put_text(out, "\n\nURI: ");
    buf_put(out, read->origin);
    buf_put_text(out, "\nVersion: 1\nChain ID: ");
    buf_put_decimal(out, read->chain_id);
    buf_put_text(out, "\nNonce: ");
    hex_put(out, (struct bytes){said->proof_of, AUTH_TEXT_HASH});
    buf_put_text(out, "\nIssued At: ");
    buf_put(out, read->issued_at);
    return buf_check(out);
}

struct status eip4361_verify(struct arena *arena, const struct authenticator_said *said,
                             const struct authenticator_rules *rules,
                             const struct authenticator_claim *claim)
{
    BUF_LOCAL uint8_t memory[EIP4361_TEXT];
    struct buf message = buf_over(memory, sizeof memory);
    struct eth_address address;
    struct eth_address signer;
    struct eip4361 read;
    memcpy(address.b, claim->key.ptr, sizeof address.b);
    TRY(eip4361_read(arena, claim->proof, rules, &read));
    TRY(eip4361_put(&read, &address, said, &message));
    TRY(eip191_recover(buf_bytes(&message), &read.signature, true, &signer));
    return eth_address_equal(&signer, &address) ? OK : FAIL(SIGNATURE_INVALID);
}
