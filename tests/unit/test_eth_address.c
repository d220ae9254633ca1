#include "ethereum/eth_address.h"
#include "fixtures/unit.h"

static struct bytes text_of(void (*put)(struct buf *, const struct eth_address *),
                            const struct eth_address *address)
{
    static uint8_t memory[ETH_ADDRESS_TEXT];
    struct buf buf = buf_over(memory, sizeof memory);
    put(&buf, address);
    assert_status(OK, buf_check(&buf));
    assert_int_equal(ETH_ADDRESS_TEXT, buf.len);
    return buf_bytes(&buf);
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "0x",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed0",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg",
        "x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x0x5aaeb6053f3e94c9b9a09f33669435e7ef1bea",
        " 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed ",
        "005aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct eth_address address = {{1}};
        assert_status(INVALID_ADDRESS, eth_address_read(bytes_of(bad[i]), &address));
        assert_true(eth_address_is_zero(&address));
        address.b[0] = 1;
        assert_status(INVALID_ADDRESS, eth_address_read_checksum(bytes_of(bad[i]), &address));
        assert_true(eth_address_is_zero(&address));
    }
    struct eth_address address;
    assert_status(INVALID_ADDRESS,
                  eth_address_read_checksum(
                      BYTES_LITERAL("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"), &address));
    assert_status(INVALID_ADDRESS,
                  eth_address_read_checksum(
                      BYTES_LITERAL("0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"), &address));
}

/* The addresses of EIP-55 itself. */
static const char *const examples[] = {
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
};

static void a_changed_letter_breaks_the_checksum(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        struct eth_address address;
        for (size_t c = 2; c < ETH_ADDRESS_TEXT; c++) {
            uint8_t text[ETH_ADDRESS_TEXT];
            memcpy(text, examples[i], sizeof text);
            bool is_letter = text[c] >= 'A';
            text[c] ^= is_letter ? 0x20 : 0;
            bool is_bad = is_letter && i >= 4; /* the first four are of one case */
            if (is_bad) {
                assert_status(CHECKSUM_ADDRESS,
                              eth_address_read_checksum(BYTES_ARRAY(text), &address));
                assert_true(eth_address_is_zero(&address));
            }
            assert_status(OK, eth_address_read(BYTES_ARRAY(text), &address));
        }
    }
}

static void the_examples_of_the_standard_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        struct eth_address address;
        struct eth_address again;
        assert_status(OK, eth_address_read_checksum(bytes_of(examples[i]), &address));
        assert_bytes(bytes_of(examples[i]), text_of(eth_address_put_checksum, &address));
        struct bytes lower = text_of(eth_address_put, &address);
        for (size_t c = 0; c < lower.len; c++) {
            uint8_t letter = (uint8_t)examples[i][c];
            uint8_t small = letter >= 'A' && letter <= 'F' ? (uint8_t)(letter + 32) : letter;
            assert_int_equal(small, lower.ptr[c]);
        }
        assert_status(OK, eth_address_read_checksum(lower, &again));
        assert_true(eth_address_equal(&address, &again));
        assert_status(OK, eth_address_read(bytes_slice(lower, 2, SIZE_MAX), &again));
        assert_true(eth_address_equal(&address, &again));
        assert_false(eth_address_is_zero(&address));
    }
    struct eth_address address;
    assert_status(OK, eth_address_read(BYTES_LITERAL("0X52908400098527886E0F7030069857D2E4169EE7"),
                                       &address));
}

static void differences_are_seen_in_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < ETH_ADDRESS_BYTES; i++) {
        struct eth_address address = {{0}};
        struct eth_address zero = {{0}};
        assert_true(eth_address_equal(&address, &zero) && eth_address_is_zero(&address));
        address.b[i] = 0x80;
        assert_false(eth_address_equal(&address, &zero) || eth_address_is_zero(&address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_changed_letter_breaks_the_checksum),
        cmocka_unit_test(the_examples_of_the_standard_agree),
        cmocka_unit_test(differences_are_seen_in_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
