/* machine_desk.h - an agent's machine for tests: what is ordered of it is
 * carried out for real, in a directory of its own; what it reports is kept. */

#ifndef UNIT_MACHINE_DESK_H
#define UNIT_MACHINE_DESK_H

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/os/machine.h"
#include "tests/test.h"

enum {
    PATIENCE_S = 20, /* for what comes in milliseconds */
    MANY = 100,
    KINDS = REPORT_LISTED + 1
};

static struct {
    struct event_base *base;
    struct os *os;
    char directory[64];
    bool has_no_cgroups;
    int count[KINDS];
    struct report last[KINDS];
    char fault[KINDS][256]; /* "": it worked */
    char text[4096];        /* RECOVERED, READ: bytes; LISTED: names */
    char log[8192];
} t;

static inline void report(void *arg, const struct report *r)
{
    size_t used = 0;

    (void)arg;
    t.count[r->kind]++;
    t.last[r->kind] = *r;
    snprintf(t.fault[r->kind], sizeof t.fault[0], "%s",
             r->fault == NULL ? "" : r->fault);
    if (r->kind == REPORT_READ || r->kind == REPORT_RECOVERED)
        snprintf(t.text, sizeof t.text, "%.*s", (int)r->size,
                 r->bytes == NULL ? "" : (const char *)r->bytes);
    t.text[r->kind == REPORT_LISTED ? 0 : sizeof t.text - 1] = '\0';
    for (size_t i = 0; i < r->entries_count; i++)
        used += (size_t)snprintf(t.text + used, sizeof t.text - used, "%s%s ",
                                 r->entries[i].name,
                                 r->entries[i].is_directory ? "/" : "");
}

static inline void write_log(void *arg, enum log_level level, const char *text)
{
    size_t used = strlen(t.log);

    (void)arg;
    (void)level;
    snprintf(t.log + used, sizeof t.log - used, "%s\n", text);
}

static inline void enough_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    *(int *)arg = 1;
}

/* Turn the loop until there have been `wanted` reports of the kind. */
static inline int until(enum report_kind kind, int wanted)
{
    struct timeval wait = {.tv_sec = PATIENCE_S};
    int is_enough = 0;
    struct event *timer = evtimer_new(t.base, enough_cb, &is_enough);

    evtimer_add(timer, &wait);
    while (t.count[kind] < wanted && !is_enough)
        event_base_loop(t.base, EVLOOP_ONCE);
    event_free(timer);
    return t.count[kind] == wanted;
}

static inline void turn_for(int ms)
{
    struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    event_base_loopexit(t.base, &wait);
    event_base_dispatch(t.base);
}

static inline int attach(void)
{
    static const char *const devices[] = {"/dev/full"}; /* our GPU */
    struct error err = {""};
    int code = os_new(
        &(struct os_options){
            .base = t.base,
            .directory = t.directory,
            .launcher_program = LAUNCHER,
            .fetch_program = FETCH,
            .name = strrchr(t.directory, '/') + 1,
            .has_no_cgroups = t.has_no_cgroups,
            .devices = devices,
            .devices_count = 1,
            .settle_ms = 300,
            .fetch_ms = 20000,
            .report = report,
            .log = write_log,
        },
        &t.os, &err);

    if (code < 0)
        printf("# %s\n", err.text);
    return code;
}

static inline void recover(void)
{
    os_order(t.os, &(struct order){.kind = ORDER_RECOVER, .ticket = 1});
}

static bool is_plain;

static inline void begin(void)
{
    memset(&t, 0, sizeof t);
    t.has_no_cgroups = is_plain;
    strcpy(t.directory, "/tmp/machine-test-XXXXXX");
    CHECK(mkdtemp(t.directory) != NULL && chmod(t.directory, 0711) == 0);
    t.base = event_base_new();
    CHECK(attach() == 0);
    recover();
    CHECK(t.count[REPORT_RECOVERED] == 1);
}

