/* resource.h - one resource: a name, a kind, a reservation and an amount.
 *
 * Scalars are thousandths (cpus:0.1 is 100; mem and disk are thousandths of a
 * MiB), ranges and sets are sorted and disjoint, ranges do not even touch.
 * What makes two of them one and the same is their key: name, reservation and
 * kind.  The algebra below is of resources with equal keys.
 *
 * Memory   a `struct resource` owns its role and its parts. */

#ifndef BASE_RESOURCE_H
#define BASE_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    RESOURCE_NAME_SIZE = 32,
    RESOURCE_PARTS_MAX = 4096, /* ranges, or items of a set */
    RESOURCE_ITEM_MAX = 128,   /* bytes of an item */
};

/* Nothing has more; sums of a cluster stay far below INT64_MAX. */
#define RESOURCE_MILLI_MAX ((int64_t)1000 * 1000 * 1000 * 1000)

enum resource_kind {
    RESOURCE_SCALAR,
    RESOURCE_RANGES,
    RESOURCE_SET,
};

struct resource_range {
    uint64_t begin;
    uint64_t end; /* inclusive */
};

struct resource {
    char name[RESOURCE_NAME_SIZE];
    enum resource_kind kind;
    bool is_dynamic;     /* its reservation was made by an operator's call */
    char *reserved_role; /* NULL: to nobody */
    union {
        int64_t milli;
        struct {
            struct resource_range *ranges;
            size_t ranges_count;
        };
        struct {
            char **items;
            size_t items_count;
        };
    };
};

void resource_release(struct resource *one);
void resource_copy(struct resource *to, const struct resource *from);

/* "scalar", "ranges", "set" */
const char *resource_kind_name(enum resource_kind kind);

/* Below, at or above 0, as strcmp(): by name, reservation, kind. */
int resource_compare(const struct resource *a, const struct resource *b);

bool resource_is_empty(const struct resource *one);
bool resource_equal(const struct resource *a, const struct resource *b);

/* Sort and merge parts that came in any order; NULL, or what is wrong. */
const char *resource_normalise(struct resource *one);

bool resource_contains(const struct resource *all, const struct resource *part);

/* Ranges and items that are there already stay. */
void resource_add(struct resource *one, const struct resource *more);

/* Take away as much of `part` as is there. */
void resource_subtract(struct resource *one, const struct resource *part);

/* NULL, or what is wrong with it. */
const char *resource_name_refuses(const char *name);
const char *resource_item_refuses(const char *item);

/* Doubles of the wire to thousandths and back; false when it is none that we
 * take (NaN, infinite, negative, above RESOURCE_MILLI_MAX). */
bool milli_from_double(double value, int64_t *milli);
double milli_to_double(int64_t milli);

enum {
    MILLI_TEXT_SIZE = 32
};

/* As a person writes it, into `text`: 1500 is "1.5". */
const char *milli_format(int64_t milli, char text[MILLI_TEXT_SIZE]);

#endif
