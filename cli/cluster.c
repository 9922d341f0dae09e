/* cluster.c - the library finds the cluster; here is only what was given. */

#include "cli/cluster.h"

#include <stdio.h>

struct mezzo_cluster_options cluster_given;

const char cluster_master_help[] =
    "the master, host:port, instead of the cluster that mezzo up made";
const char cluster_state_help[] =
    "the state directory of a cluster that mezzo up made";

int cluster_ask(struct mezzo_operator *op,
                const struct mezzo_question *question,
                const struct mezzo_answer **answer)
{
    if (mezzo_operator_wait(op, question, answer) == 0)
        return 0;
    fprintf(stderr, "mezzo: %s\n", (*answer)->text);
    return (*answer)->exit_status;
}

static void waiting_cb(void *arg, const char *why)
{
    (void)arg;
    fprintf(stderr, "mezzo: %s; waiting for one that leads\n", why);
}

struct mezzo_operator *cluster_operator(void)
{
    return mezzo_operator_new(&(struct mezzo_operator_options){
        .cluster = cluster_given, .waiting = waiting_cb});
}
