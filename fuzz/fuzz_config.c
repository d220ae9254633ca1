/* covers: src/config/config.c src/config/schema.c */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct arena arena;

/* What was read is in the ranges of the table; what was refused left all defaults. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct config config;
    static struct config defaults;
    char where[CONFIG_WHERE_MAX];
    if (arena.base == NULL) {
        if (!status_is_ok(arena_init(&arena, 64u << 20))) {
            return 0;
        }
        config_default(&defaults);
    }
    arena_reset(&arena);
    bool done = status_is_ok(config_parse((struct bytes){data, len}, &arena, &config, where));
    bool same = memcmp(&config, &defaults, sizeof config) == 0;
    const struct schema_row *rows = config_table()->rows;
    for (size_t i = 0; i < config_table()->count; i++) {
        const uint8_t *at = (const uint8_t *)&config + rows[i].offset;
        uint64_t number;
        memcpy(&number, at, sizeof number);
        if (rows[i].type == SCHEMA_NUMBER && (number < rows[i].min || number > rows[i].max)) {
            __builtin_trap();
        }
    }
    if (!done && !same) {
        __builtin_trap();
    }
    return 0;
}
