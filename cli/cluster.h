/* cluster.h - which cluster a command is for, as its options say. */

#ifndef CLI_CLUSTER_H
#define CLI_CLUSTER_H

#include <mezzo/operator.h>

#include "io/options.h"

/* What --master and --state of the command were; one command in a process. */
extern struct mezzo_cluster_options cluster_given;

/* The rows of both, in a table of options. */
#define CLUSTER_OPTIONS                                                        \
    {.name = "master",                                                         \
     .argument = "HOST:PORT",                                                  \
     .kind = OPTIONS_STRING,                                                   \
     .value = &cluster_given.master,                                           \
     .is_command_line_only = true,                                             \
     .help = cluster_master_help},                                             \
    {                                                                          \
        .name = "state", .argument = "DIR", .kind = OPTIONS_STRING,            \
        .value = &cluster_given.state, .is_command_line_only = true,           \
        .help = cluster_state_help                                             \
    }

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
