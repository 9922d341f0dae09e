/* settings.c - one table of options, and what follows from them. */

#include "config.h"

#include "master/shell/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "io/file.h"
#include "io/log.h"

enum {
    ADDRESS_SIZE_MAX = 4096,
};

static struct settings settings;

static const struct options_row rows[] = {
    {.name = "state",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &settings.state,
     .help = "where the store, the keys and the allow-list are"},
    {.name = "listen",
     .argument = "ENDPOINT",
     .kind = OPTIONS_STRING,
     .initial = "tcp://127.0.0.1:5050",
     .value = &settings.listen_at,
     .is_command_line_only = true,
     .help = "where agents, frameworks and operators connect"},
    {.name = "advertise",
     .argument = "ENDPOINT",
     .kind = OPTIONS_STRING,
     .value = &settings.advertise,
     .is_command_line_only = true,
     .help = "how they reach it, where that is not --listen"},
    {.name = "keys",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &settings.keys_path,
     .is_command_line_only = true,
     .help = "the master's key pair; unless told, master.keys in --state"},
    {.name = "allow",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &settings.allow_path,
     .is_command_line_only = true,
     .help = "who may connect; unless told, allow in --state; read again on "
             "SIGHUP"},
    {.name = "store",
     .argument = "ADDRESS",
     .kind = OPTIONS_STRING,
     .value = &settings.store_address,
     .is_command_line_only = true,
     .help = "what must survive a restart is kept here: sqlite:FILE or "
             "zk://HOSTS/PATH; unless told, master.db in --state"},
    {.name = "zk",
     .argument = "ADDRESS",
     .kind = OPTIONS_STRING,
     .value = &settings.zookeeper,
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
     .value = &settings.offer_lease_ms,
     .help = "after which an offer that was not used is rescinded"},
    {.name = "agent-timeout",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "15s",
     .min = 1000,
     .value = &settings.agent_timeout_ms,
     .help = "after which an agent that is away is unreachable"},
    {.name = "removals-max",
     .argument = "PERCENT",
     .kind = OPTIONS_INTEGER,
     .initial = "50",
     .max = 100,
     .value = &settings.removals_percent,
     .help = "when more of all agents vanish at once, and more than four, none "
             "of them is marked unreachable until some are back"},
    {.name = "history",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &settings.history_path,
     .is_command_line_only = true,
     .help = "tasks that have ended are kept here, for mezzo history; unless "
             "told, history.db in --state"},
    {.name = "history-keep",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "90d",
     .value = &settings.history_keep_ms,
     .help = "for so long"},
    {.name = "history-max",
     .argument = "TASKS",
     .kind = OPTIONS_INTEGER,
     .initial = "1000000",
     .min = 1,
     .max = 1000000000,
     .value = &settings.history_rows_max,
     .help = "and at most so many of them"},
    {.name = "failover-timeout",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "1h",
     .value = &settings.failover_timeout_ms,
     .help = "after which a framework that is away is torn down, unless it "
             "says a time of its own"},
    {.name = "recall-grace",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "30s",
     .value = &settings.recall_ms,
     .help = "from the notice that others are to have what a task holds until "
             "it is killed"},
    {.name = "run-min",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "1m",
     .value = &settings.run_min_ms,
     .help = "what has not run so long is not taken back for a guarantee"},
    {.name = "usage-half-life",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "168h",
     .value = &settings.half_life_ms,
     .help = "of two roles that have equally little, the one comes first that "
             "has had less, and what was had so long ago counts half; 0: it "
             "does not count"},
    {.name = "plain",
     .kind = OPTIONS_FLAG,
     .value = &settings.is_plain,
     .is_command_line_only = true,
     .help = "without keys: whoever reaches the endpoint is an operator; only "
             "on loopback"},
    {.name = "log-level",
     .argument = "LEVEL",
     .kind = OPTIONS_STRING,
     .initial = "notice",
     .value = &settings.log_level,
     .help = "error, notice or debug"},
};

const struct options settings_options = {
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

static char *path_in_state(const char *name)
{
    size_t size = strlen(settings.state) + strlen(name) + 2;
    char *path = malloc(size);

    if (path == NULL)
        abort();
    snprintf(path, size, "%s/%s", settings.state, name);
    return path;
}

/* An address with a password is not for a command line, which all may see. */
static void read_zookeeper(void)
{
    char *text;
    struct error err;
    size_t size;

    if (settings.zookeeper == NULL ||
        strncmp(settings.zookeeper, "file://", 7) != 0)
        return;
    if (file_read(settings.zookeeper + 7, ADDRESS_SIZE_MAX, &text, &size,
                  &err) < 0)
        options_fail(&settings_options, "--zk: %s", err.text);
    text[strcspn(text, "\n")] = '\0';
    settings.zookeeper = text; /* for as long as we run */
}

static void fill_defaults(void)
{
    enum log_level level;

    if (settings.state == NULL)
        options_fail(&settings_options, "--state DIR is missing");
    if (!log_level_parse(settings.log_level, &level))
        options_fail(&settings_options,
                     "--log-level: '%s' is not error, notice or debug",
                     settings.log_level);
    log_open("master", level);
    if (settings.keys_path == NULL)
        settings.keys_path = path_in_state("master.keys");
    if (settings.allow_path == NULL)
        settings.allow_path = path_in_state("allow");
    read_zookeeper();
    if (settings.store_address == NULL)
        settings.store_address = settings.zookeeper;
    if (settings.store_address == NULL) {
        AUTO(auto_free) char *path = path_in_state("master.db");
        char *address = malloc(strlen(path) + 8);

        if (address == NULL)
            abort();
        sprintf(address, "sqlite:%s", path);
        settings.store_address = address;
    }
    if (settings.history_path == NULL)
        settings.history_path = path_in_state("history.db");
    if (settings.advertise == NULL)
        settings.advertise = settings.listen_at;
}

const struct settings *settings_read(int argc, char **argv)
{
    options_parse(&settings_options, argc, argv);
    fill_defaults();
    return &settings;
}