static inline void end(void)
{
    char command[128];

    os_free(t.os);
    event_base_free(t.base);
    snprintf(command, sizeof command, "rm -rf %s", t.directory);
    CHECK(system(command) == 0);
}

/* Of the agent that was here. */
static inline bool is_any_group_left(void)
{
    char command[128];

    snprintf(command, sizeof command,
             "find /sys/fs/cgroup -path '*mezzo%s*' | grep -q .",
             strrchr(t.directory, '/'));
    return system(command) == 0;
}

static inline bool has_cgroups(void)
{
    return strstr(t.log, "plain sessions") == NULL;
}

static inline bool has_controller(const char *name)
{
    return has_cgroups() && strstr(t.log, name) != NULL;
}

static inline int prepare_as(const char *run, const char *user)
{
    int count = t.count[REPORT_PREPARED] + 1;

    os_order(t.os, &(struct order){.kind = ORDER_PREPARE,
                                   .run = run,
                                   .ticket = 2,
                                   .prepare = {.user = user}});
    return until(REPORT_PREPARED, count) && t.fault[REPORT_PREPARED][0] == '\0';
}

static inline int launch_with(const char *run,
                              const struct order_launch *limits,
                              const char *script)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    const char *const environment[] = {"A=b", NULL};
    int count = t.count[REPORT_LAUNCHED] + 1;
    struct order order = {
        .kind = ORDER_LAUNCH,
        .run = run,
        .ticket = 3,
        .launch = *limits,
    };

    order.launch.argv = argv;
    order.launch.environment = environment;
    os_order(t.os, &order);
    return until(REPORT_LAUNCHED, count) && t.fault[REPORT_LAUNCHED][0] == '\0';
}

static inline int start(const char *run, const char *script)
{
    return prepare_as(run, NULL) &&
           launch_with(run, &(struct order_launch){0}, script);
}

static inline void give_signal(const char *run, int number)
{
    os_order(t.os, &(struct order){
                       .kind = ORDER_SIGNAL, .run = run, .signal = number});
}

static inline int reap(const char *run)
{
    int count = t.count[REPORT_REAPED] + 1;

    os_order(t.os,
             &(struct order){.kind = ORDER_REAP, .run = run, .ticket = 4});
    return until(REPORT_REAPED, count);
}

/* Its text; a READ at `offset`. */
static const char *read_at(const char *run, const char *path, uint64_t offset)
{
    int count = t.count[REPORT_READ] + 1;

    os_order(t.os, &(struct order){.kind = ORDER_READ,
                                   .run = run,
                                   .path = path,
                                   .offset = offset,
                                   .size_max = 2000,
                                   .ticket = 5});
    CHECK(until(REPORT_READ, count));
    return t.text;
}

static const char *output(const char *run)
{
    return read_at(run, "stdout", 0);
}

static inline int status(void)
{
    return t.last[REPORT_EXITED].wait_status;
}

static inline char process_state(pid_t pid)
{
    char path[64], text[512] = "";
    const char *at;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "r");
    if (file == NULL)
        return 0;
    at = fgets(text, sizeof text, file) == NULL ? NULL : strrchr(text, ')');
    fclose(file);
    return at == NULL ? 0 : at[2];
}

static inline int until_gone(pid_t pid)
{
    for (int i = 0; i < PATIENCE_S * 1000; i++) {
        if (process_state(pid) == 0 || process_state(pid) == 'Z')
            return 1;
        turn_for(1);
    }
    return 0;
}

static inline pid_t launcher(void)
{
    char command[160];
    int pid = 0;
    FILE *pipe;

    /* By its socket: there may be other launchers. */
    snprintf(command, sizeof command,
             "ss -xlp 'src %s/launcher.sock' | grep -o 'pid=[0-9]*' |"
             " head -1 | cut -c5-",
             t.directory);
    pipe = popen(command, "r");
    if (fscanf(pipe, "%d", &pid) != 1)
        pid = 0;
    pclose(pipe);
    return pid;
}

#endif
