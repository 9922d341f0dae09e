/* node_pmi.c - what ranks say to their process managers, and what these say to
 * each other. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/mpi/node_parts.h"

struct owner { /* what a PMI server calls back with */
    struct node *node;
    struct step *step;
};

static void pmi_reply_cb(void *arg,
                         unsigned rank,
                         const void *bytes,
                         size_t size)
{
    struct owner *o = arg;

    o->node->host.pmi(o->node->arg, node_key(o->step, rank), bytes, size);
}

static void pmi_fence_cb(void *arg, const void *pairs, size_t size)
{
    struct owner *o = arg;

    node_gather(o->node, o->step, GATHER_FENCE, pairs, size);
}

static void pmi_abort_cb(void *arg,
                         unsigned rank,
                         int code,
                         const char *message)
{
    struct owner *o = arg;

    (void)message; /* the library has written it to stderr */
    node_pmix_abort(o->node, o->step->number,
                    o->step->layout.nodes[o->node->number].first_rank + rank,
                    code, "");
}

static void pmi_offends_cb(void *arg, unsigned rank, const char *how)
{
    struct owner *o = arg;
    char text[300];

    snprintf(text, sizeof text,
             "rank %u on %s broke the protocol of PMI: %s; it was ended",
             o->step->layout.nodes[o->node->number].first_rank + rank,
             o->node->name, how);
    node_fail(o->node, o->step, (struct cause){.code = 1, .text = text});
}

static void refused(struct node *n,
                    struct step *s,
                    unsigned i,
                    const char *what)
{
    char text[200];

    snprintf(text, sizeof text,
             "%.100s is not supported: all ranks of a job are started together",
             what);
    node_remark(n, s, i, text);
}

static void pmi_refused_cb(void *arg, unsigned rank, const char *what)
{
    struct owner *o = arg;

    refused(o->node, o->step, rank, what);
}

void node_open_pmi(struct node *n, struct step *s, const char *name)
{
    static const struct pmi_callbacks callbacks = {
        .reply = pmi_reply_cb,
        .fence = pmi_fence_cb,
        .abort = pmi_abort_cb,
        .offends = pmi_offends_cb,
        .refused = pmi_refused_cb,
    };
    AUTO(auto_free)
    char *mapping = layout_mapping(&s->layout, (const char *const *)s->places);
    const struct pmi_options options = {
        .size = s->layout.ranks_count,
        .first_rank = s->layout.nodes[n->number].first_rank,
        .ranks_count = s->ranks_count,
        .name = name,
        .mapping = mapping,
    };

    /* It goes with the server. */
    s->owner = memory_new(1, sizeof *s->owner);
    *s->owner = (struct owner){n, s};
    s->pmi = pmi_new(&options, &callbacks, s->owner);
}

void node_pmi(struct node *n, uint64_t key, const void *bytes, size_t size)
{
    struct step *s = node_find_step(n, (unsigned)(key >> 32));

    if (s == NULL || s->pmi == NULL || node_index_of(key) >= s->ranks_count)
        return;
    if (size == 0)
        pmi_leave(s->pmi, node_index_of(key));
    else
        pmi_receive(s->pmi, node_index_of(key), bytes, size);
}

/* ---------------------------------------------------------------- PMIx */

void node_pmix_fence(struct node *n,
                     unsigned step,
                     const void *bytes,
                     size_t size)
{
    struct step *s = node_find_step(n, step);

    if (s != NULL)
        node_gather(n, s, GATHER_PMIX, bytes, size);
}

void node_pmix_spoke(struct node *n, unsigned step, unsigned rank, bool ended)
{
    struct step *s = node_find_step(n, step);
    unsigned first;

    if (s == NULL)
        return;
    first = s->layout.nodes[n->number].first_rank;
    if (rank < first || rank - first >= s->ranks_count)
        return;
    s->ranks[rank - first].has_spoken = true;
    s->ranks[rank - first].has_left_well = ended;
}

void node_pmix_abort(
    struct node *n, unsigned step, unsigned rank, int code, const char *message)
{
    struct step *s = node_find_step(n, step);
    char text[300];

    if (s == NULL)
        return;
    snprintf(text, sizeof text, "rank %u on %s: MPI_Abort(%d)%s%.150s", rank,
             n->name, code, *message != '\0' ? ": " : "", message);
    node_fail(
        n, s,
        (struct cause){.code = code & 255 ? code & 255 : 1, .text = text});
}

void node_pmix_refused(struct node *n,
                       unsigned step,
                       unsigned rank,
                       const char *what)
{
    struct step *s = node_find_step(n, step);
    unsigned first;

    if (s == NULL)
        return;
    first = s->layout.nodes[n->number].first_rank;
    if (rank >= first && rank - first < s->ranks_count)
        refused(n, s, rank - first, what);
}

void node_pmix_ask(struct node *n,
                   unsigned step,
                   unsigned rank,
                   unsigned number)
{
    struct step *s = node_find_step(n, step);

    if (s == NULL || rank >= s->layout.ranks_count)
        n->host.pmix_tell(n->arg, number, "", 0);
    else
        node_send(n, (unsigned)layout_node_of(&s->layout, rank),
                  (struct letter){.kind = LETTER_ASK,
                                  .step = step,
                                  .rank = rank,
                                  .number = number});
}

void node_pmix_tell(struct node *n,
                    unsigned step,
                    unsigned to,
                    unsigned number,
                    const void *bytes,
                    size_t size)
{
    node_send(n, to,
              (struct letter){.kind = LETTER_TELL,
                              .step = step,
                              .number = number,
                              .bytes = bytes,
                              .size = size});
}
