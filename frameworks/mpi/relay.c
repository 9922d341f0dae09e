/* relay.c - what is sent to a task, on its way to rank 0. */

#include "frameworks/mpi/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    WAITING_MAX = 1 << 16
};

struct relay {
    struct watches *watches;
    struct watch from, to;
    char waiting[WAITING_MAX];
    size_t size;
};

/* Read while there is room, write while there is something. */
static void settle(struct relay *r)
{
    if (r->to.fd < 0)
        watches_close(r->watches, &r->from);
    if (r->from.fd < 0 && r->size == 0)
        watches_close(r->watches, &r->to);
    /* The end of who wrote is told whether or not it is waited for: once. */
    watches_change(r->watches, &r->from,
                   r->size < WAITING_MAX ? (uint32_t)EPOLLIN : EPOLLONESHOT);
    watches_change(r->watches, &r->to, r->size > 0 ? (uint32_t)EPOLLOUT : 0u);
}

static void from_ready(struct watch *w, uint32_t events)
{
    struct relay *r = w->arg;
    ssize_t size = r->size < WAITING_MAX ? read(w->fd, r->waiting + r->size,
                                                WAITING_MAX - r->size)
                                         : -1;

    if (size > 0)
        r->size += (size_t)size;
    else if (size == 0 && (events & EPOLLHUP) != 0)
        watches_close(r->watches, w);
    settle(r);
}

static void to_ready(struct watch *w, uint32_t events)
{
    struct relay *r = w->arg;
    ssize_t size = r->size > 0 ? write(w->fd, r->waiting, r->size) : -1;

    if (size > 0) {
        r->size -= (size_t)size;
        memmove(r->waiting, r->waiting + size, r->size);
    } else if ((events & EPOLLERR) != 0 || (r->size > 0 && errno != EAGAIN)) {
        watches_close(r->watches, w); /* nobody reads it */
        r->size = 0;
    }
    settle(r);
}

struct relay *relay_new(struct watches *watches, const char *fifo, int *fd)
{
    struct relay *r;
    int fds[2], from = open(fifo, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (from < 0)
        return NULL;
    if (pipe2(fds, O_CLOEXEC) < 0) {
        close(from);
        return NULL;
    }
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    *fd = fds[0];
    r = memory_new(1, sizeof *r);
    r->watches = watches;
    r->from = (struct watch){.fd = from, .ready = from_ready, .arg = r};
    r->to = (struct watch){.fd = fds[1], .ready = to_ready, .arg = r};
    watches_add(watches, &r->from, EPOLLIN);
    watches_add(watches, &r->to, 0);
    return r;
}

void relay_free(struct relay *r)
{
    if (r == NULL)
        return;
    watches_close(r->watches, &r->from);
    watches_close(r->watches, &r->to);
    free(r);
}
