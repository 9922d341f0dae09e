/* bring_up.c - start what does not run, then ask the master until it has all
 * agents. */

#include "cli/bring_up.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    WAIT_S = 60, /* for all agents to be registered */
    PAUSE_MS = 30,
    PORT_WAIT_MS = 1000, /* for a port of one that was killed */
};

static bool is_taken(int64_t number)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)number),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    taken = bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 &&
            errno == EADDRINUSE;
    close(fd);
    return taken;
}

/* A daemon would say so too, but not which option helps.  One that was killed
 * is gone before its threads are, and with them its port. */
static int check_port(const struct daemon *d, int64_t number, struct error *err)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

    if (d->pid != 0)
        return 0; /* it is ours */
    for (int waited = 0; is_taken(number); waited += PAUSE_MS) {
        if (waited >= PORT_WAIT_MS)
            return error_set(err, -EADDRINUSE,
                             "port %" PRId64 ", for %s, is taken; choose "
                             "others with: mezzo up --port PORT",
                             number, d->name);
        nanosleep(&pause, NULL);
    }
    return 0;
}

static int check_ports(const struct pool *p, struct error *err)
{
    int rc = check_port(&p->master, p->port, err);

    for (int i = 0; rc == 0 && i < p->agents_count; i++)
        rc = check_port(&p->agents[i], p->port + 1 + i, err);
    for (int i = 0; rc == 0 && p->is_ha && i < POOL_STANDBYS; i++)
        rc = check_port(&p->standbys[i], pool_standby_port(p, i), err);
    for (int i = 0; rc == 0 && p->is_ha && i < 3 * POOL_KEEPERS; i++)
        rc = check_port(&p->keepers[i % POOL_KEEPERS], pool_keeper_port(p, i),
                        err);
    return rc;
}

static int start(struct pool *p,
                 struct daemon *d,
                 size_t *started_count,
                 struct error *err)
{
    int rc;

    if (d->pid != 0)
        return 0;
    rc = daemon_start(d, p->state, err);
    *started_count += rc == 0;
    return rc;
}

static int start_all(struct pool *p, size_t *started_count, struct error *err)
{
    int rc = 0;

    for (int i = 0; rc == 0 && p->is_ha && i < POOL_KEEPERS; i++)
        rc = start(p, &p->keepers[i], started_count, err);
    if (rc == 0)
        rc = start(p, &p->master, started_count, err);
    for (int i = 0; rc == 0 && p->is_ha && i < POOL_STANDBYS; i++)
        rc = start(p, &p->standbys[i], started_count, err);
    for (int i = 0; rc == 0 && i < p->agents_count; i++)
        rc = start(p, &p->agents[i], started_count, err);
    for (size_t i = 0; rc == 0 && i < p->frameworks_count; i++)
        rc = start(p, &p->frameworks[i], started_count, err);
    return rc;
}

static bool is_registered(const char *state)
{
    return strcmp(state, "registered") == 0 || strcmp(state, "draining") == 0 ||
           strcmp(state, "drained") == 0;
}

static bool has_failed(struct pool *p, struct error *err)
{
    bool failed = daemon_has_failed(&p->master, p->state, err);

    for (int i = 0; !failed && i < p->agents_count; i++)
        failed = daemon_has_failed(&p->agents[i], p->state, err);
    return failed;
}

const struct mezzo_agent_row *bring_up_find_agent(
    const struct mezzo_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->agents_count; i++)
        if (strcmp(answer->agents[i].hostname, name) == 0 &&
            is_registered(answer->agents[i].state))
            return &answer->agents[i];
    return NULL;
}

static int64_t registered_count(const struct pool *p,
                                const struct mezzo_answer *answer)
{
    int64_t count = 0;

    for (int i = 0; i < p->agents_count; i++)
        count += bring_up_find_agent(answer, p->agents[i].name) != NULL;
    return count;
}

/* One that was being killed when we looked may still have been there. */
static int start_what_ended(struct pool *p,
                            size_t *started_count,
                            struct error *err)
{
    int rc = 0;

    if (!p->master.is_our_child)
        daemon_look(&p->master, p->state);
    for (int i = 0; i < p->agents_count; i++)
        if (!p->agents[i].is_our_child)
            daemon_look(&p->agents[i], p->state);
    rc = check_ports(p, err);
    return rc < 0 ? rc : start_all(p, started_count, err);
}

static int wait_for_agents(struct pool *p,
                           struct mezzo_operator *op,
                           const struct mezzo_answer **answer,
                           size_t *started_count,
                           struct error *err)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    const time_t deadline = time(NULL) + WAIT_S;
    int64_t count = 0;

    while (time(NULL) < deadline) {
        if (has_failed(p, err))
            return -ECHILD;
        if (start_what_ended(p, started_count, err) < 0)
            return -ECHILD;
        if (mezzo_operator_agents(op, answer) == 0) {
            count = registered_count(p, *answer);
            if (count == p->agents_count)
                return 0;
        }
        nanosleep(&pause, NULL);
    }
    return error_set(err, -ETIMEDOUT,
                     "after %d s, %" PRId64 " of %" PRId64 " agents are "
                     "registered; see the logs in %s/log",
                     WAIT_S, count, p->agents_count, p->state);
}

int bring_up(struct pool *p,
             struct mezzo_operator *op,
             const struct mezzo_answer **answer,
             size_t *started_count,
             struct error *err)
{
    int rc = check_ports(p, err);

    *started_count = 0;
    if (rc == 0)
        rc = pool_prepare(p, err);
    if (rc == 0 && p->master.pid != 0)
        kill(p->master.pid, SIGHUP); /* the list may have new agents */
    for (int i = 0; rc == 0 && i < POOL_STANDBYS; i++)
        if (p->standbys[i].pid != 0)
            kill(p->standbys[i].pid, SIGHUP);
    if (rc == 0)
        rc = start_all(p, started_count, err);
    if (rc == 0)
        rc = wait_for_agents(p, op, answer, started_count, err);
    return rc;
}
