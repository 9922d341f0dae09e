/* history.c - mezzo history: the tasks that have ended, for accounting. */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <mezzo/operator.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/listing.h"
#include "cli/row.h"
#include "cli/task_json.h"

static const char *since, *user;
static bool as_json, as_csv;

static const struct options_row rows[] = {
    CLUSTER_OPTIONS,
    {.name = "since",
     .argument = "TIME",
     .kind = OPTIONS_STRING,
     .value = &since,
     .is_command_line_only = true,
     .help = "that ended then or later: 90m, 24h, 7d ago, or 2026-01-31, or "
             "2026-01-31T08:00; all that is kept unless told"},
    {.name = "user",
     .argument = "USER",
     .kind = OPTIONS_STRING,
     .value = &user,
     .is_command_line_only = true,
     .help = "that ran as this user"},
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "print an array of JSON objects instead of a table"},
    {.name = "csv",
     .kind = OPTIONS_FLAG,
     .value = &as_csv,
     .is_command_line_only = true,
     .help = "print lines of values, with commas between them"},
};

static const struct options history_options = {
    .program = "mezzo history",
    .operands = "",
    .summary = "show the tasks that have ended",
    .text = "WAIT is from a task's launch to its start, RUN from there to its "
            "end; CPU and MEM are what it used.  Masters keep this for as long "
            "as their --history-keep says.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static const struct listing_column columns[] = {
    {.title = "ENDED", .key = "ended"},
    {.title = "TASK", .key = "name"},
    {.title = "USER", .key = "user"},
    {.title = "AGENT", .key = "agent_name"},
    {.title = "EXIT", .key = "exit", .is_right = true},
    {.title = "WAIT", .key = "wait", .is_right = true},
    {.title = "RUN", .key = "run", .is_right = true},
    {.title = "CPU", .key = "cpu", .is_right = true},
    {.title = "MEM", .key = "memory", .is_right = true},
    {.title = "ID", .key = "full_id"},
};

/* --------------------------------------------------------------- --since */

/* "90m" before now; -1: it is not that. */
static int64_t read_ago(const char *text)
{
    static const struct {
        char letter;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    char *end;
    int64_t count = strtoll(text, &end, 10);

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (isdigit((unsigned char)text[0]) && end[0] == units[i].letter &&
            end[1] == '\0' && count <= 1000000)
            return (int64_t)time(NULL) * 1000 - count * units[i].ms;
    return -1;
}

static int64_t read_since(const char *text)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
                                          "%Y-%m-%d %H:%M", "%Y-%m-%d"};
    int64_t ago = read_ago(text);

    for (size_t i = 0; i < sizeof formats / sizeof formats[0] && ago < 0; i++) {
        struct tm tm = {.tm_isdst = -1};
        const char *end = strptime(text, formats[i], &tm);

        if (end != NULL && *end == '\0')
            return (int64_t)mktime(&tm) * 1000;
    }
    if (ago < 0)
        options_fail(&history_options,
                     "--since: '%s' is no time: 90m, 24h, 7d, 2026-01-31 or "
                     "2026-01-31T08:00",
                     text);
    return ago;
}

/* ----------------------------------------------------------------- rows */

static int64_t ended_ms(const struct mezzo_task_row *task)
{
    return task->status != NULL ? task->status->wall_ms : 0;
}

static void add_times(json_t *row, const struct mezzo_task_row *task)
{
    int64_t ended = ended_ms(task);

    if (task->launched_wall_ms > 0)
        row_number(row, "launched_ms", task->launched_wall_ms);
    if (ended > 0)
        row_number(row, "ended_ms", ended);
    if (task->started_wall_ms > 0 && task->launched_wall_ms > 0 &&
        task->started_wall_ms >= task->launched_wall_ms)
        row_number(row, "wait_ms",
                   task->started_wall_ms - task->launched_wall_ms);
    if (task->started_wall_ms > 0 && ended >= task->started_wall_ms)
        row_number(row, "run_ms", ended - task->started_wall_ms);
    if (task->status == NULL || !task->status->has_usage)
        return;
    row_number(row, "cpu_ms",
               task->status->usage.cpu_user_ms +
                   task->status->usage.cpu_system_ms);
    row_number(row, "memory_max_bytes",
               (int64_t)task->status->usage.memory_max_bytes);
}

/* "1:02:03" or "4.56", of a member in ms. */
static void add_span(json_t *row, const char *key, const char *of)
{
    const json_t *value = json_object_get(row, of);
    int64_t ms = json_integer_value(value), s = ms / 1000;
    char text[64];

    if (value == NULL)
        return;
    if (s >= 3600)
        snprintf(text, sizeof text, "%" PRId64 ":%02d:%02d", s / 3600,
                 (int)(s / 60 % 60), (int)(s % 60));
    else if (s >= 60)
        snprintf(text, sizeof text, "%d:%02d", (int)(s / 60), (int)(s % 60));
    else
        snprintf(text, sizeof text, "%" PRId64 ".%02ds", s,
                 (int)(ms % 1000 / 10));
    row_text(row, key, text);
}

