/* names.h - which names a project's containers find, and where. */

#ifndef CONTAINER_NAMES_H
#define CONTAINER_NAMES_H

#include "frameworks/container/state.h"

/* {project, name, names: {NAME: [address...]}, members: [address...]}, to be
 * freed.  A service without a healthy instance is there, and has no address;
 * members are all of its containers, to know who asks. */
json_t *names_of(const struct container_project *p);

#endif
