/* kill.c - mezzo kill: end a task. */

#include <stdio.h>

#include "cli/cluster.h"
#include "cli/command.h"

static int64_t grace_ms;

static const struct options_row rows[] = {
    CLUSTER_OPTIONS,
    {.name = "grace",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .value = &grace_ms,
     .is_command_line_only = true,
     .help = "how long after TERM comes KILL, such as 30s; 5s unless the task "
             "was launched with another"},
};

static const struct options kill_options = {
    .program = "mezzo kill",
    .operands = "TASK...",
    .summary = "end tasks",
    .text = "A task gets SIGTERM, and SIGKILL when it has not ended after its "
            "grace period.  mezzo wait TASK waits until it has.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static int run(int argc, char **argv)
{
    struct mezzo_question question = {.kind = MEZZO_KILL_TASK};
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    int status = 0;
    int first;

    grace_ms = -1;
    first = options_parse(&kill_options, argc, argv);
    if (first == argc)
        options_fail(&kill_options, "which task? mezzo tasks shows them");
    question.grace_ms = grace_ms;
    op = cluster_operator();
    for (int i = first; i < argc; i++) {
        int failed;

        question.subject = argv[i];
        failed = cluster_ask(op, &question, &answer);
        if (failed != 0)
            status = failed;
    }
    mezzo_operator_free(op);
    return status;
}

const struct command command_kill = {
    .name = "kill", .run = run, .options = &kill_options};
