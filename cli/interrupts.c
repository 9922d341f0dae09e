/* interrupts.c - handlers that count. */

#include "cli/interrupts.h"

#include <mezzo/framework.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "cli/outcome.h"

static struct mezzo_scheduler *woken;
static volatile sig_atomic_t count, last;

static void interrupt_cb(int signal_number)
{
    last = signal_number;
    if (++count > 2)
        _exit(OUTCOME_SIGNAL + signal_number);
    if (woken != NULL)
        mezzo_scheduler_wake(woken);
}

void interrupts_catch(struct mezzo_scheduler *scheduler)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = interrupt_cb};

    woken = scheduler;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a write fails, and then the tasks end */
}

int interrupts_count(void)
{
    return count;
}

int interrupts_signal(void)
{
    return last;
}
