#include "config/trust_dev.h"

struct bytes trust_dev_text(void)
{
    return BYTES_LITERAL("{\"profile\": \"dev\", \"tenants\": [{\"name\": \"default\","
                         " \"seed\": \"imported\", \"derivation\": \"v1\","
                         " \"assurance\": \"asserted\", \"chains\": [\"SN_MAIN\", \"SN_SEPOLIA\"],"
                         " \"typed_data\": true}]}\n");
}
