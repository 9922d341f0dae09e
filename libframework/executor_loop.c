/* executor_loop.c - an executor run for real. */

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "libframework/executor.h"
#include "libframework/loop.h"

/* What was not given, the agent has put there. */
static void complete(const char **option, const char *variable)
{
    if (*option == NULL)
        *option = memory_strdup(getenv(variable));
}

static int attach(struct mezzo_executor *e)
{
    const struct core_surroundings surroundings = {.seed = loop_seed()};
    const struct loop_options options = {.machine = executor_machine(e)};
    int result;

    if (e->loop != NULL)
        return 0;
    if (e->state != EXECUTOR_NEW)
        return error_set(&e->fault, -ESHUTDOWN, "the executor has left");
    complete(&e->options.endpoint, "MEZZO_EXECUTOR_ENDPOINT");
    complete(&e->options.token, "MEZZO_EXECUTOR_TOKEN");
    complete(&e->options.executor_id, "MEZZO_EXECUTOR_ID");
    complete(&e->options.framework_id, "MEZZO_FRAMEWORK_ID");
    result = executor_prepare(e, &surroundings, &e->fault);
    if (result == 0)
        result = loop_open(&options, &e->loop, &e->fault);
    if (result == 0) {
        e->surroundings.called = loop_called;
        e->surroundings.arg = e->loop;
    }
    return result;
}

static int ended(struct mezzo_executor *e)
{
    int status = loop_status(e->loop);

    e->surroundings.called = NULL;
    loop_close(e->loop);
    e->loop = NULL;
    return status == CORE_DONE ? 0 : -ECANCELED;
}

int mezzo_executor_run(struct mezzo_executor *e)
{
    int result = attach(e);

    if (result < 0)
        return result;
    while (loop_process(e->loop))
        loop_wait(e->loop, -1);
    return ended(e);
}

int mezzo_executor_fd(struct mezzo_executor *e)
{
    int result = attach(e);

    return result < 0 ? result : loop_fd(e->loop);
}

int mezzo_executor_process(struct mezzo_executor *e)
{
    int result = attach(e);

    if (result < 0)
        return result;
    return loop_process(e->loop) ? 1 : ended(e);
}

void mezzo_executor_wake(struct mezzo_executor *e)
{
    if (e->loop != NULL)
        loop_wake(e->loop);
}

void mezzo_executor_free(struct mezzo_executor *e)
{
    if (e == NULL)
        return;
    loop_close(e->loop);
    executor_free(e);
}
