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
#include "io/keeper.h"
#include "io/keys.h"
#include "io/log.h"
#include "io/loop.h"
#include "io/master_info.h"
#include "io/options.h"
#include "io/store.h"
#include "master/master.h"

enum {
    ALLOW_SIZE_MAX = 64 * 1024 * 1024,
    ADDRESS_SIZE_MAX = 4096,
};

static const char *state, *listen_at, *advertise, *keys_path, *allow_path,
    *store_address, *zookeeper, *log_level;
static int64_t offer_lease_ms, agent_timeout_ms, failover_timeout_ms;
static int64_t recall_ms, run_min_ms, half_life_ms, removals_percent;
static bool is_plain;

static const struct options_row rows[] = {
    {.name = "state",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &state,
     .help = "where the store, the keys and the allow-list are"},
    {.name = "listen",
     .argument = "ENDPOINT",
     .kind = OPTIONS_STRING,
     .initial = "tcp://127.0.0.1:5050",
     .value = &listen_at,
     .is_command_line_only = true,
     .help = "where agents, frameworks and operators connect"},
    {.name = "advertise",
     .argument = "ENDPOINT",
     .kind = OPTIONS_STRING,
     .value = &advertise,
     .is_command_line_only = true,
     .help = "how they reach it, where that is not --listen"},
    {.name = "keys",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &keys_path,
     .is_command_line_only = true,
     .help = "the master's key pair; unless told, master.keys in --state"},
    {.name = "allow",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &allow_path,
     .is_command_line_only = true,
     .help = "who may connect; unless told, allow in --state; read again on "
             "SIGHUP"},
    {.name = "store",
     .argument = "ADDRESS",
     .kind = OPTIONS_STRING,
     .value = &store_address,
     .is_command_line_only = true,
     .help = "what must survive a restart is kept here: sqlite:FILE or "
             "zk://HOSTS/PATH; unless told, master.db in --state"},
    {.name = "zk",
     .argument = "ADDRESS",
     .kind = OPTIONS_STRING,
     .value = &zookeeper,
     .is_command_line_only = true,
     .help =
         "zk://[user:password@]host:port,.../path: of the masters that name "
         "it one leads and the others stand by; unless told otherwise the "
         "store is there too; file:///PATH: what is in that file"},
    {.name = "offer-lease",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "30s",
     .min = 100,
     .value = &offer_lease_ms,
     .help = "after which an offer that was not used is rescinded"},
    {.name = "agent-timeout",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "15s",
     .min = 1000,
     .value = &agent_timeout_ms,
     .help = "after which an agent that is away is unreachable"},
    {.name = "removals-max",
     .argument = "PERCENT",
     .kind = OPTIONS_INTEGER,
     .initial = "50",
     .max = 100,
     .value = &removals_percent,
     .help = "when more of all agents vanish at once, and more than four, none "
             "of them is marked unreachable until some are back"},
    {.name = "failover-timeout",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "1h",
     .value = &failover_timeout_ms,
     .help = "after which a framework that is away is torn down, unless it "
             "says a time of its own"},
    {.name = "recall-grace",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "30s",
     .value = &recall_ms,
     .help = "from the notice that others are to have what a task holds until "
             "it is killed"},
    {.name = "run-min",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "1m",
     .value = &run_min_ms,
     .help = "what has not run so long is not taken back for a guarantee"},
    {.name = "usage-half-life",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "168h",
     .value = &half_life_ms,
     .help = "of two roles that have equally little, the one comes first that "
             "has had less, and what was had so long ago counts half; 0: it "
             "does not count"},
    {.name = "plain",
     .kind = OPTIONS_FLAG,
     .value = &is_plain,
     .is_command_line_only = true,
     .help = "without keys: whoever reaches the endpoint is an operator; only "
             "on loopback"},
    {.name = "log-level",
     .argument = "LEVEL",
     .kind = OPTIONS_STRING,
     .initial = "notice",
     .value = &log_level,
     .help = "error, notice or debug"},
};

