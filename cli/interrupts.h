/* interrupts.h - INT, TERM and HUP, counted: a scheduler is woken for each; at
 * the third the process ends as if by the signal. */

#ifndef CLI_INTERRUPTS_H
#define CLI_INTERRUPTS_H

struct mezzo_scheduler;

/* There is one in a process; NULL: it is about to be freed. */
void interrupts_catch(struct mezzo_scheduler *scheduler);

int interrupts_count(void);
int interrupts_signal(void); /* the last */

#endif
