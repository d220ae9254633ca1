/* covers: src/store/kv.c src/store/kv_space.c src/store/kv_merge.c src/store/kv_record.c
 * src/store/kv_digest.c */
#include <stddef.h>
#include <stdint.h>

#include "fixtures/kv_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The first byte says whether the store is tight; the others move it and its model. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct kv_model model;
    struct kv_model_input input = {data, len};
    kv_model_open(&model, (kv_model_take(&input) & 1) != 0);
    for (size_t step = 0; kv_model_step(&model, &input); step++) {
        if (step % 64 == 0) {
            kv_model_check(&model);
        }
    }
    kv_model_close(&model);
    return 0;
}
