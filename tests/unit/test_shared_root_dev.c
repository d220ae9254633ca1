#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/unit.h"
#include "registry/shared_root_dev.h"

enum { NODES = 3, RACES = 20 };

static char folder[64];
static char path[80];
static char anchor_path[96];
static struct mem mem;
static struct shared_root_dev *node[NODES];

static int start(void **state)
{
    (void)state;
    mem_init(&mem, 1u << 20);
    (void)snprintf(folder, sizeof folder, "/tmp/coffer-test-shared-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/root-hash", folder);
    (void)snprintf(anchor_path, sizeof anchor_path, "%s.anchor", path);
    for (size_t i = 0; i < NODES; i++) {
        assert_status(OK, shared_root_dev_open(bytes_of(path), &mem, &node[i]));
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    for (size_t i = 0; i < NODES; i++) {
        shared_root_dev_close(&node[i]);
    }
    unlink(path);
    unlink(anchor_path);
    /* Nothing else is left. */
    return rmdir(folder) == 0 && mem_used(&mem) == 0 ? 0 : -1;
}

static struct status publish(size_t i, uint8_t first)
{
    const uint8_t hash[REGISTRY_HASH] = {first, [31] = 0xab};
    struct publisher_port port = shared_root_dev_port(node[i]);
    return publisher_root_hash(&port, hash);
}

/* The first byte of what a node reads, 0 for none. */
static unsigned read_hash(size_t i, uint64_t now_ms)
{
    bool is_there = true;
    uint8_t hash[REGISTRY_HASH] = {1};
    assert_status(OK, shared_root_dev_hash(node[i], now_ms, &is_there, hash));
    assert_int_equal(is_there ? 0xab : 0, hash[31]);
    assert_int_equal(is_there, hash[0] != 0);
    return hash[0];
}

static void write_text(const char *text, size_t len)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(len, write(file, text, len));
    close(file);
}

static void the_first_hash_wins(void **state)
{
    (void)state;
    assert_int_equal(0, read_hash(0, 0));
    assert_status(OK, publish(1, 5));
    assert_status(OK, publish(1, 5));
    assert_status(OK, publish(2, 5));
    assert_status(ALREADY_PUBLISHED, publish(0, 6));
    assert_status(ALREADY_PUBLISHED, publish(1, 6));
    for (size_t i = 0; i < NODES; i++) {
        assert_int_equal(5, read_hash(i, SHARED_ROOT_DEV_LOOK_MS));
    }
    struct stat info;
    assert_int_equal(0, stat(path, &info));
    assert_int_equal(67, info.st_size);
    assert_int_equal(1, info.st_nlink);
}

static void it_is_looked_for_now_and_then(void **state)
{
    (void)state;
    assert_int_equal(0, read_hash(0, 1000));
    assert_status(OK, publish(1, 5));
    assert_int_equal(0, read_hash(0, 1000 + SHARED_ROOT_DEV_LOOK_MS - 1));
    assert_int_equal(5, read_hash(0, 1000 + SHARED_ROOT_DEV_LOOK_MS));
}

static void what_was_read_stays(void **state)
{
    (void)state;
    assert_status(OK, publish(1, 5));
    assert_int_equal(5, read_hash(0, 0));
    assert_int_equal(0, unlink(path));
    assert_status(OK, publish(2, 6));
    assert_int_equal(5, read_hash(0, 10000));
    assert_status(ALREADY_PUBLISHED, publish(0, 6));
}

static void what_is_no_hash_is_told(void **state)
{
    static const char whole[] =
        "0xab00000000000000000000000000000000000000000000000000000000000000\n";
    bool is_there = true;
    uint8_t hash[REGISTRY_HASH];
    (void)state;
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        write_text(whole, len);
        assert_status(REGISTRY_LOST, shared_root_dev_hash(node[0], len * 1000, &is_there, hash));
        assert_false(is_there);
    }
    write_text("0xab00000000000000000000000000000000000000000000000000000000000000\n\n", 68);
    assert_status(REGISTRY_LOST, shared_root_dev_hash(node[0], 100000, &is_there, hash));
    write_text("0xzb00000000000000000000000000000000000000000000000000000000000000\n", 67);
    assert_status(REGISTRY_LOST, shared_root_dev_hash(node[0], 200000, &is_there, hash));
    assert_status(REGISTRY_LOST, publish(1, 5));
    write_text(whole, 67);
    assert_status(OK, shared_root_dev_hash(node[0], 300000, &is_there, hash));
    assert_true(is_there);
    assert_int_equal(0xab, hash[0]);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    struct shared_root_dev *lost;
    const uint8_t hash[REGISTRY_HASH] = {1};
    (void)state;
    assert_status(OK, shared_root_dev_open(BYTES_LITERAL("/nonexistent/a"), &mem, &lost));
    struct publisher_port port = shared_root_dev_port(lost);
    assert_status(IO, publisher_root_hash(&port, hash));
    shared_root_dev_close(&lost);
}

