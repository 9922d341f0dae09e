/* tools.h - programs that the agent runs for itself: skopeo, mezzo-fetch on an
 * image, network plugins, a runtime inside a container.
 *
 * They are the launcher's children, as tasks are, so that those of an agent
 * that was killed are found and ended by the next.
 *
 * Memory  requests are borrowed for the call, results for the callback. */

#ifndef AGENT_OS_TOOLS_H
#define AGENT_OS_TOOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"

struct event_base;
struct launcher;
struct tool;
struct tools;

enum {
    TOOLS_MAX = 512,            /* at a time; more are refused */
    TOOLS_OUTPUT_MAX = 1 << 16, /* of which a result tells, the first */
};

struct tool_request {
    const char *const *argv;        /* NULL at the end */
    const char *const *environment; /* NULL: a PATH */
    const char *input;              /* to be read as stdin; NULL: none */
    size_t input_size;
    const char *const *unmounts; /* see launcher.h */
    size_t unmounts_count;
    const char *const *cgroups; /* to enter, as in launcher.h */
    size_t cgroups_count;
    const char *cgroup_unified;
    const char *overlay; /* mounted for it alone, see there; NULL: none */
    const char *overlay_at;
    const char *overlay_from;
    msec_t ms_max; /* then it is killed; 0: never */
};

struct tool_result {
    const char *fault; /* NULL: it exited with 0; else what it said last */
    int wait_status;   /* -1: it never was, or was killed for being late */
    bool is_late;
    const char *output; /* with a NUL behind it */
    size_t output_size;
};

typedef void tool_done_f(void *arg, const struct tool_result *result);

/* `directory` is made, and emptied. */
int tools_open(struct event_base *base,
               const char *directory,
               struct tools **tools,
               struct error *err);

/* They go on.  NULL is a no-op. */
void tools_close(struct tools *t);

void tools_set_launcher(struct tools *t, struct launcher *launcher);

/* `done` is called later, whatever comes.  NULL: there are TOOLS_MAX. */
struct tool *tool_start(struct tools *t,
                        const struct tool_request *request,
                        tool_done_f *done,
                        void *arg);

/* Kill it; `done` is not called.  NULL is a no-op. */
void tool_cancel(struct tool *tool);

/* What the launcher says; true if it was of a tool. */
bool tools_launched(struct tools *t, uint64_t ticket, pid_t pid);
bool tools_refused(struct tools *t, uint64_t ticket, const char *reason);
bool tools_exited(struct tools *t, pid_t pid, int wait_status);

/* Which of them still run is not known any more: they have failed. */
void tools_lost(struct tools *t);

#endif
