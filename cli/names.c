/* names.c - each way to name a task is a test on a row; they are tried in
 * order. */

#include "cli/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef bool names_f(const struct mezzo_task_row *task, const char *name);

static bool is_full_id(const struct mezzo_task_row *task, const char *name)
{
    size_t length = strlen(task->framework_id);

    return strncmp(name, task->framework_id, length) == 0 &&
           name[length] == '/' && strcmp(name + length + 1, task->id) == 0;
}

static bool is_id(const struct mezzo_task_row *task, const char *name)
{
    return strcmp(task->id, name) == 0;
}

static bool is_name(const struct mezzo_task_row *task, const char *name)
{
    return task->name != NULL && strcmp(task->name, name) == 0;
}

static bool is_prefix(const struct mezzo_task_row *task, const char *name)
{
    return strncmp(task->id, name, strlen(name)) == 0;
}

struct found {
    const struct mezzo_task_row *first;
    const struct mezzo_task_row *second; /* NULL: there is but one */
    size_t count;
};

static void note(struct found *found, const struct mezzo_task_row *task)
{
    found->count++;
    if (found->first == NULL)
        found->first = task;
    else if (found->second == NULL)
        found->second = task;
}

static const struct mezzo_task_row *choose(const struct found *found,
                                           const char *name,
                                           struct error *err)
{
    if (found->count == 1)
        return found->first;
    error_set(err, -EEXIST,
              "%zu tasks are called %s; say which by FRAMEWORK/TASK, such as "
              "%s/%s or %s/%s",
              found->count, name, found->first->framework_id, found->first->id,
              found->second->framework_id, found->second->id);
    return NULL;
}

const struct mezzo_task_row *names_find(const struct mezzo_task_row *tasks,
                                        size_t tasks_count,
                                        const char *name,
                                        struct error *err)
{
    static names_f *const ways[] = {is_full_id, is_id, is_name, is_prefix};

    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        struct found alive = {0}, ended = {0};

        for (size_t i = 0; i < tasks_count && *name != '\0'; i++)
            if (ways[w](&tasks[i], name))
                note(mezzo_task_has_ended(tasks[i].state) ? &ended : &alive,
                     &tasks[i]);
        if (alive.count > 0)
            return choose(&alive, name, err);
        if (ended.count > 0)
            return choose(&ended, name, err);
    }
    error_set(err, -ENOENT, "there is no task %s; see: mezzo tasks", name);
    return NULL;
}
