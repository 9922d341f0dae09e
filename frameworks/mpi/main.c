/* main.c - mezzo-mpi: batch jobs and MPI on a Mezzo cluster. */

#include <stdio.h>
#include <string.h>

#include "frameworks/mpi/command.h"

static const struct command *const commands[] = {
    &command_run,    &command_submit,  &command_queue, &command_show,
    &command_cancel, &command_history, &command_serve,
};

enum {
    COMMANDS_COUNT = sizeof commands / sizeof commands[0]
};

static void list(FILE *out)
{
    fputs("usage: mezzo mpi COMMAND [OPTION]...\n\n", out);
    for (size_t i = 0; i < COMMANDS_COUNT; i++)
        fprintf(out, "    %-8s  %s\n", commands[i]->name,
                commands[i]->options->summary);
    fputs("\nmezzo mpi COMMAND --help tells more.\n", out);
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "help") == 0 ||
        strcmp(argv[1], "--help") == 0) {
        list(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    for (size_t i = 0; i < COMMANDS_COUNT; i++)
        if (strcmp(commands[i]->name, argv[1]) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    if (strcmp(argv[1], "--version") == 0)
        return command_run.run(argc, argv);
    fprintf(stderr, "mezzo-mpi: %s is no command of it; see mezzo mpi help\n",
            argv[1]);
    return 2;
}
