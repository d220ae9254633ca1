/* Vector files for unit tests: a JSON file from tests/vectors, parsed, with short accessors that
 * fail the test when a member is missing or of another kind. */
#ifndef COFFER_TESTS_SUPPORT_VECTOR_FILE_H
#define COFFER_TESTS_SUPPORT_VECTOR_FILE_H

#include "codec/json_in.h"
#include "support/unit.h"

/* Parse tests/vectors/name; it stays until the next call. Tests run at the top of the tree. */
struct json_in vector_file_root(const char *name);

/* A member that must exist. */
struct json_in vector_file_member(const struct json_in *at, const char *name);

/* The number of items. */
size_t vector_file_count(const struct json_in *at);

/* A string member, as text and as the bytes that its hex stands for, with or without 0x. */
struct bytes vector_file_text(const struct json_in *at, const char *name);
struct bytes vector_file_hex(const struct json_in *at, const char *name);

/* A string member that is a hex number of up to 256 bits, with or without leading zeros. */
void vector_file_number(const struct json_in *at, const char *name, uint8_t ret[static 32]);

/* An integer member. */
uint64_t vector_file_u64(const struct json_in *at, const char *name);

#endif
