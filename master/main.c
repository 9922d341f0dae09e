/* main.c - mezzo-master: puts core, driver and store together. */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/input.h"
#include "io/driver.h"
#include "io/election.h"
#include "io/file.h"
#include "io/history.h"
#include "io/keeper.h"
#include "io/keys.h"
#include "io/log.h"
#include "io/loop.h"
#include "io/master_info.h"
#include "io/store.h"
#include "master/follower.h"
#include "master/master.h"
#include "master/shell/settings.h"

enum {
    ALLOW_SIZE_MAX = 64 * 1024 * 1024,
    REFRESH_S = 2, /* how often who stands by looks at the store */
    ADDRESS_SIZE_MAX = 4096,
};

static const struct settings *settings;

/* As the election has them; the first leads. */
struct standing {
    struct master_info masters[CONTENDERS_MAX];
    size_t count;
};

struct program {
    struct driver *driver;
    struct store *store; /* opened before we lead, where others may */
    struct event *store_event, *refresh;
    struct driver *follower; /* while another leads */
    struct event *follower_event;
    struct follower *following;
    struct standing standing;
    struct history *history;
    struct event *history_event;
    struct principals *principals;
    struct keeper *keeper; /* NULL: no other stands by */
    struct election *election;
    struct event *keeper_event;
    struct event_base *base;
    bool is_leading, is_deposed;
    char **argv;
};

static const char *const all[] = {"*"};

static const struct principal leader = {
    .name = "leader",
    .kind = PRINCIPAL_SERVER,
};

static const struct principal anyone = {
    .name = "plain",
    .kind = PRINCIPAL_ANYONE,
    .roles = all,
    .roles_count = 1,
    .users = all,
    .users_count = 1,
};

static int read_principals(struct principals **principals, struct error *err)
{
    AUTO(auto_free) char *text = NULL;
    struct error why;
    size_t size;
    int rc = file_read(settings->allow_path, ALLOW_SIZE_MAX, &text, &size, err);

    if (rc < 0)
        return rc;
    rc = principals_parse(text, size, principals, &why);
    return rc < 0 ? error_set(err, rc, "%s, %s", settings->allow_path, why.text)
                  : 0;
}

static void hangup_cb(evutil_socket_t fd, short what, void *arg)
{
    struct program *p = arg;
    struct principals *fresh;
    struct error err;

    (void)fd;
    (void)what;
    if (p->principals == NULL)
        return;
    if (read_principals(&fresh, &err) < 0) {
        log_text(LOG_LEVEL_ERROR, "%s; the old list stays", err.text);
        return;
    }
    if (p->driver != NULL)
        driver_set_principals(p->driver, fresh);
    principals_free(p->principals);
    p->principals = fresh;
    log_text(LOG_LEVEL_NOTICE, "read %s again", settings->allow_path);
}

