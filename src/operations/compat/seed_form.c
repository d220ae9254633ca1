#include "operations/compat/seed_form.h"

struct status seed_form_operation(const struct json_in *root, const char *name)
{
    struct json_in member;
    struct bytes operation;
    if (!json_in_find(root, "operation", &member)) {
        return OK;
    }
    TRY(json_in_string(&member, &operation));
    return bytes_equal(operation, bytes_of(name)) ? OK : JSON_IN_FAIL(&member, UNKNOWN_OPERATION);
}
