/* Bodies of statements as people write them: member=value.
 *
 * Bytes are in hex, times Unix ms or so long from now. */
#ifndef COFFER_PROGRAM_STATEMENT_MEMBERS_H
#define COFFER_PROGRAM_STATEMENT_MEMBERS_H

#include "coffer/cli.h"
#include "statements/statement_body.h"

/* Read the arguments from index first on. Out: *ret borrows from the arena and from the words.
 * Returns: CLI_DONE; otherwise it has said what is wrong, with the members that there are. */
enum cli_exit statement_members_read(struct cli *cli, enum statement_op op, size_t first,
                                     union statement_body *ret);

/* 0x or not, and so many bytes in hex. Returns: OK; INVALID_HEX. On failure: ret is zeros. */
struct status statement_members_hex(struct bytes text, size_t len, uint8_t *ret);

/* Ids of keys, one a word, as a body has them. Returns: OK; INVALID_HEX; NO_MEMORY. */
struct status statement_members_ids(struct arena *arena, const char *const *words, size_t count,
                                    struct statement_list *ret);

/* An instant: Unix ms, or a number with s, m, h or d: from now on. Returns: OK; BAD_REQUEST. */
struct status statement_members_time(struct bytes text, uint64_t *ret_ms);

/* From when on a service key acts where nothing else is said: a minute ago, since clocks differ.
 * Its life, which has a limit, counts from then. */
uint64_t statement_members_begin(void);

/* Usernames with commas between them, or all; whether they are any is seen when the body is read.
 * Returns: OK; NO_MEMORY. */
struct status statement_members_people(struct arena *arena, struct bytes text,
                                       struct statement_names *ret);

/* Names of bits of scopes, separated by commas, or their number. Returns: OK; BAD_REQUEST. */
struct status statement_members_scopes(struct bytes text, uint64_t *ret);

#endif
