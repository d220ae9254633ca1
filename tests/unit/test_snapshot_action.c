/* Snapshots in a real folder. */
#include <fcntl.h>
#include <unistd.h>

#include "blob/blob_folder.h"
#include "fixtures/snapshot_one.h"
#include "fixtures/test_folder.h"

static char path[64];
static struct blob_folder folder;
static struct snapshot_room room;

static int set_up_folder(void **state)
{
    set_up(state);
    (void)snprintf(path, sizeof path, "/tmp/test_snapshot_XXXXXX");
    assert_non_null(mkdtemp(path));
    folder = (struct blob_folder){open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), entropy_system(),
                                  NULL};
    return folder.folder >= 0 ? 0 : -1;
}

static int tear_down_folder(void **state)
{
    test_folder_entries(folder.folder, true);
    close(folder.folder);
    return rmdir(path) == 0 ? tear_down(state) : -1;
}

static struct status write_to_folder(void)
{
    struct blob_port port = blob_folder_port(&folder);
    struct snapshot_writer *writer = world_writer(&world);
    struct snapshot_action action;
    struct snapshot_answer answer;
    uint64_t due_ms;
    while (snapshot_writer_next(writer, &world.now, &action, &due_ms) &&
           action.kind != SNAPSHOT_ENDED) {
        if (action.kind == SNAPSHOT_STORE) {
            snapshot_writer_read(writer, kv);
        } else {
            snapshot_action_carry_out(&port, &action, &room, &answer);
            snapshot_writer_answered(writer, &world.now, action.id, &answer);
        }
    }
    snapshot_writer_close(&writer);
    return action.status;
}

/* Into a storage in memory, from which it is restored. */
static struct storage *read_folder(void)
{
    struct blob_port port = blob_folder_port(&folder);
    struct storage *copy = storage_make();
    struct snapshot_action list = {.kind = SNAPSHOT_LIST};
    struct snapshot_answer answer;
    snapshot_action_carry_out(&port, &list, &room, &answer);
    assert_status(OK, answer.status);
    assert_false(answer.list->more);
    const struct blob_list names = *answer.list;
    for (size_t i = 0; i < names.count; i++) {
        struct snapshot_action get = {.kind = SNAPSHOT_GET, .name = names.names[i]};
        snapshot_action_carry_out(&port, &get, &room, &answer);
        assert_status(OK, answer.status);
        storage_insert(copy, &names.names[i], answer.object);
    }
    return copy;
}

static void a_folder_keeps_snapshots(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        put_many(20 + i, "value");
        assert_status(OK, write_to_folder());
        struct storage *copy = read_folder();
        restores_to_this(copy);
        storage_free(copy);
    }
}

static void what_is_removed_is_absent(void **state)
{
    struct blob_port port = blob_folder_port(&folder);
    struct snapshot_answer answer;
    (void)state;
    struct snapshot_action action = {.kind = SNAPSHOT_PUT, .name = {"p1"}, .object = bytes_of("x")};
    snapshot_action_carry_out(&port, &action, &room, &answer);
    assert_status(OK, answer.status);
    action.kind = SNAPSHOT_REMOVE;
    snapshot_action_carry_out(&port, &action, &room, &answer);
    assert_status(OK, answer.status);
    action.kind = SNAPSHOT_GET;
    snapshot_action_carry_out(&port, &action, &room, &answer);
    assert_status(BLOB_ABSENT, answer.status);
    assert_int_equal(0, answer.object.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_folder_keeps_snapshots, set_up_folder, tear_down_folder),
        cmocka_unit_test_setup_teardown(what_is_removed_is_absent, set_up_folder, tear_down_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
