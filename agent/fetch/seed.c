/* seed.c - the directory is found without leaving the image; cp does the rest,
 * and follows no link in it. */

#include "config.h"

#include "agent/fetch/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"

/* A descriptor; -1 and ENOENT when there is no such directory. */
static int open_inside(const char *root, const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int fd, at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (at < 0)
        return -1;
    fd = (int)syscall(SYS_openat2, at, path, &how, sizeof how);
    close(at);
    if (fd < 0 && errno == ENOTDIR)
        errno = ENOENT;
    return fd;
}

static int copy(int from, const char *to, struct error *err)
{
    char source[64];
    pid_t child = fork();
    int status;

    if (child == 0) {
        snprintf(source, sizeof source, "/proc/self/fd/%d/.", from);
        execlp("cp", "cp", "-a", "--", source, to, NULL);
        perror("cp");
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return error_errno(err, "run cp");
    return status == 0 ? 0 : error_set(err, -EIO, "cp to %s failed", to);
}

int seed(const char *root,
         const char *path,
         const char *target,
         struct error *err)
{
    AUTO(auto_free) char *temporary = NULL;
    int fd = open_inside(root, path);
    int code = 0;

    if (fd < 0 && errno != ENOENT)
        return error_errno(err, "%s of the image", path);
    if (asprintf(&temporary, "%s.XXXXXX", target) < 0)
        abort();
    if (mkdtemp(temporary) == NULL || chmod(temporary, 0755) < 0)
        code = error_errno(err, "make %s", temporary);
    if (code == 0 && fd >= 0)
        code = copy(fd, temporary, err);
    if (fd >= 0)
        close(fd);
    /* Whoever was faster has made the same. */
    if (code == 0 && rename(temporary, target) < 0 && errno != EEXIST &&
        errno != ENOTEMPTY)
        code = error_errno(err, "rename %s", temporary);
    return code;
}