/* Whoever adds to the list may say so while we are still being started. */
static void hold_hangup(bool is_held)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigprocmask(is_held ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static void stop_cb(evutil_socket_t fd, short what, void *arg)
{
    struct program *p = arg;

    (void)fd;
    (void)what;
    if (p->driver == NULL)
        event_base_loopbreak(p->base);
    else
        driver_stop(p->driver, 0);
}

/* ------------------------------------------------------------- history */

static void history_log_cb(void *arg, const char *text)
{
    (void)arg;
    log_text(LOG_LEVEL_ERROR, "%s", text);
}

static void found_cb(void *arg, const struct history_answer *answer)
{
    const struct master_news news = {.kind = MASTER_FOUND, .answer = answer};
    struct program *p = arg;

    if (p->driver != NULL)
        driver_input(p->driver,
                     &(struct input){.kind = INPUT_LOCAL, .local = &news});
}

static void history_cb(evutil_socket_t fd, short what, void *arg)
{
    struct program *p = arg;

    (void)fd;
    (void)what;
    history_process(p->history, found_cb, p);
}

static void order_cb(void *arg, const void *local)
{
    const struct master_order *order = local;
    struct program *p = arg;

    switch (order->kind) {
    case MASTER_KEEP:
        history_keep(p->history, &order->row);
        break;
    case MASTER_FIND:
        history_find(p->history, &order->question);
        break;
    }
}

static void open_history(struct program *p)
{
    struct error err;

    if (history_open(
            &(struct history_options){.path = settings->history_path,
                                      .keep_ms = settings->history_keep_ms,
                                      .rows_max = settings->history_rows_max,
                                      .log = history_log_cb},
            &p->history, &err) < 0)
        options_fail(&settings_options, "%s", err.text);
    p->history_event = event_new(p->base, history_fd(p->history),
                                 EV_READ | EV_PERSIST, history_cb, p);
    event_add(p->history_event, NULL);
}

/* ------------------------------------------------------------ following */

static void answered_cb(void *arg,
                        uint64_t request,
                        const struct store_answer *answer)
{
    (void)arg;
    (void)request;
    if (answer->is_final)
        options_fail(&settings_options, "store: %s", answer->text);
}

static void store_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    store_process(((struct program *)arg)->store, answered_cb, arg);
}

/* Whatever is asked makes the store read what the leader has appended. */
static void refresh_cb(evutil_socket_t fd, short what, void *arg)
{
    struct program *p = arg;

    (void)fd;
    (void)what;
    store_load(p->store, 0, "/cluster");
    store_process(p->store, answered_cb, p);
}

/* So that when we lead all is there already. */
static void follow_store(struct program *p)
{
    const struct timeval every = {.tv_sec = REFRESH_S};
    struct error err;

    if (strncmp(settings->store_address, "zk://", 5) != 0)
        return;
    if (store_open(settings->store_address, &p->store, &err) < 0)
        options_fail(&settings_options, "%s", err.text);
    p->store_event = event_new(p->base, store_fd(p->store),
                               EV_READ | EV_PERSIST, store_cb, p);
    p->refresh = event_new(p->base, -1, EV_PERSIST, refresh_cb, p);
    event_add(p->store_event, NULL);
    event_add(p->refresh, &every);
    store_load(p->store, 0, "/cluster");
    store_process(p->store, answered_cb, p);
}

static void follower_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    driver_process(((struct program *)arg)->follower);
}

static void begin_to_follow(struct program *p, const struct keys *keys)
{
    struct error err;
    uint64_t seed = 0;

    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        options_fail(&settings_options, "no random numbers: %s",
                     strerror(errno));
    p->following = follower_new(seed, history_newest_ms(p->history));
    if (driver_new(
            &(struct driver_options){.machine = follower_machine(p->following),
                                     .keys = settings->is_plain ? NULL : keys,
                                     .server = &leader,
                                     .local = order_cb,
                                     .log = log_effect,
                                     .arg = p},
            &p->follower, &err) < 0)
        options_fail(&settings_options, "%s", err.text);
    p->follower_event = event_new(p->base, driver_fd(p->follower),
                                  EV_READ | EV_PERSIST, follower_cb, p);
    event_add(p->follower_event, NULL);
}

static void end_following(struct program *p)
{
    if (p->follower == NULL)
        return;
    if (p->store != NULL) {
        event_free(p->store_event);
        event_free(p->refresh);
    }
    event_free(p->follower_event);
    driver_free(p->follower);
    follower_free(p->following);
    p->follower = NULL;
}

/* ------------------------------------------------------------ election */

static void keeper_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    keeper_process(((struct program *)arg)->keeper);
}

static void elected_cb(void *arg)
{
    struct program *p = arg;

    p->is_leading = true;
    event_base_loopbreak(p->base);
}

static void deposed_cb(void *arg, const char *why)
{
    struct program *p = arg;

    log_text(LOG_LEVEL_ERROR, "deposed: %s", why);
    p->is_deposed = true;
    if (p->driver == NULL)
        event_base_loopbreak(p->base);
    else
        driver_stop(p->driver, 0);
}

