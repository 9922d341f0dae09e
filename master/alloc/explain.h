/* explain.h - why an ask waits: how many agents cannot take what it wants next,
 * by reason, which one comes nearest, and from when on a place is kept.
 *
 * Looks at every agent once, and changes nothing. */

#ifndef MASTER_ALLOC_EXPLAIN_H
#define MASTER_ALLOC_EXPLAIN_H

#include "master/alloc/alloc.h"

struct alloc_reason {
    const char *text; /* "cpus: 4 wanted, at most 1.5 free" */
    uint32_t agents_count;
};

struct alloc_explanation {
    uint32_t wanted; /* tasks, of all slots */
    uint32_t offered;
    uint32_t placed;
    bool is_gang;
    size_t slot;       /* the one explained: it is the hardest to place */
    uint32_t fits_now; /* so many of it there would be room for, now */
    const struct alloc_reason *reasons; /* most agents first */
    size_t reasons_count;
    const char *nearest_agent; /* NULL: none could ever take it */
    const char *would_free_it;
    const char *impossible; /* why no agent ever could; NULL: it is not */
    msec_t not_before;      /* it sleeps until then; 0: it does not */
    msec_t starts_by;       /* a place is kept from then on; 0: none */
    size_t agents_count;    /* on so many */
    const char *place_for;  /* the ask that a place is kept for; NULL: none */
};

/* False when there is no such ask, or it waits for nothing.  All is in
 * `arena`. */
bool alloc_explain(struct alloc *a,
                   const char *framework_id,
                   const char *ask_id,
                   struct arena *arena,
                   struct alloc_explanation *explanation);

#endif
