/* standbys.h - the masters that stand by, as the election has them; to show. */

#ifndef MASTER_STANDBYS_H
#define MASTER_STANDBYS_H

#include "base/arena.h"
#include "master/master.h"

struct standbys;

struct standbys *standbys_new(void);
void standbys_free(struct standbys *s);

/* They are others; copied. */
void standbys_set(struct standbys *s, const struct master_standbys *others);

/* Valid until they are set again. */
const struct master_standbys *standbys_list(const struct standbys *s);

#endif
