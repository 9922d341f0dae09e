/* list.c - mezzo mpi queue, history, show and cancel. */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "frameworks/mpi/caller.h"
#include "frameworks/mpi/command.h"
#include "frameworks/mpi/nodelist.h"
#include "frameworks/mpi/quantity.h"

enum {
    CELL_SIZE = 256,
    COLUMNS_MAX = 8,
};

static bool as_json, of_all;

static const struct options_row rows[] = {
    CALLER_ROWS,
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "an array, for programs"},
};

/* ------------------------------------------------------------------- tables */

struct column {
    const char *title;
    void (*write)(const json_t *job, char cell[CELL_SIZE]);
};

static const char *text_of(const json_t *job, const char *key)
{
    const char *text = json_string_value(json_object_get(job, key));

    return text != NULL && *text != '\0' ? text : "-";
}

static void write_id(const json_t *job, char cell[CELL_SIZE])
{
    snprintf(cell, CELL_SIZE, "%s", text_of(job, "id"));
}

static void write_name(const json_t *job, char cell[CELL_SIZE])
{
    snprintf(cell, CELL_SIZE, "%.24s", text_of(job, "name"));
}

static void write_user(const json_t *job, char cell[CELL_SIZE])
{
    snprintf(cell, CELL_SIZE, "%s", text_of(job, "user"));
}

static void write_state(const json_t *job, char cell[CELL_SIZE])
{
    snprintf(cell, CELL_SIZE, "%s", text_of(job, "state"));
}

static void write_ranks(const json_t *job, char cell[CELL_SIZE])
{
    snprintf(cell, CELL_SIZE, "%" JSON_INTEGER_FORMAT,
             json_integer_value(json_object_get(job, "ranks")));
}

static char *hosts_of(const json_t *job)
{
    const json_t *nodes = json_object_get(job, "nodes");
    size_t count = json_array_size(nodes), i;
    AUTO(auto_free) const char **names = calloc(count + 1, sizeof *names);
    json_t *node;

    if (names == NULL)
        abort();
    json_array_foreach(nodes, i, node) names[i] = text_of(node, "host");
    return nodelist_compress(names, count);
}

/* How long it has run. */
static void write_time(const json_t *job, char cell[CELL_SIZE])
{
    int64_t started = json_integer_value(json_object_get(job, "started"));
    int64_t ended = json_integer_value(json_object_get(job, "ended"));
    char text[QUANTITY_TEXT_SIZE] = "-";

    if (ended == 0)
        ended = (int64_t)time(NULL) * 1000;
    if (started > 0)
        quantity_write_walltime(ended - started > 1000 ? ended - started : 1000,
                                text);
    snprintf(cell, CELL_SIZE, "%s", text);
}

static void write_clock(int64_t wall_ms, char *text, size_t size)
{
    time_t at = (time_t)(wall_ms / 1000);
    struct tm when;

    localtime_r(&at, &when);
    strftime(text, size, "%Y-%m-%d %H:%M:%S", &when);
}

/* Where it runs; why it waits, and until when. */
static void write_reason(const json_t *job, char cell[CELL_SIZE])
{
    int64_t by = json_integer_value(json_object_get(job, "starts_by"));
    AUTO(auto_free) char *hosts = hosts_of(job);
    char clock[64] = "";

    if (json_object_get(job, "exit_status") == NULL && *hosts != '\0') {
        snprintf(cell, CELL_SIZE, "%s", hosts);
        return;
    }
    if (by > 0)
        write_clock(by, clock, sizeof clock);
    snprintf(cell, CELL_SIZE, "(%.150s)%s%s", text_of(job, "reason"),
             by > 0 ? " starts by " : "", clock);
}

static void write_exit(const json_t *job, char cell[CELL_SIZE])
{
    snprintf(cell, CELL_SIZE, "%" JSON_INTEGER_FORMAT,
             json_integer_value(json_object_get(job, "exit_status")));
}

