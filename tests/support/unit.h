/* What every unit test includes: cmocka with its own prerequisites, and our assertions. */
#ifndef COFFER_TESTS_SUPPORT_UNIT_H
#define COFFER_TESTS_SUPPORT_UNIT_H

/* cmocka.h needs the other four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <string.h>

#include "base/bytes.h"
#include "base/status.h"

/* Fails with both names when the code differs: assert_status(BAD_JSON, json_parse(...)). */
#define assert_status(name, call) \
    assert_string_equal(status_name(STATUS_##name), status_name((call).code))

#define assert_bytes(expected, actual)                                      \
    do {                                                                    \
        struct bytes expected_ = (expected);                                \
        struct bytes actual_ = (actual);                                    \
        assert_int_equal(expected_.len, actual_.len);                       \
        if (expected_.len != 0) {                                           \
            assert_memory_equal(expected_.ptr, actual_.ptr, expected_.len); \
        }                                                                   \
    } while (0)

/* Bytes from hex text of even length; aborts on anything else. At most 4 KiB; static memory that
 * eight later calls reuse. */
struct bytes unit_hex(const char *hex);

#endif
