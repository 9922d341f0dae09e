/* detector.h - which master leads now, for a driver whose core connects to an
 * address like "zk://HOSTS/PATH" instead of a master's own.
 *
 * In the open, like a store, so that a driver need not be linked with all that
 * may detect. */

#ifndef IO_DETECTOR_H
#define IO_DETECTOR_H

#include <stdbool.h>
#include <string.h>

#include "base/error.h"

struct detector;

/* The leader is another than before, or none. */
typedef void detector_changed_f(void *arg);

struct detector_backend {
    int (*fd)(const struct detector *d);
    void (*process)(struct detector *d, detector_changed_f *changed, void *arg);
    void (*close)(struct detector *d);
};

struct detector {
    const struct detector_backend *backend; /* the rest is its own, but for: */
    const char *endpoint;   /* of the leader; NULL: none is known */
    const char *server_key; /* Z85; NULL: not said */
    const char *trouble;    /* why none is known */
};

/* Is `address` one that is detected? */
static inline bool detector_is_address(const char *address)
{
    return strncmp(address, "zk://", 5) == 0;
}

/* -EINVAL  no such address */
int detector_open(const char *address,
                  struct detector **detector,
                  struct error *err);

/* NULL is a no-op. */
static inline void detector_close(struct detector *d)
{
    if (d != NULL)
        d->backend->close(d);
}

/* Readable when there is something to process. */
static inline int detector_fd(const struct detector *d)
{
    return d->backend->fd(d);
}

static inline void detector_process(struct detector *d,
                                    detector_changed_f *changed,
                                    void *arg)
{
    d->backend->process(d, changed, arg);
}

#endif
