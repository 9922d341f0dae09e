/* children.c - a table of fixed size, looked through from its start: at its
 * largest that takes some microseconds. */

#include "config.h"

#include "agent/launcher/children.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/launcher/start.h"

typedef void visit_f(struct children *all, pid_t pid);

void children_init(struct children *all)
{
    all->end = 0;
    all->count = 0;
    all->queue_first = CHILDREN_MAX;
    all->queue_last = CHILDREN_MAX;
}

struct child *children_add(struct children *all, pid_t pid, int pidfd)
{
    unsigned i = 0;

    if (all->count == CHILDREN_MAX)
        return NULL;
    while (i < all->end && all->items[i].state != CHILD_FREE)
        i++;
    if (i == all->end)
        all->end++;
    all->count++;
    all->items[i] = (struct child){
        .state = CHILD_STARTING,
        .pid = pid,
        .pidfd = pidfd,
        .pipe = -1,
    };
    return &all->items[i];
}

static void unqueue(struct children *all, struct child *c)
{
    uint16_t index = (uint16_t)(c - all->items);
    uint16_t *link = &all->queue_first, before = CHILDREN_MAX;

    if (!c->is_queued)
        return;
    while (*link != index) {
        assert(*link != CHILDREN_MAX);
        before = *link;
        link = &all->items[*link].next;
    }
    *link = c->next;
    if (all->queue_last == index)
        all->queue_last = before;
    c->is_queued = false;
}

void children_remove(struct children *all, struct child *c)
{
    assert(c->state != CHILD_FREE);
    unqueue(all, c);
    if (c->pipe >= 0)
        close(c->pipe);
    close(c->pidfd);
    free(c->container);
    c->container = NULL;
    c->state = CHILD_FREE;
    all->count--;
    while (all->end > 0 && all->items[all->end - 1].state == CHILD_FREE)
        all->end--;
}

struct child *children_find(struct children *all, pid_t pid)
{
    for (unsigned i = 0; i < all->end; i++)
        if (all->items[i].state != CHILD_FREE && all->items[i].pid == pid)
            return &all->items[i];
    return NULL;
}

bool children_is_any(const struct children *all, enum child_state state)
{
    for (unsigned i = 0; i < all->end; i++)
        if (all->items[i].state == state)
            return true;
    return false;
}

bool children_await(const struct children *all)
{
    for (unsigned i = 0; i < all->end; i++)
        if (all->items[i].state == CHILD_STARTING &&
            all->items[i].container != NULL)
            return true;
    return false;
}

/* Not yet ours: a runtime may have a process of its own between us and what it
 * leaves, which exits a moment later than what we have started. */
static bool is_ours(const struct child *c, bool *has_exited)
{
    siginfo_t info = {0};

    if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return false;
    *has_exited = info.si_pid != 0;
    return true;
}

bool children_replace(struct child *c, pid_t pid)
{
    int pidfd = pid <= 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    siginfo_t info;
    bool has_exited;

    if (pidfd < 0)
        return false;
    close(c->pidfd);
    waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG);
    c->former = c->pid;
    c->pid = pid;
    c->pidfd = pidfd;
    c->ticks = start_ticks(pid);
    c->has_exited = false;
    c->is_awaited = !is_ours(c, &has_exited);
    return true;
}

void children_queue(struct children *all, struct child *c)
{
    uint16_t index = (uint16_t)(c - all->items);

    if (c->is_queued)
        return;
    c->is_queued = true;
    c->next = CHILDREN_MAX;
    if (all->queue_last == CHILDREN_MAX)
        all->queue_first = index;
    else
        all->items[all->queue_last].next = index;
    all->queue_last = index;
}

bool children_take_awaited(struct children *all)
{
    bool is_any = false, has_exited;

    for (unsigned i = 0; i < all->end; i++) {
        struct child *c = &all->items[i];

        if (c->state == CHILD_FREE || !c->is_awaited)
            continue;
        if (!is_ours(c, &has_exited)) {
            is_any = true;
            continue;
        }
        c->is_awaited = false;
        c->has_exited |= has_exited;
        if (has_exited)
            children_queue(all, c);
    }
    return is_any;
}

struct child *children_take_queued(struct children *all)
{
    struct child *c;

    if (all->queue_first == CHILDREN_MAX)
        return NULL;
    c = &all->items[all->queue_first];
    unqueue(all, c);
    return c;
}

/* The kernel's own list; one that changes meanwhile may be passed over, and
 * then there is another SIGCHLD. */
static void visit_children(struct children *all, visit_f *visit)
{
    char path[64], text[4096];
    ssize_t count;
    pid_t pid = 0;
    int fd;

    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    while ((count = read(fd, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                pid = pid * 10 + (text[i] - '0');
            } else if (pid > 0) {
                visit(all, pid);
                pid = 0;
            }
        }
    }
    close(fd);
}

void children_reap_if_orphan(struct children *all, pid_t pid)
{
    siginfo_t info;

    if (children_find(all, pid) == NULL)
        waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG);
}

void children_reap_orphans(struct children *all)
{
    visit_children(all, children_reap_if_orphan);
}

static void recover(struct children *all, pid_t pid)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct child *c;

    if (pidfd < 0)
        return;
    c = children_add(all, pid, pidfd);
    if (c == NULL) {
        close(pidfd);
        return;
    }
    c->state = CHILD_RUNNING;
    c->ticks = start_ticks(pid);
}

void children_recover(struct children *all)
{
    visit_children(all, recover);
}
