/* refusal.c - a state, a reason and a sentence. */

#include "agent/refusal.h"

#include <stdarg.h>
#include <stdio.h>

void refusal_set(struct refusal *r,
                 enum task_state state,
                 Mesos__V1__TaskStatus__Reason reason,
                 const char *format,
                 ...)
{
    va_list args;

    r->state = state;
    r->reason = reason;
    va_start(args, format);
    vsnprintf(r->text.text, sizeof r->text.text, format, args);
    va_end(args);
}
