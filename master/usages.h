/* usages.h - what roles have had, kept in the store: every few minutes, so that
 * a master that takes over knows all but the last of it. */

#ifndef MASTER_USAGES_H
#define MASTER_USAGES_H

#include "master/state.h"

/* We lead: it is reckoned from now on. */
void usages_resume(struct turn *t);

/* DEADLINE_USAGE */
void usages_due(struct turn *t);

#endif
