/* admission.h - may a guest open a stream, and of what? */

#ifndef AGENT_ADMISSION_H
#define AGENT_ADMISSION_H

#include <stdbool.h>

#include "agent/step.h"
#include "base/input.h"
#include "proto/wire.pb-c.h"

struct task;

struct admission {
    const struct task *task; /* NULL: it is known no more */
    bool is_alive;           /* its run has processes */
    const Mezzo__Ticket *ticket;
    const char *run;  /* NULL with PEER, like the rest */
    bool is_waiting;  /* it has not begun */
    const char *path; /* in its sandbox */
};

/* Why not, or NULL and `*admission`, in the step's arena. */
const char *admission_refuses(const struct input *input,
                              const Mezzo__StreamCall__Open *open,
                              struct admission *admission,
                              struct step *step);

#endif
