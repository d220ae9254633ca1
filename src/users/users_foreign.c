#include "users/users_foreign.h"

static bool is_felt(const uint8_t *a, const uint8_t *b)
{
    return bytes_equal((struct bytes){a, STATEMENT_FELT}, (struct bytes){b, STATEMENT_FELT});
}

struct status users_foreign_find(struct users *users, struct arena *arena,
                                 const struct users_foreign *of, struct users_foreign_found *ret)
{
    struct user_log log;
    *ret = (struct users_foreign_found){0};
    TRY(users_log(users, arena, of->tenant, of->user, &log));
    for (size_t i = 0; i < log.foreign_count; i++) {
        const struct statement_foreign *one = &log.foreign[i]->body.foreign;
        if (is_felt(one->address, of->address) &&
            (of->chain == NULL || is_felt(one->chain, of->chain))) {
            *ret = (struct users_foreign_found){(uint32_t)one->index, one->class};
            return OK;
        }
    }
    return FAIL(SENDER_MISMATCH);
}
