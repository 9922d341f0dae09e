/* newest.c - one number, and when it ceased to matter. */

#include "master/newest.h"

bool newest_is_overtaken(const struct newest *n,
                         uint64_t link_epoch,
                         msec_t now)
{
    return link_epoch < n->link_epoch &&
           (n->ended_at == 0 || now - n->ended_at < NEWEST_REMEMBERED_MS);
}

void newest_begin(struct newest *n, uint64_t link_epoch)
{
    n->link_epoch = link_epoch;
    n->ended_at = 0;
}

void newest_end(struct newest *n, msec_t now)
{
    n->ended_at = now > 0 ? now : 1;
}
