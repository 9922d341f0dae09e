/* driver.h - runs a core on ZeroMQ: carries out its effects, brings it inputs.
 *
 * It decides nothing.  What wakes it is behind one descriptor, so that any loop
 * can drive it; io/loop.h does so with libevent.
 *
 * Memory   what the options point to is borrowed for the driver's life, but
 *          for the options and the array of endpoints themselves.  What a
 *          callback or a core is given is valid until it returns: a core that
 *          is to remember a principal remembers its name or key.
 * Threads  a driver, its context and its store belong to one thread. */

#ifndef IO_DRIVER_H
#define IO_DRIVER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/links.h"
#include "base/machine.h"
#include "io/endpoint.h"

struct context;
struct detector;
struct driver;
struct keys;
struct store;

struct driver_options {
    struct machine machine;
    const struct driver_endpoint *endpoints; /* opened by EFFECT_LISTEN */
    size_t endpoints_count;
    const struct keys *keys;             /* ours; NULL: all is in plain */
    const struct principals *principals; /* may be replaced later */
    const struct principal *server;      /* whom those are taken for to whom the
                                          * core connects */
    const struct links_options *links;   /* NULL: links_defaults */
    struct context *context;             /* NULL: one of its own */
    struct store *store; /* NULL if the core never asks for it */
    /* Where a core connects to an address of this kind ("zk://..."), the link
     * leads to the master that leads then, and ends when another does.  Its key
     * is the one that the core names, or else the detector.  NULL: no core
     * connects to such an address. */
    struct detector *detector;
    void (*local)(void *arg, const void *order); /* EFFECT_LOCAL */
    void (*log)(void *arg, enum log_level level, const char *text);
    void *arg;
};

/* -EINVAL  an endpoint is malformed, needs keys, or is in plain where others
 *          could reach it */
int driver_new(const struct driver_options *options,
               struct driver **driver,
               struct error *err);

/* Says farewell on every link and closes it.  NULL is a no-op. */
void driver_free(struct driver *d);

/* Readable when driver_process() has something to do. */
int driver_fd(const struct driver *d);

/* Do what is due now, in a bounded piece, without waiting; the first call gives
 * the core its INPUT_STARTED. */
void driver_process(struct driver *d);

/* Step the core with `input`.  May be called by `local`: the core is stepped at
 * once then, and the effects follow those that are being carried out. */
void driver_input(struct driver *d, const struct input *input);

/* Another allow-list; the old one may then be freed.  The links of those who
 * are not in it any more end. */
void driver_set_principals(struct driver *d,
                           const struct principals *principals);

/* Has the core, or driver_stop(), said that all is over? */
bool driver_has_stopped(const struct driver *d);

/* What the process is to return then; 2 if an endpoint could not be opened. */
int driver_status(const struct driver *d);

void driver_stop(struct driver *d, int status);

/* Where endpoint number `i` was really opened ("tcp://127.0.0.1:40123" for
 * port 0); NULL before EFFECT_LISTEN. */
const char *driver_address(const struct driver *d, size_t i);

#endif
