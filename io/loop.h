/* loop.h - a driver on libevent's loop. */

#ifndef IO_LOOP_H
#define IO_LOOP_H

struct driver;
struct event_base;

/* Dispatch `base` until the driver has stopped; its status. */
int loop_run(struct event_base *base, struct driver *d);

#endif
