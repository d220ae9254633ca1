/* Reading JSON: one strict parse into an arena, then typed access that knows where it is.
 *
 * A document is a copy of the text and 16 bytes for each value and name, in the request's arena and
 * wiped with it. Strict: UTF-8, no duplicate keys, no names with a NUL, nothing after the document,
 * depth and number of values bounded; no recursion. Time is n log n in the length of the text at
 * worst, whatever the names are. A failed access leaves its path in the document, for the error
 * text. Used by the configuration and by everything that reads a request. Source: RFC 8259. */
#ifndef COFFER_CODEC_JSON_IN_H
#define COFFER_CODEC_JSON_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"

enum json_in_kind {
    JSON_IN_OBJECT,
    JSON_IN_ARRAY,
    JSON_IN_STRING,
    JSON_IN_INTEGER,
    JSON_IN_REAL,
    JSON_IN_BOOL,
    JSON_IN_NULL,
};

/* A parsed document. It lives as long as the arena it was parsed into. */
struct json_in_doc {
    const void *root;
    /* Path of the value that a failed access was about, such as "transaction.calldata[3]"; only
     * names that the code asked for or that are printable ASCII. Empty when there is none. */
    char where[160];
    size_t stopped; /* 1 + the bytes of a text that were read until it was no JSON; 0: none */
};

/* A place in a document. Points at its parent, which must outlive it (keep both on the stack). */
struct json_in {
    struct json_in_doc *doc;
    const struct json_in *parent;
    const void *value;
    struct bytes name; /* of an object's member; empty for an item */
    size_t index;      /* of an array's item */
};

/* Parse text, whose root must be an object or an array; text may go afterwards. Needs 4096 bytes +
 * 41 for each byte of text free in arena, never more than the text and 80 for each of
 * LIMIT_JSON_VALUES; uses the text and 16 to 40 for each value. Of several faults the first in the
 * text is reported, except that a duplicate key is found at the end of its object.
 * Returns: OK; BAD_JSON, JSON_TOO_DEEP (LIMIT_JSON_DEPTH), JSON_TOO_COMPLEX (LIMIT_JSON_VALUES),
 * JSON_DUPLICATE_KEY, JSON_NUMBER_RANGE (an integer beyond 64 bits, a real beyond a double),
 * INVALID_UTF8, NO_MEMORY. On failure: *ret is an empty document with where set to ""; the arena
 * may hold what was read until it is reset. */
struct status json_in_parse(struct arena *arena, struct bytes text, struct json_in_doc *ret);

/* After a parse that failed: note its line and column, both from 1, as the path, such as "line 2,
 * column 6"; columns are characters. In: text, as it was parsed. For files that people write. */
void json_in_note_stop(struct json_in_doc *doc, struct bytes text);

/* The root of a parsed document. */
struct json_in json_in_root(struct json_in_doc *doc);

enum json_in_kind json_in_kind(const struct json_in *at);

/* Note the path of at in its document and fail: return JSON_IN_FAIL(at, BAD_TYPE); */
#define JSON_IN_FAIL(at, code) (json_in_note(at), FAIL(code))
void json_in_note(const struct json_in *at);

/* Note the path of at when status is a failure; returns status. For results of parsers that know
 * no JSON. */
struct status json_in_about(const struct json_in *at, struct status status);

/* Require an object and that it has only members of names [count].
 * Returns: OK; BAD_TYPE; UNKNOWN_FIELD (where names the member, and the name that it differs from
 * in case and underscores only: "resourceBounds, did you mean resource_bounds"). */
struct status json_in_members(const struct json_in *at, const char *const *names, size_t count);

/* Note that at, a member, is called otherwise by us; for UNKNOWN_FIELD. */
void json_in_note_meant(const struct json_in *at, const char *name);

/* A member of an object. name is a string of ours; the place must not outlive at.
 * Returns: OK; BAD_TYPE when at is no object; MISSING_FIELD. On failure: *ret is at itself. */
struct status json_in_member(const struct json_in *at, const char *name, struct json_in *ret);

/* True when at is an object that has this member and it is not null. */
bool json_in_find_bytes(const struct json_in *at, struct bytes name, struct json_in *ret);

/* The same by a name of ours. */
static inline bool json_in_find(const struct json_in *at, const char *name, struct json_in *ret)
{
    return json_in_find_bytes(at, bytes_of(name), ret);
}

/* Members of an object in the order of the text: call with *state NULL first, until false. */
bool json_in_next(const struct json_in *at, void **state, struct json_in *ret);

/* Number of items of an array, or of members of an object. Returns: OK, BAD_TYPE. */
struct status json_in_count(const struct json_in *at, size_t *ret);

/* How much there is to be looked at in at: one for each value, itself and those inside of others
 * included, and one more for each 64 bytes of a text. Takes 2 ns for each value. */
size_t json_in_size(const struct json_in *at);

/* An item of an array; index is below the count. */
struct json_in json_in_item(const struct json_in *at, size_t index);

/* A string, which may be empty and may hold NUL. It lives as long as the document.
 * Returns: OK, BAD_TYPE. On failure: *ret is empty. */
struct status json_in_string(const struct json_in *at, struct bytes *ret);

/* An integer from min to max; 1.0, true and "1" are none.
 * Returns: OK, BAD_TYPE, NUMBER_RANGE; JSON_NUMBER_RANGE for one that json_in_is_exact refuses.
 * On failure: *ret is min. */
struct status json_in_u64(const struct json_in *at, uint64_t min, uint64_t max, uint64_t *ret);

/* Returns: OK, BAD_TYPE. On failure: *ret is false. */
struct status json_in_bool(const struct json_in *at, bool *ret);

/* False for an integer below -(2^53 - 1) or above 2^53 - 1: many programs read and write numbers as
 * doubles, so that nobody knows whether this is the one that was meant. Everything that takes a
 * number for what it says asks this. INVARIANT that at is a JSON_IN_INTEGER. */
bool json_in_is_exact(const struct json_in *at);

/* The integer of a JSON_IN_INTEGER as it stands; INVARIANT that it is one. */
int64_t json_in_integer(const struct json_in *at);

/* The number of a JSON_IN_REAL as it is written; INVARIANT that it is one. It lives as long as the
 * document, and no digit, point, sign or letter follows it there. */
struct bytes json_in_real(const struct json_in *at);

#endif
