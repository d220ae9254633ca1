#include "config/schema.h"

#include <string.h>

#include "base/invariant.h"
#include "codec/decimal.h"
#include "codec/hex.h"

/* In: room, with the NUL. Returns: false when the text is empty, does not fit or holds a NUL. */
static bool set_text(char *to, size_t room, struct bytes text)
{
    if (text.len == 0 || text.len >= room || bytes_find(text, 0) != text.len) {
        return false;
    }
    memset(to, 0, room);
    memcpy(to, text.ptr, text.len);
    return true;
}

static struct status read_text(const struct json_in *at, char *to, size_t room)
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    return set_text(to, room, text) ? OK : JSON_IN_FAIL(at, CONFIG_INVALID);
}

/* The next word of a list of words with single spaces between them; empty after the last. */
static struct bytes next_word(struct bytes *rest)
{
    struct bytes word = bytes_slice(*rest, 0, bytes_find(*rest, ' '));
    *rest = bytes_slice(*rest, word.len + 1, SIZE_MAX);
    return word;
}

static bool find_choice(const struct schema_row *row, struct bytes text, unsigned *to)
{
    struct bytes rest = bytes_of(row->choices);
    for (unsigned position = 0; rest.len != 0; position++) {
        if (bytes_equal(next_word(&rest), text)) {
            *to = (unsigned)row->min + position;
            return true;
        }
    }
    return false;
}

static struct status read_choice(const struct json_in *at, const struct schema_row *row,
                                 unsigned *to)
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    return find_choice(row, text, to) ? OK : JSON_IN_FAIL(at, CONFIG_INVALID);
}

static struct status integer_of(struct bytes text, uint64_t to[static 4])
{
    if (bytes_starts(text, BYTES_LITERAL("0x"))) {
        return hex_u256(bytes_slice(text, 2, SIZE_MAX), to);
    }
    return decimal_u256(text, to);
}

static struct status read_integer(const struct json_in *at, uint64_t to[static 4])
{
    if (json_in_kind(at) == JSON_IN_INTEGER) {
        memset(to, 0, 4 * sizeof to[0]);
        return json_in_u64(at, 0, INT64_MAX, &to[0]);
    }
    struct bytes text;
    TRY(json_in_string(at, &text));
    return json_in_about(at, integer_of(text, to));
}

static struct status read_hex(const struct json_in *at, const struct schema_row *row, uint8_t *to)
{
    struct bytes text;
    TRY(json_in_string(at, &text));
    return json_in_about(at, hex_read_0x(text, row->max, to));
}

struct status schema_open_list(const struct json_in *at, const struct schema_row *row,
                               size_t *ret_count)
{
    TRY(json_in_count(at, ret_count));
    if (json_in_kind(at) != JSON_IN_ARRAY) {
        return JSON_IN_FAIL(at, BAD_TYPE);
    }
    return *ret_count >= row->min && *ret_count <= row->max ? OK : JSON_IN_FAIL(at, CONFIG_INVALID);
}

static struct status read_texts(const struct json_in *at, const struct schema_row *row, char *to,
                                size_t *ret_count)
{
    size_t count = 0;
    TRY(schema_open_list(at, row, &count));
    memset(to, 0, row->max * row->room); /* the default may be longer */
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(at, i);
        TRY(read_text(&item, to + i * row->room, row->room));
        for (size_t j = 0; j < i; j++) {
            if (strcmp(to + i * row->room, to + j * row->room) == 0) {
                return JSON_IN_FAIL(&item, CONFIG_INVALID);
            }
        }
    }
    *ret_count = count;
    return OK;
}

static size_t *count_of(const struct schema_row *row, uint8_t *base)
{
    return (size_t *)(void *)(base + row->count);
}

static struct status read_row(const struct json_in *at, const struct schema_row *row, uint8_t *base)
{
    void *to = base + row->offset;
    switch (row->type) {
    case SCHEMA_NUMBER:
        return json_in_u64(at, row->min, row->max, to);
    case SCHEMA_BOOL:
        return json_in_bool(at, to);
    case SCHEMA_CHOICE:
        return read_choice(at, row, to);
    case SCHEMA_TEXT:
        return read_text(at, to, row->max + 1);
    case SCHEMA_TEXTS:
        return read_texts(at, row, to, count_of(row, base));
    case SCHEMA_HEX:
        return read_hex(at, row, to);
    case SCHEMA_INTEGER:
        return read_integer(at, to);
    case SCHEMA_OBJECT:
    case SCHEMA_OBJECTS:
    default:
        return OK;
    }
}

static void set_default(const struct schema_row *row, uint8_t *base)
{
    void *to = base + row->offset;
    bool is_set = true;
    if (row->type == SCHEMA_NUMBER) {
        *(uint64_t *)to = row->number;
    } else if (row->type == SCHEMA_BOOL) {
        *(bool *)to = row->number != 0;
    } else if (row->text == NULL) {
        return;
    } else if (row->type == SCHEMA_INTEGER) {
        is_set = status_is_ok(integer_of(bytes_of(row->text), to));
    } else if (row->type == SCHEMA_CHOICE) {
        is_set = find_choice(row, bytes_of(row->text), to);
    } else if (row->type == SCHEMA_TEXTS) {
        is_set = set_text(to, row->room, bytes_of(row->text));
        *count_of(row, base) = 1;
    } else {
        is_set = set_text(to, row->max + 1, bytes_of(row->text));
    }
    INVARIANT(is_set);
}

