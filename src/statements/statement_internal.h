/* What the readers of statements and of their bodies share. Used by src/statements/ only. */
#ifndef COFFER_STATEMENTS_STATEMENT_INTERNAL_H
#define COFFER_STATEMENTS_STATEMENT_INTERNAL_H

#include "codec/json_in.h"
#include "codec/json_out.h"
#include "statements/statement_body.h"

/* Bodies by their shapes, in the order of what is written. */
enum statement_shape {
    SHAPE_ADD,
    SHAPE_RECOVER,
    SHAPE_GRANT,
    SHAPE_FOREIGN,
    SHAPE_LANE,
    SHAPE_REVOKE,
    SHAPE_VETO,
    SHAPE_JOIN,
    SHAPE_SERVICE,
    SHAPE_NOTHING,
    SHAPE_APPROVER,
    SHAPE_VERSION,
    SHAPE_FREEZE,
    SHAPE_RESUME,
    SHAPES,
};

enum statement_shape statement_op_shape(enum statement_op op);

/* Bytes in base64 of URLs; proofs. In: arena, which holds what is borrowed.
 * Returns: OK; a failure of JSON, INVALID_BASE64, RECORD_INVALID; NO_MEMORY. */
struct status statement_read_bytes(struct arena *arena, const struct json_in *at,
                                   struct bytes *ret);
struct status statement_read_sigs(struct arena *arena, const struct json_in *at,
                                  struct statement_sigs *ret);

/* A failure stays in the buf. */
void statement_put_bytes(struct json_out *out, struct bytes bytes);
void statement_put_sigs(struct json_out *out, const struct statement_sigs *sigs);

#endif
