#include "snapshot/snapshot_action.h"

#include "base/invariant.h"

void snapshot_action_carry_out(const struct blob_port *port, const struct snapshot_action *action,
                               struct snapshot_room *room, struct snapshot_answer *ret_answer)
{
    struct buf object = buf_over(room->object, sizeof room->object);
    *ret_answer = (struct snapshot_answer){.list = &room->list};
    switch ((int)action->kind) {
    case SNAPSHOT_GET:
        ret_answer->status = blob_get(port, &action->name, &object);
        ret_answer->object = buf_bytes(&object);
        break;
    case SNAPSHOT_PUT:
        ret_answer->status = blob_put(port, &action->name, action->object);
        break;
    case SNAPSHOT_LIST:
        ret_answer->status = blob_list(port, &action->name, &action->after, &room->list);
        break;
    default:
        INVARIANT(action->kind == SNAPSHOT_REMOVE);
        ret_answer->status = blob_remove(port, &action->name);
        break;
    }
}
