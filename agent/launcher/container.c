/* container.c - mounts, by plain system calls. */

#include "config.h"

#include "agent/launcher/container.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

const char *container_enter(const struct container_mounts *m)
{
    if (m->unmounts_count == 0 && m->overlay == NULL)
        return NULL;
    if (unshare(CLONE_NEWNS) < 0)
        return "make a mount namespace";
    /* What the machine unmounts goes here too; not the other way round. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return "separate the mounts";
    for (size_t i = 0; i < m->unmounts_count; i++)
        if (umount2(m->unmounts[i], MNT_DETACH) < 0 && errno != EINVAL)
            return m->unmounts[i];
    if (m->overlay == NULL)
        return NULL;
    if (chdir(m->overlay_from) < 0)
        return m->overlay_from;
    if (mount("overlay", m->overlay_at, "overlay", MS_NODEV, m->overlay) < 0)
        return "mount the image's layers";
    return NULL;
}

pid_t container_read_pid(const char *path)
{
    char text[32], *end;
    ssize_t size;
    long pid;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return 0;
    size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0)
        return 0;
    text[size] = '\0';
    pid = strtol(text, &end, 10);
    return end == text || pid <= 1 || pid > INT_MAX ? 0 : (pid_t)pid;
}
