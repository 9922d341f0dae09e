/* cgroup_kill.c - signals to all processes of a group. */

#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/os/cgroup_parts.h"

enum {
    CHUNK_SIZE = 4096,
};

/* The list is made when it is opened, so that it ends however they fork. */
static void signal_each(const char *group, int signal)
{
    char path[CGROUP_PATH_SIZE], text[CHUNK_SIZE];
    ssize_t size;
    pid_t pid = 0;
    int fd;

    cgroup_join(path, group, "cgroup.procs");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    while ((size = read(fd, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < size; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + (text[i] - '0');
                continue;
            }
            if (pid > 0)
                kill(pid, signal);
            pid = 0;
        }
    }
    close(fd);
}

void cgroup_signal_group(const struct hierarchy *h,
                         const char *group,
                         int signal)
{
    bool is_freezer = (h->controllers & CONTROLLER_FREEZER) != 0;

    if (signal != SIGKILL) {
        signal_each(group, signal);
        return;
    }
    if (h->version == 2 && cgroup_write(group, "cgroup.kill", "1") == 0)
        return;
    /* So that none forks between our reading and our killing; a frozen one dies
     * only when it is thawed. */
    if (is_freezer)
        cgroup_write(group, "freezer.state", "FROZEN");
    signal_each(group, SIGKILL);
    if (is_freezer)
        cgroup_write(group, "freezer.state", "THAWED");
}
