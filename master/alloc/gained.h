/* gained.h - agents of which something has become free, each once.
 *
 * They come out in the order of their ids, whoever gained first: events that
 * commute must.  When there are too many to be looked at one by one, it says
 * so instead, and everything is to be searched. */

#ifndef MASTER_ALLOC_GAINED_H
#define MASTER_ALLOC_GAINED_H

#include "master/alloc/agent.h"

struct gained {
    struct agent **agents;
    size_t count;
    size_t count_max;
    bool is_sorted;
    bool is_all; /* too many; the list is empty */
};

void gained_init(struct gained *g, size_t count_max);
void gained_release(struct gained *g);

void gained_add(struct gained *g, struct agent *a);
void gained_remove(struct gained *g, struct agent *a);

/* The first in order; NULL when there is none. */
struct agent *gained_first(struct gained *g);

/* Was it all?  Then it is not any more. */
bool gained_take_all(struct gained *g);

#endif
