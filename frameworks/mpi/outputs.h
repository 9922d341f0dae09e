/* outputs.h - what the ranks of a job write, read from their agents.
 *
 * A ticket may be here before its task is at the agent: who is refused tries
 * again for some seconds, from where it was. */

#ifndef MPI_OUTPUTS_H
#define MPI_OUTPUTS_H

#include <mezzo/guest.h>

struct outputs;

struct outputs *outputs_new(struct mezzo_guest *guest);
void outputs_free(struct outputs *o);

/* stdout and stderr of the ticket's task. */
void outputs_open(struct outputs *o,
                  const struct mezzo_ticket *ticket,
                  int64_t now_ms);

/* One of its readers tells; false: it is none of them. */
bool outputs_hear(struct outputs *o,
                  const struct mezzo_output *output,
                  int64_t now_ms);

/* That have not come to their end. */
size_t outputs_count(const struct outputs *o);

/* When outputs_alarm() is due; INT64_MAX: never. */
int64_t outputs_deadline_ms(const struct outputs *o);
void outputs_alarm(struct outputs *o, int64_t now_ms);

#endif
