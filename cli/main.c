/* main.c - mezzo: which command it is. */

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "config.h"

static const struct command *const commands[] = {
    &command_up,      &command_down,       &command_run,     &command_logs,
    &command_exec,    &command_wait,       &command_kill,    &command_tasks,
    &command_history, &command_agents,     &command_explain, &command_masters,
    &command_roles,   &command_frameworks, &command_offers,  &command_drain,
    &command_undrain, &command_gone,       &command_quota,   &command_weight,
    &command_keygen,  &command_version,    &command_reserve, &command_unreserve,
    &command_whatif,
};

enum {
    COMMANDS_COUNT = sizeof commands / sizeof commands[0]
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static void write_help(FILE *out)
{
    fputs("usage: mezzo COMMAND [OPTION]...\n\n", out);
    for (size_t i = 0; i < COMMANDS_COUNT; i++)
        fprintf(out, "    %-12s %s\n", commands[i]->name,
                commands[i]->options->summary);
    fputs("\nmezzo COMMAND --help says more of a command.  mezzo X runs the "
          "program mezzo-X\nwhere X is none of these.  Begin with: mezzo up\n",
          out);
}

int main(int argc, char **argv)
{
    static char help[] = "--help";
    const struct command *command;

    if (argc < 2) {
        write_help(stderr);
        return 2;
    }
    command = find_command(argv[1]);
    if (command != NULL)
        return command->run(argc - 1, argv + 1);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        if (argc > 2 && (command = find_command(argv[2])) != NULL)
            return command->run(2, (char *[]){argv[2], help, NULL});
        if (argc > 2)
            return command_external((char *[]){argv[2], help, NULL});
        write_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("mezzo " PACKAGE_VERSION);
        return 0;
    }
    return command_external(argv + 1);
}
