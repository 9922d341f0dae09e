/* compose_up.c - mezzo compose up: ship the project, and watch it start. */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frameworks/container/client.h"
#include "frameworks/container/compose.h"
#include "frameworks/container/compose_watch.h"
#include "frameworks/container/pack.h"
#include "frameworks/container/project.h"
#include "io/options.h"

static bool reads_past_builds, is_detached;
static int64_t timeout_ms;

static const struct options_row rows[] = {
    {.name = "detach",
     .letter = 'd',
     .kind = OPTIONS_FLAG,
     .value = &is_detached,
     .is_command_line_only = true,
     .help = "return when all services run; else show what they write, and "
             "take them down on Ctrl-C"},
    {.name = "no-build",
     .kind = OPTIONS_FLAG,
     .value = &reads_past_builds,
     .is_command_line_only = true,
     .help = "read past build keys: the images are in the registry"},
    {.name = "timeout",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .value = &timeout_ms,
     .is_command_line_only = true,
     .help = "fail when they do not all run by then; what was started goes "
             "on; for ever unless told"},
};

static const struct options options = {
    .program = "mezzo compose up",
    .operands = "",
    .summary = "run the project, or roll it to what its file says now",
    .text = "It is over when every service runs, and is healthy where it has a "
            "health check.\nA service that has changed is rolled, one instance "
            "after the other, and goes back\nby itself when the new version "
            "does not become healthy: then the status is 1.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

/* Files first, so that their digest is part of the service. */
static int ship(struct client *client, json_t *project)
{
    json_t *services = json_object_get(project, "services"), *service;
    const char *name;

    json_object_foreach(services, name, service)
    {
        struct pack pack;
        struct error why;
        int rc = pack_service(service, &pack, &why);

        if (rc < 0) {
            fprintf(stderr, "mezzo compose: %s: %s\n", name, why.text);
            return -1;
        }
        if (pack.size > 0) {
            json_object_set_new(service, "files", json_string(pack.digest));
            rc = client_send_files(client, pack.digest, pack.bytes, pack.size);
        }
        pack_release(&pack);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static json_t *read_project(struct compose *c)
{
    struct project *project;
    struct error why;
    json_t *json;

    c->input.reads_past_builds = reads_past_builds;
    json = compose_input_read(c->arena, &c->input);
    if (json == NULL)
        return NULL;
    project = project_parse(json, &why);
    if (project == NULL) {
        fprintf(stderr, "mezzo compose: %s\n", why.text);
        json_decref(json);
        return NULL;
    }
    project_free(project);
    return json;
}

int compose_up(struct compose *c, int argc, char **argv)
{
    struct client *client;
    json_t *project, *report = NULL;
    const char *name;
    int status = 1;

    options_parse(&options, argc, argv);
    project = read_project(c);
    if (project == NULL)
        return 2;
    client = client_open(c->socket, c->state);
    if (client != NULL && ship(client, project) == 0)
        report = client_call(
            client, json_pack("{s:s, s:O}", "call", "up", "project", project));
    name = arena_strdup(c->arena,
                        json_string_value(json_object_get(project, "name")));
    json_decref(project);
    if (report != NULL)
        status =
            compose_watch(client, report, COMPOSE_UNTIL_SETTLED, timeout_ms);
    client_close(client);
    if (status != 0 || is_detached)
        return status;
    status = compose_show_logs(c, name, true, NULL, 0);
    return status == 130 ? compose_take_down(c, name) : status;
}
