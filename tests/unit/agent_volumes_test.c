/* agent_volumes_test.c - volumes are removed for a task, and not from under
 * another. */

#include <string.h>

#include "agent/volumes.h"
#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

static Mesos__V1__TaskInfo *removing(struct desk *d,
                                     const char *id,
                                     const char *volume)
{
    Mesos__V1__TaskInfo *task = desk_task(d, id);

    task->n_removed_volumes = 1;
    task->removed_volumes = arena_alloc(desk_arena(d), sizeof(char *));
    task->removed_volumes[0] = arena_strdup(desk_arena(d), volume);
    return task;
}

static Mesos__V1__TaskInfo *having(struct desk *d,
                                   const char *id,
                                   const char *volume)
{
    struct arena *arena = desk_arena(d);
    Mesos__V1__TaskInfo *task = desk_task(d, id);
    Mesos__V1__Volume *v = message_new(arena, &mesos__v1__volume__descriptor);
    Mesos__V1__ContainerInfo *c =
        message_new(arena, &mesos__v1__container_info__descriptor);

    c->type = MESOS__V1__CONTAINER_INFO__TYPE__DOCKER;
    c->docker =
        message_new(arena, &mesos__v1__container_info__docker_info__descriptor);
    c->docker->image = arena_strdup(arena, "web:1");
    v->mode = MESOS__V1__VOLUME__MODE__RW;
    v->container_path = arena_strdup(arena, "/data");
    v->source = message_new(arena, &mesos__v1__volume__source__descriptor);
    v->source->type = MESOS__V1__VOLUME__SOURCE__TYPE__DOCKER_VOLUME;
    v->source->docker_volume = message_new(
        arena, &mesos__v1__volume__source__docker_volume__descriptor);
    v->source->docker_volume->name = arena_strdup(arena, volume);
    c->volumes = arena_alloc(arena, sizeof(Mesos__V1__Volume *));
    c->volumes[0] = v;
    c->n_volumes = 1;
    task->container = c;
    return task;
}

static bool ends(struct desk *d, const char *id, const char *words)
{
    const Mesos__V1__TaskStatus *status = desk_take_update(d, id);

    return status != NULL && task_has_ended((enum task_state)status->state) &&
           status->message != NULL && strstr(status->message, words) != NULL;
}

static void it_is_ordered_before_the_task_is_there(void)
{
    struct desk *d = desk_new();
    const struct order *o;

    desk_register(d);
    desk_launch(d, removing(d, "t", "data"));
    o = desk_take_order(d, ORDER_PREPARE, "F/t");
    CHECK(o != NULL && o->prepare.removed_volumes != NULL);
    if (o != NULL && o->prepare.removed_volumes != NULL) {
        CHECK(strstr(o->prepare.removed_volumes[0], "/data") != NULL);
        CHECK(o->prepare.removed_volumes[1] == NULL);
    }
    desk_launch(d, desk_task(d, "u"));
    o = desk_take_order(d, ORDER_PREPARE, "F/u");
    CHECK(o != NULL && o->prepare.removed_volumes == NULL);
    desk_free(d);
}

static void what_another_task_has_stays(void)
{
    struct desk *d = desk_new();

    desk_register(d);
    desk_launch(d, having(d, "holder", "data"));
    desk_launch(d, removing(d, "t", "data"));
    CHECK(ends(d, "t", "task holder has it"));
    CHECK(desk_take_order(d, ORDER_PREPARE, "F/t") == NULL);
    desk_launch(d, removing(d, "u", "other"));
    CHECK(desk_take_order(d, ORDER_PREPARE, "F/u") != NULL);
    desk_free(d);
}

static void a_name_leads_nowhere_else(void)
{
    struct desk *d = desk_new();

    desk_register(d);
    desk_launch(d, removing(d, "t", "../other/data"));
    CHECK(ends(d, "t", "has no name"));
    CHECK(!volumes_is_name("") && !volumes_is_name(".trash"));
    CHECK(volumes_is_name("7.shop.data"));
    desk_free(d);
}

int main(void)
{
    it_is_ordered_before_the_task_is_there();
    what_another_task_has_stays();
    a_name_leads_nowhere_else();
    return test_done();
}