static const struct options options = {
    .program = "mezzo-master",
    .operands = "",
    .summary = "admit agents and frameworks, and offer the one to the other",
    .text = "It keeps in its state directory which agents, frameworks and "
            "deadlines there are; of tasks the agents tell it.  While it is "
            "away tasks run on, and it may be killed and started at any time.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
    .section = 8,
};

/* As the election has them; the first leads. */
struct standing {
    struct master_info masters[CONTENDERS_MAX];
    size_t count;
};

struct program {
    struct driver *driver;
    struct standing standing;
    struct principals *principals;
    struct keeper *keeper; /* NULL: no other stands by */
    struct election *election;
    struct event *keeper_event;
    struct event_base *base;
    bool is_leading, is_deposed;
    char **argv;
};

static const char *const all[] = {"*"};

static const struct principal anyone = {
    .name = "plain",
    .kind = PRINCIPAL_ANYONE,
    .roles = all,
    .roles_count = 1,
    .users = all,
    .users_count = 1,
};

static char *path_in_state(const char *name)
{
    size_t size = strlen(state) + strlen(name) + 2;
    char *path = malloc(size);

    if (path == NULL)
        abort();
    snprintf(path, size, "%s/%s", state, name);
    return path;
}

static int read_principals(struct principals **principals, struct error *err)
{
    AUTO(auto_free) char *text = NULL;
    struct error why;
    size_t size;
    int rc = file_read(allow_path, ALLOW_SIZE_MAX, &text, &size, err);

    if (rc < 0)
        return rc;
    rc = principals_parse(text, size, principals, &why);
    return rc < 0 ? error_set(err, rc, "%s, %s", allow_path, why.text) : 0;
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
    log_text(LOG_LEVEL_NOTICE, "read %s again", allow_path);
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
    struct master_standbys standbys = {.items = items};

    for (size_t i = 1; i < p->standing.count; i++)
        items[standbys.count++] = (struct master_standby){
            .address = p->standing.masters[i].endpoint,
            .version = p->standing.masters[i].version,
            .pid = p->standing.masters[i].pid,
        };
    driver_input(p->driver,
                 &(struct input){.kind = INPUT_LOCAL, .local = &standbys});
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

static void standing_by_cb(void *arg, const char *value, size_t size)
{
    struct master_info info;

    (void)arg;
    if (master_info_read(value, size, &info))
        log_text(LOG_LEVEL_NOTICE, "standing by; %s leads", info.endpoint);
}

static void contend(struct program *p, const struct keys *keys)
{
    const struct election_callbacks callbacks = {.elected = elected_cb,
                                                 .deposed = deposed_cb,
                                                 .standing_by = standing_by_cb,
                                                 .listed = listed_cb,
                                                 .arg = p};
    AUTO(auto_free) char *json = NULL;
    struct master_info info = {.version = PACKAGE_VERSION, .pid = getpid()};
    char hostname[256] = "localhost", id[32];
    uint64_t number;

    if (getrandom(&number, sizeof number, 0) != sizeof number)
        options_fail(&options, "no random numbers: %s", strerror(errno));
    snprintf(id, sizeof id, "%016llx", (unsigned long long)number);
    snprintf(info.endpoint, sizeof info.endpoint, "%s", advertise);
    if (!is_plain)
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

    if (zookeeper == NULL)
        return true;
    if (keeper_open(zookeeper, &p->keeper, &err) < 0)
        options_fail(&options, "--zk %s", err.text);
    contend(p, keys);
    log_text(LOG_LEVEL_NOTICE, "standing by at %s", keeper_path(p->keeper));
    event_base_dispatch(p->base);
    return p->is_leading && !p->is_deposed;
}

/* With nothing of what was: as the process that started us would. */
static void begin_again(const struct program *p)
{
    execv("/proc/self/exe", p->argv);
    options_fail(&options, "cannot start again: %s", strerror(errno));
}

/* An address with a password is not for a command line, which all may see. */
static void read_zookeeper(void)
{
    char *text;
    struct error err;
    size_t size;

    if (zookeeper == NULL || strncmp(zookeeper, "file://", 7) != 0)
        return;
    if (file_read(zookeeper + 7, ADDRESS_SIZE_MAX, &text, &size, &err) < 0)
        options_fail(&options, "--zk: %s", err.text);
    text[strcspn(text, "\n")] = '\0';
    zookeeper = text; /* for as long as we run */
}

static void fill_defaults(void)
{
    enum log_level level;

    if (state == NULL)
        options_fail(&options, "--state DIR is missing");
    if (!log_level_parse(log_level, &level))
        options_fail(&options,
                     "--log-level: '%s' is not error, notice or debug",
                     log_level);
    log_open("master", level);
    if (keys_path == NULL)
        keys_path = path_in_state("master.keys");
    if (allow_path == NULL)
        allow_path = path_in_state("allow");
    read_zookeeper();
    if (store_address == NULL)
        store_address = zookeeper;
    if (store_address == NULL) {
        AUTO(auto_free) char *path = path_in_state("master.db");
        char *address = malloc(strlen(path) + 8);

        if (address == NULL)
            abort();
        sprintf(address, "sqlite:%s", path);
        store_address = address;
    }
    if (advertise == NULL)
        advertise = listen_at;
}

static struct master *make_master(void)
{
    struct master_options o = master_defaults;
    char hostname[256] = "localhost";

    gethostname(hostname, sizeof hostname - 1);
    o.address = advertise;
    o.hostname = hostname;
    o.version = PACKAGE_VERSION;
    o.pid = getpid();
    o.offer_lease_ms = offer_lease_ms;
    o.agent_timeout_ms = agent_timeout_ms;
    o.failover_timeout_ms = failover_timeout_ms;
    o.recall_ms = recall_ms;
    o.run_min_ms = run_min_ms;
    o.usage_half_life_ms = half_life_ms;
    o.removals_percent = (unsigned)removals_percent;
    if (getrandom(&o.seed, sizeof o.seed, 0) != sizeof o.seed ||
        getrandom(o.secret, sizeof o.secret, 0) != sizeof o.secret)
        options_fail(&options, "no random numbers: %s", strerror(errno));
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
        .address = listen_at,
        .policy = is_plain ? DRIVER_PLAIN : DRIVER_ALLOW_LIST,
        .principal = &anyone};
    struct master *master;
    struct store *store;
    struct error err;
    int status;

    if (store_open(store_address, &store, &err) < 0)
        options_fail(&options, "%s", err.text);
    master = make_master();
    if (driver_new(&(struct driver_options){.machine = master_machine(master),
                                            .endpoints = &endpoint,
                                            .endpoints_count = 1,
                                            .keys = is_plain ? NULL : keys,
                                            .principals = p->principals,
                                            .store = store,
                                            .log = log_effect},
                   &p->driver, &err) < 0)
        options_fail(&options, "%s", err.text);
    if (p->election != NULL)
        tell_standbys(p);
    status = loop_run(p->base, p->driver);
    driver_free(p->driver);
    store_close(store);
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

    options_parse(&options, argc, argv);
    fill_defaults();
    hold_hangup(true);
    signal(SIGPIPE, SIG_IGN);
    if (file_make_directories(state, 0700, &err) < 0 ||
        (!is_plain && keys_load(&keys, keys_path, &err) < 0) ||
        (!is_plain && read_principals(&p.principals, &err) < 0))
        options_fail(&options, "%s", err.text);
    p.base = event_base_new();
    if (p.base == NULL)
        abort();
    watch_signals(&p, signals);
    hold_hangup(false);
    if (stand_by(&p, &keys))
        status = lead(&p, &keys);
    for (int i = 0; i < 3; i++)
        event_free(signals[i]);
    if (p.keeper_event != NULL)
        event_free(p.keeper_event);
    event_base_free(p.base);
    election_free(p.election);
    keeper_close(p.keeper);
    principals_free(p.principals);
    if (p.is_deposed)
        begin_again(&p);
    return status;
}
