/* weight.c - mezzo weight: a role's share against its siblings. */

#include "cli/amounts.h"
#include "cli/cluster.h"
#include "cli/command.h"

static const struct options_row rows[] = {
    CLUSTER_OPTIONS,
};

static const struct options weight_options = {
    .program = "mezzo weight",
    .operands = "ROLE WEIGHT",
    .summary = "set the weight of a role",
    .text = "A role of weight 2 gets twice as much as one of weight 1 beside "
            "it, where both want more than there is.  mezzo roles shows them.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static int run(int argc, char **argv)
{
    int first = options_parse(&weight_options, argc, argv);
    struct mezzo_question question = {.kind = MEZZO_SET_WEIGHT};
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    int status;

    if (argc - first != 2)
        options_fail(&weight_options, "a role and a weight are needed");
    question.subject = argv[first];
    question.weight_milli = amounts_read_milli(argv[first + 1]);
    if (question.weight_milli <= 0)
        options_fail(&weight_options,
                     "%s: must be a number above 0, with at most three "
                     "decimals",
                     argv[first + 1]);
    op = cluster_operator();
    status = cluster_ask(op, &question, &answer);
    mezzo_operator_free(op);
    return status;
}

const struct command command_weight = {
    .name = "weight", .run = run, .options = &weight_options};
