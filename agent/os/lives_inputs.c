/* lives_inputs.c - TASK, TAKE, FEED, END_INPUT and RESIZE: the bytes that go to
 * and from processes by our hands. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/os/lives.h"
#include "agent/os/lives_parts.h"
#include "agent/os/pipes.h"
#include "agent/os/sandbox.h"

/* A stdin that is no program's: the run's own, or a task's of its executor. */
struct input {
    TAILQ_ENTRY(input) of_run;
    struct run *run;
    char *task; /* NULL: the run's own */
    struct pipes *pipes;
    uint64_t ticket; /* of the FEED that is not answered */
};

static void report_fed(struct lives *l, uint64_t ticket, const char *fault)
{
    lives_report(l, &(struct report){
                        .kind = REPORT_FED, .ticket = ticket, .fault = fault});
}

static void input_took(
    void *arg, const uint8_t *bytes, size_t size, bool is_error, bool is_at_end)
{
    (void)arg; /* it is never asked for */
    (void)bytes;
    (void)size;
    (void)is_error;
    (void)is_at_end;
}

static void input_fed(void *arg, const char *fault)
{
    struct input *i = arg;

    report_fed(i->run->lives, i->ticket, fault);
}

static const struct pipes_cb input_cb = {.took = input_took, .fed = input_fed};

static struct input *add(struct lives *l, struct run *run, const char *task)
{
    struct input *i = calloc(1, sizeof *i);

    if (i == NULL)
        abort();
    i->run = run;
    i->task = task == NULL ? NULL : strdup(task);
    i->pipes = pipes_new(l->options.base, &input_cb, i);
    TAILQ_INSERT_TAIL(&run->inputs, i, of_run);
    return i;
}

static void drop(struct run *run, struct input *i)
{
    TAILQ_REMOVE(&run->inputs, i, of_run);
    pipes_free(i->pipes);
    free(i->task);
    free(i);
}

void lives_inputs_forget(struct run *run)
{
    while (!TAILQ_EMPTY(&run->inputs))
        drop(run, TAILQ_FIRST(&run->inputs));
}

static struct input *find(struct run *run, const char *task)
{
    struct input *i;

    TAILQ_FOREACH (i, &run->inputs, of_run)
        if (task == NULL ? i->task == NULL
                         : i->task != NULL && strcmp(i->task, task) == 0)
            return i;
    return NULL;
}

int lives_open_input(struct lives *l,
                     struct run *run,
                     int *fd,
                     struct error *err)
{
    struct input *i = add(l, run, NULL);
    int code = pipes_open_input(i->pipes, fd, err);

    if (code < 0)
        drop(run, i);
    return code;
}

void lives_task(struct lives *l, const struct order *o)
{
    struct run *run = run_table_find(l->runs, o->run);
    struct error err = {""};
    int fd = -1;

    if (run == NULL || !run->is_user_known)
        return;
    if (sandbox_make_task(l->options.sandboxes, run->name, o->path,
                          run->user.uid, run->user.gid,
                          o->has_input ? &fd : NULL, &err) < 0)
        lives_log(l, LOG_LEVEL_NOTICE, "%s: %s", run->name, err.text);
    else if (o->has_input && find(run, o->path) == NULL)
        pipes_take_input(add(l, run, o->path)->pipes, fd);
    else if (fd >= 0)
        close(fd);
}

/* NULL: there is none (any more). */
static struct pipes *pipes_of(struct run *run, const struct order *o)
{
    struct process *p;
    struct input *i;

    if (run == NULL)
        return NULL;
    if (o->process == 0) {
        i = find(run, o->path);
        if (i != NULL && o->kind == ORDER_FEED)
            i->ticket = o->ticket;
        return i == NULL ? NULL : i->pipes;
    }
    p = lives_find_process(run, o->process);
    return p == NULL ? NULL : p->pipes;
}

void lives_bytes(struct lives *l, const struct order *o)
{
    struct pipes *pipes = pipes_of(run_table_find(l->runs, o->run), o);

    switch ((int)o->kind) { /* of those that machine.c sends here */
    case ORDER_TAKE:
        if (pipes != NULL)
            pipes_take(pipes, o->size_max);
        else
            lives_report(l, &(struct report){.kind = REPORT_TOOK,
                                             .ticket = o->ticket,
                                             .is_at_end = true});
        break;
    case ORDER_FEED:
        if (pipes != NULL)
            pipes_feed(pipes, o->bytes, o->size);
        else
            report_fed(l, o->ticket,
                       "its input has ended, maybe with an earlier agent");
        break;
    case ORDER_END_INPUT:
        if (pipes != NULL)
            pipes_end_input(pipes);
        break;
    case ORDER_RESIZE:
        if (pipes != NULL)
            pipes_resize(pipes, o->spawn.rows, o->spawn.columns);
        break;
    default:
        break;
    }
}
