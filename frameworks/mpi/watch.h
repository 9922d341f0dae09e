/* watch.h - descriptors that somebody waits for, on epoll: the loop of our
 * programs, beside that of the library, whose descriptor is one of them. */

#ifndef MPI_WATCH_H
#define MPI_WATCH_H

#include <stdint.h>

struct watches;

/* In what it is the watch of.  May be removed, and freed, when it is ready. */
struct watch {
    int fd; /* -1: none */
    uint32_t events;
    void (*ready)(struct watch *watch, uint32_t events);
    void *arg;
};

struct watches *watches_new(void);
void watches_free(struct watches *ws);

/* Of a watch with `fd`, `ready` and `arg`; 0 waits only for its end. */
void watches_add(struct watches *ws, struct watch *w, uint32_t events);
void watches_change(struct watches *ws, struct watch *w, uint32_t events);

/* And close it.  Nothing happens to one that has no descriptor. */
void watches_close(struct watches *ws, struct watch *w);

/* The same without closing. */
void watches_remove(struct watches *ws, struct watch *w);

/* The time of CLOCK_BOOTTIME: that of the library stands still between its
 * steps. */
int64_t watches_now_ms(void);

/* Wait for one, for at most `timeout_ms` (-1: for ever), and call it. */
void watches_wait(struct watches *ws, int64_t timeout_ms);

#endif
