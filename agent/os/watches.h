/* watches.h - who waits for a file to grow.
 *
 * The kernel says when one is written to.  One that is not there yet, or that
 * the kernel watches no more for us, is looked at from time to time. */

#ifndef AGENT_OS_WATCHES_H
#define AGENT_OS_WATCHES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct event_base;
struct sandboxes;
struct watches;

struct watch {
    TAILQ_ENTRY(watch) link;
    char *run;
    char *path;
    uint64_t offset;
    uint64_t ticket;
    int wd;         /* of inotify; -1: it is looked at */
    unsigned round; /* in which it was, last */
};

/* Once: it is longer than its offset, or `fault` says why that will not be
 * known.  May be called by watches_add(). */
typedef void watches_grown_f(void *arg,
                             const struct watch *watch,
                             const char *fault);

struct watches *watches_new(struct event_base *base,
                            struct sandboxes *sandboxes,
                            watches_grown_f *grown,
                            void *arg);
void watches_free(struct watches *w);

void watches_add(struct watches *w,
                 const char *run,
                 const char *path,
                 uint64_t offset,
                 uint64_t ticket);

/* One of a run's, which is the caller's then; NULL: none is left. */
struct watch *watches_take(struct watches *w, const char *run);
void watch_free(struct watch *watch);

size_t watches_count(const struct watches *w);

#endif