static void paths_that_are_none_are_refused(void **state)
{
    struct shared_root_dev *none;
    static uint8_t text[SHARED_ROOT_DEV_PATH];
    (void)state;
    memset(text, 'a', sizeof text);
    assert_status(CONFIG_INVALID, shared_root_dev_open((struct bytes){text, 0}, &mem, &none));
    assert_status(CONFIG_INVALID, shared_root_dev_open(BYTES_ARRAY(text), &mem, &none));
    assert_status(CONFIG_INVALID, shared_root_dev_open(BYTES_LITERAL("a\0b"), &mem, &none));
    assert_null(none);
    assert_status(OK, shared_root_dev_open((struct bytes){text, sizeof text - 1}, &mem, &none));
    shared_root_dev_close(&none);
}

static struct status anchor(size_t i, uint64_t height, uint8_t header, uint8_t follows)
{
    const struct publisher_anchor what = {height, {header}, {follows}};
    struct publisher_port port = shared_root_dev_port(node[i]);
    return publisher_anchor(&port, &what);
}

/* The first byte of the header that a node reads, 0 for none. */
static unsigned read_anchor(size_t i, uint64_t now_ms, uint64_t height)
{
    struct registry_anchor is = {.height = 99};
    assert_status(OK, shared_root_dev_anchor(node[i], now_ms, &is));
    assert_int_equal(height, is.height);
    assert_int_equal(height != 0, is.is_anchored);
    return is.header[0];
}

static void anchors_rise_and_follow_each_other(void **state)
{
    (void)state;
    assert_int_equal(0, read_anchor(2, 0, 0));
    assert_status(ANCHOR_MOVED, anchor(0, 5, 1, 9));
    assert_status(CALL_REVERTED, anchor(0, 5, 0, 0));
    assert_status(ANCHOR_HEIGHT, anchor(0, 0, 1, 0));
    assert_status(ANCHOR_HEIGHT, anchor(0, 1 + (1 << 20), 1, 0));
    assert_int_equal(0, read_anchor(0, 0, 0));
    assert_status(OK, anchor(0, 1 << 20, 1, 0));
    assert_status(OK, anchor(1, 1 << 20, 1, 0)); /* which is what is there */
    assert_status(ANCHOR_HEIGHT, anchor(1, 1 << 20, 2, 1));
    assert_status(ANCHOR_HEIGHT, anchor(1, 7, 2, 1));
    assert_status(ANCHOR_MOVED, anchor(1, (1 << 20) + 1, 2, 0));
    assert_status(OK, anchor(1, (1 << 20) + 1, 2, 1));
    assert_status(ANCHOR_HEIGHT, anchor(0, UINT64_MAX, 3, 2));
    assert_int_equal(0, read_anchor(2, SHARED_ROOT_DEV_LOOK_MS - 1, 0));
    assert_int_equal(2, read_anchor(2, SHARED_ROOT_DEV_LOOK_MS, (1 << 20) + 1));
}

