/* Runs every vector of the files named on the command line, with commas or spaces between them.
 * Prints counts by kind and ends with N passed, N failed, N skipped. A vector is an object in a
 * list at the top of a file, or what kat_nova says of its member; one whose kind nobody knows has
 * failed. */
#include "tools/kat/kat.h"

#include <stdio.h>
#include <string.h>

#include "base/invariant.h"

enum { KINDS_MAX = 96, FILE_BYTES_MAX = 16 << 20 };

struct tally {
    char kind[48];
    unsigned passed;
    unsigned failed;
    unsigned skipped;
};

struct run {
    struct arena file;   /* text and document */
    struct arena vector; /* of one vector */
    struct tally tallies[KINDS_MAX];
    size_t count;
};

static const struct kat_kind *const tables[] = {
    kat_curve_kinds, kat_transaction_kinds, kat_heimdall_kinds, kat_onchain_kinds, kat_typed_kinds};

static const struct kat_nova *const nova_tables[] = {
    kat_nova_keys, kat_nova_wire, kat_nova_ethereum, kat_nova_store, kat_nova_proof};

static const struct kat_nova *find_nova(struct bytes name)
{
    for (size_t i = 0; i < sizeof nova_tables / sizeof nova_tables[0]; i++) {
        for (const struct kat_nova *kind = nova_tables[i]; kind->name != NULL; kind++) {
            if (bytes_equal(bytes_of(kind->name), name)) {
                return kind;
            }
        }
    }
    return NULL;
}

static const struct kat_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (const struct kat_kind *kind = tables[i]; kind->name != NULL; kind++) {
            if (strcmp(kind->name, name) == 0) {
                return kind;
            }
        }
    }
    return NULL;
}

static struct tally *tally_of(struct run *run, const char *kind)
{
    size_t i = 0;
    while (i < run->count && strcmp(run->tallies[i].kind, kind) != 0) {
        i++;
    }
    INVARIANT(i < KINDS_MAX);
    if (i == run->count) {
        run->count++;
        snprintf(run->tallies[i].kind, sizeof run->tallies[i].kind, "%s", kind);
    }
    return &run->tallies[i];
}

/* What kind a vector is: its own word, chain:word for a transaction of the chain, or list:name
 * where the list says what is in it. */
static void kind_of(const struct json_in *list, const struct json_in *at, char *ret, size_t room)
{
    struct json_in member;
    struct bytes word = list->name;
    const char *prefix = "list:";
    if (json_in_find(at, "kind", &member) && status_is_ok(json_in_string(&member, &word))) {
        prefix = json_in_find(at, "tx", &member) ? "chain:" : "";
    }
    snprintf(ret, room, "%s%.*s", prefix, (int)word.len, (const char *)word.ptr);
}

static void run_vector(struct run *run, const struct json_in *list, size_t index)
{
    struct kat kat = {.arena = &run->vector, .root = *list->parent};
    char name[48];
    arena_reset(&run->vector);
    kat.at = json_in_item(list, index);
    kind_of(list, &kat.at, name, sizeof name);
    if (!json_in_find(&kat.at, "in", &kat.in) && !json_in_find(&kat.at, "tx", &kat.in)) {
        kat.in = kat.at;
    }
    if (!json_in_find(&kat.at, "out", &kat.out)) {
        kat.out = kat.at;
    }
    struct tally *tally = tally_of(run, name);
    const struct kat_kind *kind = find_kind(name);
    if (kind != NULL && kind->check == NULL) {
        tally->skipped++;
        return;
    }
    if (kind != NULL) {
        kind->check(&kat);
    }
    if (kind == NULL || kat.failed) {
        tally->failed++;
        printf("FAILED %.*s[%zu]: %s%s\n", (int)list->name.len, (const char *)list->name.ptr, index,
               name, kind == NULL ? ", which nobody knows" : "");
        return;
    }
    tally->passed++;
}

static bool read_file(struct run *run, const char *path, struct json_in_doc *doc)
{
    arena_reset(&run->file);
    uint8_t *text = arena_alloc(&run->file, FILE_BYTES_MAX);
    FILE *file = fopen(path, "rb");
    if (text == NULL || file == NULL) {
        printf("%s: cannot be read\n", path);
        return false;
    }
    size_t len = fread(text, 1, FILE_BYTES_MAX, file);
    fclose(file);
    struct status status = json_in_parse(&run->file, (struct bytes){text, len}, doc);
    if (!status_is_ok(status)) {
        printf("%s: %s\n", path, status_name(status.code));
    }
    return status_is_ok(status);
}

