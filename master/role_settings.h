/* role_settings.h - what operators have set for roles, as it is stored. */

#ifndef MASTER_ROLE_SETTINGS_H
#define MASTER_ROLE_SETTINGS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "proto/record.pb-c.h"

struct role_settings;

struct role_setting {
    TAILQ_ENTRY(role_setting) entry;
    char *role;
    Mezzo__Record__Role *record; /* owned */
};

struct pending_setting { /* being stored */
    TAILQ_ENTRY(pending_setting) entry;
    Mezzo__Record__Role *record; /* owned */
    char *peer;                  /* of the operator */
    bool has_request_id;
    uint64_t request_id;
    bool is_last; /* of his call */
};

struct role_settings *role_settings_new(void);
void role_settings_free(struct role_settings *s);

/* `record` is taken over, instead of the one before. */
void role_settings_put(struct role_settings *s,
                       const char *role,
                       Mezzo__Record__Role *record);

/* A copy, but for the record, which is taken over; the oldest of them, to be
 * dropped when it is done with. */
void role_settings_await(struct role_settings *s,
                         const struct pending_setting *pending);
struct pending_setting *role_settings_take(struct role_settings *s);
void role_settings_drop(struct pending_setting *pending);

/* NULL when nothing was ever set. */
const struct role_setting *role_settings_find(const struct role_settings *s,
                                              const char *role);
/* In order of their first setting. */
const struct role_setting *role_settings_first(const struct role_settings *s);

#endif
