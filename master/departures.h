/* departures.h - agents whose time is up are taken out one by one, and when too
 * many vanish at once, none: then it is more likely that we or the network are
 * ill than that they all are, and what runs on them is better left alone. */

#ifndef MASTER_DEPARTURES_H
#define MASTER_DEPARTURES_H

#include <stddef.h>

struct agent;
struct departures;
struct turn;

struct departures *departures_new(void);
void departures_free(struct departures *d);

/* Its time is up: it will be unreachable, if that is no more than a few. */
void departures_add(struct turn *t, struct agent *agent);

/* DEADLINE_DEPARTURES: take the next out, or look again. */
void departures_due(struct turn *t);

/* How many are kept because they are too many; 0: none, or they are few. */
size_t departures_held_count(const struct departures *d);

#endif
