/* volumes.c - a volume has no state here: it is on the disk, or in a task. */

#include "agent/volumes.h"

#include <stdio.h>
#include <string.h>

#include "agent/step.h"

enum {
    NAME_MAX_SIZE = 200,
    REMOVED_MAX = 200,
};

bool volumes_is_name(const char *name)
{
    if (name[0] == '\0' || name[0] == '.' || strlen(name) > NAME_MAX_SIZE)
        return false;
    for (; *name != '\0'; name++)
        if (!((*name >= 'a' && *name <= 'z') ||
              (*name >= 'A' && *name <= 'Z') ||
              (*name >= '0' && *name <= '9') || strchr("._-", *name) != NULL))
            return false;
    return true;
}

const char *volumes_directory(const char *user,
                              const char *name,
                              struct arena *arena)
{
    size_t size = strlen(user) + strlen(name) + 2;
    char *text = arena_alloc(arena, size);

    snprintf(text, size, "%s/%s", user, name);
    for (char *c = text; c < text + strlen(user); c++)
        if (*c == '/' || (c == text && *c == '.'))
            *c = '_'; /* it will not be found anyway */
    return text;
}

/* As the task's process will be. */
static const char *user_of(const struct task *t,
                           const Mesos__V1__TaskInfo *info,
                           const struct step *step)
{
    const char *user = info->command->user != NULL ? info->command->user
                                                   : t->framework->info->user;

    return user[0] != '\0' ? user : step->options->user;
}

static bool has(const Mesos__V1__ContainerInfo *c, const char *name)
{
    for (size_t i = 0; c != NULL && i < c->n_volumes; i++) {
        const Mesos__V1__Volume__Source *s = c->volumes[i]->source;

        if (s != NULL && s->docker_volume != NULL &&
            strcmp(s->docker_volume->name, name) == 0)
            return true;
    }
    return false;
}

static const struct task *find_holder(const struct task *t,
                                      const char *user,
                                      const char *name,
                                      struct step *step)
{
    const struct task *other;

    TAILQ_FOREACH (other, &step->roster->tasks, entry) {
        const Mesos__V1__TaskInfo *info;

        if (other == t || other->executor != NULL ||
            task_has_ended(other->state))
            continue;
        info = roster_task_info(other, step->fx->arena);
        if (info != NULL && info->command != NULL &&
            has(info->container, name) &&
            strcmp(user, user_of(other, info, step)) == 0)
            return other;
    }
    return NULL;
}

bool volumes_refuses(const struct task *task,
                     const Mesos__V1__TaskInfo *info,
                     struct step *step,
                     struct refusal *r)
{
    const struct task *holder;

    if (info->n_removed_volumes == 0)
        return false;
    if (info->command == NULL || info->n_removed_volumes > REMOVED_MAX) {
        refusal_set(r, TASK_ERROR,
                    MESOS__V1__TASK_STATUS__REASON__REASON_TASK_INVALID,
                    "volumes are removed by tasks with a command, %d at most",
                    REMOVED_MAX);
        return true;
    }
    for (size_t i = 0; i < info->n_removed_volumes; i++) {
        const char *name = info->removed_volumes[i];

        if (!volumes_is_name(name)) {
            refusal_set(r, TASK_ERROR,
                        MESOS__V1__TASK_STATUS__REASON__REASON_TASK_INVALID,
                        "a volume that it is to remove has no name");
            return true;
        }
        holder = find_holder(task, user_of(task, info, step), name, step);
        if (holder == NULL)
            continue;
        refusal_set(
            r, TASK_FAILED,
            MESOS__V1__TASK_STATUS__REASON__REASON_CONTAINER_LAUNCH_FAILED,
            "volume %.100s is not removed: task %.100s has it", name,
            holder->id);
        return true;
    }
    return false;
}

const char *const *volumes_removed(const struct task *task,
                                   const Mesos__V1__TaskInfo *info,
                                   struct step *step)
{
    struct arena *arena = step->fx->arena;
    const char **list;

    if (info->n_removed_volumes == 0)
        return NULL;
    list = arena_alloc(arena, (info->n_removed_volumes + 1) * sizeof *list);
    for (size_t i = 0; i < info->n_removed_volumes; i++)
        list[i] = volumes_directory(user_of(task, info, step),
                                    info->removed_volumes[i], arena);
    list[info->n_removed_volumes] = NULL;
    return list;
}
