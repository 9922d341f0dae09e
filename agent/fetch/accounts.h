/* accounts.h - who the users and groups of an image are. */

#ifndef AGENT_FETCH_ACCOUNTS_H
#define AGENT_FETCH_ACCOUNTS_H

#include "base/arena.h"
#include "proto/record.pb-c.h"

enum {
    ACCOUNTS_MAX = 1000, /* of each; the rest is left out */
    ACCOUNTS_SIZE_MAX = 1 << 20,
};

/* To the record, whose layers are in STORE/layers: from the topmost that has
 * such a file.  Lines that make no sense are passed over. */
void accounts_read(const char *store,
                   struct arena *arena,
                   Mezzo__Record__Image *image);

/* The same of the text of a file, which is changed. */
void accounts_parse_users(char *text,
                          struct arena *arena,
                          Mezzo__Record__Image *image);
void accounts_parse_groups(char *text,
                           struct arena *arena,
                           Mezzo__Record__Image *image);

#endif
