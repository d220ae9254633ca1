#include "enclave/security_module.h"

static bool is_within(const struct security_module_request *request)
{
    return request->nonce.len <= SECURITY_MODULE_DATA &&
           request->user_data.len <= SECURITY_MODULE_DATA &&
           request->public_key.len <= SECURITY_MODULE_PUBLIC_KEY;
}

static bool is_ours(unsigned index)
{
    return index >= SECURITY_MODULE_OURS && index < SECURITY_MODULE_REGISTERS;
}

struct status security_module_attest(const struct security_module *module,
                                     const struct security_module_request *request, struct buf *out)
{
    size_t before = out->len;
    if (!is_within(request)) {
        return FAIL(BAD_REQUEST);
    }
    struct status status = module->attest(module->context, request, out);
    status = status_is_ok(status) ? buf_check(out) : status;
    if (!status_is_ok(status)) {
        out->len = before;
    }
    return status;
}

struct status security_module_extend(const struct security_module *module, unsigned index,
                                     struct bytes data)
{
    if (!is_ours(index) || data.len == 0 || data.len > SECURITY_MODULE_DATA) {
        return FAIL(BAD_REQUEST);
    }
    return module->extend(module->context, index, data);
}

struct status security_module_lock(const struct security_module *module, unsigned index)
{
    return is_ours(index) ? module->lock(module->context, index) : FAIL(BAD_REQUEST);
}
