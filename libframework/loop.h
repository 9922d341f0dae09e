/* loop.h - a core run for real: its driver, its keys and its store behind one
 * descriptor.
 *
 * Threads  as its core's; only loop_wake() may be called from another. */

#ifndef LIBFRAMEWORK_LOOP_H
#define LIBFRAMEWORK_LOOP_H

#include <stdbool.h>

#include "base/error.h"
#include "libframework/core.h"

struct loop;

struct loop_options {
    struct machine machine;
    const char *masters;    /* to be looked up if they are an address of
                             * that kind (io/detector.h); may be NULL */
    const char *key_file;   /* NULL or empty: in plain */
    const char *store_file; /* or "zk://HOSTS/PATH"; NULL: in memory */
    bool has_store;
    bool stands_by; /* the core is told struct core_election, of those who
                     * contend at store_file */
    void (*local)(void *arg, const void *order); /* EFFECT_LOCAL; or NULL */
    void *arg;
};

/* The same in two steps: a key pair of its own first, whose public half is put
 * into `public_key`. */
enum {
    LOOP_KEY_SIZE = 41
};
struct loop *loop_new_keys(char public_key[LOOP_KEY_SIZE]);
bool loop_is_open(const struct loop *l);
int loop_open_with_keys(struct loop *l,
                        const struct loop_options *options,
                        struct error *err);

int loop_open(const struct loop_options *options,
              struct loop **loop,
              struct error *err);

/* Sends what waits.  NULL is a no-op. */
void loop_close(struct loop *l);

/* A descriptor that is readable when loop_process() has something to do. */
int loop_fd(const struct loop *l);

/* Do what there is to do, without waiting; true until the core has stopped. */
bool loop_process(struct loop *l);

/* Wait until there is something to do, at most `timeout_ms` (-1: for ever). */
void loop_wait(struct loop *l, int timeout_ms);

/* How the core has stopped. */
int loop_status(const struct loop *l);

/* An INPUT_LOCAL comes; also from signal handlers. */
void loop_wake(struct loop *l);

/* A step is wanted; core_surroundings.called. */
void loop_called(void *loop);

/* A seed for a core. */
uint64_t loop_seed(void);

#endif
