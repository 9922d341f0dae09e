/* external.c - mezzo X, where X is a program of its own: mezzo-X. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "cli/command.h"

int command_external(char **argv)
{
    const char *name = argv[0];
    AUTO(auto_free) char *program = NULL;

    if (strchr(name, '/') == NULL && name[0] != '-') {
        if (asprintf(&program, "mezzo-%s", name) < 0)
            abort();
        argv[0] = program;
        execvp(program, argv);
        if (errno != ENOENT) {
            fprintf(stderr, "mezzo: %s: %s\n", program, strerror(errno));
            return 1;
        }
    }
    fprintf(stderr,
            "mezzo: %s is no command, and there is no mezzo-%s on the path; "
            "see mezzo help\n",
            name, name);
    return 2;
}
