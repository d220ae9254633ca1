/* What a command says: aligned lines for people, or one JSON object.
 *
 * A command calls the same functions for both. Nothing is written before out_flush. Text that came
 * from elsewhere cannot steer a terminal. */
#ifndef COFFER_PROGRAM_OUT_H
#define COFFER_PROGRAM_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "codec/json_out.h"

struct out {
    bool json;
    bool in_item;
    struct buf buf;
    struct json_out writer;
};

/* In: memory for everything that is said, of the caller. */
struct out out_over(bool json, uint8_t *memory, size_t cap);

/* Forget what was said so far. */
void out_clear(struct out *out);

/* A line for people; nothing with --json. */
void out_line(struct out *out, const char *text);

/* What was said so far, to people, at once; nothing with --json. False: it could not be written. */
bool out_now(struct out *out);

/* A member with its value. In: name in snake_case, which people see with spaces. */
void out_text(struct out *out, const char *name, struct bytes value);
void out_string(struct out *out, const char *name, const char *value);
void out_u64(struct out *out, const char *name, uint64_t value);
void out_bool(struct out *out, const char *name, bool value);

/* A list: out_list, then for each item out_finding, or out_item with members and out_item_end,
 * then out_list_end. People see the value of an item above its members; name is
 * its member in JSON, NULL for none. */
void out_list(struct out *out, const char *name);
void out_list_end(struct out *out);
void out_item(struct out *out, const char *name, const char *value);
void out_item_end(struct out *out);

/* One finding. state: one word, such as ok, warn or FAILED. hint: what to do; "" for nothing. */
void out_finding(struct out *out, const char *state, const char *name, const char *text,
                 const char *hint);

/* A member that is JSON already. */
void out_raw(struct out *out, const char *name, struct bytes json);

/* A text of many lines that is meant for another program: people get it as it stands. */
void out_whole(struct out *out, const char *name, struct bytes text);

/* End the object with the member ok and write everything to standard output.
 * False: it could not be written, or there was more than memory. */
bool out_flush(struct out *out, bool ok);

#endif
