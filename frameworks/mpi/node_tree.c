/* node_tree.c - letters between the nodes of a job: down to all, up gathered.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "frameworks/mpi/node_parts.h"

struct way {
    struct node *node;
    unsigned to;
};

static int send_piece(void *arg, const void *piece, size_t size)
{
    const struct way *way = arg;
    struct node *n = way->node;

    return n->host.send(n->arg, way->to, piece, size);
}

void node_send(struct node *n, unsigned to, struct letter letter)
{
    struct way way = {n, to};

    letter.from = n->number;
    if (to == n->number)
        node_received(n, &letter);
    else if (letter_write(&letter, send_piece, &way) < 0)
        node_peer_lost(n, to, "too much waits to be sent to it");
}

void node_send_down(struct node *n, struct letter letter)
{
    unsigned first = letter_children_first(n->number);
    unsigned count = letter_children_count(n->number, n->count);

    for (unsigned i = 0; i < count; i++)
        node_send(n, first + i, letter);
}

void node_send_root(struct node *n, struct letter letter)
{
    node_send(n, 0, letter);
}

void node_piece(struct node *n, unsigned from, const void *piece, size_t size)
{
    struct letter letter;
    int rc;

    if (from >= n->count || from == n->number)
        return;
    rc = letter_read(&n->inboxes[from], piece, size, &letter);
    if (rc < 0) {
        node_peer_lost(n, from, "what it says is no letter");
    } else if (rc > 0) {
        letter.from = from;
        node_received(n, &letter);
    }
}

/* ----------------------------------------------------------------- gathers */

static const struct {
    enum letter_kind kind;
    unsigned rank; /* that tells the two fences apart */
} letters[GATHER_KINDS_COUNT] = {
    [GATHER_READY] = {LETTER_READY, 0},
    [GATHER_FENCE] = {LETTER_FENCE, 0},
    [GATHER_PMIX] = {LETTER_FENCE, 1},
    [GATHER_DONE] = {LETTER_DONE, 0},
};

/* Nodes without ranks, which are the last, have no part in fences. */
static unsigned gather_width(const struct step *s, enum gather_kind kind)
{
    unsigned count = (unsigned)s->layout.count;

    while ((kind == GATHER_FENCE || kind == GATHER_PMIX) && count > 1 &&
           s->layout.nodes[count - 1].ranks_count == 0)
        count--;
    return count;
}

void node_gather(struct node *n,
                 struct step *s,
                 enum gather_kind kind,
                 const void *bytes,
                 size_t size)
{
    struct gather *g = &s->gathers[kind];
    struct gather whole;

    if (size > 0) {
        g->bytes = memory_resize(g->bytes, g->size + size, 1);
        memcpy(g->bytes + g->size, bytes, size);
        g->size += size;
    }
    if (++g->count <= letter_children_count(n->number, gather_width(s, kind)))
        return;
    whole = *g;
    *g = (struct gather){0};
    if (n->number == 0)
        node_gathered(n, s, kind, whole.bytes, whole.size);
    else
        node_send(n, letter_parent(n->number),
                  (struct letter){.kind = letters[kind].kind,
                                  .step = s->number,
                                  .rank = letters[kind].rank,
                                  .bytes = whole.bytes,
                                  .size = whole.size});
    free(whole.bytes);
}
