/* partitions.h - the parts of the pool that jobs may name, and the accounts.
 *
 * A file, in lines; what is not said has no bound:
 *
 *     partition debug default time=30 nodes=2 ranks=8 priority=100
 *     partition fat   constraint=memory:equals:big
 *     account   physics
 *
 * A constraint is ATTRIBUTE:OPERATOR:VALUE with equals, not_equals or matches.
 * Without a file there is one partition, "all", which is the whole pool. */

#ifndef MPI_PARTITIONS_H
#define MPI_PARTITIONS_H

#include <mezzo/framework.h>

#include "base/error.h"
#include "frameworks/mpi/words.h"

struct partition {
    char *name;
    bool is_default;
    int64_t walltime_max_ms; /* 0: none */
    unsigned nodes_max;
    unsigned ranks_max;
    int priority;
    struct mezzo_constraint *constraints; /* their strings are our own */
    size_t constraints_count;
};

struct partitions {
    struct partition *items;
    size_t count;
    struct words accounts;
};

/* -EINVAL  "FILE:LINE: ..." */
int partitions_parse(const char *file,
                     const char *text,
                     struct partitions *p,
                     struct error *err);
void partitions_release(struct partitions *p);

/* With NULL the one for who says nothing; NULL if there is none. */
const struct partition *partitions_find(const struct partitions *p,
                                        const char *name);
bool partitions_has_account(const struct partitions *p, const char *account);

/* Names with ", " between; to be freed. */
char *partitions_names(const struct partitions *p);

#endif