/* What only people read. */
static void add_texts(json_t *row, const struct mezzo_task_row *task)
{
    const struct mezzo_status *status = task->status;
    const json_t *memory = json_object_get(row, "memory_max_bytes");
    time_t ended = (time_t)(ended_ms(task) / 1000);
    struct tm tm;
    char text[64];

    localtime_r(&ended, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    row_text(row, "ended", ended > 0 ? text : NULL);
    if (status != NULL && status->signal != 0)
        snprintf(text, sizeof text, "signal %d", status->signal);
    else if (status != NULL && status->has_exit_code)
        snprintf(text, sizeof text, "%d", status->exit_code);
    else
        snprintf(text, sizeof text, "%s",
                 mezzo_task_state_name(task->state) + strlen("TASK_"));
    row_text(row, "exit", text);
    add_span(row, "wait", "wait_ms");
    add_span(row, "run", "run_ms");
    add_span(row, "cpu", "cpu_ms");
    snprintf(text, sizeof text, "%.1fM",
             (double)json_integer_value(memory) / (1 << 20));
    row_text(row, "memory", memory != NULL ? text : NULL);
}

static int compare(const void *a, const void *b)
{
    const struct mezzo_task_row *x = *(const struct mezzo_task_row *const *)a;
    const struct mezzo_task_row *y = *(const struct mezzo_task_row *const *)b;

    if (ended_ms(x) != ended_ms(y))
        return ended_ms(x) < ended_ms(y) ? -1 : 1;
    return strverscmp(x->id, y->id);
}

static json_t *rows_of(const struct mezzo_answer *answer)
{
    AUTO(auto_free)
    const struct mezzo_task_row **tasks =
        calloc(answer->tasks_count + 1, sizeof *tasks);
    json_t *all = json_array();

    if (tasks == NULL || all == NULL)
        abort();
    for (size_t i = 0; i < answer->tasks_count; i++)
        tasks[i] = &answer->tasks[i];
    qsort(tasks, answer->tasks_count, sizeof *tasks, compare);
    for (size_t i = 0; i < answer->tasks_count; i++) {
        json_t *row = task_json(tasks[i]);

        add_times(row, tasks[i]);
        if (!as_json && !as_csv)
            add_texts(row, tasks[i]);
        json_array_append_new(all, row);
    }
    return all;
}

/* ------------------------------------------------------------------ csv */

static void print_quoted(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar((unsigned char)*text < ' ' ? '?' : *text);
    }
    putchar('"');
}

static void print_value(const json_t *value)
{
    if (json_is_string(value))
        print_quoted(json_string_value(value));
    else if (json_is_integer(value))
        printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_number(value))
        printf("%.10g", json_number_value(value));
}

static int print_csv(const json_t *all)
{
    static const char *const keys[] = {
        "full_id", "name",        "user",       "agent_name",
        "state",   "exit_code",   "signal",     "cpus",
        "mem",     "launched_ms", "started_ms", "ended_ms",
        "wait_ms", "run_ms",      "cpu_ms",     "memory_max_bytes"};
    const json_t *row;
    size_t r;

    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
        printf("%s%s", k > 0 ? "," : "", keys[k]);
    putchar('\n');
    json_array_foreach(all, r, row)
    {
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            const json_t *value = json_object_get(row, keys[k]);

            if (value == NULL)
                value =
                    json_object_get(json_object_get(row, "resources"), keys[k]);
            if (k > 0)
                putchar(',');
            print_value(value);
        }
        putchar('\n');
    }
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "mezzo: the output cannot be written: %s\n",
            strerror(errno));
    return 1;
}

static int run(int argc, char **argv)
{
    struct mezzo_question question = {.kind = MEZZO_ASK_HISTORY};
    const struct mezzo_answer *answer;
    struct mezzo_operator *op;
    json_t *all;
    int status;

    options_parse(&history_options, argc, argv);
    if (as_json && as_csv)
        options_fail(&history_options, "either --json or --csv");
    question.since_wall_ms = since != NULL ? read_since(since) : 0;
    question.user = user;
    op = cluster_operator();
    status = cluster_ask(op, &question, &answer);
    if (status == 0) {
        all = rows_of(answer);
        status = as_csv ? print_csv(all)
                        : listing_print(stdout, all, columns,
                                        sizeof columns / sizeof columns[0],
                                        "ended tasks", as_json);
        json_decref(all);
    }
    mezzo_operator_free(op);
    return status;
}

const struct command command_history = {
    .name = "history", .run = run, .options = &history_options};
