/* dependency.h - which jobs one waits for: "afterok:41:42,afterany:7". */

#ifndef MPI_DEPENDENCY_H
#define MPI_DEPENDENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
    DEPENDENCY_ITEMS_MAX = 1000
};

enum dependency_kind {
    DEPENDENCY_AFTER,   /* it has begun */
    DEPENDENCY_AFTEROK, /* it ended well */
    DEPENDENCY_AFTERNOTOK,
    DEPENDENCY_AFTERANY,  /* it ended */
    DEPENDENCY_SINGLETON, /* no other of this name and user runs or waits */
};

struct dependency_item {
    enum dependency_kind kind;
    uint64_t job; /* or of an array */
    bool has_index;
    unsigned index; /* of the array */
};

/* Zeros: none. */
struct dependency {
    struct dependency_item *items;
    size_t count;
    bool is_any; /* one will do */
};

/* What has become of that which an item waits for. */
enum dependency_fact {
    DEPENDENCY_WAITS,
    DEPENDENCY_MET,
    DEPENDENCY_NEVER, /* and will not be met any more */
};

typedef enum dependency_fact dependency_look_f(
    const struct dependency_item *item, void *arg);

/* -EINVAL  it is not that; `d` is as it was */
int dependency_parse(const char *text, struct dependency *d, struct error *err);
void dependency_release(struct dependency *d);

/* Of all items; `*blocking` is one that is waited for, unless it is met. */
enum dependency_fact dependency_look(const struct dependency *d,
                                     dependency_look_f *look,
                                     void *arg,
                                     const struct dependency_item **blocking);

const char *dependency_kind_name(enum dependency_kind kind);

#endif
