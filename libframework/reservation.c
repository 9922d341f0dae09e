/* reservation.c - resources are written without a role, and all of them go to
 * the one that is named beside. */

#include "libframework/reservation.h"

#include <errno.h>

#include "base/memory.h"
#include "base/message.h"
#include "base/resources.h"
#include "base/role.h"

int reservation_check(const struct mezzo_question *question, struct error *err)
{
    struct resources r = {0};
    struct error why;
    int rc = 0;

    if (question->role == NULL || !role_is_valid(question->role) ||
        question->role[0] == '*')
        return error_set(err, -EINVAL, "a role is needed that has a name");
    if (question->resources == NULL ||
        resources_parse(&r, question->resources, &why) < 0)
        return error_set(err, -EINVAL, "resources: %s",
                         question->resources == NULL ? "none are named"
                                                     : why.text);
    if (resources_is_empty(&r))
        rc = error_set(err, -EINVAL, "resources: none are named");
    for (size_t i = 0; rc == 0 && i < r.count; i++)
        if (r.items[i].reserved_role != NULL)
            rc = error_set(err, -EINVAL,
                           "resources: %s: the role is said beside them",
                           r.items[i].name);
    resources_release(&r);
    return rc;
}

void reservation_write(Mesos__V1__Master__Call *call,
                       const struct mezzo_question *question,
                       struct arena *arena)
{
    Mesos__V1__Master__Call__ReserveResources *c = message_new(
        arena, &mesos__v1__master__call__reserve_resources__descriptor);
    struct resources plain = {0}, reserved = {0};

    resources_parse(&plain, question->resources, NULL);
    for (size_t i = 0; i < plain.count; i++) {
        struct resource one = {0};

        resource_copy(&one, &plain.items[i]);
        one.reserved_role = memory_strdup(question->role);
        one.is_dynamic = true;
        resources_take(&reserved, &one);
    }
    c->agent_id = message_new(arena, &mesos__v1__agent_id__descriptor);
    c->agent_id->value = arena_strdup(arena, question->subject);
    c->resources = resources_to_wire(&reserved, NULL, arena, &c->n_resources);
    c->has_force = 1;
    c->force = question->is_forced;
    resources_release(&plain);
    resources_release(&reserved);
    if (question->kind == MEZZO_RESERVE) {
        call->type = MESOS__V1__MASTER__CALL__TYPE__RESERVE_RESOURCES;
        call->reserve_resources = c;
    } else {
        call->type = MESOS__V1__MASTER__CALL__TYPE__UNRESERVE_RESOURCES;
        call->unreserve_resources = c;
    }
}

const char *reservation_show(Mesos__V1__Resource *const *wire,
                             size_t count,
                             struct arena *arena)
{
    struct resources all = {0}, reserved = {0};
    const char *text = NULL;

    if (resources_from_wire(&all, wire, count, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < all.count; i++) {
        struct resources one = {.items = &all.items[i], .count = 1};

        if (all.items[i].reserved_role != NULL)
            resources_add(&reserved, &one);
    }
    if (!resources_is_empty(&reserved))
        text = resources_format(&reserved, arena);
    resources_release(&all);
    resources_release(&reserved);
    return text;
}
