/* drain.c - mezzo drain, undrain and gone: take an agent out of use, for a
 * while or for good. */

#include "cli/cluster.h"
#include "cli/command.h"

static int64_t grace_ms = -1;
static bool is_gone_then;

static const struct options_row drain_rows[] = {
    {.name = "grace",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .value = &grace_ms,
     .is_command_line_only = true,
     .help = "how long what runs there may stay, such as 10m; as long as the "
             "master gives those it takes something back from unless told"},
    {.name = "gone",
     .kind = OPTIONS_FLAG,
     .value = &is_gone_then,
     .is_command_line_only = true,
     .help = "mark it gone when it is empty"},
    CLUSTER_OPTIONS,
};
static const struct options_row rows[] = {CLUSTER_OPTIONS};

static const struct options drain_options = {
    .program = "mezzo drain",
    .operands = "AGENT...",
    .summary = "empty agents, so that they can be taken down",
    .text =
        "An agent, by its id or hostname, is offered no more; frameworks are "
        "told what is to go, and what is still there after the grace is "
        "killed.  mezzo agents says when it is drained.",
    .rows = drain_rows,
    .rows_count = sizeof drain_rows / sizeof drain_rows[0],
};
static const struct options undrain_options = {
    .program = "mezzo undrain",
    .operands = "AGENT...",
    .summary = "use drained agents again",
    .text =
        "An agent, by its id or hostname, is offered again.  What was asked "
        "to go while it was drained goes all the same.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};
static const struct options gone_options = {
    .program = "mezzo gone",
    .operands = "AGENT...",
    .summary = "say that agents will never come back",
    .text =
        "What ran on an agent, named by its id or hostname, is told as gone "
        "to its frameworks.  Should the agent live, it kills all that runs "
        "there, and ends.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static int ask_each(const struct options *options,
                    enum mezzo_question_kind kind,
                    int argc,
                    char **argv)
{
    struct mezzo_question question = {.kind = kind};
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    int first, status = 0;

    grace_ms = -1;
    first = options_parse(options, argc, argv);
    if (first == argc)
        options_fail(options, "which agent? mezzo agents shows them");
    question.grace_ms = grace_ms;
    question.marks_gone = is_gone_then;
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

static int drain(int argc, char **argv)
{
    return ask_each(&drain_options, MEZZO_DRAIN_AGENT, argc, argv);
}

static int undrain(int argc, char **argv)
{
    return ask_each(&undrain_options, MEZZO_REACTIVATE_AGENT, argc, argv);
}

static int gone(int argc, char **argv)
{
    return ask_each(&gone_options, MEZZO_MARK_AGENT_GONE, argc, argv);
}

const struct command command_drain = {
    .name = "drain", .run = drain, .options = &drain_options};
const struct command command_undrain = {
    .name = "undrain", .run = undrain, .options = &undrain_options};
const struct command command_gone = {
    .name = "gone", .run = gone, .options = &gone_options};
