/* names.h - the kinds of resources, numbered as they appear.
 *
 * The numbers are indexes of a struct quantity.  When all QUANTITY_MAX are in
 * use, what has a further name is still kept, given and taken back exactly; it
 * only counts for nothing in the order, and cannot be asked for. */

#ifndef MASTER_ALLOC_NAMES_H
#define MASTER_ALLOC_NAMES_H

#include "base/resources.h"
#include "master/alloc/quantity.h"

enum {
    NAMES_CPUS = 0,
    NAMES_MEM = 1,
    NAMES_NONE = -1,
};

struct names {
    char of[QUANTITY_MAX][RESOURCE_NAME_SIZE];
    unsigned by_name[QUANTITY_MAX]; /* the numbers, sorted by their names */
    unsigned count;
};

void names_init(struct names *n);

/* NAMES_NONE when unknown. */
int names_find(const struct names *n, const char *name);

/* NAMES_NONE when full. */
int names_intern(struct names *n, const char *name);

/* How much it is: thousandths. */
int64_t names_measure(const struct resource *r);

/* The sum of `r` over its reservations, new names interned. */
struct quantity names_sum(struct names *n, const struct resources *r);

#endif
