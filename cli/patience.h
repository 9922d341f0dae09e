/* patience.h - how long a command that is a framework waits for a master: not
 * long where there is one only, as long as a failover may take where another
 * may lead soon.  What is waited for is said on stderr. */

#ifndef CLI_PATIENCE_H
#define CLI_PATIENCE_H

#include <mezzo/framework.h>

/* All 0 to begin with. */
struct patience {
    int64_t until_ms;  /* 0: has not begun */
    char refusal[256]; /* why the last link to a master ended; "": not said */
};

/* A line of the library's log: it may be why no master answers. */
void patience_note(struct patience *p, const char *text);

/* To be called in a first alarm, set to 0, and in those that it sets itself, as
 * long as no master answers.  False when it is over: all has been said. */
bool patience_wait(struct patience *p,
                   struct mezzo_scheduler *scheduler,
                   const struct mezzo_cluster_options *options);

#endif
