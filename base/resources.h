/* resources.h - amounts of what machines have, exactly.
 *
 * A resource has a name, a kind and a reservation: scalars are thousandths
 * (cpus:0.1 is 100; mem and disk are thousandths of a MiB), ranges and sets
 * are sorted and disjoint.  A list of them is sorted by name and reservation,
 * has no duplicates and nothing empty, so that equal means equal.
 *
 * As text:  cpus:4;mem:2048;ports:[31000-31999,32100-32100];gpus:{0,1}
 * reserved to a role:  cpus(batch):2
 *
 * Memory   a `struct resources` owns its parts: init (or zero it), release.
 * Errors   -EINVAL with a message that names the resource; nothing changed. */

#ifndef BASE_RESOURCES_H
#define BASE_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "proto/mesos.pb-c.h"

enum {
    RESOURCE_NAME_SIZE = 32,
    RESOURCES_MAX = 64,     /* in a list */
    RESOURCE_PARTS_MAX = 4096, /* ranges, or items of a set */
    RESOURCE_ITEM_MAX = 128, /* bytes of an item */
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

struct resources {
    struct resource *items;
    size_t count;
};

void resources_init(struct resources *r);
void resources_release(struct resources *r);
void resources_copy(struct resources *to, const struct resources *from);

int resources_parse(struct resources *r, const char *text, struct error *err);

/* The text of above, in `arena`; "" for nothing. */
char *resources_format(const struct resources *r, struct arena *arena);

/* From and to the wire.  Doubles become thousandths, to the nearest; what is
 * NaN, infinite, negative or too much is refused, so are unknown kinds. */
int resources_from_wire(struct resources *r,
                        Mesos__V1__Resource *const *wire,
                        size_t count,
                        struct error *err);
Mesos__V1__Resource **resources_to_wire(const struct resources *r,
                                        const char *allocated_role,
                                        struct arena *arena,
                                        size_t *count);

bool resources_is_empty(const struct resources *r);
bool resources_equal(const struct resources *a, const struct resources *b);

/* Does `all` have at least `part`, reservation for reservation? */
bool resources_contain(const struct resources *all,
                       const struct resources *part);

/* Add; ranges and items that are there already stay (they are one thing). */
void resources_add(struct resources *r, const struct resources *more);

/* Take away; `r` must contain `part`. */
void resources_subtract(struct resources *r, const struct resources *part);

/* Take away as much of `part` as is there. */
void resources_subtract_what_is_there(struct resources *r,
                                      const struct resources *part);

/* The scalar `name` over all reservations; 0 when there is none. */
int64_t resources_milli(const struct resources *r, const char *name);

void resources_set_milli(struct resources *r, const char *name, int64_t milli);

const struct resource *resources_find(const struct resources *r,
                                      const char *name,
                                      const char *reserved_role);

/* "cpus: 2 asked, 1.5 offered": the first thing of `part` that `all` lacks;
 * false when it lacks nothing. */
bool resources_lack(const struct resources *all,
                    const struct resources *part,
                    struct error *text);

/* Doubles of the wire to thousandths and back; false when it is none that we
 * take (NaN, infinite, negative, above RESOURCE_MILLI_MAX). */
bool milli_from_double(double value, int64_t *milli);
double milli_to_double(int64_t milli);

#endif
