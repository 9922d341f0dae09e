/* inside.c - the runtime's words, the environment, the program's. */

#include "config.h"

#include "agent/os/inside.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/os/containers.h"

static size_t length(const char *const *list)
{
    size_t n = 0;

    while (list[n] != NULL)
        n++;
    return n;
}

static bool is_said_again(const char *variable, const char *const *variables)
{
    size_t size = strcspn(variable, "=") + 1;

    for (; *variables != NULL; variables++)
        if (strncmp(*variables, variable, size) == 0)
            return true;
    return false;
}

const char **inside_command(const struct container *container,
                            const struct order_spawn *spawn,
                            char **texts)
{
    const char *options[6], *words[RUNTIME_ARGUMENTS_MAX], **all;
    static char user[32]; /* until the next call, like the runtime's words */
    size_t n = 0, count = 0, words_count, texts_size, known = 0;

    if (spawn->io == ORDER_SPAWN_TERMINAL)
        options[n++] = "--tty";
    if (spawn->working_directory != NULL) {
        options[n++] = "--cwd";
        options[n++] = spawn->working_directory;
    }
    snprintf(user, sizeof user, "%u:%u", (unsigned)container_user(container),
             (unsigned)container_group(container));
    options[n++] = "--user";
    options[n++] = user;
    options[n] = NULL;
    words_count = container_exec(container, options, words);
    *texts = container_environment(container, &texts_size);
    for (size_t i = 0; i < texts_size; i++)
        known += (*texts)[i] == '\0';
    all = malloc((words_count + 2 * (known + 1 + length(spawn->variables)) +
                  length(spawn->argv) + 1) *
                 sizeof *all);
    if (all == NULL)
        abort();
    for (size_t i = 0; i + 1 < words_count; i++)
        all[count++] = words[i];
    for (const char *at = *texts; at < *texts + texts_size;
         at += strlen(at) + 1) {
        if (is_said_again(at, spawn->variables))
            continue;
        all[count++] = "--env";
        all[count++] = at;
    }
    for (size_t i = 0; spawn->variables[i] != NULL; i++) {
        all[count++] = "--env";
        all[count++] = spawn->variables[i];
    }
    all[count++] = words[words_count - 1]; /* the container */
    for (size_t i = 0; spawn->argv[i] != NULL; i++)
        all[count++] = spawn->argv[i];
    all[count] = NULL;
    return all;
}