static const struct column columns_of_queue[] = {
    {"JOB", write_id},
    {"NAME", write_name},
    {"USER", write_user},
    {"STATE", write_state},
    {"TIME", write_time},
    {"RANKS", write_ranks},
    {"NODES (REASON)", write_reason},
};

static const struct column columns_of_history[] = {
    {"JOB", write_id},        {"NAME", write_name}, {"USER", write_user},
    {"STATE", write_state},   {"TIME", write_time}, {"EXIT", write_exit},
    {"REASON", write_reason},
};

static void print_row(const json_t *job,
                      const struct column *columns,
                      size_t count,
                      const size_t widths[])
{
    char cell[CELL_SIZE];

    for (size_t i = 0; i < count; i++) {
        if (job != NULL)
            columns[i].write(job, cell);
        else
            snprintf(cell, sizeof cell, "%s", columns[i].title);
        printf("%-*s%s", i + 1 < count ? (int)widths[i] : 0, cell,
               i + 1 < count ? "  " : "\n");
    }
}

static void print_table(const json_t *jobs,
                        const struct column *columns,
                        size_t count)
{
    size_t widths[COLUMNS_MAX], i;
    char cell[CELL_SIZE];
    json_t *job;

    for (size_t k = 0; k < count; k++) {
        widths[k] = strlen(columns[k].title);
        json_array_foreach(jobs, i, job)
        {
            columns[k].write(job, cell);
            if (strlen(cell) > widths[k])
                widths[k] = strlen(cell);
        }
    }
    print_row(NULL, columns, count, widths);
    json_array_foreach(jobs, i, job) print_row(job, columns, count, widths);
}

static int print_json(const json_t *jobs)
{
    json_dumpf(jobs, stdout, JSON_INDENT(2));
    putchar('\n');
    return fflush(stdout) == 0 ? 0 : 1;
}

static int list(const char *what,
                const struct column *columns,
                size_t count,
                const char *nothing)
{
    json_t *answer = caller_ask(json_pack("{s:s}", "do", what));
    const json_t *jobs = json_object_get(answer, "jobs");
    int status = 0;

    if (as_json)
        status = print_json(jobs);
    else if (json_array_size(jobs) == 0)
        fprintf(stderr, "mezzo: %s\n", nothing);
    else
        print_table(jobs, columns, count);
    json_decref(answer);
    return fflush(stdout) == 0 ? status : 1;
}

/* ----------------------------------------------------------------- commands */

