/* exec_order.h - what is ordered for a program that is run beside a task. */

#ifndef AGENT_EXEC_ORDER_H
#define AGENT_EXEC_ORDER_H

#include "agent/orders.h"
#include "agent/roster.h"
#include "agent/step.h"
#include "proto/wire.pb-c.h"

enum {
    EXEC_ORDER_STRINGS_MAX = 4096
};

/* NULL, or why it cannot be. */
const char *exec_order_refuses(const Mezzo__StreamCall__Exec *exec);

/* SPAWN's part: as the task was launched, with what was asked for. */
void exec_order_fill(struct order *order,
                     const struct task *task,
                     const Mezzo__StreamCall__Exec *exec,
                     struct step *step);

#endif
