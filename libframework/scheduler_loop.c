/* scheduler_loop.c - a scheduler run for real: found, opened and turned. */

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "libframework/loop.h"
#include "libframework/scheduler.h"

static const char *user_name(char *text, size_t size)
{
    const struct passwd *entry = getpwuid(geteuid());

    if (entry != NULL)
        return entry->pw_name;
    snprintf(text, size, "%ld", (long)geteuid());
    return text;
}

/* Find the cluster and open what the scheduler needs, once. */
static int attach(struct mezzo_scheduler *s)
{
    struct mezzo_cluster *cluster;
    struct core_surroundings surroundings = {.seed = loop_seed()};
    struct loop_options options = {.machine = scheduler_machine(s),
                                   .store_file = s->options.store,
                                   .has_store = true,
                                   .stands_by = s->options.stands_by};
    char user[32];
    int result;

    if (s->loop != NULL)
        return 0;
    if (s->state != SCHEDULER_NEW)
        return error_set(&s->fault, -ESHUTDOWN, "the scheduler has left");
    cluster = memory_new(1, sizeof *cluster);
    result = mezzo_cluster_find(&s->options.cluster, cluster, s->fault.text);
    surroundings.user = user_name(user, sizeof user);
    surroundings.masters = options.masters = cluster->master;
    surroundings.master_key = cluster->master_key;
    options.key_file = cluster->framework_key_file;
    if (result == 0)
        result = scheduler_prepare(s, &surroundings, &s->fault);
    if (result == 0)
        result = loop_open(&options, &s->loop, &s->fault);
    if (result == 0) {
        s->surroundings.called = loop_called;
        s->surroundings.arg = s->loop;
    }
    free(cluster);
    return result;
}

static int ended(struct mezzo_scheduler *s)
{
    int status = loop_status(s->loop);

    s->surroundings.called = NULL;
    loop_close(s->loop);
    s->loop = NULL;
    switch ((enum core_status)status) {
    case CORE_DONE:
        return 0;
    case CORE_ABANDONED:
        return -ETIMEDOUT;
    case CORE_REFUSED:
        break;
    }
    return -ECANCELED;
}

int mezzo_scheduler_run(struct mezzo_scheduler *s)
{
    int result = attach(s);

    if (result < 0)
        return result;
    while (loop_process(s->loop))
        loop_wait(s->loop, -1);
    return ended(s);
}

int mezzo_scheduler_fd(struct mezzo_scheduler *s)
{
    int result = attach(s);

    return result < 0 ? result : loop_fd(s->loop);
}

int mezzo_scheduler_process(struct mezzo_scheduler *s)
{
    int result = attach(s);

    if (result < 0)
        return result;
    return loop_process(s->loop) ? 1 : ended(s);
}

void mezzo_scheduler_wake(struct mezzo_scheduler *s)
{
    if (s->loop != NULL)
        loop_wake(s->loop);
}

void mezzo_scheduler_free(struct mezzo_scheduler *s)
{
    if (s == NULL)
        return;
    loop_close(s->loop);
    scheduler_free(s);
}