static const struct options queue_options = {
    .program = "mezzo mpi queue",
    .operands = "",
    .summary = "jobs that wait, with the reason, and that run",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static int run_queue(int argc, char **argv)
{
    options_parse(&queue_options, argc, argv);
    return list("queue", columns_of_queue,
                sizeof columns_of_queue / sizeof columns_of_queue[0],
                "no job waits or runs");
}

const struct command command_queue = {
    .name = "queue", .run = run_queue, .options = &queue_options};

static const struct options history_options = {
    .program = "mezzo mpi history",
    .operands = "",
    .summary = "jobs that have ended, and how",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static int run_history(int argc, char **argv)
{
    options_parse(&history_options, argc, argv);
    return list("history", columns_of_history,
                sizeof columns_of_history / sizeof columns_of_history[0],
                "no job has ended yet");
}

const struct command command_history = {
    .name = "history", .run = run_history, .options = &history_options};

static const struct options show_options = {
    .program = "mezzo mpi show",
    .operands = "JOB",
    .summary = "all there is to know of a job",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static void print_clock(const json_t *job, const char *key, const char *title)
{
    int64_t wall_ms = json_integer_value(json_object_get(job, key));
    char clock[64];

    if (wall_ms <= 0)
        return;
    write_clock(wall_ms, clock, sizeof clock);
    printf("%-12s %s\n", title, clock);
}

static void print_job(const json_t *job)
{
    AUTO(auto_free) char *hosts = hosts_of(job);
    char walltime[QUANTITY_TEXT_SIZE], cell[CELL_SIZE];

    quantity_write_walltime(
        json_integer_value(json_object_get(job, "walltime_ms")), walltime);
    write_ranks(job, cell);
    printf("%-12s %s\n", "job", text_of(job, "id"));
    printf("%-12s %s\n", "name", text_of(job, "name"));
    printf("%-12s %s\n", "user", text_of(job, "user"));
    printf("%-12s %s (%s)\n", "state", text_of(job, "state"),
           text_of(job, "letters"));
    printf("%-12s %s\n", "reason", text_of(job, "reason"));
    printf("%-12s %s\n", "partition", text_of(job, "partition"));
    printf("%-12s %s\n", "account", text_of(job, "account"));
    printf("%-12s %s, each %" JSON_INTEGER_FORMAT
           " cpus and %" JSON_INTEGER_FORMAT " MiB\n",
           "ranks", cell,
           json_integer_value(json_object_get(job, "cpus_per_rank")),
           json_integer_value(json_object_get(job, "memory_per_rank_mb")));
    printf("%-12s %s\n", "nodes", *hosts != '\0' ? hosts : "-");
    printf("%-12s %s\n", "time limit", walltime);
    printf("%-12s %s\n", "directory", text_of(job, "directory"));
    printf("%-12s %" JSON_INTEGER_FORMAT "\n", "restarts",
           json_integer_value(json_object_get(job, "restarts")));
    print_clock(job, "submitted", "submitted");
    print_clock(job, "starts_by", "starts by");
    print_clock(job, "started", "started");
    print_clock(job, "ended", "ended");
    if (json_object_get(job, "exit_status") == NULL)
        return;
    write_exit(job, cell);
    printf("%-12s %s\n", "exit status", cell);
}

static int run_show(int argc, char **argv)
{
    int first = options_parse(&show_options, argc, argv);
    json_t *answer, *job;
    const json_t *jobs;
    size_t i;

    if (first + 1 != argc)
        options_fail(&show_options, "which job? mezzo mpi show 42");
    answer =
        caller_ask(json_pack("{s:s, s:s}", "do", "show", "job", argv[first]));
    jobs = json_object_get(answer, "jobs");
    if (as_json)
        print_json(jobs);
    else
        json_array_foreach(jobs, i, job)
        {
            if (i > 0)
                putchar('\n');
            print_job(job);
        }
    json_decref(answer);
    return fflush(stdout) == 0 ? 0 : 1;
}

const struct command command_show = {
    .name = "show", .run = run_show, .options = &show_options};

static const struct options_row cancel_rows[] = {
    CALLER_ROWS,
    {.name = "all",
     .kind = OPTIONS_FLAG,
     .value = &of_all,
     .is_command_line_only = true,
     .help = "all of yours that wait or run"},
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "print the numbers as an array"},
};

static const struct options cancel_options = {
    .program = "mezzo mpi cancel",
    .operands = "JOB...",
    .summary = "end jobs: 42, all of an array, or 42_7 of it",
    .rows = cancel_rows,
    .rows_count = sizeof cancel_rows / sizeof cancel_rows[0],
};

static void cancel(const char *job, json_t *done)
{
    json_t *answer =
        caller_ask(json_pack("{s:s, s:s}", "do", "cancel", "job", job));

    json_array_append_new(done, json_string(job));
    json_decref(answer);
}

static int run_cancel(int argc, char **argv)
{
    int first = options_parse(&cancel_options, argc, argv);
    json_t *done = json_array();

    if (first == argc && !of_all)
        options_fail(&cancel_options, "which job? mezzo mpi cancel 42");
    for (int i = first; i < argc; i++)
        cancel(argv[i], done);
    if (of_all) {
        const char *user = getenv("USER");
        json_t *answer = caller_ask(json_pack("{s:s}", "do", "queue")), *job;
        size_t i;

        json_array_foreach(json_object_get(answer, "jobs"), i,
                           job) if (user == NULL ||
                                    strcmp(user, text_of(job, "user")) == 0)
            cancel(text_of(job, "id"), done);
        json_decref(answer);
    }
    if (as_json)
        print_json(done);
    json_decref(done);
    return 0;
}

const struct command command_cancel = {
    .name = "cancel", .run = run_cancel, .options = &cancel_options};
