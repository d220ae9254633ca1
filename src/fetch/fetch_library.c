#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "fetch/fetch_library_internal.h"

enum { MEMORY_MAX = 256 << 20 };

/* libcurl's functions have no argument for it. */
static struct mem memory = {.cap = MEMORY_MAX};

/* What lies in front of every block. */
struct front {
    _Alignas(max_align_t) size_t size;
};

static void *take_memory(size_t size)
{
    void *block = NULL;
    if (size > MEMORY_MAX ||
        !status_is_ok(mem_alloc(&memory, sizeof(struct front) + size, &block))) {
        return NULL;
    }
    struct front *front = block;
    front->size = size;
    return front + 1;
}

static void release(void *block)
{
    void *front = block == NULL ? NULL : (struct front *)block - 1;
    mem_free(&memory, &front);
}

static void *resize(void *block, size_t size)
{
    void *other = take_memory(size);
    if (other != NULL && block != NULL) {
        size_t old = ((struct front *)block - 1)->size;
        memcpy(other, block, old < size ? old : size);
        release(block);
    }
    return other;
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = take_memory(size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

/* Blocks are zeros already. */
static void *take_zeros(size_t count, size_t size)
{
    size_t all = 0;
    return __builtin_mul_overflow(count, size, &all) ? NULL : take_memory(all);
}

/* What libcurl sets up for the process stays. */
struct status fetch_library_start(void)
{
    CURLcode code = curl_global_init_mem(CURL_GLOBAL_DEFAULT, take_memory, release, resize,
                                         copy_text, take_zeros);
    return code == CURLE_OK ? OK : FAIL(NO_MEMORY);
}

bool fetch_line_valid(const char *line)
{
    const char *colon = strchr(line, ':');
    for (const char *c = line; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            return false;
        }
    }
    return colon != NULL && colon != line;
}
