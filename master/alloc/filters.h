/* filters.h - what frameworks have declined, and until when.
 *
 * A filter hides from one client (a framework in one of its roles) an agent
 * that has nothing more than was declined.  There may be a million: the pair
 * is found by hash, the next to expire in a heap. */

#ifndef MASTER_ALLOC_FILTERS_H
#define MASTER_ALLOC_FILTERS_H

#include "base/clock.h"
#include "master/alloc/agent.h"

struct filters;

LIST_HEAD(client_filters, filter);

struct filters *filters_new(size_t count_max);
void filters_free(struct filters *f);

/* `client` heads the list of all filters of who declined.  At the most, the
 * one to expire first goes: its agent is returned, or NULL. */
struct agent *filters_add(struct filters *f,
                          struct client_filters *client,
                          struct agent *agent,
                          struct names *names,
                          const struct resources *refused,
                          msec_t until);

void filters_remove_of_client(struct filters *f, struct client_filters *client);
void filters_remove_of_agent(struct filters *f, struct agent *agent);

/* Might any hide so much?  Only when it might is the exact list worth making,
 * for filters_hide() to decide. */
bool filters_may_hide(const struct filters *f,
                      const struct client_filters *client,
                      const struct agent *agent,
                      const struct quantity *offered);
bool filters_hide(const struct filters *f,
                  const struct client_filters *client,
                  const struct agent *agent,
                  const struct resources *offered);

msec_t filters_deadline(const struct filters *f);

/* Remove one that has expired, of `*client`; its agent, or NULL when there is
 * none. */
struct agent *filters_expire(struct filters *f,
                             msec_t now,
                             const struct client_filters **client);

size_t filters_count(const struct filters *f);

#endif
