/* users.h - who a task runs as: looked up once a minute.
 *
 * A look-up may ask a directory on the net, and so is done on a thread. */

#ifndef AGENT_OS_USERS_H
#define AGENT_OS_USERS_H

#include <stddef.h>
#include <sys/types.h>

struct event_base;
struct users;

enum {
    USERS_MAX = 1000, /* remembered; then all are looked up anew */
    USERS_GROUPS_MAX = 1024,
    USERS_AGE_S = 60,
};

struct user {
    char *name;
    char *home;
    char *shell;
    uid_t uid;
    gid_t gid;
    gid_t *groups;
    size_t groups_count;
};

/* `fault` is why there is no `user`; both are valid until it returns. */
typedef void users_found_f(void *arg,
                           const struct user *user,
                           const char *fault);

/* Looks up ourselves, at once: for the start. */
struct users *users_new(struct event_base *base);

/* No `found` is called any more.  NULL is a no-op. */
void users_free(struct users *u);

/* Who we are; of a number without a name the name is "". */
const struct user *users_self(const struct users *u);

/* `found` may be called at once.  `name` NULL: who we are. */
void users_find(struct users *u,
                const char *name,
                users_found_f *found,
                void *arg);

/* A copy, to be released. */
void user_copy(struct user *to, const struct user *from);
void user_release(struct user *user);

#endif
