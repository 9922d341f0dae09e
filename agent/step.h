/* step.h - what the parts of an agent have in hand during a step: the time,
 * where effects go, and the parts that all others build on. */

#ifndef AGENT_STEP_H
#define AGENT_STEP_H

#include "agent/agent.h"
#include "base/deadlines.h"
#include "base/random.h"

struct execs;
struct identity;
struct inboxes;
struct images;
struct outbox;
struct channels;
struct roster;
struct sandboxes;
struct scribe;

/* Whose deadline it is; agent.c knows what is then to be done. */
enum due_kind {
    DUE_CONNECT,    /* the registration: try the next master */
    DUE_REGISTERED, /* it should have been answered by now */
    DUE_LEASE,      /* fenced tasks are to end */
    DUE_RESEND,     /* struct update_stream */
    DUE_KILL,       /* struct task: TERM was not enough */
    DUE_WALLTIME,   /* struct task */
    DUE_WARNING,    /* struct task: before its walltime is over */
    DUE_RECALL,     /* struct task: what it holds is wanted by others */
    DUE_SUBSCRIBE,  /* struct executor: it should have by now */
    DUE_EXECUTOR,   /* struct executor: being asked was not enough */
    DUE_SANDBOX,    /* the oldest goes */
    DUE_REWRITE,    /* the scribe tries once more */
    DUE_PEER,       /* struct peer_channel: ask, or give it up */
    DUE_EXEC,       /* struct exec: being hung up was not enough */
    DUE_PEER_LINK,  /* struct peer_link: it was idle for long */
    DUE_IMAGE,      /* struct image_fetch: it takes too long */
    DUE_HEALTH,     /* struct task: it is to be looked at */
    DUE_START,      /* struct task: it should have been launched by now */
    DUE_STOP,       /* the agent, whatever still runs */
};

struct step {
    msec_t now;
    msec_t wall;
    struct effects *fx;
    const struct agent_options *options;
    struct random *random;
    struct deadlines *deadlines;
    struct identity *identity;
    struct roster *roster;
    struct scribe *scribe;
    struct outbox *outbox;
    struct sandboxes *sandboxes;
    struct channels *channels;
    struct inboxes *inboxes;
    struct execs *execs;
    struct images *images;
};

#endif
