/* run_table.c - a list, and a table by name.
 *
 * By number and process it is searched from its end: what is asked for was
 * mostly added lately. */

#include "config.h"

#include "agent/os/run_table.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/os/pids.h"
#include "base/table.h"

struct run_table {
    struct table *by_name;
    struct run_list list;
    uint64_t next_number;
};

static const char *name_of(const void *run)
{
    return ((const struct run *)run)->name;
}

struct run_table *run_table_new(void)
{
    struct run_table *t = calloc(1, sizeof *t);

    if (t == NULL)
        abort();
    t->by_name = table_new(name_of);
    t->next_number = 1;
    TAILQ_INIT(&t->list);
    return t;
}

void run_table_free(struct run_table *t)
{
    struct run *run;

    if (t == NULL)
        return;
    while ((run = TAILQ_FIRST(&t->list)) != NULL)
        run_table_remove(t, run);
    table_free(t->by_name);
    free(t);
}

struct run_list *run_table_list(struct run_table *t)
{
    return &t->list;
}

struct run *run_table_add(struct run_table *t, const char *name)
{
    struct run *run;

    assert(table_find(t->by_name, name) == NULL);
    if (table_count(t->by_name) == RUNS_MAX)
        return NULL;
    run = calloc(1, sizeof *run);
    if (run == NULL || (run->name = strdup(name)) == NULL)
        abort();
    run->number = t->next_number++;
    run->pidfd = -1;
    run->line = PIDS_NONE;
    TAILQ_INIT(&run->processes);
    TAILQ_INIT(&run->inputs);
    table_add(t->by_name, run);
    TAILQ_INSERT_TAIL(&t->list, run, link);
    return run;
}

void run_table_remove(struct run_table *t, struct run *run)
{
    assert(TAILQ_EMPTY(&run->processes) && TAILQ_EMPTY(&run->inputs));
    table_remove(t->by_name, run);
    TAILQ_REMOVE(&t->list, run, link);
    if (run->ended != NULL)
        event_free(run->ended);
    if (run->again != NULL)
        event_free(run->again);
    if (run->pidfd >= 0)
        close(run->pidfd);
    user_release(&run->user);
    free(run->token);
    free(run->name);
    free(run);
}

struct run *run_table_find(const struct run_table *t, const char *name)
{
    return table_find(t->by_name, name);
}

struct run *run_table_find_number(const struct run_table *t, uint64_t number)
{
    struct run *run;

    TAILQ_FOREACH_REVERSE (run, &t->list, run_list, link)
        if (run->number == number)
            return run;
    return NULL;
}

struct run *run_table_find_pid(const struct run_table *t, pid_t pid)
{
    struct run *run;

    TAILQ_FOREACH_REVERSE (run, &t->list, run_list, link)
        if (run->pid == pid)
            return run;
    return NULL;
}