/* In: kind, NULL when nobody knows what this member is. */
static void run_nova_vector(struct run *run, const struct json_in *member, struct json_in at,
                            const struct kat_nova *kind)
{
    struct kat kat = {.arena = &run->vector, .root = *member->parent};
    char name[48];
    arena_reset(&run->vector);
    kat.at = kat.in = kat.out = at;
    snprintf(name, sizeof name, "nova:%.*s", (int)member->name.len, (const char *)member->name.ptr);
    struct tally *tally = tally_of(run, name);
    if (kind != NULL) {
        kind->check(&kat);
    }
    if (kind != NULL && !kat.failed) {
        tally->passed++;
        return;
    }
    tally->failed++;
    printf("FAILED %s[%zu] %.*s%s\n", name, at.index, (int)at.name.len, (const char *)at.name.ptr,
           kind == NULL ? ", which nobody knows" : "");
}

/* Returns: the number of vectors. */
static uint64_t run_nova_member(struct run *run, const struct json_in *member)
{
    const struct kat_nova *kind = find_nova(member->name);
    enum kat_shape shape = kind == NULL ? KAT_WHOLE : kind->shape;
    size_t count = 1;
    if (shape == KAT_WHOLE || shape == KAT_INPUT) {
        if (shape == KAT_WHOLE) {
            run_nova_vector(run, member, *member, kind);
        }
        return shape == KAT_WHOLE;
    }
    enum json_in_kind wanted = shape == KAT_LIST ? JSON_IN_ARRAY : JSON_IN_OBJECT;
    if (json_in_kind(member) != wanted || !status_is_ok(json_in_count(member, &count)) ||
        count == 0) {
        run_nova_vector(run, member, *member, NULL);
        return 1;
    }
    struct json_in entry;
    for (size_t i = 0; shape == KAT_LIST && i < count; i++) {
        run_nova_vector(run, member, json_in_item(member, i), kind);
    }
    for (void *state = NULL; shape == KAT_ENTRIES && json_in_next(member, &state, &entry);) {
        run_nova_vector(run, member, entry, kind);
    }
    return count;
}

/* True for a file with a member of nova.json; its "selectors" occur elsewhere too. */
static bool is_nova(const struct json_in *root)
{
    struct json_in member;
    for (void *state = NULL; json_in_next(root, &state, &member);) {
        if (!bytes_equal(member.name, BYTES_LITERAL("selectors")) &&
            find_nova(member.name) != NULL) {
            return true;
        }
    }
    return false;
}

/* Returns: the number of vectors. */
static uint64_t run_list(struct run *run, const struct json_in *list)
{
    size_t count = 0;
    uint64_t vectors = 0;
    if (json_in_kind(list) != JSON_IN_ARRAY || !status_is_ok(json_in_count(list, &count))) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_in item = json_in_item(list, i);
        if (json_in_kind(&item) == JSON_IN_OBJECT) {
            run_vector(run, list, i);
            vectors++;
        }
    }
    return vectors;
}

/* The number of vectors must be the total that the file states, where it states one. */
static bool run_file(struct run *run, const char *path)
{
    struct json_in_doc doc;
    if (!read_file(run, path, &doc)) {
        return false;
    }
    struct json_in root = json_in_root(&doc);
    struct json_in member;
    bool nova = is_nova(&root);
    uint64_t vectors = 0;
    uint64_t total = 0;
    for (void *state = NULL; json_in_next(&root, &state, &member);) {
        vectors += nova ? run_nova_member(run, &member) : run_list(run, &member);
    }
    printf("%s: %llu vectors\n", path, (unsigned long long)vectors);
    if (json_in_find(&root, "total", &member) &&
        (!status_is_ok(json_in_u64(&member, 0, UINT64_MAX >> 1, &total)) || total != vectors)) {
        printf("%s: states another total\n", path);
        return false;
    }
    return vectors != 0;
}

static unsigned report(const struct run *run, unsigned bad_files)
{
    unsigned passed = 0;
    unsigned failed = bad_files;
    unsigned skipped = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct tally *tally = &run->tallies[i];
        printf("%-24s %5u passed %5u failed %5u skipped\n", tally->kind, tally->passed,
               tally->failed, tally->skipped);
        passed += tally->passed;
        failed += tally->failed;
        skipped += tally->skipped;
    }
    printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    return failed;
}

int main(int argc, char **argv)
{
    static struct run run;
    unsigned files = 0;
    unsigned bad_files = 0;
    INVARIANT(status_is_ok(arena_init(&run.file, 512u << 20)));
    INVARIANT(status_is_ok(arena_init(&run.vector, 16u << 20)));
    for (int i = 1; i < argc; i++) {
        char *rest = argv[i];
        for (char *path = strsep(&rest, ","); path != NULL; path = strsep(&rest, ",")) {
            files++;
            bad_files += run_file(&run, path) ? 0 : 1;
        }
    }
    if (files == 0) {
        printf("usage: make kat VECTORS=a.json,b.json\n");
    }
    return report(&run, bad_files) == 0 && files != 0 ? 0 : 1;
}
