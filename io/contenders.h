/* contenders.h - who contends for a leadership, and who leads: of the children
 * PREFIXnnnnnnnnnn of a node in ZooKeeper the one with the lowest number. */

#ifndef IO_CONTENDERS_H
#define IO_CONTENDERS_H

#include <stddef.h>

#include "io/keeper.h"

#define CONTENDERS_PREFIX "json.info_" /* as clients of Mesos look for */

struct contenders;

enum {
    CONTENDERS_NAME_SIZE = 64,
    CONTENDERS_MAX = 32, /* more are not looked at */
};

/* `name` is that of the leader's node and `value` what is in it; `name` is
 * empty when there is none, or ZooKeeper does not answer. */
typedef void contenders_changed_f(void *arg,
                                  const char *name,
                                  const char *value,
                                  size_t size);

/* Of keeper_path(k), which need not exist. */
struct contenders *contenders_new(struct keeper *k,
                                  contenders_changed_f *changed,
                                  void *arg);

/* One of all that contend. */
struct contender {
    char name[CONTENDERS_NAME_SIZE];
    char *value;
    size_t size;
};

/* They are others than before: `list` has them in their order, the leader
 * first; `arg` is that of contenders_new(). */
typedef void contenders_listed_f(void *arg,
                                 const struct contender *list,
                                 size_t count);

/* Tell of all, not of the leader alone; at once after contenders_new(). */
void contenders_tell_all(struct contenders *c, contenders_listed_f *listed);

/* Just before its keeper is closed, which is all that may be done with that
 * afterwards; NULL is a no-op. */
void contenders_free(struct contenders *c);

#endif
