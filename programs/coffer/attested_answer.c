#include "coffer/attested_answer.h"

#include "codec/base64.h"
#include "coffer/input.h"

enum { FILE_MAX = 65536 };

static struct status read_kind(const struct json_in *root, enum attestation_maker *ret)
{
    struct json_in member;
    struct bytes text;
    TRY(json_in_member(root, "kind", &member));
    TRY(json_in_string(&member, &text));
    const enum attestation_maker makers[] = {ATTESTATION_MODULE, ATTESTATION_ODYN};
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        if (bytes_equal(text, bytes_of(attestation_maker_name(makers[i])))) {
            *ret = makers[i];
            return OK;
        }
    }
    return JSON_IN_FAIL(&member, BAD_REQUEST);
}

static struct status read_document(struct arena *arena, const struct json_in *root,
                                   struct attested_answer *ret)
{
    struct json_in member;
    TRY(json_in_member(root, "document", &member));
    TRY(json_in_string(&member, &ret->document_text));
    uint8_t *memory = arena_alloc(arena, DOCUMENT_MAX);
    struct buf out = buf_over(memory, DOCUMENT_MAX);
    if (memory == NULL) {
        return FAIL(NO_MEMORY);
    }
    struct status status = base64_read(ret->document_text, &out);
    ret->document = buf_bytes(&out);
    status = status.code == STATUS_BUFFER_FULL ? FAIL(ATTESTATION_INVALID) : status;
    return json_in_about(&member, status);
}

struct status attested_answer_read(struct arena *arena, struct json_in_doc *doc,
                                   struct attested_answer *ret)
{
    struct json_in member;
    struct json_in root = json_in_root(doc);
    *ret = (struct attested_answer){0};
    TRY(read_kind(&root, &ret->maker));
    TRY(json_in_member(&root, "binding", &member));
    TRY(identity_binding_read(&member, &ret->binding));
    return read_document(arena, &root, ret);
}

struct status attested_answer_load(struct arena *arena, const char *path, struct json_in_doc *doc,
                                   struct attested_answer *ret)
{
    struct bytes text;
    *doc = (struct json_in_doc){0};
    *ret = (struct attested_answer){0};
    TRY(input_read(arena, path, FILE_MAX, &text));
    TRY(json_in_parse(arena, text, doc));
    return attested_answer_read(arena, doc, ret);
}
