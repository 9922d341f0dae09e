/* executor_loop.c - an executor run for real. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"
#include "libframework/executor.h"
#include "libframework/loop.h"
#include "libframework/processes.h"

/* What was not given, the agent has put there. */
static void complete(const char **option, const char *variable)
{
    if (*option == NULL)
        *option = memory_strdup(getenv(variable));
}

/* ------------------------------------------------ descriptors, to the agent */

static int copy_fd(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

    return copy < 0 ? -errno : copy;
}

static void close_fd(int fd)
{
    close(fd);
}

static const char *const *environment(void)
{
    return (const char *const *)environ;
}

static void part(struct mezzo_executor *e)
{
    if (e->passing_fd >= 0)
        close(e->passing_fd);
    e->passing_fd = -1;
}

/* Who we are is said first; see doc/protocol.md, 11. */
static void connect_passing(struct mezzo_executor *e)
{
    const char *path = getenv("MEZZO_EXECUTOR_DESCRIPTORS");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char hello[1024];
    int size =
        snprintf(hello, sizeof hello, "%s %s %s", e->options.framework_id,
                 e->options.executor_id, e->options.token);

    if (path == NULL || strlen(path) >= sizeof address.sun_path ||
        size >= (int)sizeof hello)
        return;
    strcpy(address.sun_path, path);
    e->passing_fd =
        socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (e->passing_fd >= 0 &&
        (connect(e->passing_fd, (const struct sockaddr *)&address,
                 sizeof address) < 0 ||
         send(e->passing_fd, hello, (size_t)size, MSG_NOSIGNAL) < 0))
        part(e);
}

/* What does not get there the agent will miss, and say so. */
static void pass(struct mezzo_executor *e, const struct executor_order *o)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(MEZZO_SPAWN_FDS_MAX * sizeof(int))];
    } control = {{0}};
    uint8_t number[8];
    struct iovec bytes = {.iov_base = number, .iov_len = sizeof number};
    struct msghdr message = {
        .msg_iov = &bytes,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = CMSG_SPACE(o->fds_count * sizeof(int)),
    };

    if (e->passing_fd < 0)
        connect_passing(e);
    if (e->passing_fd < 0)
        return;
    for (size_t i = 0; i < sizeof number; i++)
        number[i] = (uint8_t)(o->process >> 8 * i);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(o->fds_count * sizeof(int));
    memcpy(CMSG_DATA(&control.header), o->fds, o->fds_count * sizeof(int));
    if (sendmsg(e->passing_fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        part(e);
}

static void local_cb(void *arg, const void *order)
{
    struct mezzo_executor *e = arg;
    const struct executor_order *o = order;

    switch (o->kind) {
    case EXECUTOR_PASS:
        pass(e, o);
        break;
    case EXECUTOR_CLOSE:
        for (size_t i = 0; i < o->fds_count; i++)
            close(o->fds[i]);
        break;
    case EXECUTOR_PART:
        part(e);
        break;
    }
}

/* -------------------------------------------------------------------- loop */

static int attach(struct mezzo_executor *e)
{
    const struct core_surroundings surroundings = {
        .seed = loop_seed(),
        .copy_fd = copy_fd,
        .close_fd = close_fd,
        .environment = environment,
    };
    const struct loop_options options = {
        .machine = executor_machine(e), .local = local_cb, .arg = e};
    int result;

    if (e->loop != NULL)
        return 0;
    if (e->state != EXECUTOR_NEW)
        return error_set(&e->fault, -ESHUTDOWN, "the executor has left");
    complete(&e->options.endpoint, "MEZZO_EXECUTOR_ENDPOINT");
    complete(&e->options.token, "MEZZO_EXECUTOR_TOKEN");
    complete(&e->options.executor_id, "MEZZO_EXECUTOR_ID");
    complete(&e->options.framework_id, "MEZZO_FRAMEWORK_ID");
    result = executor_prepare(e, &surroundings, &e->fault);
    if (result == 0)
        result = loop_open(&options, &e->loop, &e->fault);
    if (result == 0) {
        e->surroundings.called = loop_called;
        e->surroundings.arg = e->loop;
    }
    return result;
}

static int ended(struct mezzo_executor *e)
{
    int status = loop_status(e->loop);

    e->surroundings.called = NULL;
    loop_close(e->loop);
    e->loop = NULL;
    return status == CORE_DONE ? 0 : -ECANCELED;
}

int mezzo_executor_run(struct mezzo_executor *e)
{
    int result = attach(e);

    if (result < 0)
        return result;
    while (loop_process(e->loop))
        loop_wait(e->loop, -1);
    return ended(e);
}

int mezzo_executor_fd(struct mezzo_executor *e)
{
    int result = attach(e);

    return result < 0 ? result : loop_fd(e->loop);
}

int mezzo_executor_process(struct mezzo_executor *e)
{
    int result = attach(e);

    if (result < 0)
        return result;
    return loop_process(e->loop) ? 1 : ended(e);
}

void mezzo_executor_wake(struct mezzo_executor *e)
{
    if (e->loop != NULL)
        loop_wake(e->loop);
}

void mezzo_executor_free(struct mezzo_executor *e)
{
    if (e == NULL)
        return;
    loop_close(e->loop);
    part(e);
    processes_close_all(e->processes, close_fd);
    executor_free(e);
}
