/* Writes the canonical form of each line of standard input, or an exclamation mark and the code
 * when it is no document. For tests/e2e/interop/canonical.py. */
#include <stdio.h>

#include "codec/json_canonical.h"

int main(void)
{
    struct arena arena;
    static char line[1 << 20];
    static uint8_t memory[1 << 23];
    if (!status_is_ok(arena_init(&arena, 64u << 20))) {
        return 1;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct json_in_doc doc;
        arena_reset(&arena);
        struct status status = json_in_parse(&arena, bytes_of(line), &doc);
        if (!status_is_ok(status)) {
            printf("!%s\n", status_name(status.code));
            continue;
        }
        struct json_in root = json_in_root(&doc);
        struct buf out = buf_over(memory, sizeof memory);
        status = json_canonical_put(&root, &arena, &out);
        if (status_is_ok(status)) {
            fwrite(out.ptr, 1, out.len, stdout);
            putchar('\n');
        } else {
            printf("!%s\n", status_name(status.code));
        }
    }
    arena_deinit(&arena);
    return 0;
}
