/* watches.c - one inotify descriptor; watches of one file share one of its. */

#include "config.h"

#include "agent/os/watches.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent/os/sandbox.h"

#define MOVED (IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)

enum {
    LOOK_MS = 200,
};

TAILQ_HEAD(watch_list, watch);

struct watches {
    struct sandboxes *sandboxes;
    watches_grown_f *grown;
    void *arg;
    int fd; /* -1: all are looked at */
    struct event *readable;
    struct event *look;
    struct watch_list list;
    size_t count;
    unsigned round;
};

static void arm_look(struct watches *w)
{
    const struct timeval wait = {.tv_usec = LOOK_MS * 1000};
    struct watch *watch;

    if (evtimer_pending(w->look, NULL))
        return;
    TAILQ_FOREACH (watch, &w->list, link) {
        if (watch->wd >= 0)
            continue;
        evtimer_add(w->look, &wait);
        return;
    }
}

static bool is_watched(const struct watches *w, int wd)
{
    const struct watch *watch;

    TAILQ_FOREACH (watch, &w->list, link)
        if (watch->wd == wd)
            return true;
    return false;
}

static void take(struct watches *w, struct watch *watch)
{
    TAILQ_REMOVE(&w->list, watch, link);
    w->count--;
    if (watch->wd >= 0 && !is_watched(w, watch->wd))
        inotify_rm_watch(w->fd, watch->wd);
}

/* By its descriptor: the path may lead elsewhere by now. */
static int watch_file(const struct watches *w, const struct watch *watch)
{
    int fd = sandbox_open_path(w->sandboxes, watch->run, watch->path);
    char path[64];
    int wd;

    if (fd < 0 || w->fd < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    wd = inotify_add_watch(w->fd, path, IN_MODIFY | MOVED);
    close(fd);
    return wd;
}

/* True, and the watch is gone, when there is something to say. */
static bool look_at(struct watches *w, struct watch *watch)
{
    struct error err = {""};
    uint64_t size;
    int code = sandbox_size(w->sandboxes, watch->run, watch->path, &size, &err);

    if (code < 0 && code != -ENOENT) {
        take(w, watch);
        w->grown(w->arg, watch, err.text);
    } else if (code == 0 && size > watch->offset) {
        take(w, watch);
        w->grown(w->arg, watch, NULL);
    } else {
        return false;
    }
    watch_free(watch);
    return true;
}

/* Those of `wd`; what is said of one may change the list. */
static void look_at_all(struct watches *w, int wd)
{
    struct watch *watch;
    bool is_again;

    do {
        is_again = false;
        TAILQ_FOREACH (watch, &w->list, link) {
            if (watch->wd != wd)
                continue;
            is_again = look_at(w, watch);
            if (is_again)
                break;
        }
    } while (is_again);
}

static void forget_wd(struct watches *w, int wd)
{
    struct watch *watch;

    TAILQ_FOREACH (watch, &w->list, link)
        if (watch->wd == wd || wd < 0)
            watch->wd = -1;
    if (wd >= 0)
        inotify_rm_watch(w->fd, wd);
    arm_look(w);
}

static void readable_cb(evutil_socket_t fd, short what, void *arg)
{
    char bytes[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)]
        __attribute__((aligned(__alignof__(struct inotify_event))));
    struct watches *w = arg;
    struct inotify_event event;
    ssize_t size = read((int)fd, bytes, sizeof bytes);

    (void)what;
    for (ssize_t at = 0; at + (ssize_t)sizeof event <= size;
         at += (ssize_t)(sizeof event + event.len)) {
        memcpy(&event, bytes + at, sizeof event);
        if ((event.mask & IN_Q_OVERFLOW) != 0)
            forget_wd(w, -1);
        else if ((event.mask & (IN_IGNORED | MOVED)) != 0)
            forget_wd(w, event.wd); /* another file may be there now */
        else
            look_at_all(w, event.wd);
    }
}

/* True when there was one left to look at; what is said of it may change the
 * list. */
static bool look_at_next(struct watches *w)
{
    struct watch *watch;

    TAILQ_FOREACH (watch, &w->list, link)
        if (watch->wd < 0 && watch->round != w->round)
            break;
    if (watch == NULL)
        return false;
    watch->round = w->round;
    /* First this, so that nothing is written in between unseen. */
    watch->wd = watch_file(w, watch);
    look_at(w, watch);
    return true;
}

static void look_cb(evutil_socket_t fd, short what, void *arg)
{
    struct watches *w = arg;

    (void)fd;
    (void)what;
    w->round++;
    while (look_at_next(w))
        ;
    arm_look(w);
}

struct watches *watches_new(struct event_base *base,
                            struct sandboxes *sandboxes,
                            watches_grown_f *grown,
                            void *arg)
{
    struct watches *w = calloc(1, sizeof *w);

    if (w == NULL)
        abort();
    w->sandboxes = sandboxes;
    w->grown = grown;
    w->arg = arg;
    TAILQ_INIT(&w->list);
    w->look = evtimer_new(base, look_cb, w);
    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (w->fd >= 0)
        w->readable =
            event_new(base, w->fd, EV_READ | EV_PERSIST, readable_cb, w);
    if (w->look == NULL || (w->fd >= 0 && w->readable == NULL))
        abort();
    if (w->readable != NULL)
        event_add(w->readable, NULL);
    return w;
}

void watches_free(struct watches *w)
{
    struct watch *watch;

    if (w == NULL)
        return;
    while ((watch = TAILQ_FIRST(&w->list)) != NULL) {
        TAILQ_REMOVE(&w->list, watch, link);
        watch_free(watch);
    }
    if (w->readable != NULL)
        event_free(w->readable);
    if (w->fd >= 0)
        close(w->fd);
    event_free(w->look);
    free(w);
}

void watches_add(struct watches *w,
                 const char *run,
                 const char *path,
                 uint64_t offset,
                 uint64_t ticket)
{
    struct watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL || (watch->run = strdup(run)) == NULL ||
        (watch->path = strdup(path == NULL ? "" : path)) == NULL)
        abort();
    watch->offset = offset;
    watch->ticket = ticket;
    watch->round = w->round;
    TAILQ_INSERT_TAIL(&w->list, watch, link);
    w->count++;
    watch->wd = watch_file(w, watch);
    if (!look_at(w, watch))
        arm_look(w);
}

struct watch *watches_take(struct watches *w, const char *run)
{
    struct watch *watch;

    TAILQ_FOREACH (watch, &w->list, link) {
        if (strcmp(watch->run, run) != 0)
            continue;
        take(w, watch);
        return watch;
    }
    return NULL;
}

void watch_free(struct watch *watch)
{
    free(watch->run);
    free(watch->path);
    free(watch);
}

size_t watches_count(const struct watches *w)
{
    return w->count;
}
