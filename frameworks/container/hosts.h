/* hosts.h - agents that we use, and a name server on each.
 *
 * A name server is an executor of ours, on every host that runs instances.  It
 * must be there, and have said where it listens, before the first instance is
 * launched: its address goes into the container.  It is told of each project
 * which names there are, as a map with a version; what it has not acknowledged
 * is told again. */

#ifndef CONTAINER_HOSTS_H
#define CONTAINER_HOSTS_H

#include "frameworks/container/state.h"

struct hosts *hosts_new(void);
void hosts_free(struct hosts *h);

/* May a run be launched on this offer now?  If not, the offer has been used to
 * start a name server there, or was declined. */
bool hosts_are_ready(struct container *c,
                     struct run *r,
                     const struct mezzo_offer *offer);

/* Of the name server there, for what is on the network of the host or of its
 * containers; NULL: there is none. */
const char *hosts_address(const struct container *c,
                          const char *hostname,
                          bool is_on_host_network);

/* Where others find what is on its network; NULL: it is not known. */
const char *hosts_machine(const struct container *c, const char *hostname);

/* A status of a task that is a name server: true.  Of any other: false. */
bool hosts_status(struct container *c, const struct mezzo_status *status);

/* What a name server says. */
void hosts_message(struct container *c, const struct mezzo_message *message);

/* A host that takes part in nothing any more, a map that was not acknowledged;
 * when there is more to do. */
msec_t hosts_pass_time(struct container *c, msec_t now);

/* The names of a project may have changed; or it is gone. */
void hosts_project_changed(struct container *c,
                           const struct container_project *p,
                           bool is_gone);

#endif
