/* cluster.h - which cluster a command is for, as its options say. */

#ifndef CLI_CLUSTER_H
#define CLI_CLUSTER_H

#include <mezzo/operator.h>

/* What --master and --state of the command were; one command in a process. */
extern struct mezzo_cluster_options cluster_given;

/* For rows of options. */
extern const char cluster_master_help[];
extern const char cluster_state_help[];

/* Ask `question`; what has failed is said on stderr.  Returns the exit status,
 * 0 with `*answer`. */
int cluster_ask(struct mezzo_operator *op,
                const struct mezzo_question *question,
                const struct mezzo_answer **answer);

/* An operator for the cluster; never NULL. */
struct mezzo_operator *cluster_operator(void);

#endif
