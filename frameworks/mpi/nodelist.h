/* nodelist.h - many names, or numbers, in few words: "n[1-3,07],x",
 * "2(x3),1". */

#ifndef MPI_NODELIST_H
#define MPI_NODELIST_H

#include <stddef.h>

/* In the order given; to be freed. */
char *nodelist_compress(const char *const *names, size_t count);

/* How often each number comes in a row; to be freed. */
char *nodelist_counts(const unsigned *numbers, size_t count);

#endif
