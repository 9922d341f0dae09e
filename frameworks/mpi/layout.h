/* layout.h - which ranks are where: nodes in order, ranks in blocks. */

#ifndef MPI_LAYOUT_H
#define MPI_LAYOUT_H

#include <stddef.h>

struct layout_node {
    char *host;
    char *agent_id;
    unsigned ranks_count;
    unsigned first_rank;
};

struct layout {
    struct layout_node *nodes;
    size_t count;
    unsigned ranks_count;
};

void layout_add(struct layout *l,
                const char *host,
                const char *agent_id,
                unsigned ranks_count);
void layout_release(struct layout *l);

/* Where a rank is. */
size_t layout_node_of(const struct layout *l, unsigned rank);

/* "a[1-2]" and "2(x2)", to be freed. */
char *layout_hosts(const struct layout *l);
char *layout_counts(const struct layout *l, unsigned times);

/* What MPICH reads as PMI_process_mapping, to be freed: who shares memory with
 * whom.  Those of `places` that are equal are one node, numbered in order. */
char *layout_mapping(const struct layout *l, const char *const *places);

#endif
