/* container_desk.h - the container framework without Mezzo: the calls it makes
 * are written down, what happens to it is said, time is moved by hand. */

#ifndef TESTS_CONTAINER_DESK_H
#define TESTS_CONTAINER_DESK_H

#include "frameworks/container/core.h"
#include "frameworks/container/requests.h"

enum {
    DESK_TASKS_MAX = 500
};

/* A task that was launched and has not ended. */
struct desk_task {
    char id[STATE_ID_SIZE];
    char name[200];
    char host[64];
    bool is_killed;
    bool is_running;
    char volume[200];  /* its first */
    char removed[200]; /* the first volume that it is to remove */
};

struct desk {
    struct container *container;
    struct requests *requests;
    msec_t now;
    char asks[DESK_TASKS_MAX][STATE_ID_SIZE];
    char ask_hosts[DESK_TASKS_MAX][64];
    size_t asks_count;
    struct desk_task tasks[DESK_TASKS_MAX];
    size_t tasks_count;
    size_t launches_count;
    bool has_more_hosts; /* than desk_offer() names */
    bool stores_nothing; /* a request is stored when desk_store() says so */
    char answer[20000];  /* the last, as text */
};

extern struct desk desk;

void desk_open(void);
void desk_close(void);

/* As by kill -9: what was stored is all that is left; tasks run on. */
void desk_restart(void);

/* Call, as `uid`; JSON with ' for ". */
void desk_call(unsigned uid, const char *request);
/* `up` of a project named p with these services, by user 7. */
void desk_up(const char *services);

/* Offer to every ask what it wants, on `host`. */
void desk_offer(const char *host);
/* Everything launched is running; with health, if that is not -1. */
void desk_run(int health);
void desk_status(const char *id, enum mezzo_task_state state, int health);
/* Tasks that were killed end. */
void desk_end_killed(void);
/* Time passes, in steps that the alarm asks for. */
void desk_pass(msec_t ms);
/* All of it, until nothing changes. */
void desk_settle(void);

/* Tasks of a name such as "p-web-1" that are not being killed. */
size_t desk_count(const char *name);
struct desk_task *desk_find(const char *name);

/* What the services are: "web 2/2 db 0/1". */
const char *desk_summary(void);

#endif
