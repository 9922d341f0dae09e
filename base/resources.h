/* resources.h - amounts of what machines have, exactly.
 *
 * A list of resources (base/resource.h) is sorted by name, reservation and
 * kind, has no duplicates and nothing empty, so that equal means equal.
 *
 * As text:  cpus:4;mem:2048;ports:[31000-31999,32100-32100];gpus:{0,1}
 * reserved to a role:  cpus(batch):2
 * so by an operator's call:  cpus(batch,dynamic):2
 *
 * Memory   a `struct resources` owns its parts: init (or zero it), release.
 *          What copy, parse and from_wire give replaces what it had.
 * Errors   -EINVAL with a message that names the resource; nothing changed. */

#ifndef BASE_RESOURCES_H
#define BASE_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/resource.h"
#include "proto/mesos.pb-c.h"

enum {
    RESOURCES_MAX = 64, /* in a list, where one is read */
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

/* Of each at most RESOURCE_PARTS_MAX ranges or items are told, the first. */
Mesos__V1__Resource **resources_to_wire(const struct resources *r,
                                        const char *allocated_role,
                                        struct arena *arena,
                                        size_t *count);

bool resources_is_empty(const struct resources *r);
bool resources_equal(const struct resources *a, const struct resources *b);

/* Does `all` have at least `part`, reservation for reservation? */
bool resources_contain(const struct resources *all,
                       const struct resources *part);

/* Add `one`, whose parts become the list's. */
void resources_take(struct resources *r, struct resource *one);

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

#endif
