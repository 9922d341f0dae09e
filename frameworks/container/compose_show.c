/* compose_show.c - config and plan: what a file means, without a cluster. */

#include <stdio.h>

#include "frameworks/container/compose.h"
#include "frameworks/container/plan.h"
#include "io/options.h"

static bool reads_past_builds;

static const struct options_row rows[] = {
    {.name = "no-build",
     .kind = OPTIONS_FLAG,
     .value = &reads_past_builds,
     .is_command_line_only = true,
     .help = "read past build keys: the images are in the registry"},
};

static const struct options config_options = {
    .program = "mezzo compose config",
    .operands = "",
    .summary = "show the project in its canonical form",
    .text = "That is JSON, with everything that was left out filled in.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

static const struct options plan_options = {
    .program = "mezzo compose plan",
    .operands = "",
    .summary = "say what up would do, in words",
    .text = "Services come in the order in which they are started.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

/* A project that was read, and also means something. */
static struct project *read_project(struct compose *c, json_t **json)
{
    struct project *project;
    struct error why;

    c->input.reads_past_builds = reads_past_builds;
    *json = compose_input_read(c->arena, &c->input);
    if (*json == NULL)
        return NULL;
    project = project_parse(*json, &why);
    if (project == NULL) {
        fprintf(stderr, "mezzo compose: %s\n", why.text);
        json_decref(*json);
    }
    return project;
}

int compose_config(struct compose *c, int argc, char **argv)
{
    struct project *project;
    json_t *json;

    options_parse(&config_options, argc, argv);
    project = read_project(c, &json);
    if (project == NULL)
        return 2;
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(json);
    project_free(project);
    return 0;
}

int compose_plan(struct compose *c, int argc, char **argv)
{
    struct project *project;
    json_t *json;

    options_parse(&plan_options, argc, argv);
    project = read_project(c, &json);
    if (project == NULL)
        return 2;
    plan_print(project, stdout);
    json_decref(json);
    project_free(project);
    return 0;
}