/* What the core shows of those that are not us. */
static void tell_standbys(struct program *p)
{
    struct master_standby items[CONTENDERS_MAX];
    struct master_news news = {.kind = MASTER_STANDBYS,
                               .standbys = {.items = items}};

    for (size_t i = 1; i < p->standing.count; i++)
        items[news.standbys.count++] = (struct master_standby){
            .address = p->standing.masters[i].endpoint,
            .version = p->standing.masters[i].version,
            .pid = p->standing.masters[i].pid,
        };
    driver_input(p->driver,
                 &(struct input){.kind = INPUT_LOCAL, .local = &news});
}

static void listed_cb(void *arg, const struct contender *list, size_t count)
{
    struct program *p = arg;

    p->standing.count = 0;
    for (size_t i = 0; i < count; i++)
        if (master_info_read(list[i].value, list[i].size,
                             &p->standing.masters[p->standing.count]))
            p->standing.count++;
    if (p->driver != NULL)
        tell_standbys(p);
}

static void refused_cb(void *arg, const char *why)
{
    (void)arg;
    options_fail(&settings_options, "--zk: %s", why);
}

static void standing_by_cb(void *arg, const char *value, size_t size)
{
    struct program *p = arg;
    struct follower_leader who;
    struct master_info info;

    if (!master_info_read(value, size, &info))
        options_fail(&settings_options,
                     "--zk: %s in ZooKeeper is where others than masters "
                     "contend; choose another path",
                     keeper_path(p->keeper));
    log_text(LOG_LEVEL_NOTICE, "standing by; %s leads", info.endpoint);
    who = (struct follower_leader){info.endpoint, info.key};
    driver_input(p->follower,
                 &(struct input){.kind = INPUT_LOCAL, .local = &who});
}

static void contend(struct program *p, const struct keys *keys)
{
    const struct election_callbacks callbacks = {.elected = elected_cb,
                                                 .deposed = deposed_cb,
                                                 .refused = refused_cb,
                                                 .standing_by = standing_by_cb,
                                                 .listed = listed_cb,
                                                 .arg = p};
    AUTO(auto_free) char *json = NULL;
    struct master_info info = {.version = PACKAGE_VERSION, .pid = getpid()};
    char hostname[256] = "localhost", id[32];
    uint64_t number;

    if (getrandom(&number, sizeof number, 0) != sizeof number)
        options_fail(&settings_options, "no random numbers: %s",
                     strerror(errno));
    snprintf(id, sizeof id, "%016llx", (unsigned long long)number);
    snprintf(info.endpoint, sizeof info.endpoint, "%s", settings->advertise);
    if (!settings->is_plain)
        snprintf(info.key, sizeof info.key, "%s", keys->public_key);
    gethostname(hostname, sizeof hostname - 1);
    json = master_info_write(&info, id, hostname);
    p->keeper_event = event_new(p->base, keeper_fd(p->keeper),
                                EV_READ | EV_PERSIST, keeper_cb, p);
    event_add(p->keeper_event, NULL);
    p->election = election_new(p->keeper, json, &callbacks);
}

/* Until we lead; false when we have been told to stop, or cannot contend. */
static bool stand_by(struct program *p, const struct keys *keys)
{
    struct error err;

    if (settings->zookeeper == NULL)
        return true;
    if (keeper_open(settings->zookeeper, &p->keeper, &err) < 0)
        options_fail(&settings_options, "--zk %s", err.text);
    begin_to_follow(p, keys);
    follow_store(p);
    contend(p, keys);
    log_text(LOG_LEVEL_NOTICE, "standing by at %s", keeper_path(p->keeper));
    event_base_dispatch(p->base);
    end_following(p);
    return p->is_leading && !p->is_deposed;
}

/* With nothing of what was: as the process that started us would. */
static void begin_again(const struct program *p)
{
    execv("/proc/self/exe", p->argv);
    options_fail(&settings_options, "cannot start again: %s", strerror(errno));
}

