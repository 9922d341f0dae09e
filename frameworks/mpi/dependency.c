/* dependency.c - which jobs one waits for. */

#include "frameworks/mpi/dependency.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/mpi/array.h"
#include "frameworks/mpi/quantity.h"

static const char *const names[] = {
    [DEPENDENCY_AFTER] = "after",           [DEPENDENCY_AFTEROK] = "afterok",
    [DEPENDENCY_AFTERNOTOK] = "afternotok", [DEPENDENCY_AFTERANY] = "afterany",
    [DEPENDENCY_SINGLETON] = "singleton",
};

enum {
    KINDS_COUNT = sizeof names / sizeof names[0],
    JOB_MAX = 999999999,
};

const char *dependency_kind_name(enum dependency_kind kind)
{
    return names[kind];
}

static int add(struct dependency *d,
               const struct dependency_item *item,
               struct error *err)
{
    if (d->count == DEPENDENCY_ITEMS_MAX)
        return error_set(err, -EINVAL, "a job waits for at most %d others",
                         DEPENDENCY_ITEMS_MAX);
    d->items = memory_resize(d->items, d->count + 1, sizeof *d->items);
    d->items[d->count++] = *item;
    return 0;
}

/* "41" or "41_3". */
static int parse_job(char *text, struct dependency_item *item)
{
    char *underscore = strchr(text, '_');
    int64_t job, index = 0;

    if (underscore != NULL)
        *underscore = '\0';
    if (quantity_read_number(text, 1, JOB_MAX, &job) < 0)
        return -EINVAL;
    if (underscore != NULL &&
        quantity_read_number(underscore + 1, 0, ARRAY_INDEX_MAX, &index) < 0)
        return -EINVAL;
    item->job = (uint64_t)job;
    item->has_index = underscore != NULL;
    item->index = (unsigned)index;
    return 0;
}

/* "afterok:41:42" or "singleton". */
static int parse_part(char *part, struct dependency *d, struct error *err)
{
    char *rest = part, *name = strsep(&rest, ":"), *job;
    struct dependency_item item = {0};
    int kind = 0;

    while (kind < KINDS_COUNT && strcmp(names[kind], name) != 0)
        kind++;
    if (kind == KINDS_COUNT)
        return error_set(err, -EINVAL,
                         "%.40s: a dependency is after, afterok, afternotok or "
                         "afterany with job numbers (afterok:41), or singleton",
                         name);
    item.kind = (enum dependency_kind)kind;
    if ((kind == DEPENDENCY_SINGLETON) != (rest == NULL))
        return error_set(err, -EINVAL, "%s: %s", name,
                         rest == NULL ? "of which job? " : "it takes no job");
    if (rest == NULL)
        return add(d, &item, err);
    while ((job = strsep(&rest, ":")) != NULL) {
        if (parse_job(job, &item) < 0)
            return error_set(err, -EINVAL, "%s: \"%.40s\" is no job number",
                             name, job);
        if (add(d, &item, err) < 0)
            return -EINVAL;
    }
    return 0;
}

int dependency_parse(const char *text, struct dependency *d, struct error *err)
{
    AUTO(auto_free) char *copy = memory_strdup(text);
    struct dependency made = {.is_any = strchr(text, '?') != NULL};
    char *rest = copy, *part;

    if (made.is_any && strchr(text, ',') != NULL)
        return error_set(err, -EINVAL,
                         "all (,) and any (?) cannot be in one dependency");
    while ((part = strsep(&rest, ",?")) != NULL)
        if (parse_part(part, &made, err) < 0) {
            free(made.items);
            return -EINVAL;
        }
    dependency_release(d);
    *d = made;
    return 0;
}

void dependency_release(struct dependency *d)
{
    free(d->items);
    *d = (struct dependency){0};
}

enum dependency_fact dependency_look(const struct dependency *d,
                                     dependency_look_f *look,
                                     void *arg,
                                     const struct dependency_item **blocking)
{
    /* Of all, one that is not met decides; of any, one that is not lost. */
    enum dependency_fact fact = d->is_any ? DEPENDENCY_NEVER : DEPENDENCY_MET;

    *blocking = NULL;
    for (size_t i = 0; i < d->count; i++) {
        enum dependency_fact each = look(&d->items[i], arg);

        if (d->is_any && each == DEPENDENCY_MET)
            return DEPENDENCY_MET;
        if (!d->is_any && each == DEPENDENCY_NEVER) {
            *blocking = &d->items[i];
            return DEPENDENCY_NEVER;
        }
        if (each == DEPENDENCY_WAITS)
            fact = DEPENDENCY_WAITS;
        if (each != DEPENDENCY_MET && *blocking == NULL)
            *blocking = &d->items[i];
    }
    return fact;
}
