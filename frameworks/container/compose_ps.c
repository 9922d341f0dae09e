/* compose_ps.c - mezzo compose ps and ls: how things are. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frameworks/container/client.h"
#include "frameworks/container/compose.h"
#include "io/options.h"

static bool is_json;

static const struct options_row rows[] = {
    {.name = "json",
     .kind = OPTIONS_FLAG,
     .value = &is_json,
     .is_command_line_only = true,
     .help = "as JSON"},
};

static const struct options ps_options = {
    .program = "mezzo compose ps",
    .operands = "",
    .summary = "show the instances of the project's services",
    .rows = rows,
    .rows_count = 1,
};

static const struct options ls_options = {
    .program = "mezzo compose ls",
    .operands = "",
    .summary = "list your projects; root's list is everyone's",
    .rows = rows,
    .rows_count = 1,
};

static const char *text_of(json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));

    return text != NULL ? text : "-";
}

static void print_service(json_t *service)
{
    json_t *instances = json_object_get(service, "instances"), *instance;
    size_t i;

    json_array_foreach(instances, i, instance)
        printf("%-24s %-12s %-12s %-16s %8" JSON_INTEGER_FORMAT "  %s\n",
               text_of(instance, "name"), text_of(instance, "state"),
               text_of(instance, "agent"), text_of(instance, "address"),
               json_integer_value(json_object_get(instance, "restarts")),
               text_of(instance, "message"));
    if (json_object_get(service, "message") != NULL)
        printf("%s: %s\n", text_of(service, "name"),
               text_of(service, "message"));
}

static void print_project(json_t *report)
{
    json_t *services = json_object_get(report, "services"), *service;
    size_t i;

    printf("%-24s %-12s %-12s %-16s %8s  %s\n", "INSTANCE", "STATE", "AGENT",
           "ADDRESS", "RESTARTS", "MESSAGE");
    json_array_foreach(services, i, service) print_service(service);
}

static void print_projects(json_t *answer)
{
    json_t *projects = json_object_get(answer, "projects"), *p;
    size_t i;

    printf("%-24s %-12s %8s %8s\n", "PROJECT", "USER", "SERVICES", "READY");
    json_array_foreach(projects, i, p)
    {
        char ready[40];

        snprintf(ready, sizeof ready,
                 "%" JSON_INTEGER_FORMAT "/%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(p, "ready")),
                 json_integer_value(json_object_get(p, "wanted")));
        printf("%-24s %-12s %8" JSON_INTEGER_FORMAT " %8s\n",
               text_of(p, "name"), text_of(p, "user"),
               json_integer_value(json_object_get(p, "services")), ready);
    }
}

static int call_and_print(struct compose *c,
                          json_t *request,
                          void (*print)(json_t *answer))
{
    struct client *client = client_open(c->socket, c->state);
    json_t *answer = NULL;

    if (client != NULL)
        answer = client_call(client, json_incref(request));
    json_decref(request);
    client_close(client);
    if (answer == NULL)
        return 1;
    if (is_json) {
        json_dumpf(answer, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print(answer);
    }
    json_decref(answer);
    return 0;
}

int compose_ps(struct compose *c, int argc, char **argv)
{
    const char *name;

    options_parse(&ps_options, argc, argv);
    name = compose_input_name(c->arena, &c->input);
    if (name == NULL)
        return 2;
    return call_and_print(
        c, json_pack("{s:s, s:s}", "call", "get", "name", name), print_project);
}

int compose_ls(struct compose *c, int argc, char **argv)
{
    options_parse(&ls_options, argc, argv);
    return call_and_print(c, json_pack("{s:s}", "call", "list"),
                          print_projects);
}
