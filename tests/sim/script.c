/* script.c - most tasks run for a while and exit with 0; each other fate has
 * its part of a hundred. */

#include "tests/sim/script.h"

#include <string.h>

enum {
    CPU_MILLI = 100, /* the least a task needs */
    MEMORY_MB = 32,
};

struct script_room script_room_of(const struct mezzo_resources *resources)
{
    struct script_room room = {.cpu_milli = resources->cpu_milli,
                               .memory_mb = resources->memory_mb};

    if (resources->ports_count > 0) {
        room.port_next = resources->ports[0].begin;
        room.port_last = resources->ports[0].end;
    }
    return room;
}

static void take_room(struct script *s,
                      struct world *w,
                      struct script_room *room)
{
    s->cpu_milli = CPU_MILLI * world_between(w, 1, 10);
    s->memory_mb = MEMORY_MB * world_between(w, 1, 16);
    if (s->cpu_milli > room->cpu_milli)
        s->cpu_milli = room->cpu_milli;
    if (s->memory_mb > room->memory_mb)
        s->memory_mb = room->memory_mb;
    room->cpu_milli -= s->cpu_milli;
    room->memory_mb -= s->memory_mb;
    if (room->port_next == 0 || !world_chance(w, 30))
        return;
    s->port.begin = s->port.end = room->port_next;
    room->port_next =
        room->port_next < room->port_last ? room->port_next + 1 : 0;
}

static void decide_fate(struct script *s, struct world *w)
{
    unsigned fate = (unsigned)world_random(w, 100);
    int ms = (int)world_between(w, 1, world_chance(w, 20) ? 20000 : 2000);

    if (fate < 60)
        snprintf(s->text, sizeof s->text, "run=%d exit=0", ms);
    else if (fate < 70)
        snprintf(s->text, sizeof s->text, "run=%d exit=3", ms);
    else if (fate < 75)
        snprintf(s->text, sizeof s->text, "run=%d signal=11", ms);
    else if (fate < 79)
        snprintf(s->text, sizeof s->text, "run=%d memory", ms);
    else if (fate < 82)
        snprintf(s->text, sizeof s->text, "absent");
    else if (fate < 92)
        snprintf(s->text, sizeof s->text, "for ever%s%s",
                 fate < 87 ? " ignore" : "", fate % 2 == 0 ? " slow" : "");
    else
        snprintf(s->text, sizeof s->text, "run=%d exit=0 ignore", ms);
    s->needs_kill = fate >= 82 && fate < 92;
    s->is_missing = fate >= 92 && fate < 95;
    s->is_fenced = fate == 95;
    s->duration_max_ms = fate == 96 ? 1000 : 0;
    if (world_chance(w, 20)) /* one of them is in no registry */
        snprintf(s->image, sizeof s->image, "registry/app:%u",
                 (unsigned)world_random(w, 5));
}

bool script_write(struct script *s, struct world *w, struct script_room *room)
{
    if (room->cpu_milli < CPU_MILLI || room->memory_mb < MEMORY_MB)
        return false;
    memset(s, 0, sizeof *s);
    take_room(s, w, room);
    decide_fate(s, w);
    return true;
}

void script_task(struct script *s, const char *id, struct mezzo_task *task)
{
    s->argv[0] = "/bin/script";
    s->argv[1] = s->text;
    memset(task, 0, sizeof *task);
    task->id = id;
    task->resources.cpu_milli = s->cpu_milli;
    task->resources.memory_mb = s->memory_mb;
    if (s->port.begin != 0) {
        task->resources.ports = &s->port;
        task->resources.ports_count = 1;
    }
    task->command.argv = s->argv;
    if (s->is_missing) {
        s->uri.value = "http://files/missing";
        task->command.uris = &s->uri;
        task->command.uris_count = 1;
    }
    if (s->image[0] != '\0') {
        s->container.image = s->image;
        task->container = &s->container;
        s->check = (struct mezzo_health_check){.kind = MEZZO_CHECK_TCP,
                                               .port = 80,
                                               .interval_ms = 500,
                                               .failures_max = 2};
        task->health_check = &s->check;
    }
    task->duration_max_ms = s->duration_max_ms;
    task->is_fenced = s->is_fenced;
}
