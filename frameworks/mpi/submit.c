/* submit.c - mezzo mpi submit: a script, into the queue. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "frameworks/mpi/caller.h"
#include "frameworks/mpi/command.h"
#include "frameworks/mpi/wish.h"
#include "io/file.h"

static struct wish wish;
static bool as_json;

static struct options_row rows[WISH_ROWS_MAX] = {
    CALLER_ROWS,
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &as_json,
     .is_command_line_only = true,
     .help = "print all there is to know of the job, for programs"},
};

static struct options submit_options = {
    .program = "mezzo mpi submit",
    .operands = "SCRIPT [ARGUMENT]...",
    .summary = "queue a batch script and print its job's number",
    .text =
        "The script runs once, on the first of its nodes, as the user and "
        "in the directory\nthat it is submitted from, with the same "
        "environment; srun, mpiexec and mpirun in it\nstart ranks on all "
        "of them.  Its #SBATCH lines are options as below; those of the\n"
        "environment (SBATCH_...) come before them, those given here before "
        "all.",
    .rows = rows,
    .stops_at_operand = true,
};

static char *read_script(const char *file)
{
    struct error err;
    char *text;
    size_t size;

    if (file_read(file, REQUEST_SCRIPT_SIZE_MAX, &text, &size, &err) < 0)
        errx(1, "%s", err.text);
    if (strlen(text) != size)
        errx(2, "%s: it has a byte of 0, so it is no script", file);
    return text;
}

static int run(int argc, char **argv)
{
    AUTO(auto_free) char *script = NULL;
    struct script_options all = {{NULL}};
    json_t *answer, *jobs;
    const char *job, *slash;
    struct error err;
    int first;

    submit_options.rows_count = wish_rows(&wish, rows, 3);
    first = options_parse(&submit_options, argc, argv);
    if (first == argc)
        options_fail(&submit_options, "which script? mezzo mpi submit job.sh");
    script = read_script(argv[first]);
    if (script_read(argv[first], script, &all, &err) < 0)
        errx(2, "%s", err.text);
    wish_gather(&wish, &submit_options, &all);
    slash = strrchr(argv[first], '/');
    if (all.values[REQUEST_JOB_NAME] == NULL)
        script_options_set(&all, REQUEST_JOB_NAME,
                           slash != NULL ? slash + 1 : argv[first]);
    answer =
        caller_ask(json_pack("{s:s, s:o}", "do", "submit", "request",
                             wish_request(&all, argv + first + 1, script)));
    script_options_release(&all);
    job = json_string_value(json_object_get(answer, "job"));
    if (!as_json) {
        printf("%s\n", job);
    } else {
        jobs = caller_ask(json_pack("{s:s, s:s}", "do", "show", "job", job));
        json_dumpf(json_object_get(jobs, "jobs"), stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(jobs);
    }
    json_decref(answer);
    return fflush(stdout) == 0 ? 0 : 1;
}

const struct command command_submit = {
    .name = "submit", .run = run, .options = &submit_options};
