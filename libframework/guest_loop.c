/* guest_loop.c - a guest run for real. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "libframework/guest.h"
#include "libframework/loop.h"

/* The pair is made before anything is opened, since tickets are for its public
 * half. */
struct mezzo_guest *mezzo_guest_new(
    const struct mezzo_guest_callbacks *callbacks, void *arg)
{
    char public_key[LOOP_KEY_SIZE];
    struct loop *loop = loop_new_keys(public_key);
    struct mezzo_guest *g = guest_new(callbacks, arg, public_key);

    g->loop = loop;
    return g;
}

static int attach(struct mezzo_guest *g)
{
    const struct core_surroundings surroundings = {
        .seed = loop_seed(),
        .called = loop_called,
        .arg = g->loop,
    };
    const struct loop_options options = {.machine = guest_machine(g)};
    int result;

    if (loop_is_open(g->loop))
        return 0;
    guest_prepare(g, &surroundings);
    result = loop_open_with_keys(g->loop, &options, &g->fault);
    if (result < 0)
        g->surroundings.called = NULL;
    return result;
}

int mezzo_guest_run(struct mezzo_guest *g)
{
    int result = attach(g);

    if (result < 0)
        return result;
    while (loop_process(g->loop))
        loop_wait(g->loop, -1);
    return 0;
}

int mezzo_guest_fd(struct mezzo_guest *g)
{
    int result = attach(g);

    return result < 0 ? result : loop_fd(g->loop);
}

int mezzo_guest_process(struct mezzo_guest *g)
{
    int result = attach(g);

    return result < 0 ? result : loop_process(g->loop);
}

void mezzo_guest_wake(struct mezzo_guest *g)
{
    if (loop_is_open(g->loop))
        loop_wake(g->loop);
}

void mezzo_guest_free(struct mezzo_guest *g)
{
    if (g == NULL)
        return;
    loop_close(g->loop);
    guest_free(g);
}
