/* execs.h - programs that guests run beside tasks, and what they write to the
 * stdin of tasks.
 *
 * Both ways no more is under way than the other side has room for: output goes
 * as far as the guest's credit does; of input at most EXECS_WINDOW bytes are
 * not yet taken.  A guest that goes takes its programs with it. */

#ifndef AGENT_EXECS_H
#define AGENT_EXECS_H

#include "agent/admission.h"
#include "agent/orders.h"
#include "agent/step.h"
#include "base/input.h"

enum {
    EXECS_MAX = 1024, /* streams of an agent */
    EXECS_OF_GUEST_MAX = 64,
    EXECS_WINDOW = 256 << 10,
    EXECS_DATA_MAX = 64 << 10, /* bytes in a frame */
    EXECS_CREDIT_MAX = 64 << 20,
    EXECS_HANG_UP_MS = 2000, /* from HUP to KILL */
};

struct execs;
struct exec;

struct execs *execs_new(void);
void execs_free(struct execs *all, struct deadlines *deadlines);

/* A stream with verb EXEC or INPUT; NULL, or why not. */
const char *execs_open(const struct input *input,
                       const Mezzo__StreamCall *call,
                       const struct admission *admission,
                       struct step *step);

/* Any call but OPEN.  False: the stream is not one of these. */
bool execs_receive(const char *guest,
                   const Mezzo__StreamCall *call,
                   struct step *step);
void execs_link_ended(const char *guest, struct step *step);

/* SPAWNED and PROCESS_EXITED of a process of ours, TOOK, FED. */
void execs_report(const struct report *report, struct step *step);

/* The run is no more. */
void execs_run_ended(const char *run, struct step *step);

/* DUE_EXEC */
void execs_due(struct exec *e, struct step *step);

#endif
