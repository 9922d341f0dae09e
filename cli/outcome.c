/* outcome.c - a shell's conventions. */

#include "cli/outcome.h"

#include <stdio.h>
#include <string.h>

int outcome_exit_status(enum mezzo_task_state state,
                        const struct mezzo_status *status)
{
    if (status != NULL && status->signal != 0)
        return OUTCOME_SIGNAL + status->signal;
    if (status != NULL && status->has_exit_code &&
        (status->exit_code != 0 || state == MEZZO_TASK_FINISHED))
        return status->exit_code;
    return state == MEZZO_TASK_FINISHED ? 0 : OUTCOME_NEVER_RAN;
}

void outcome_explain(const char *task,
                     enum mezzo_task_state state,
                     const struct mezzo_status *status)
{
    const char *message = status != NULL ? status->message : NULL;
    const char *reason = status != NULL ? status->reason : NULL;

    if (state == MEZZO_TASK_FINISHED)
        return;
    if (state == MEZZO_TASK_FAILED && status != NULL && status->has_exit_code &&
        reason == NULL)
        return;
    fprintf(stderr, "mezzo: %s: %s", task, mezzo_task_state_name(state));
    if (message != NULL && *message != '\0')
        fprintf(stderr, ": %s", message);
    else if (status != NULL && status->signal != 0)
        fprintf(stderr, ": killed by signal %d (%s)", status->signal,
                strsignal(status->signal));
    if (reason != NULL)
        fprintf(stderr, " (%s)", reason);
    fputc('\n', stderr);
}

void outcome_tell_health(const char *name, const struct mezzo_status *status)
{
    fprintf(stderr, "mezzo: %s: %s\n", name,
            status->is_healthy        ? "healthy"
            : status->message != NULL ? status->message
                                      : "unhealthy");
}
