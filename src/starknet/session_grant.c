#include "starknet/session_grant.h"

/* Type hashes; the tests compute them from the contracts' type strings. */
static const struct felt grants[] = {
    /* Session of Ready and of Cartridge */
    {{0x54c61199caa02434, 0x656c828bfcb863a1, 0x0d735189f4969485, 0x02a7d1ecdf754b10}},
    /* Session with a guardian's key, which Ready had before */
    {{0xcdc3a3744b0f1cd5, 0x4f9edca2bb8cbbc9, 0x200cd3baf1f75148, 0x023173026e410cec}},
    /* Session of the plugin of Argent's first accounts, revision 0 */
    {{0x3b7deddb6f1e340c, 0x4e520b842feb21d0, 0x06a54534fa1707c5, 0x001aa0e1c56b45cf}},
    /* SessionExecution of Braavos, versions 1 and 2 */
    {{0xf59d723b9b3d65a7, 0x2c7350fef3a157dd, 0xbe847140ed25e957, 0x01ba43488b886392}},
    {{0xdb015293436fac50, 0xd8d25ffd44cbb234, 0x1adf2d28ed4bf954, 0x021116530f83798c}},
    /* GasSponsoredSessionExecution of Braavos, versions 1 and 2 */
    {{0xf7a776704a8df3c6, 0xc2a1543939ceb2e9, 0xa35a2ee2e05d4e43, 0x02fa63693e40ae26}},
    {{0x02246900cf5c0495, 0x77f4847db49b7fba, 0x5d1f11cdf0c3a244, 0x00e8c4620975bae5}},
};

bool session_grant_is(const struct typed_data *data)
{
    for (size_t i = 0; i < sizeof grants / sizeof grants[0]; i++) {
        if (felt_equal(&data->primary_hash, &grants[i])) {
            return true;
        }
    }
    return false;
}