static void write_anchor(const char *text)
{
    int file = open(anchor_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(strlen(text), write(file, text, strlen(text)));
    close(file);
}

static void what_is_no_anchor_is_told(void **state)
{
    static const char whole[] = "00000000000000000007 0x02000000000000000000000000000000"
                                "00000000000000000000000000000000\n";
    char text[sizeof whole + 1] = {0};
    struct registry_anchor is;
    uint64_t now_ms = 0;
    (void)state;
    for (size_t len = 1; len < sizeof whole - 1; len++) {
        memcpy(text, whole, len);
        write_anchor(text);
        now_ms += 1000;
        assert_status(REGISTRY_LOST, shared_root_dev_anchor(node[0], now_ms, &is));
        assert_int_equal(0, is.height);
        assert_status(REGISTRY_LOST, anchor(1, 8, 3, 2));
    }
    for (size_t at = 0; at < sizeof whole - 1; at++) {
        memcpy(text, whole, sizeof whole - 1);
        text[at] = '/';
        write_anchor(text);
        now_ms += 1000;
        assert_status(REGISTRY_LOST, shared_root_dev_anchor(node[0], now_ms, &is));
    }
    write_anchor(whole);
    assert_int_equal(2, read_anchor(0, now_ms + 1000, 7));
    write_anchor(""); /* what was read stays */
    assert_int_equal(2, read_anchor(0, now_ms + 2000, 7));
    assert_int_equal(0, read_anchor(1, now_ms + 2000, 0));
    assert_int_equal(0, unlink(anchor_path));
    assert_int_equal(0, symlink(path, anchor_path));
    assert_status(IO, anchor(1, 8, 3, 2));
    assert_status(REGISTRY_LOST, shared_root_dev_anchor(node[1], now_ms + 3000, &is));
}

/* Processes that try at once. Returns: how many ended with OK, where the others got other. */
static int race(struct status (*act)(size_t i), enum status_code other)
{
    int go[2];
    int winners = 0;
    pid_t child[NODES];
    assert_int_equal(0, pipe(go));
    for (size_t i = 0; i < NODES; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            char one;
            close(go[1]);
            (void)!read(go[0], &one, 1);
            struct status status = act(i);
            _exit(status_is_ok(status) ? 0 : status.code == other ? 1 : 2);
        }
    }
    close(go[0]);
    close(go[1]);
    for (size_t i = 0; i < NODES; i++) {
        int ended = 0;
        assert_int_equal(child[i], waitpid(child[i], &ended, 0));
        assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) <= 1);
        winners += WEXITSTATUS(ended) == 0;
    }
    return winners;
}

static struct status publish_own(size_t i)
{
    return publish(i, (uint8_t)(i + 1));
}

static struct registry_epochs epochs_of(size_t i, uint64_t now_ms)
{
    struct registry_epochs epochs = {.deadline_ms = 77};
    assert_status(OK, shared_root_dev_epochs(node[i], now_ms, &epochs));
    assert_int_equal(77, epochs.deadline_ms);
    return epochs;
}

static struct status propose(size_t i, uint32_t epoch, uint8_t first)
{
    const uint8_t hash[REGISTRY_HASH] = {first};
    struct publisher_port port = shared_root_dev_port(node[i]);
    return publisher_propose_epoch(&port, epoch, hash);
}

static struct status execute(size_t i, uint64_t proposal, uint8_t first)
{
    const uint8_t hash[REGISTRY_HASH] = {first};
    struct publisher_port port = shared_root_dev_port(node[i]);
    return publisher_execute_epoch(&port, proposal, hash);
}

/* A file beside the first; without text it is removed. */
static void set_beside(const char *behind, const char *text)
{
    char name[160];
    (void)snprintf(name, sizeof name, "%s%s", path, behind);
    if (text == NULL) {
        assert_int_equal(0, unlink(name));
        return;
    }
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t len = strlen(text);
    assert_int_equal(len, write(file, text, len));
    close(file);
}

#define ZEROS_30 "000000000000000000000000000000000000000000000000000000000000"

