/* exec_order.c - the task's environment and directory, and the program's own
 * words. */

#include "agent/exec_order.h"

#include <string.h>

#include "agent/launch.h"

const char *exec_order_refuses(const Mezzo__StreamCall__Exec *exec)
{
    if (exec == NULL || exec->n_arguments == 0 || exec->arguments[0][0] == '\0')
        return "an opening that does not say what to run";
    if (exec->n_arguments + exec->n_environment > EXEC_ORDER_STRINGS_MAX)
        return "too many arguments and variables";
    for (size_t i = 0; i < exec->n_environment; i++)
        if (exec->environment[i][0] == '=' ||
            strchr(exec->environment[i], '=') == NULL)
            return "a variable without a name or a value";
    return NULL;
}

/* An executor's token is its own. */
static bool is_secret(const char *variable)
{
    return strncmp(variable, "MEZZO_EXECUTOR_", 15) == 0;
}

static bool is_said_again(const char *variable,
                          const Mezzo__StreamCall__Exec *exec)
{
    size_t size = (size_t)(strchr(variable, '=') - variable) + 1;

    for (size_t i = 0; i < exec->n_environment; i++)
        if (strncmp(exec->environment[i], variable, size) == 0)
            return true;
    return false;
}

static const char *const *join(const char *const *own,
                               const Mezzo__StreamCall__Exec *exec,
                               struct arena *arena)
{
    size_t own_count = 0, count = 0;
    const char **all;

    while (own != NULL && own[own_count] != NULL)
        own_count++;
    all =
        arena_alloc(arena, (own_count + exec->n_environment + 1) * sizeof *all);
    for (size_t i = 0; i < own_count; i++)
        if (!is_secret(own[i]) && !is_said_again(own[i], exec))
            all[count++] = own[i];
    for (size_t i = 0; i < exec->n_environment; i++)
        all[count++] = arena_strdup(arena, exec->environment[i]);
    return all;
}

static const char *const *own_variables(const Mezzo__StreamCall__Exec *exec,
                                        struct arena *arena)
{
    const char **all =
        arena_alloc(arena, (exec->n_environment + 1) * sizeof *all);

    for (size_t i = 0; i < exec->n_environment; i++)
        all[i] = arena_strdup(arena, exec->environment[i]);
    return all;
}

void exec_order_fill(struct order *order,
                     const struct task *t,
                     const Mezzo__StreamCall__Exec *exec,
                     struct step *step)
{
    struct arena *arena = step->fx->arena;
    struct order launch = {.kind = ORDER_LAUNCH};
    const char **argv =
        arena_alloc(arena, (exec->n_arguments + 1) * sizeof *argv);

    if (t->executor != NULL)
        launch_executor(&launch, t->executor,
                        roster_executor_info(t->executor, arena), step);
    else
        launch_task(&launch, t, roster_task_info(t, arena), step);
    for (size_t i = 0; i < exec->n_arguments; i++)
        argv[i] = arena_strdup(arena, exec->arguments[i]);
    order->spawn.io = exec->has_terminal && exec->terminal
                          ? ORDER_SPAWN_TERMINAL
                          : ORDER_SPAWN_PIPES;
    order->spawn.rows = exec->has_rows ? exec->rows : 0;
    order->spawn.columns = exec->has_columns ? exec->columns : 0;
    order->spawn.argv = argv;
    order->spawn.variables = own_variables(exec, arena);
    order->spawn.environment = join(launch.launch.environment, exec, arena);
    order->spawn.working_directory =
        exec->working_directory != NULL
            ? arena_strdup(arena, exec->working_directory)
            : launch.launch.working_directory;
}
