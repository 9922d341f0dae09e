/* sandbox_task.c - a place in an executor's sandbox for each of its tasks.
 *
 * The sandbox is a stranger's: each step goes through a descriptor and follows
 * no link. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/closing.h"
#include "agent/os/sandbox.h"
#include "agent/os/sandbox_place.h"

enum {
    DIRECTORY_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
};

/* Of `user`, made if it is not there. */
static int open_directory(int parent, const char *name, uid_t user, gid_t group)
{
    int result = mkdirat(parent, name, 0755), fd;

    if (result < 0 && errno != EEXIST)
        return -errno;
    fd = openat(parent, name, DIRECTORY_FLAGS);
    if (fd < 0)
        return -errno;
    if (result == 0 && user != geteuid() && fchown(fd, user, group) < 0) {
        result = -errno;
        close(fd);
        return result;
    }
    return fd;
}

/* Open to be read too, so that it never waits for a reader. */
static int open_fifo(int directory, uid_t user, gid_t group)
{
    struct stat st;
    int fd;

    if (mkfifoat(directory, SANDBOX_INPUT, 0600) < 0 && errno != EEXIST)
        return -errno;
    fd = openat(directory, SANDBOX_INPUT,
                O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
        (user == geteuid() || fchown(fd, user, group) == 0))
        return fd;
    close(fd);
    return -EPERM;
}

int sandbox_make_task(struct sandboxes *s,
                      const char *run,
                      const char *task,
                      uid_t user,
                      gid_t group,
                      int *input,
                      struct error *err)
{
    AUTO(auto_close) int root = sandbox_open_root(s, run);
    AUTO(auto_close) int tasks = -1;
    AUTO(auto_close) int own = -1;
    int code;

    if (root >= 0)
        tasks = open_directory(root, SANDBOX_TASKS, user, group);
    if (tasks >= 0)
        own = open_directory(tasks, task, user, group);
    code = root < 0 ? root : tasks < 0 ? tasks : own < 0 ? own : 0;
    if (code == 0 && input != NULL)
        code = *input = open_fifo(own, user, group);
    if (code < 0)
        return error_set(err, code, "make " SANDBOX_TASKS "/%s: %s", task,
                         strerror(-code));
    return 0;
}
