/* main.c - mezzo-launcher: the parent of an agent's tasks.
 *
 * It is started by the agent, with a listening socket, and puts itself in the
 * background.  libc only, no network, next to no memory: it must not die. */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/launcher/server.h"

static const char usage[] =
    "usage: mezzo-launcher --listen FD\n"
    "The parent of the tasks of a mezzo-agent, which starts it.\n"
    "  --listen FD  serve the agent on this listening UNIX socket\n"
    "  --resume FD  the same, as another program of the same process\n"
    "  --help       show this\n"
    "  --version    show the version\n"
    "SIGHUP makes it execute itself anew, with the same children.\n";

/* Apart from the agent's terminal, process group and parent. */
static void detach(void)
{
    pid_t pid = fork();

    if (pid < 0)
        perror("mezzo-launcher: fork");
    if (pid != 0)
        _exit(pid < 0);
    setsid();
    if (chdir("/") < 0)
        _exit(1);
}

/* Whatever we were started with, nothing of it is to reach the children. */
static void be_clean(int listen_fd)
{
    static const uint64_t no_action[4]; /* SIG_DFL, as the kernel has it */
    struct rlimit files;
    sigset_t all;

    if (listen_fd > STDERR_FILENO + 1)
        close_range(STDERR_FILENO + 1, (unsigned)listen_fd - 1, 0);
    close_range((unsigned)listen_fd + 1, ~0U, 0);
    fcntl(listen_fd, F_SETFD, FD_CLOEXEC);
    fcntl(listen_fd, F_SETFL, O_NONBLOCK);
    /* By hand: the C library would pass over the two that it keeps. */
    for (int i = 1; i < NSIG; i++)
        syscall(SYS_rt_sigaction, i, no_action, NULL, sizeof(uint64_t));
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    /* Two descriptors for each child.  What a child may have is in LAUNCH. */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

int main(int argc, char **argv)
{
    bool is_resumed = argc == 3 && strcmp(argv[1], "--resume") == 0;
    int listen_fd;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("mezzo-launcher " PACKAGE_VERSION);
        return 0;
    }
    if (argc != 3 || (!is_resumed && strcmp(argv[1], "--listen") != 0)) {
        fputs(usage, stderr);
        return 2;
    }
    listen_fd = atoi(argv[2]);
    if (listen_fd <= STDERR_FILENO) {
        fputs("mezzo-launcher: not a descriptor to listen on\n", stderr);
        return 2;
    }
    if (!is_resumed)
        detach();
    be_clean(listen_fd);
    /* Once more, so that those who connect see who we are. */
    if (listen(listen_fd, 16) < 0) {
        perror("mezzo-launcher: listen");
        return 2;
    }
    return server_run(listen_fd, is_resumed);
}
