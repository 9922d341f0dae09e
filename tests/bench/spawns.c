/* spawns.c - posix_spawn() and waitpid() of one program, one after the other,
 * from a process that holds next to nothing: what a launch is compared with.
 *
 * usage: spawns COUNT PROGRAM; prints how many of them a second has. */

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "tests/bench/figure.h"

extern char **environ;

int main(int argc, char **argv)
{
    long count = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
    double before = figure_seconds();
    int status;
    pid_t pid;

    if (count <= 0)
        figure_fail("usage: spawns COUNT PROGRAM");
    for (long i = 0; i < count; i++)
        if (posix_spawn(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0 ||
            waitpid(pid, &status, 0) != pid || status != 0)
            figure_fail("%s failed", argv[2]);
    printf("%.1f\n", (double)count / (figure_seconds() - before));
    return 0;
}
