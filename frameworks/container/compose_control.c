/* compose_control.c - mezzo compose down, scale and restart. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frameworks/container/client.h"
#include "frameworks/container/compose.h"
#include "frameworks/container/compose_watch.h"
#include "io/options.h"

static bool drops_volumes;
static int64_t timeout_ms;

#define TIMEOUT_ROW                                                            \
    {                                                                          \
        .name = "timeout", .argument = "TIME", .kind = OPTIONS_DURATION,       \
        .value = &timeout_ms, .is_command_line_only = true,                    \
        .help = "wait no longer; for ever unless told"                         \
    }

static const struct options_row down_rows[] = {
    {.name = "volumes",
     .letter = 'v',
     .kind = OPTIONS_FLAG,
     .value = &drops_volumes,
     .is_command_line_only = true,
     .help = "remove its volumes as well, with all that is in them"},
    TIMEOUT_ROW,
};

static const struct options_row wait_rows[] = {TIMEOUT_ROW};

static const struct options down_options = {
    .program = "mezzo compose down",
    .operands = "",
    .summary = "end the project, what needs others first",
    .text = "Its named volumes stay where they are, unless -v is given.",
    .rows = down_rows,
    .rows_count = sizeof down_rows / sizeof down_rows[0],
};

static const struct options scale_options = {
    .program = "mezzo compose scale",
    .operands = "SERVICE=N...",
    .summary = "change how many instances of a service there are",
    .rows = wait_rows,
    .rows_count = 1,
};

static const struct options restart_options = {
    .program = "mezzo compose restart",
    .operands = "[SERVICE]...",
    .summary = "make instances again, one by one, as for a new version",
    .rows = wait_rows,
    .rows_count = 1,
};

/* Send it, and watch what follows. */
static int call_and_watch(struct compose *c,
                          json_t *request,
                          enum compose_until until)
{
    const char *name = compose_input_name(c->arena, &c->input);
    struct client *client = NULL;
    json_t *report = NULL;
    int status = name == NULL ? 2 : 1;

    if (name != NULL)
        client = client_open(c->socket, c->state);
    if (client != NULL) {
        json_object_set_new(request, "name", json_string(name));
        report = client_call(client, json_incref(request));
    }
    json_decref(request);
    if (report != NULL)
        status = compose_watch(client, report, until, timeout_ms);
    client_close(client);
    return status;
}

int compose_down(struct compose *c, int argc, char **argv)
{
    options_parse(&down_options, argc, argv);
    return call_and_watch(
        c,
        json_pack("{s:s, s:b}", "call", "down", "volumes", (int)drops_volumes),
        COMPOSE_UNTIL_GONE);
}

int compose_take_down(struct compose *c, const char *name)
{
    c->input.project = name;
    return call_and_watch(c, json_pack("{s:s}", "call", "down"),
                          COMPOSE_UNTIL_GONE);
}

int compose_scale(struct compose *c, int argc, char **argv)
{
    int first = options_parse(&scale_options, argc, argv);
    json_t *counts = json_object();

    if (first == argc)
        options_fail(&scale_options, "say which: SERVICE=N");
    for (int i = first; i < argc; i++) {
        char *equals = strchr(argv[i], '='), *end;
        long count = equals != NULL ? strtol(equals + 1, &end, 10) : -1;

        if (count < 0 || equals[1] == '\0' || *end != '\0')
            options_fail(&scale_options, "%s: is no SERVICE=N", argv[i]);
        *equals = '\0';
        json_object_set_new(counts, argv[i], json_integer(count));
    }
    return call_and_watch(
        c, json_pack("{s:s, s:o}", "call", "scale", "services", counts),
        COMPOSE_UNTIL_SETTLED);
}

int compose_restart(struct compose *c, int argc, char **argv)
{
    int first = options_parse(&restart_options, argc, argv);
    json_t *request = json_pack("{s:s}", "call", "restart");

    if (first < argc) {
        json_t *names = json_array();

        for (int i = first; i < argc; i++)
            json_array_append_new(names, json_string(argv[i]));
        json_object_set_new(request, "services", names);
    }
    return call_and_watch(c, request, COMPOSE_UNTIL_SETTLED);
}
