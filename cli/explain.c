/* explain.c - mezzo explain: why is it not running? */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/row.h"

static bool as_json;

static const struct options_row rows[] = {
    CLUSTER_OPTIONS,
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "print an array of JSON objects, one for each ask"},
};

static const struct options explain_options = {
    .program = "mezzo explain",
    .operands = "[ask|framework|role|task] ID",
    .summary = "say why something is not running",
    .text =
        "For each ask that waits: how many agents cannot take it, by reason, "
        "which one comes nearest, and from when on a place is kept for it.  "
        "Without a word before it, ID is looked for as a task, an ask, a "
        "framework and a role, in that order.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static const struct {
    const char *word;
    enum mezzo_question_kind kind;
} subjects[] = {
    {"task", MEZZO_EXPLAIN_TASK},
    {"ask", MEZZO_EXPLAIN_ASK},
    {"framework", MEZZO_EXPLAIN_FRAMEWORK},
    {"role", MEZZO_EXPLAIN_ROLE},
};

enum {
    SUBJECTS_COUNT = sizeof subjects / sizeof subjects[0]
};

/* On the clock of whoever reads it. */
static void print_time(int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm local;
    char text[64];

    if (localtime_r(&seconds, &local) != NULL &&
        strftime(text, sizeof text, "%H:%M:%S on %Y-%m-%d", &local) > 0)
        printf("  starts by %s", text);
}

static bool is_of(const struct mezzo_reason_row *reason,
                  const struct mezzo_ask_row *ask)
{
    return strcmp(reason->ask_id, ask->ask_id) == 0 &&
           strcmp(reason->framework_id, ask->framework_id) == 0;
}

static void print_ask(const struct mezzo_answer *answer,
                      const struct mezzo_ask_row *ask)
{
    printf("%s/%s: %s\n", ask->framework_id, ask->ask_id, ask->text);
    if (ask->starts_by_wall_ms > 0) {
        print_time(ask->starts_by_wall_ms);
        printf(" on %u agent%s\n", ask->place_agents_count,
               ask->place_agents_count == 1 ? "" : "s");
    }
    for (size_t i = 0; i < answer->reasons_count; i++)
        if (is_of(&answer->reasons[i], ask))
            printf("  %6u  %s\n", answer->reasons[i].agents_count,
                   answer->reasons[i].reason);
    if (ask->nearest_agent != NULL)
        printf("  nearest: %s, %s\n", ask->nearest_agent,
               ask->would_free_it != NULL ? ask->would_free_it : "");
}

static json_t *reasons_json(const struct mezzo_answer *answer,
                            const struct mezzo_ask_row *ask)
{
    json_t *list = json_array();

    for (size_t i = 0; i < answer->reasons_count; i++) {
        json_t *row;

        if (!is_of(&answer->reasons[i], ask))
            continue;
        row = json_object();
        row_text(row, "reason", answer->reasons[i].reason);
        row_number(row, "agents", answer->reasons[i].agents_count);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *ask_json(const struct mezzo_answer *answer,
                        const struct mezzo_ask_row *ask)
{
    json_t *row = json_object();

    row_text(row, "ask", ask->ask_id);
    row_text(row, "framework", ask->framework_id);
    row_text(row, "role", ask->role);
    row_text(row, "text", ask->text);
    row_number(row, "wanted", ask->wanted);
    row_number(row, "offered", ask->offered);
    row_number(row, "placed", ask->placed);
    row_number(row, "fits_now", ask->fits_now);
    row_flag(row, "gang", ask->is_gang);
    row_flag(row, "impossible", ask->is_impossible);
    row_text(row, "nearest_agent", ask->nearest_agent);
    row_text(row, "would_free_it", ask->would_free_it);
    row_number(row, "starts_by_ms", ask->starts_by_wall_ms);
    row_number(row, "place_agents", ask->place_agents_count);
    row_value(row, "reasons", reasons_json(answer, ask));
    return row;
}

static int print(const struct mezzo_answer *answer)
{
    json_t *list;
    int status;

    if (as_json) {
        list = json_array();
        for (size_t i = 0; i < answer->asks_count; i++)
            json_array_append_new(list, ask_json(answer, &answer->asks[i]));
        status = listing_print(stdout, list, NULL, 0, "asks", true);
        json_decref(list);
        return status;
    }
    if (answer->text != NULL && answer->text[0] != '\0')
        puts(answer->text);
    for (size_t i = 0; i < answer->asks_count; i++)
        print_ask(answer, &answer->asks[i]);
    return fflush(stdout) == 0 ? 0 : 1;
}

static bool is_said(const struct mezzo_answer *answer)
{
    return answer->asks_count > 0 ||
           (answer->text != NULL && answer->text[0] != '\0');
}

/* The first subject of that name; the last one's refusal, if there is none. */
static int explain_any(struct mezzo_operator *op, const char *id)
{
    struct mezzo_question question = {.subject = id};
    const struct mezzo_answer *answer;

    for (size_t i = 0; i + 1 < SUBJECTS_COUNT; i++) {
        int rc;

        question.kind = subjects[i].kind;
        rc = mezzo_operator_wait(op, &question, &answer);
        if (rc == 0 && is_said(answer))
            return print(answer);
        if (rc != 0 && rc != -EREMOTEIO)
            break;
    }
    question.kind = MEZZO_EXPLAIN_ROLE;
    if (mezzo_operator_wait(op, &question, &answer) == 0 &&
        answer->asks_count > 0)
        return print(answer);
    fprintf(stderr,
            "mezzo: %s: no task, ask, framework or role that waits has this "
            "name; see: mezzo tasks, mezzo frameworks\n",
            id);
    return 1;
}

static int run(int argc, char **argv)
{
    int first = options_parse(&explain_options, argc, argv);
    const char *id = argv[argc - 1];
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    int status = 1;
    size_t at = 0;

    if (argc - first < 1 || argc - first > 2)
        options_fail(&explain_options,
                     "what is to be explained? mezzo explain framework ID");
    while (argc - first == 2 && at < SUBJECTS_COUNT &&
           strcmp(argv[first], subjects[at].word) != 0)
        at++;
    if (at == SUBJECTS_COUNT)
        options_fail(&explain_options,
                     "%s: must be ask, framework, role or task", argv[first]);
    op = cluster_operator();
    if (argc - first == 1) {
        status = explain_any(op, id);
    } else {
        const struct mezzo_question question = {.kind = subjects[at].kind,
                                                .subject = id};

        status = cluster_ask(op, &question, &answer);
        if (status == 0)
            status = print(answer);
    }
    mezzo_operator_free(op);
    return status;
}

const struct command command_explain = {
    .name = "explain", .run = run, .options = &explain_options};
