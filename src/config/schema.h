/* Documents with a table: each member of an object has a row with its type, range, default and
 * help, and every other member is an error.
 *
 * The settings of a node (config/config.h) and the trust configuration (config/trust.h) are tables
 * of this one engine; the command line lists them and says from them what a value must be. */
#ifndef COFFER_CONFIG_SCHEMA_H
#define COFFER_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/status.h"
#include "codec/json_in.h"

enum { SCHEMA_ROWS_MAX = 32 }; /* of a table */

/* What a member is, and as what it is kept. */
enum schema_type {
    SCHEMA_NUMBER,  /* uint64_t, min to max */
    SCHEMA_BOOL,    /* bool */
    SCHEMA_CHOICE,  /* an enum: min + position in choices */
    SCHEMA_TEXT,    /* char array of max + 1 */
    SCHEMA_TEXTS,   /* array of char [room], min to max of them, no two the same */
    SCHEMA_HEX,     /* 0x and exactly max bytes */
    SCHEMA_INTEGER, /* below 2^256, as a JSON integer or text; four limbs */
    SCHEMA_OBJECT,  /* has a table of its own, which its owner reads */
    SCHEMA_OBJECTS, /* array of min to max of them */
};

struct schema_table;

/* A member. What is neither required nor there has its default: number, the text, or zero. */
struct schema_row {
    const char *name;
    size_t offset; /* in the struct that the table is about */
    size_t count;  /* of SCHEMA_TEXTS: offset of the number of items */
    size_t room;   /* of SCHEMA_TEXTS: of one, with its NUL */
    uint64_t min;
    uint64_t max;
    uint64_t number;
    const char *text;    /* of a list its only item; of a choice its word */
    const char *choices; /* words with single spaces between them */
    const char *help;
    const char *needs; /* a member without which this one means nothing; NULL: none */
    const struct schema_table *table; /* of objects */
    enum schema_type type;
    bool is_required;
};

struct schema_table {
    const struct schema_row *rows;
    size_t count;
};

/* Set what has a default. In: base, zeroed. */
void schema_default(const struct schema_table *table, void *base);

/* Read an object over the defaults, but for the objects in it. In: at, NULL for all defaults; base,
 * zeroed. Returns: OK; UNKNOWN_FIELD; MISSING_FIELD; BAD_TYPE; NUMBER_RANGE; INVALID_HEX;
 * INVALID_DECIMAL; CONFIG_INVALID (a word that is no choice; a text or list of the wrong length; an
 * item twice), about the member. */
struct status schema_read(const struct json_in *at, const struct schema_table *table, void *base);

/* Require an array of as many items as the row has. Returns: OK, BAD_TYPE, CONFIG_INVALID. */
struct status schema_open_list(const struct json_in *at, const struct schema_row *row,
                               size_t *ret_count);

/* Fail with CONFIG_INVALID about the member of this name, or the object if it is not there. */
struct status schema_refuse(const struct json_in *at, const char *name);

/* Append what the member at a place must be, such as ": a number from 0 to 64"; nothing for a place
 * that has no row. In: place, as json_in says it: tenants[0].fees.l2_gas_price. */
void schema_put_rule(const struct schema_table *table, struct bytes place, struct buf *out);

/* What a failure to read a document means, where it is no request: as status_text otherwise. */
const char *schema_error_text(enum status_code code);

/* The word for a type, for people and documents. */
const char *schema_type_name(enum schema_type type);

#endif
