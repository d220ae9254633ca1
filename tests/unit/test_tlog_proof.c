#include "fixtures/tree_oracle.h"
#include "tlog/tlog_proof.h"

enum { SIZES = 70 };

static uint8_t memory[8192];
static struct arena arena;

static const struct tlog_path *path_of(struct tlog_proof_maker *maker, size_t index, size_t size)
{
    tlog_proof_begin(maker, index, size);
    for (size_t i = 0; i < size + 3; i++) {
        uint8_t leaf[32];
        assert_true((tlog_proof_path(maker) != NULL) == (i >= size));
        tree_oracle_leaf(i, leaf);
        tlog_proof_add(maker, leaf);
    }
    return tlog_proof_path(maker);
}

static void every_leaf_of_every_size_has_a_path_to_the_root(void **state)
{
    (void)state;
    for (size_t size = 1; size < SIZES; size++) {
        uint8_t expected[32];
        tree_oracle_root(0, size, expected);
        for (size_t index = 0; index < size; index++) {
            struct tlog_proof_maker maker;
            const struct tlog_path *path = path_of(&maker, index, size);
            uint8_t leaf[32];
            uint8_t root[32];
            tree_oracle_leaf(index, leaf);
            assert_status(OK, tlog_proof_root(path, index, size, leaf, root));
            assert_memory_equal(expected, root, 32);
        }
    }
}

static void a_path_of_another_length_index_or_leaf_is_refused(void **state)
{
    (void)state;
    for (size_t size = 1; size < SIZES; size++) {
        uint8_t expected[32];
        tree_oracle_root(0, size, expected);
        for (size_t index = 0; index < size; index++) {
            struct tlog_proof_maker maker;
            struct tlog_path path = *path_of(&maker, index, size);
            uint8_t leaf[32];
            uint8_t root[32];
            tree_oracle_leaf(index, leaf);
            path.count++;
            assert_status(AUDIT_NOTE_INVALID, tlog_proof_root(&path, index, size, leaf, root));
            path.count--;
            assert_status(AUDIT_NOTE_INVALID, tlog_proof_root(&path, size, size, leaf, root));
            if (path.count == 0) {
                continue;
            }
            path.count--;
            assert_status(AUDIT_NOTE_INVALID, tlog_proof_root(&path, index, size, leaf, root));
            path.count++;
            size_t other = (index + 1) % size;
            bool same = status_is_ok(tlog_proof_root(&path, other, size, leaf, root)) &&
                        memcmp(root, expected, 32) == 0;
            assert_false(same);
        }
    }
}

static struct bytes proof_of(size_t index, size_t size, struct bytes record)
{
    struct tlog_proof_maker maker;
    struct tlog_tree tree = {0};
    struct tlog_note_key key;
    const uint8_t public[32] = {1};
    const uint8_t signature[64] = {2};
    uint8_t root[32];
    uint8_t note_memory[TLOG_NOTE_OURS];
    struct buf note = buf_over(note_memory, sizeof note_memory);
    struct buf out = buf_over(memory, sizeof memory);
    tlog_proof_begin(&maker, index, size);
    for (size_t i = 0; i < size; i++) {
        uint8_t leaf[32];
        tree_oracle_leaf(i, leaf);
        if (i == index) {
            tlog_tree_leaf(record, leaf);
        }
        tlog_proof_add(&maker, leaf);
        tlog_tree_add(&tree, leaf);
    }
    tlog_tree_root(&tree, root);
    assert_status(OK, tlog_note_key_make(BYTES_LITERAL("log"), public, &key));
    tlog_note_text(BYTES_LITERAL("log"), size, root, &note);
    tlog_note_sign(&key, signature, &note);
    tlog_proof_put(record, index, tlog_proof_path(&maker), buf_bytes(&note), &out);
    assert_status(OK, buf_check(&out));
    return buf_bytes(&out);
}

static struct status read_proof(struct bytes text, struct tlog_proof *ret)
{
    arena_reset(&arena);
    return tlog_proof_read(&arena, text, ret);
}

static void a_proof_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct bytes record = BYTES_LITERAL("{\"v\":2}");
    struct bytes text = proof_of(5, 11, record);
    struct tlog_proof proof;
    assert_true(bytes_starts(text, BYTES_LITERAL("c2sp.org/tlog-proof@v1\nextra eyJ2IjoyfQ==\n"
                                                 "index 5\n")));
    assert_status(OK, read_proof(text, &proof));
    assert_bytes(record, proof.record);
    assert_int_equal(5, proof.index);
    assert_int_equal(4, proof.path.count);
    assert_int_equal(11, proof.checkpoint.size);
    assert_status(OK, read_proof(proof_of(0, 1, record), &proof));
    assert_int_equal(0, proof.path.count);
}

static void a_change_of_any_byte_of_what_is_proven_is_seen(void **state)
{
    (void)state;
    struct bytes text = proof_of(5, 11, BYTES_LITERAL("{\"v\":2}"));
    struct tlog_proof whole;
    struct tlog_proof proof;
    assert_status(OK, read_proof(text, &whole));
    size_t root_end = (size_t)(whole.checkpoint.text.ptr - text.ptr) + whole.checkpoint.text.len;
    size_t origin = (size_t)(whole.checkpoint.origin.ptr - text.ptr);
    for (size_t i = 0; i < 8 * root_end; i++) {
        if (i / 8 >= origin && i / 8 < origin + 6) {
            continue; /* origin and size: the signature is over them */
        }
        memory[i / 8] ^= (uint8_t)(1 << i % 8);
        assert_status(AUDIT_NOTE_INVALID, read_proof(text, &proof));
        memory[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t len = 0; len < text.len; len++) {
        assert_status(AUDIT_NOTE_INVALID, read_proof(bytes_slice(text, 0, len), &proof));
        assert_int_equal(0, proof.record.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_leaf_of_every_size_has_a_path_to_the_root),
        cmocka_unit_test(a_path_of_another_length_index_or_leaf_is_refused),
        cmocka_unit_test(a_proof_is_read_as_it_was_written),
        cmocka_unit_test(a_change_of_any_byte_of_what_is_proven_is_seen),
    };
    if (!status_is_ok(arena_init(&arena, 1 << 20))) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