void schema_default(const struct schema_table *table, void *base)
{
    for (size_t i = 0; i < table->count; i++) {
        set_default(&table->rows[i], base);
    }
}

struct status schema_read(const struct json_in *at, const struct schema_table *table, void *base)
{
    const char *names[SCHEMA_ROWS_MAX];
    INVARIANT(table->count <= SCHEMA_ROWS_MAX);
    schema_default(table, base);
    if (at == NULL) {
        return OK;
    }
    for (size_t i = 0; i < table->count; i++) {
        names[i] = table->rows[i].name;
    }
    TRY(json_in_members(at, names, table->count));
    for (size_t i = 0; i < table->count; i++) {
        struct json_in member;
        const struct schema_row *row = &table->rows[i];
        if (json_in_find(at, row->name, &member)) {
            TRY(read_row(&member, row, base));
        } else if (row->is_required) {
            TRY(json_in_member(at, row->name, &member));
            return JSON_IN_FAIL(&member, BAD_TYPE);
        }
    }
    return OK;
}

struct status schema_refuse(const struct json_in *at, const char *name)
{
    struct json_in member;
    return JSON_IN_FAIL(json_in_find(at, name, &member) ? &member : at, CONFIG_INVALID);
}

/* --- what a member must be --- */

const char *schema_type_name(enum schema_type type)
{
    static const char *const names[] = {
        [SCHEMA_NUMBER] = "number",           [SCHEMA_BOOL] = "true or false",
        [SCHEMA_CHOICE] = "choice",           [SCHEMA_TEXT] = "text",
        [SCHEMA_TEXTS] = "list of texts",     [SCHEMA_HEX] = "hex",
        [SCHEMA_INTEGER] = "integer",         [SCHEMA_OBJECT] = "object",
        [SCHEMA_OBJECTS] = "list of objects",
    };
    return names[type];
}

static void put_span(struct buf *out, const struct schema_row *row)
{
    buf_put_decimal(out, row->min);
    buf_put_text(out, " to ");
    buf_put_decimal(out, row->max);
}

static void put_choices(struct buf *out, const struct schema_row *row)
{
    struct bytes rest = bytes_of(row->choices);
    buf_put_text(out, "one of ");
    for (const char *between = ""; rest.len != 0; between = ", ") {
        buf_put_text(out, between);
        buf_put(out, next_word(&rest));
    }
}

static void put_rule(struct buf *out, const struct schema_row *row)
{
    buf_put_text(out, ": ");
    switch (row->type) {
    case SCHEMA_NUMBER:
        buf_put_text(out, "a number from ");
        put_span(out, row);
        return;
    case SCHEMA_BOOL:
        buf_put_text(out, "true or false");
        return;
    case SCHEMA_CHOICE:
        put_choices(out, row);
        return;
    case SCHEMA_TEXT:
        buf_put_text(out, "a text of ");
        put_span(out, row);
        buf_put_text(out, " bytes");
        return;
    case SCHEMA_TEXTS:
        buf_put_text(out, "a list of ");
        put_span(out, row);
        buf_put_text(out, " different texts");
        return;
    case SCHEMA_HEX:
        buf_put_text(out, "0x and ");
        buf_put_decimal(out, 2 * row->max);
        buf_put_text(out, " hex digits");
        return;
    case SCHEMA_INTEGER:
        buf_put_text(out, "an integer below 2^256, or its text");
        return;
    case SCHEMA_OBJECT:
        buf_put_text(out, "an object");
        return;
    case SCHEMA_OBJECTS:
    default:
        buf_put_text(out, "a list of ");
        put_span(out, row);
        buf_put_text(out, " objects");
    }
}

static const struct schema_row *find_row(const struct schema_table *table, struct bytes name)
{
    for (size_t i = 0; table != NULL && i < table->count; i++) {
        if (bytes_equal(bytes_of(table->rows[i].name), name)) {
            return &table->rows[i];
        }
    }
    return NULL;
}

void schema_put_rule(const struct schema_table *table, struct bytes place, struct buf *out)
{
    const struct schema_row *row = NULL;
    while (place.len != 0) {
        struct bytes part = bytes_slice(place, 0, bytes_find(place, '.'));
        place = bytes_slice(place, part.len + 1, SIZE_MAX);
        row = find_row(table, bytes_slice(part, 0, bytes_find(part, '[')));
        if (row == NULL) {
            return;
        }
        table = row->table;
    }
    if (row != NULL) {
        put_rule(out, row);
    }
    if (row != NULL && row->needs != NULL) {
        buf_put_text(out, ", only together with ");
        buf_put_text(out, row->needs);
    }
}

const char *schema_error_text(enum status_code code)
{
    return code == STATUS_UNKNOWN_FIELD ? "there is no such member"
           : code == STATUS_BAD_JSON    ? "the file is not one JSON object in UTF-8"
                                        : status_text(code);
}
