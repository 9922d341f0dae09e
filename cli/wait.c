/* wait.c - mezzo wait: until a task has ended. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/outcome.h"

enum {
    PAUSE_FIRST_MS = 20,
    PAUSE_MAX_MS = 1000,
};

static const struct options_row rows[] = {
    CLUSTER_OPTIONS,
};

static const struct options wait_options = {
    .program = "mezzo wait",
    .operands = "TASK",
    .summary = "wait until a task has ended",
    .text = "The exit status is the task's own; 128 and the signal's number "
            "when one has killed it; 125 when it never ran.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

/* Masters keep no list of who waits, so we ask again, ever less often. */
static void pause_a_while(int *pause_ms)
{
    const struct timespec pause = {.tv_sec = *pause_ms / 1000,
                                   .tv_nsec = *pause_ms % 1000 * 1000000L};

    nanosleep(&pause, NULL);
    *pause_ms = *pause_ms * 3 / 2;
    if (*pause_ms > PAUSE_MAX_MS)
        *pause_ms = PAUSE_MAX_MS;
}

/* The exit status, as soon as the task has one. */
static int wait_for(struct mezzo_operator *op, const char *name)
{
    const struct mezzo_question question = {.kind = MEZZO_ASK_TASKS};
    AUTO(auto_free) char *full_id = NULL;
    int pause_ms = PAUSE_FIRST_MS;

    for (;; pause_a_while(&pause_ms)) {
        const struct mezzo_answer *answer;
        const struct mezzo_task_row *task;
        struct error err;
        int status = cluster_ask(op, &question, &answer);

        if (status != 0)
            return status;
        task = names_find(answer->tasks, answer->tasks_count,
                          full_id != NULL ? full_id : name, &err);
        if (task == NULL) {
            fprintf(stderr, "mezzo: %s\n", err.text);
            return 1;
        }
        if (mezzo_task_has_ended(task->state)) {
            outcome_explain(task->id, task->state, task->status);
            return outcome_exit_status(task->state, task->status);
        }
        if (full_id == NULL &&
            asprintf(&full_id, "%s/%s", task->framework_id, task->id) < 0)
            abort();
    }
}

static int run(int argc, char **argv)
{
    int first = options_parse(&wait_options, argc, argv);
    struct mezzo_operator *op;
    int status;

    if (argc - first != 1)
        options_fail(&wait_options, "one task is waited for, not %d",
                     argc - first);
    op = cluster_operator();
    status = wait_for(op, argv[first]);
    mezzo_operator_free(op);
    return status;
}

const struct command command_wait = {
    .name = "wait", .run = run, .options = &wait_options};
