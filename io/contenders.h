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

/* Just before its keeper is closed, which is all that may be done with that
 * afterwards; NULL is a no-op. */
void contenders_free(struct contenders *c);

#endif
