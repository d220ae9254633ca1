/* What the tables of settings are made of, and how one is read. Private to src/config: a file says
 * first what AT(member) is, the offset of a setting. */
#ifndef COFFER_CONFIG_CONFIG_INTERNAL_H
#define COFFER_CONFIG_CONFIG_INTERNAL_H

#include "config/config.h"
#include "config/schema.h"

#ifdef COFFER_PRODUCTION
#    define DEFAULT_FORMAT "json"
#else
#    define DEFAULT_FORMAT "text"
#endif

#define NUMBER(member, low, high, value, words)                                                    \
    {                                                                                              \
        .name = #member, .type = SCHEMA_NUMBER, .offset = AT(member), .min = (low), .max = (high), \
        .number = (value), .help = (words)                                                         \
    }
#define CHOICE(member, value, all, words)                                              \
    {                                                                                  \
        .name = #member, .type = SCHEMA_CHOICE, .offset = AT(member), .text = (value), \
        .choices = (all), .help = (words)                                              \
    }
/* In: value, NULL: "" is the default, which nobody can write. */
#define TEXT(member, value, words)                                            \
    {                                                                         \
        .name = #member, .type = SCHEMA_TEXT, .offset = AT(member), .min = 1, \
        .max = CONFIG_TEXT_MAX - 1, .text = (value), .help = (words)          \
    }
#define TEXTS(member, items, number, most, ...)                                          \
    {                                                                                    \
        .name = #member, .type = SCHEMA_TEXTS, .offset = AT(items), .count = AT(number), \
        .room = CONFIG_TEXT_MAX, .max = (most), __VA_ARGS__                              \
    }

/* Read a document by a table. In: base, zeros. Out, returns: as config_parse; MISSING_FIELD.
 * On failure: what base has is unspecified. */
struct status config_read(struct bytes text, struct arena *arena, const struct schema_table *form,
                          void *base, char ret_where[static CONFIG_WHERE_MAX]);

#endif
