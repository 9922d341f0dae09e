/* loop.c - one event: a driver has one descriptor. */

#include "io/loop.h"

#include <event2/event.h>
#include <stdlib.h>

#include "io/driver.h"

struct loop {
    struct event_base *base;
    struct driver *driver;
};

static void ready_cb(evutil_socket_t fd, short what, void *arg)
{
    struct loop *loop = arg;

    (void)fd;
    (void)what;
    driver_process(loop->driver);
    if (driver_has_stopped(loop->driver))
        event_base_loopbreak(loop->base);
}

int loop_run(struct event_base *base, struct driver *d)
{
    struct loop loop = {base, d};
    struct event *ready =
        event_new(base, driver_fd(d), EV_READ | EV_PERSIST, ready_cb, &loop);

    if (ready == NULL || event_add(ready, NULL) < 0)
        abort();
    event_base_dispatch(base);
    event_free(ready);
    return driver_status(d);
}
