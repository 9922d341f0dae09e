/* world.c - one heap of events and one stream of random numbers. */

#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

enum {
    /* Events of one instant.  More means that something asks to be called
     * "at once" for ever. */
    INSTANT_EVENTS_MAX = 200000
};

struct world {
    struct deadlines *events;
    struct arena *arena;
    struct random random;
    msec_t now;
    msec_t wall;
    FILE *trace;
    unsigned instant_events; /* since time last moved */
    char failure[512];
};

struct world *world_new(const struct world_options *options)
{
    struct world *w = memory_new(1, sizeof *w);

    w->events = deadlines_new();
    w->arena = arena_new();
    w->random.state = options->seed;
    w->now = 1000; /* like a machine that was just started */
    w->wall = options->wall;
    w->trace = options->trace;
    return w;
}

void world_free(struct world *w)
{
    if (w == NULL)
        return;
    deadlines_free(w->events);
    arena_free(w->arena);
    free(w);
}

msec_t world_now(const struct world *w)
{
    return w->now;
}

void world_jump_wall(struct world *w, msec_t ms)
{
    w->wall += ms;
}

msec_t world_wall(const struct world *w)
{
    return w->wall + w->now;
}

struct arena *world_arena(const struct world *w)
{
    return w->arena;
}

void world_set(struct world *w, struct event *event, msec_t due)
{
    event->deadline.owner = event;
    deadlines_set(w->events, &event->deadline, due < w->now ? w->now : due);
}

void world_cancel(struct world *w, struct event *event)
{
    deadlines_cancel(w->events, &event->deadline);
}

bool world_turn(struct world *w, msec_t end)
{
    msec_t next = deadlines_next(w->events);
    struct event *event;

    if (w->failure[0] != '\0')
        return false;
    if (next > end) {
        if (end > w->now)
            w->now = end;
        return false;
    }
    if (next > w->now) {
        w->now = next;
        w->instant_events = 0;
    } else if (++w->instant_events > INSTANT_EVENTS_MAX) {
        world_fail(w, "time stands still");
        return false;
    }
    event = deadlines_take(w->events, w->now)->owner;
    event->happen(event);
    return true;
}

uint64_t world_random(struct world *w, uint64_t bound)
{
    return random_below(&w->random, bound);
}

msec_t world_between(struct world *w, msec_t least, msec_t most)
{
    return least + (msec_t)world_random(w, (uint64_t)(most - least) + 1);
}

bool world_chance(struct world *w, unsigned percent)
{
    return world_random(w, 100) < percent;
}

bool world_is_traced(const struct world *w)
{
    return w->trace != NULL;
}

void world_trace(struct world *w, const char *format, ...)
{
    va_list args;

    if (w->trace == NULL)
        return;
    fprintf(w->trace, "%6" PRId64 ".%03d ", w->now / 1000,
            (int)(w->now % 1000));
    va_start(args, format);
    vfprintf(w->trace, format, args);
    va_end(args);
    putc('\n', w->trace);
}

void world_fail(struct world *w, const char *format, ...)
{
    va_list args;

    if (w->failure[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(w->failure, sizeof w->failure, format, args);
    va_end(args);
    world_trace(w, "FAILED: %s", w->failure);
}

const char *world_failure(const struct world *w)
{
    return w->failure[0] == '\0' ? NULL : w->failure;
}