static struct master *make_master(void)
{
    struct master_options o = master_defaults;
    char hostname[256] = "localhost";

    gethostname(hostname, sizeof hostname - 1);
    o.address = settings->advertise;
    o.hostname = hostname;
    o.version = PACKAGE_VERSION;
    o.store = settings->zookeeper != NULL ? "the store in ZooKeeper"
                                          : settings->store_address;
    o.pid = getpid();
    o.offer_lease_ms = settings->offer_lease_ms;
    o.agent_timeout_ms = settings->agent_timeout_ms;
    o.failover_timeout_ms = settings->failover_timeout_ms;
    o.recall_ms = settings->recall_ms;
    o.run_min_ms = settings->run_min_ms;
    o.usage_half_life_ms = settings->half_life_ms;
    o.removals_percent = (unsigned)settings->removals_percent;
    if (getrandom(&o.seed, sizeof o.seed, 0) != sizeof o.seed ||
        getrandom(o.secret, sizeof o.secret, 0) != sizeof o.secret)
        options_fail(&settings_options, "no random numbers: %s",
                     strerror(errno));
    return master_new(&o);
}

static void watch_signals(struct program *p, struct event *events[3])
{
    events[0] = evsignal_new(p->base, SIGHUP, hangup_cb, p);
    events[1] = evsignal_new(p->base, SIGTERM, stop_cb, p);
    events[2] = evsignal_new(p->base, SIGINT, stop_cb, p);
    for (int i = 0; i < 3; i++)
        event_add(events[i], NULL);
}

/* As the leader, until it is over; the process's status. */
static int lead(struct program *p, const struct keys *keys)
{
    const struct driver_endpoint endpoint = {
        .address = settings->listen_at,
        .policy = settings->is_plain ? DRIVER_PLAIN : DRIVER_ALLOW_LIST,
        .principal = &anyone};
    struct master *master;
    struct error err;
    int status;

    if (p->store == NULL &&
        store_open(settings->store_address, &p->store, &err) < 0)
        options_fail(&settings_options, "%s", err.text);
    master = make_master();
    if (driver_new(
            &(struct driver_options){.machine = master_machine(master),
                                     .endpoints = &endpoint,
                                     .endpoints_count = 1,
                                     .keys = settings->is_plain ? NULL : keys,
                                     .principals = p->principals,
                                     .store = p->store,
                                     .local = order_cb,
                                     .log = log_effect,
                                     .arg = p},
            &p->driver, &err) < 0)
        options_fail(&settings_options, "%s", err.text);
    if (p->election != NULL)
        tell_standbys(p);
    status = loop_run(p->base, p->driver);
    driver_free(p->driver);
    master_free(master);
    return status;
}

int main(int argc, char **argv)
{
    struct program p = {.argv = argv};
    struct event *signals[3];
    struct keys keys;
    struct error err;
    int status = 0;

    settings = settings_read(argc, argv);
    hold_hangup(true);
    signal(SIGPIPE, SIG_IGN);
    if (file_make_directories(settings->state, 0700, &err) < 0 ||
        (!settings->is_plain &&
         keys_load(&keys, settings->keys_path, &err) < 0) ||
        (!settings->is_plain && read_principals(&p.principals, &err) < 0))
        options_fail(&settings_options, "%s", err.text);
    p.base = event_base_new();
    if (p.base == NULL)
        abort();
    watch_signals(&p, signals);
    hold_hangup(false);
    open_history(&p);
    if (stand_by(&p, &keys))
        status = lead(&p, &keys);
    for (int i = 0; i < 3; i++)
        event_free(signals[i]);
    event_free(p.history_event);
    if (p.keeper_event != NULL)
        event_free(p.keeper_event);
    event_base_free(p.base);
    election_free(p.election);
    keeper_close(p.keeper);
    store_close(p.store);
    history_close(p.history);
    principals_free(p.principals);
    if (p.is_deposed)
        begin_again(&p);
    return status;
}
