/* watch.c - descriptors that somebody waits for, on epoll. */

#include "frameworks/mpi/watch.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"

struct watches {
    int fd;
};

struct watches *watches_new(void)
{
    struct watches *ws = memory_new(1, sizeof *ws);

    ws->fd = epoll_create1(EPOLL_CLOEXEC);
    if (ws->fd < 0)
        abort();
    return ws;
}

void watches_free(struct watches *ws)
{
    if (ws == NULL)
        return;
    close(ws->fd);
    free(ws);
}

static void control(struct watches *ws, struct watch *w, int operation)
{
    struct epoll_event event = {.events = w->events, .data.ptr = w};

    epoll_ctl(ws->fd, operation, w->fd, &event);
}

void watches_add(struct watches *ws, struct watch *w, uint32_t events)
{
    w->events = events;
    control(ws, w, EPOLL_CTL_ADD);
}

void watches_change(struct watches *ws, struct watch *w, uint32_t events)
{
    if (w->fd < 0 || w->events == events)
        return;
    w->events = events;
    control(ws, w, EPOLL_CTL_MOD);
}

void watches_remove(struct watches *ws, struct watch *w)
{
    if (w->fd >= 0)
        control(ws, w, EPOLL_CTL_DEL);
    w->fd = -1;
}

void watches_close(struct watches *ws, struct watch *w)
{
    int fd = w->fd;

    watches_remove(ws, w);
    if (fd >= 0)
        close(fd);
}

int64_t watches_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One at a time, so that none is called that another has freed. */
void watches_wait(struct watches *ws, int64_t timeout_ms)
{
    struct epoll_event event;
    int timeout = timeout_ms < 0         ? -1
                  : timeout_ms > INT_MAX ? INT_MAX
                                         : (int)timeout_ms;

    if (epoll_wait(ws->fd, &event, 1, timeout) == 1) {
        struct watch *w = event.data.ptr;

        w->ready(w, event.events);
    }
}
