/* command.h - the commands of mezzo, each in the file of its name.
 *
 * A command is given its own arguments, argv[0] being its name, and returns
 * the exit status of the program: 0, 1 when it failed, 2 when what it was told
 * cannot be. */

#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "io/options.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const struct options *options;
};

extern const struct command command_agents, command_down, command_drain,
    command_gone, command_undrain, command_exec, command_explain,
    command_frameworks, command_history, command_keygen, command_kill,
    command_logs, command_masters, command_offers, command_quota,
    command_reserve, command_unreserve, command_roles, command_run,
    command_tasks, command_up, command_version, command_wait, command_weight,
    command_whatif;

/* Run mezzo-NAME from the path; returns only when there is none. */
int command_external(char **argv);

#endif
