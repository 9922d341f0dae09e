/* toy.h - a core that does what it is told and writes down what it hears, and
 * drivers that run several of them in one process; for driver_test.c. */

#ifndef TESTS_UNIT_TOY_H
#define TESTS_UNIT_TOY_H

#include <stdbool.h>

#include "io/driver.h"
#include "io/keys.h"

enum toy_verb {
    TOY_LISTEN,
    TOY_CONNECT, /* to `address`, with `key`, as `peer` */
    TOY_SEND,    /* `count` messages of `type` and about `size` to `peer` */
    TOY_END,     /* the link of `peer`, because of `text` */
    TOY_ORDER,   /* EFFECT_LOCAL twice; the first is answered at once */
    TOY_STORE,   /* set key `text` */
    TOY_LOAD,    /* below `text` */
    TOY_STOP,    /* with status `count`, because of `text` */
};

/* An input to a toy: do this. */
struct toy_order {
    enum toy_verb verb;
    const char *peer;
    const char *address;
    const char *key;
    enum frame_type type;
    const char *text;
    size_t size;
    int count;
};

struct toy {
    struct driver *driver;
    char trace[8192]; /* what it heard, a line each */
    char log[8192];
    char last_peer[600];
    int received;
    int ended;
    int timeouts;
    bool echoes;  /* answers each message that asks something */
    bool is_busy; /* its deadline is always "at once" */
};

/* `options` but for machine, local, log and arg.  Takes links at once. */
void toy_start(struct toy *toy, const struct driver_options *options);
int toy_open(struct toy *toy,
             const struct driver_options *options,
             struct error *err);
void toy_stop(struct toy *toy);

void toy_do(struct toy *toy, struct toy_order order);

/* Let all toys run until it is true of one, or for five seconds. */
bool toy_hears(struct toy *toy, const char *text);
bool toy_logs(struct toy *toy, const char *text);
bool toy_receives(struct toy *toy, int count);
bool toy_ends(struct toy *toy, int count);

/* Let all run once, waiting for at most `ms`. */
void toy_run_once(int ms);

/* A peer that is no driver: a bare socket. */
struct bare {
    void *socket;
    void *monitor;
    uint64_t sequence;
    uint64_t received;
    char farewell[256];
    bool is_disconnected;
};

/* `id` NULL: a random one. */
void bare_connect(struct bare *b,
                  const char *address,
                  const struct keys *keys,
                  const char *server_key,
                  const void *id,
                  size_t id_size);
void bare_close(struct bare *b, int linger_ms);

/* The next frame: a call to a master. */
void bare_call(struct bare *b);
void bare_send(struct bare *b, const void *bytes, size_t size, bool has_more);

/* Let all run until it was told farewell with `text`, or has been cut off. */
bool bare_is_told(struct bare *b, const char *text);
bool bare_is_cut_off(struct bare *b);

/* When all is over. */
void bare_end(void);

#endif
