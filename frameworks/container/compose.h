/* compose.h - the commands of mezzo compose.
 *
 * Each is given its own arguments, argv[0] being its name, and returns the exit
 * status: 0, 1 when it failed, 2 when what it was told cannot be. */

#ifndef CONTAINER_COMPOSE_H
#define CONTAINER_COMPOSE_H

#include "frameworks/container/compose_input.h"

struct compose {
    struct arena *arena;
    struct compose_input input;
    const char *state;  /* of the cluster, --state */
    const char *socket; /* of mezzo-container, --socket */
};

struct compose_command {
    const char *name;
    int (*run)(struct compose *c, int argc, char **argv);
};

/* compose_show.c */
int compose_config(struct compose *c, int argc, char **argv);
int compose_plan(struct compose *c, int argc, char **argv);

/* compose_up.c */
int compose_up(struct compose *c, int argc, char **argv);

/* compose_control.c */
int compose_down(struct compose *c, int argc, char **argv);
int compose_take_down(struct compose *c, const char *name);
int compose_scale(struct compose *c, int argc, char **argv);
int compose_restart(struct compose *c, int argc, char **argv);

/* compose_logs.c */
int compose_logs(struct compose *c, int argc, char **argv);

/* Of these services, or all.  130 when it was interrupted. */
int compose_show_logs(struct compose *c,
                      const char *name,
                      bool follows,
                      char **names,
                      int names_count);

/* compose_ps.c */
int compose_ps(struct compose *c, int argc, char **argv);
int compose_ls(struct compose *c, int argc, char **argv);

#endif
