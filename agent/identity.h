/* identity.h - who this agent is, as its journal knows it. */

#ifndef AGENT_IDENTITY_H
#define AGENT_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/random.h"
#include "base/ticket.h"
#include "proto/record.pb-c.h"

struct identity {
    char *agent_id;   /* NULL: no journal has one yet */
    char *cluster_id; /* NULL: never registered */
    char *boot_id;
    uint64_t leader_epoch; /* the highest that was seen */
    bool has_ticket_key;   /* not journaled: a registration brings it */
    uint8_t ticket_key[TICKET_KEY_SIZE];
};

void identity_release(struct identity *i);

/* Take over what a record says. */
void identity_read(struct identity *i,
                   const Mezzo__Record__Journal__Identity *record);

/* The record, in `arena`. */
Mezzo__Record__Journal *identity_record(const struct identity *i,
                                        struct arena *arena);

/* Choose an id of our own if there is none, and then true.  A registration
 * whose answer is lost can so be repeated, and is not that of another agent. */
bool identity_choose(struct identity *i, struct random *random);

/* True if it has changed. */
bool identity_set_agent(struct identity *i,
                        const char *agent_id,
                        const char *cluster_id);
bool identity_set_boot(struct identity *i, const char *boot_id);

#endif
