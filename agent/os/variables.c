/* variables.c - an array, and the strings that are ours behind it. */

#include "config.h"

#include "agent/os/variables.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/os/users.h"

static const char path[] =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static bool has_variable(const char *const *environment, const char *name)
{
    size_t size = strlen(name);

    for (; *environment != NULL; environment++)
        if (strncmp(*environment, name, size) == 0 &&
            (*environment)[size] == '=')
            return true;
    return false;
}

const char **variables_add(const char *const *environment,
                           const struct user *user,
                           const char *sandbox)
{
    const struct {
        const char *name;
        const char *value;
    } ours[] = {
        {"MEZZO_SANDBOX", sandbox},
        {"MESOS_SANDBOX", sandbox},
        {"PATH", path},
        {"HOME", user->home},
        {"SHELL", user->shell},
        {"USER", user->name},
        {"LOGNAME", user->name},
    };
    const size_t ours_count = sizeof ours / sizeof ours[0];
    size_t count = 0, size = 0;
    const char **all;
    char *text;

    while (environment[count] != NULL)
        count++;
    for (size_t i = 0; i < ours_count; i++)
        size += strlen(ours[i].name) + strlen(ours[i].value) + 2;
    all = malloc((count + ours_count + 1) * sizeof *all + size);
    if (all == NULL)
        abort();
    text = (char *)(all + count + ours_count + 1);
    memcpy(all, environment, count * sizeof *all);
    for (size_t i = 0; i < ours_count; i++) {
        if (has_variable(environment, ours[i].name))
            continue;
        all[count++] = text;
        text += sprintf(text, "%s=%s", ours[i].name, ours[i].value) + 1;
    }
    all[count] = NULL;
    return all;
}