static void a_later_root_is_proposed_and_executed(void **state)
{
    (void)state;
    assert_int_equal(0, epochs_of(0, 0).count);
    assert_status(ALREADY_PUBLISHED, propose(0, 2, 5));
    assert_status(OK, propose(0, 1, 5));
    assert_status(OK, propose(0, 1, 5));
    assert_status(OK, propose(1, 1, 5));
    assert_status(ALREADY_PUBLISHED, propose(1, 1, 6));
    struct registry_epochs is = epochs_of(1, 1000);
    assert_true(is.next == REGISTRY_NEXT_PROPOSED && is.proposal == 1 && is.commitment[0] == 5);
    assert_false(is.is_due);
    assert_status(CALL_REVERTED, execute(1, 1, 5));
    assert_int_equal(0, epochs_of(1, 2000).count);
    set_beside(".proposal-1.1", "0x05" ZEROS_30 "00 1700000000\n");
    assert_true(epochs_of(1, 3000).is_due);
    assert_status(OK, execute(1, 2, 5)); /* others are proposed no more */
    assert_status(OK, execute(1, 1, 6));
    assert_int_equal(0, epochs_of(1, 4000).count);
    assert_status(OK, execute(1, 1, 5));
    assert_status(OK, execute(0, 1, 5));
    is = epochs_of(2, 5000);
    assert_true(is.count == 1 && is.list[0][0] == 5 && is.next == REGISTRY_NEXT_NONE);
    set_beside(".proposal-1.1", NULL);
    set_beside(".epoch-1", NULL);
    assert_int_equal(1, epochs_of(2, 6000).count);
}

static void a_veto_ends_a_proposal(void **state)
{
    (void)state;
    assert_status(OK, propose(0, 1, 5));
    set_beside(".proposal-1.1.veto", "");
    assert_int_equal(REGISTRY_NEXT_NONE, epochs_of(1, 1000).next);
    set_beside(".proposal-1.1", "0x05" ZEROS_30 "00 1700000000\n");
    assert_status(OK, execute(1, 1, 5));
    assert_int_equal(0, epochs_of(1, 2000).count);
    assert_status(OK, propose(1, 1, 6));
    struct registry_epochs is = epochs_of(0, 3000);
    assert_true(is.proposal == 2 && is.commitment[0] == 6);
    set_beside(".proposal-1.1", NULL);
    set_beside(".proposal-1.1.veto", NULL);
    set_beside(".proposal-1.2", NULL);
}

static void what_is_no_proposal_is_told(void **state)
{
    static const char *const wrong[] = {"",
                                        "0x05" ZEROS_30 "00\n",
                                        "0x05" ZEROS_30 "00 \n",
                                        "0x05" ZEROS_30 "00 x\n",
                                        "0x05" ZEROS_30 "00 17",
                                        "0x05" ZEROS_30 "00 99999999999999999999\n"};
    struct registry_epochs is;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        set_beside(".proposal-1.1", wrong[i]);
        assert_status(REGISTRY_LOST, shared_root_dev_epochs(node[0], 1000 * (i + 1), &is));
        assert_status(REGISTRY_LOST, propose(1, 1, 5));
    }
    set_beside(".proposal-1.1", NULL);
    set_beside(".epoch-1", "0x05" ZEROS_30 "00 17\n");
    assert_status(REGISTRY_LOST, shared_root_dev_epochs(node[0], 100000, &is));
    set_beside(".epoch-1", NULL);
}

/* Processes that publish at once: one wins, the others read its hash. */
static void of_many_at_once_one_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < RACES; i++) {
        assert_int_equal(1, race(publish_own, STATUS_ALREADY_PUBLISHED));
        assert_int_equal(0, unlink(path));
    }
}

/* Each above the other, so that by their heights several could win. */
static struct status anchor_own(size_t i)
{
    struct status status = anchor(i, i + 1, (uint8_t)(i + 1), 0);
    return status.code == STATUS_ANCHOR_HEIGHT ? FAIL(ANCHOR_MOVED) : status;
}

static void of_many_that_follow_one_anchor_one_wins(void **state)
{
    (void)state;
    for (size_t i = 0; i < RACES; i++) {
        assert_int_equal(1, race(anchor_own, STATUS_ANCHOR_MOVED));
        assert_int_equal(0, unlink(anchor_path));
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_first_hash_wins),
        CASE(a_later_root_is_proposed_and_executed),
        CASE(a_veto_ends_a_proposal),
        CASE(what_is_no_proposal_is_told),
        CASE(it_is_looked_for_now_and_then),
        CASE(what_was_read_stays),
        CASE(what_is_no_hash_is_told),
        CASE(a_folder_that_is_not_there_is_told),
        CASE(paths_that_are_none_are_refused),
        CASE(anchors_rise_and_follow_each_other),
        CASE(what_is_no_anchor_is_told),
        CASE(of_many_that_follow_one_anchor_one_wins),
        CASE(of_many_at_once_one_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
