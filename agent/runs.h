/* runs.h - what is ordered for a run, and the phase it is in then. */

#ifndef AGENT_RUNS_H
#define AGENT_RUNS_H

#include "agent/orders.h"
#include "agent/roster.h"

/* An order of `kind` for `run`, in the step's arena, to be filled in before the
 * step ends. */
struct order *runs_order(const char *run,
                         enum order_kind kind,
                         struct step *step);

/* The launch is journaled and the sandbox is there: it may be launched. */
bool runs_is_ready(const struct run *run);

void runs_signal(const struct run *run, int signal, struct step *step);

/* Does it live, and as which process?  `user` is whom it runs as, NULL the
 * agent's own; `token` that of an executor. */
void runs_adopt(struct run *run,
                const char *user,
                const char *token,
                struct step *step);

/* Its end is journaled, or will never need to be. */
void runs_reap(struct run *run, struct step *step);

/* It was launched or adopted as the process of `report`, which is journaled. */
void runs_live(struct run *run,
               const char *framework_id,
               const char *id,
               bool is_executor,
               const struct report *report,
               struct step *step);

#endif
