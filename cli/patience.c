/* patience.c - an alarm, again and again. */

#include "cli/patience.h"

#include <stdio.h>
#include <string.h>

enum {
    ALONE_MS = 5 * 1000,     /* for the one master there is */
    FAILOVER_MS = 60 * 1000, /* for one of several */
    FIRST_MS = 1000,         /* then it is said what is waited for */
    AGAIN_MS = 15 * 1000,
};

/* That nobody listens needs no detail; that we may not do what we ask for
 * does. */
void patience_note(struct patience *p, const char *text)
{
    static const char no_master_is[] = "no master: ";

    if (strncmp(text, no_master_is, sizeof no_master_is - 1) != 0)
        return;
    text += sizeof no_master_is - 1;
    snprintf(p->refusal, sizeof p->refusal, "%s",
             strncmp(text, "nobody listens", 14) == 0 ? "" : text);
}

static bool may_fail_over(const struct mezzo_cluster *cluster)
{
    return strncmp(cluster->master, "zk://", 5) == 0 ||
           strchr(cluster->master, ',') != NULL;
}

static void give_up(const struct patience *p,
                    const struct mezzo_cluster *cluster)
{
    if (p->refusal[0] != '\0')
        fprintf(stderr, "mezzo: no master at %s: %s\n", cluster->master,
                p->refusal);
    else
        fprintf(stderr,
                "mezzo: no master answers at %s; start one with: mezzo up\n",
                cluster->master);
}

bool patience_wait(struct patience *p,
                   struct mezzo_scheduler *scheduler,
                   const struct mezzo_cluster_options *options)
{
    int64_t now = mezzo_scheduler_now_ms(scheduler); /* not before an alarm */
    struct mezzo_cluster cluster;
    char error[MEZZO_ERROR_SIZE];

    if (mezzo_cluster_find(options, &cluster, error) < 0) {
        fprintf(stderr, "mezzo: %s\n", error);
        return false;
    }
    if (p->until_ms == 0) {
        p->until_ms = now + (may_fail_over(&cluster) ? FAILOVER_MS : ALONE_MS);
        now += FIRST_MS;
    } else if (now >= p->until_ms) {
        give_up(p, &cluster);
        return false;
    } else {
        fprintf(stderr, "mezzo: no master at %s: %s; waiting for %s\n",
                cluster.master,
                p->refusal[0] != '\0' ? p->refusal : "none has answered",
                may_fail_over(&cluster) ? "one that leads" : "it");
        now += AGAIN_MS;
    }
    mezzo_scheduler_set_alarm(scheduler, now < p->until_ms ? now : p->until_ms);
    return true;
}
