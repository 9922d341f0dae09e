/* compose.c - mezzo compose: a Compose file over the agents of a cluster. */

#include "frameworks/container/compose.h"

#include <string.h>

#include "io/options.h"

static struct compose compose;

static const struct options_row rows[] = {
    {.name = "file",
     .letter = 'f',
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &compose.input.file,
     .is_command_line_only = true,
     .help = "the Compose file; COMPOSE_FILE, or compose.yaml here or above "
             "unless told"},
    {.name = "project-name",
     .letter = 'p',
     .argument = "NAME",
     .kind = OPTIONS_STRING,
     .value = &compose.input.project,
     .is_command_line_only = true,
     .help = "of the project; COMPOSE_PROJECT_NAME, or as the file says, or "
             "the directory's unless told"},
    {.name = "state",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &compose.state,
     .help = "the state directory of the cluster; what mezzo up started last "
             "unless told"},
    {.name = "socket",
     .argument = "PATH",
     .kind = OPTIONS_STRING,
     .value = &compose.socket,
     .help = "of mezzo-container; in the state directory, or "
             "/run/mezzo/container unless told"},
};

static const struct compose_command commands[] = {
    {"config", compose_config},   {"down", compose_down},   {"ls", compose_ls},
    {"logs", compose_logs},       {"plan", compose_plan},   {"ps", compose_ps},
    {"restart", compose_restart}, {"scale", compose_scale}, {"up", compose_up},
};

enum {
    COMMANDS_COUNT = sizeof commands / sizeof commands[0]
};

static const struct options options = {
    .program = "mezzo compose",
    .operands = "COMMAND [OPTION]...",
    .summary = "run the services of a Compose file",
    .text = "Commands are\n"
            "  config    show the project in its canonical form\n"
            "  down      end it\n"
            "  logs      show what services write\n"
            "  ls        list your projects\n"
            "  plan      say what up would do, in words\n"
            "  ps        show its instances\n"
            "  restart   make its instances again, one by one\n"
            "  scale     change how many there are\n"
            "  up        run it, or roll it to what its file says now\n"
            "mezzo compose COMMAND --help says more about each.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
    .stops_at_operand = true,
};

int main(int argc, char **argv)
{
    int first = options_parse(&options, argc, argv);
    int status = -1;

    if (first == argc)
        options_fail(&options, "a command is missing");
    compose.arena = arena_new();
    for (int i = 0; i < COMMANDS_COUNT && status < 0; i++)
        if (strcmp(commands[i].name, argv[first]) == 0)
            status = commands[i].run(&compose, argc - first, argv + first);
    arena_free(compose.arena);
    if (status < 0)
        options_fail(&options, "%s is no command", argv[first]);
    return status;
}
