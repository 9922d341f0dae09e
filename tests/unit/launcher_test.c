/* launcher_test.c - mezzo-launcher for real, through the agent's end of it. */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/os/launcher.h"
#include "tests/test.h"

enum {
    PATIENCE_S = 20, /* for what comes in milliseconds */
    MANY = 300
};

static struct {
    struct event_base *base;
    struct launcher *launcher;
    char directory[64];
    int listed, lost, launched, refused, exited, children;
    pid_t pid; /* of the last launched, or listed */
    uint64_t ticks, ticket;
    enum packet_child_state state;
    char reason[256];
    int status;
    struct report_usage usage;
    pid_t exited_pid, exited_pids[MANY];
} t;

static void child(void *arg,
                  pid_t pid,
                  uint64_t ticks,
                  enum packet_child_state state)
{
    (void)arg;
    t.children++;
    t.pid = pid;
    t.ticks = ticks;
    t.state = state;
}

static void listed(void *arg)
{
    (void)arg;
    t.listed++;
}

static void lost(void *arg, const char *reason)
{
    (void)arg;
    (void)reason;
    t.lost++;
}

static void launched(void *arg, uint64_t ticket, pid_t pid, uint64_t ticks)
{
    (void)arg;
    t.launched++;
    t.ticket = ticket;
    t.pid = pid;
    t.ticks = ticks;
}

static void refused(void *arg, uint64_t ticket, const char *reason)
{
    (void)arg;
    t.refused++;
    t.ticket = ticket;
    snprintf(t.reason, sizeof t.reason, "%s", reason);
}

static void exited(void *arg,
                   pid_t pid,
                   int wait_status,
                   const struct report_usage *usage)
{
    (void)arg;
    if (t.exited < MANY)
        t.exited_pids[t.exited] = pid;
    t.exited++;
    t.exited_pid = pid;
    t.status = wait_status;
    t.usage = *usage;
}

static const struct launcher_cb cb = {
    .child = child,
    .listed = listed,
    .lost = lost,
    .launched = launched,
    .refused = refused,
    .exited = exited,
};

static void enough_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    *(int *)arg = 1;
}

/* Turn the loop until `*counter` is `wanted`; false after PATIENCE_S. */
static int until(const int *counter, int wanted)
{
    struct timeval wait = {.tv_sec = PATIENCE_S};
    int is_enough = 0;
    struct event *timer = evtimer_new(t.base, enough_cb, &is_enough);

    evtimer_add(timer, &wait);
    while (*counter < wanted && !is_enough)
        event_base_loop(t.base, EVLOOP_ONCE);
    event_free(timer);
    return *counter == wanted;
}

static int attach(void)
{
    const struct launcher_options options = {
        .base = t.base,
        .directory = t.directory,
        .program = LAUNCHER,
        .cb = &cb,
    };
    struct error err = {""};
    int code = launcher_new(&options, &t.launcher, &err);

    if (code < 0)
        printf("# %s\n", err.text);
    return code;
}

static void begin(void)
{
    memset(&t, 0, sizeof t);
    strcpy(t.directory, "/tmp/launcher-test-XXXXXX");
    CHECK(mkdtemp(t.directory) != NULL);
    t.base = event_base_new();
    CHECK(attach() == 0);
    CHECK(until(&t.listed, 1));
}

/* The letter ps shows; 0: there is no such process. */
static char process_state(pid_t pid)
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

/* Until the process is in `state`, as nothing tells us when. */
static int until_state(pid_t pid, char state)
{
    for (int i = 0; i < PATIENCE_S * 1000; i++) {
        if (process_state(pid) == state)
            return 1;
        usleep(1000);
    }
    return 0;
}

/* The same; whether it has been waited for is its own parent's affair. */
static int until_gone(pid_t pid)
{
    for (int i = 0; i < PATIENCE_S * 1000; i++) {
        if (process_state(pid) == 0 || process_state(pid) == 'Z')
            return 1;
        usleep(1000);
    }
    return 0;
}

static void end(void)
{
    pid_t pid = launcher_pid(t.launcher);
    char command[128];

    launcher_stop(t.launcher);
    CHECK(until(&t.lost, t.lost + 1)); /* it has exited */
    CHECK(pid > 0 && until_gone(pid));
    launcher_free(t.launcher);
    event_base_free(t.base);
    snprintf(command, sizeof command, "rm -rf %s", t.directory);
    CHECK(system(command) == 0);
}

static int run_with(const struct launcher_request *more, const char *script)
{
    const char *const shell[] = {"/bin/sh", "-c", script, NULL};
    const char *const environment[] = {"PATH=/usr/bin:/bin", NULL};
    struct launcher_request request = *more;
    struct error err = {""};
    char pid_file[128];
    int code;

    snprintf(pid_file, sizeof pid_file, "%s/pid", t.directory);
    if (request.argv == NULL)
        request.argv = shell;
    if (request.environment == NULL)
        request.environment = environment;
    if (request.ticket == 0)
        request.ticket = 77;
    request.directory = t.directory;
    request.output = "stdout";
    request.error = "stderr";
    request.pid_file = pid_file;
    request.pid_offset = 5;
    request.pid_name = "f%2Ft";
    close(open(pid_file, O_WRONLY | O_CREAT, 0600));
    code = launcher_launch(t.launcher, &request, &err);
    if (code < 0)
        snprintf(t.reason, sizeof t.reason, "%s", err.text);
    return code;
}

static int run(const char *script)
{
    return run_with(&(struct launcher_request){0}, script);
}

static const char *file_text(const char *name)
{
    static char text[4096];
    char path[256];
    ssize_t size;
    int fd;

    snprintf(path, sizeof path, "%s/%s", t.directory, name);
    fd = open(path, O_RDONLY);
    size = read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[size < 0 ? 0 : size] = '\0';
    return text;
}

static void let_go(void)
{
    launcher_reap(t.launcher, t.exited_pid);
}

static void an_exit_status_and_usage_are_told(void)
{
    char pid_line[64];

    begin();
    CHECK(run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 7") == 0);
    CHECK(until(&t.launched, 1));
    CHECK(t.ticket == 77 && t.pid > 0 && t.ticks > 0);
    snprintf(pid_line, sizeof pid_line, "f%%2Ft %d %llu\n", (int)t.pid,
             (unsigned long long)t.ticks);
    CHECK(memcmp(file_text("pid"), "\0\0\0\0\0f", 6) == 0);
    CHECK(strcmp(file_text("pid") + 5, pid_line) == 0);
    CHECK(until(&t.exited, 1));
    CHECK(t.exited_pid == t.pid);
    CHECK(WIFEXITED(t.status) && WEXITSTATUS(t.status) == 7);
    CHECK(t.usage.cpu_user_us + t.usage.cpu_system_us > 0);
    CHECK(t.usage.memory_max_bytes > 100000);
    let_go();
    end();
}

static void a_deadly_signal_is_told(void)
{
    begin();
    run("kill -USR1 $$");
    CHECK(until(&t.exited, 1));
    CHECK(WIFSIGNALED(t.status) && WTERMSIG(t.status) == SIGUSR1);
    let_go();
    end();
}

static void output_is_appended_to(void)
{
    begin();
    run("echo one; echo two >&2; echo $HOME");
    CHECK(until(&t.exited, 1));
    let_go();
    run("echo three");
    CHECK(until(&t.exited, 2));
    CHECK(strcmp(file_text("stdout"), "one\n\nthree\n") == 0);
    CHECK(strcmp(file_text("stderr"), "two\n") == 0);
    let_go();
    end();
}

static void a_child_starts_from_a_clean_slate(void)
{
    begin();
    run("ls /proc/self/fd | wc -l; grep -E 'NoNewPrivs|SigBlk|SigIgn'"
        " /proc/self/status; ps -o sid= -p $$ | tr -d ' '; echo $$");
    CHECK(until(&t.exited, 1));
    /* 0, 1, 2 and the directory that ls reads */
    CHECK(strncmp(file_text("stdout"), "4\n", 2) == 0);
    CHECK(strstr(file_text("stdout"), "NoNewPrivs:\t1\n") != NULL);
    CHECK(strstr(file_text("stdout"), "SigBlk:\t0000000000000000\n") != NULL);
    CHECK(strstr(file_text("stdout"), "SigIgn:\t0000000000000000\n") != NULL);
    let_go();
    end();
}

static void the_program_is_found_by_its_own_path(void)
{
    begin();
    run_with(
        &(struct launcher_request){
            .argv = (const char *[]){"tool", NULL},
            .environment = (const char *[]){"PATH=/nowhere:tools", NULL},
        },
        NULL);
    CHECK(until(&t.refused, 1));
    run("mkdir tools; printf '#!/bin/sh\\nexit 9\\n' > tools/tool;"
        " chmod +x tools/tool");
    CHECK(until(&t.exited, 1));
    let_go();
    run_with(
        &(struct launcher_request){
            .argv = (const char *[]){"tool", NULL},
            .environment = (const char *[]){"PATH=/nowhere:tools", NULL},
        },
        NULL);
    CHECK(until(&t.exited, 2));
    CHECK(WEXITSTATUS(t.status) == 9);
    let_go();
    end();
}

static void what_cannot_start_is_refused_with_a_reason(void)
{
    begin();
    run_with(
        &(struct launcher_request){
            .argv = (const char *[]){"/no/such/program", NULL},
            .ticket = 5,
        },
        NULL);
    CHECK(until(&t.refused, 1));
    CHECK(t.ticket == 5);
    CHECK(strcmp(t.reason,
                 "execute /no/such/program: No such file or directory") == 0);
    run_with(&(struct launcher_request){.working_directory = "gone"}, "true");
    CHECK(until(&t.refused, 2));
    CHECK(strcmp(t.reason, "enter gone: No such file or directory") == 0);
    run_with(
        &(struct launcher_request){
            .cgroups = (const char *[]){"/nowhere"},
            .cgroups_count = 1,
        },
        "true");
    CHECK(until(&t.refused, 3));
    CHECK(strstr(t.reason, "enter cgroup /nowhere: ") == t.reason);
    run_with(&(struct launcher_request){.cgroup_unified = "/nowhere"}, "true");
    CHECK(until(&t.refused, 4));
    CHECK(strstr(t.reason, "enter cgroup /nowhere: ") == t.reason);
    CHECK(t.launched == 0 && t.exited == 0);
    end();
}

static void a_link_in_place_of_the_output_is_not_followed(void)
{
    char path[128];

    begin();
    snprintf(path, sizeof path, "%s/stdout", t.directory);
    CHECK(symlink("elsewhere", path) == 0);
    run("true");
    CHECK(until(&t.refused, 1));
    CHECK(strncmp(t.reason, "open stdout: ", 13) == 0);
    end();
}

static void an_ended_child_is_kept_until_it_is_reaped(void)
{
    begin();
    run("exit 3");
    CHECK(until(&t.exited, 1));
    CHECK(process_state(t.exited_pid) == 'Z');
    let_go();
    CHECK(until_state(t.exited_pid, 0));
    end();
}

static void a_child_reaped_early_goes_when_it_ends(void)
{
    pid_t pid;

    begin();
    run("exec sleep 60");
    CHECK(until(&t.launched, 1));
    pid = t.pid;
    launcher_reap(t.launcher, pid);
    run("true"); /* behind it, so that both have been read */
    CHECK(until(&t.exited, 1));
    CHECK(process_state(pid) != 0 && process_state(pid) != 'Z');
    let_go();
    CHECK(kill(pid, SIGKILL) == 0);
    end(); /* it exits only when no child is left */
}

static void an_agent_that_comes_back_finds_its_children(void)
{
    uint64_t ticks;
    pid_t pid, server;

    begin();
    server = launcher_pid(t.launcher);
    mkfifo(strcat(strcpy(t.reason, t.directory), "/gate"), 0600);
    run("read x < gate; exit 5");
    CHECK(until(&t.launched, 1));
    pid = t.pid;
    ticks = t.ticks;
    launcher_free(t.launcher);
    t.pid = 0;
    CHECK(attach() == 0);
    CHECK(until(&t.listed, 2));
    CHECK(launcher_pid(t.launcher) == server);
    CHECK(t.children == 1 && t.pid == pid && t.ticks == ticks);
    CHECK(t.state == PACKET_CHILD_RUNNING);
    launcher_free(t.launcher);
    close(open(t.reason, O_WRONLY)); /* it ends with nobody there */
    CHECK(until_state(pid, 'Z'));
    CHECK(attach() == 0);
    CHECK(until(&t.exited, 1));
    CHECK(t.listed == 3 && t.children == 2 && t.exited_pid == pid);
    CHECK(WEXITSTATUS(t.status) == 5);
    let_go();
    end();
}

static void the_newest_agent_wins(void)
{
    struct launcher *first;

    begin();
    first = t.launcher;
    CHECK(attach() == 0);
    CHECK(until(&t.listed, 2));
    CHECK(t.lost == 1);
    launcher_free(first);
    run("exit 1");
    CHECK(until(&t.exited, 1));
    let_go();
    end();
}

static void a_killed_launcher_leaves_its_children(void)
{
    pid_t pid, server;

    begin();
    server = launcher_pid(t.launcher);
    run("exec sleep 60");
    CHECK(until(&t.launched, 1));
    pid = t.pid;
    CHECK(kill(server, SIGKILL) == 0);
    CHECK(until(&t.lost, 1));
    CHECK(until(&t.listed, 2)); /* another one, without children */
    CHECK(t.children == 0);
    CHECK(launcher_pid(t.launcher) != server);
    CHECK(process_state(pid) != 0 && process_state(pid) != 'Z');
    kill(pid, SIGKILL);
    end();
}

static void a_reexec_keeps_pid_and_children(void)
{
    pid_t pid, server, ended;

    begin();
    server = launcher_pid(t.launcher);
    run("exit 4");
    CHECK(until(&t.exited, 1));
    ended = t.exited_pid;
    run("trap 'exit 6' TERM; while :; do sleep 0.01; done");
    CHECK(until(&t.launched, 2));
    pid = t.pid;
    CHECK(kill(server, SIGHUP) == 0);
    CHECK(until(&t.listed, 2));
    CHECK(t.lost == 1 && t.children == 2);
    CHECK(launcher_pid(t.launcher) == server);
    CHECK(until(&t.exited, 2)); /* told again, as nobody reaped it */
    CHECK(t.exited_pid == ended && WEXITSTATUS(t.status) == 4);
    let_go();
    launcher_reexec(t.launcher, LAUNCHER);
    CHECK(until(&t.listed, 3));
    CHECK(launcher_pid(t.launcher) == server);
    kill(pid, SIGTERM);
    CHECK(until(&t.exited, 3));
    CHECK(t.exited_pid == pid && WEXITSTATUS(t.status) == 6);
    let_go();
    end();
}

static void it_goes_on_when_its_new_program_is_not_there(void)
{
    pid_t server;

    begin();
    server = launcher_pid(t.launcher);
    launcher_reexec(t.launcher, "/no/such/launcher");
    run("exit 8");
    CHECK(until(&t.exited, 1));
    CHECK(t.lost == 0 && launcher_pid(t.launcher) == server);
    CHECK(strstr(file_text("launcher.log"), "/no/such/launcher") != NULL);
    let_go();
    end();
}

static void it_is_deaf_to_what_ends_others(void)
{
    pid_t server;

    begin();
    server = launcher_pid(t.launcher);
    kill(server, SIGTERM);
    kill(server, SIGINT);
    kill(server, SIGPIPE);
    run("exit 8");
    CHECK(until(&t.exited, 1));
    CHECK(t.lost == 0);
    let_go();
    end();
}

static void orphans_are_reaped(void)
{
    pid_t orphans[3] = {0};

    begin();
    run("for i in 1 2 3; do (exec sleep 0.0$i) & echo $!; done");
    CHECK(until(&t.exited, 1));
    CHECK(sscanf(file_text("stdout"), "%d %d %d", &orphans[0], &orphans[1],
                 &orphans[2]) == 3);
    for (int i = 0; i < 3; i++)
        CHECK(until_state(orphans[i], 0));
    CHECK(process_state(t.exited_pid) == 'Z'); /* which is none */
    let_go();
    end();
}

static void many_at_once_are_told_once_each(void)
{
    int twice = 0;

    begin();
    for (int i = 0; i < MANY; i++)
        CHECK(run("exit 1") == 0);
    CHECK(until(&t.exited, MANY) && t.launched == MANY);
    for (int i = 0; i < MANY; i++)
        for (int j = 0; j < i; j++)
            twice += t.exited_pids[i] == t.exited_pids[j];
    CHECK(twice == 0);
    for (int i = 0; i < MANY; i++)
        launcher_reap(t.launcher, t.exited_pids[i]);
    end();
}

static void another_user_is_become(void)
{
    if (geteuid() != 0) {
        printf("ok %d - # SKIP not root\n", ++test_count);
        return;
    }
    begin();
    CHECK(chown(t.directory, 65534, 65534) == 0);
    run_with(
        &(struct launcher_request){
            .is_user_other = true,
            .user = 65534,
            .group = 65534,
            .groups = (const gid_t[]){65534, 4},
            .groups_count = 2,
        },
        "id -u; id -g; id -G; grep CapEff /proc/self/status");
    CHECK(until(&t.exited, 1));
    CHECK(strcmp(file_text("stdout"),
                 "65534\n65534\n65534 4\nCapEff:\t0000000000000000\n") == 0);
    CHECK(chmod(t.directory, 0755) == 0);
    let_go();
    end();
}

static void limits_are_set(void)
{
    const struct launcher_limit limit = {
        .resource = RLIMIT_NOFILE,
        .value = {.rlim_cur = 100, .rlim_max = 200},
    };

    begin();
    run_with(
        &(struct launcher_request){
            .limits = &limit,
            .limits_count = 1,
        },
        "ulimit -Sn; ulimit -Hn");
    CHECK(until(&t.exited, 1));
    CHECK(strcmp(file_text("stdout"), "100\n200\n") == 0);
    let_go();
    end();
}

static void too_long_a_command_is_refused_before_it_is_sent(void)
{
    static char text[PACKET_SIZE_MAX];

    begin();
    memset(text, 'x', sizeof text - 1);
    CHECK(run(text) == -E2BIG);
    memset(text, '\0', sizeof text);
    memset(text, '#', 120000); /* a comment */
    CHECK(run(text) == 0);
    CHECK(until(&t.exited, 1));
    CHECK(t.status == 0);
    let_go();
    end();
}

static void nonsense_ends_the_connection_only(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint8_t bytes[64] = {0};
    struct packet_writer w;
    int fd;

    begin();
    snprintf(address.sun_path, sizeof address.sun_path, "%s/launcher.sock",
             t.directory);
    for (int i = 0; i < 4; i++) {
        fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
        CHECK(connect(fd, (void *)&address, sizeof address) == 0);
        CHECK(recv(fd, bytes, sizeof bytes, 0) > 0); /* its hello */
        packet_begin(&w, bytes, sizeof bytes,
                     i == 0 ? (enum packet_kind)99 : PACKET_REAP, 0);
        packet_add_string(&w, FIELD_PID, "x");
        CHECK(send(fd, bytes, i == 1 ? 1 : w.size - (i == 2), 0) > 0);
        CHECK(recv(fd, bytes, sizeof bytes, 0) == 0);
        close(fd);
    }
    CHECK(until(&t.listed, t.listed + 1)); /* we, thrown out by those, again */
    run("true");
    CHECK(until(&t.exited, 1));
    let_go();
    end();
}

static void too_long_a_directory_is_an_error(void)
{
    struct launcher *launcher = NULL;
    struct error err = {""};
    char path[200];
    struct launcher_options options = {
        .directory = path,
        .program = LAUNCHER,
        .cb = &cb,
    };

    memset(path, 'd', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    CHECK(launcher_new(&options, &launcher, &err) == -ENAMETOOLONG);
    CHECK(strstr(err.text, "107 bytes") != NULL || err.text[255] == '\0');
}

static void a_missing_program_is_an_error(void)
{
    char directory[] = "/tmp/launcher-test-XXXXXX", path[64];
    struct launcher *launcher = NULL;
    struct event_base *base = event_base_new();
    struct error err = {""};
    struct launcher_options options = {
        .base = base,
        .directory = mkdtemp(directory),
        .program = "/no/such/launcher",
        .cb = &cb,
    };

    CHECK(launcher_new(&options, &launcher, &err) == -ENOENT);
    CHECK(strstr(err.text, "/no/such/launcher") != NULL);
    event_base_free(base);
    snprintf(path, sizeof path, "rm -rf %s", directory);
    CHECK(system(path) == 0);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    an_exit_status_and_usage_are_told();
    a_deadly_signal_is_told();
    output_is_appended_to();
    a_child_starts_from_a_clean_slate();
    the_program_is_found_by_its_own_path();
    what_cannot_start_is_refused_with_a_reason();
    a_link_in_place_of_the_output_is_not_followed();
    an_ended_child_is_kept_until_it_is_reaped();
    a_child_reaped_early_goes_when_it_ends();
    an_agent_that_comes_back_finds_its_children();
    the_newest_agent_wins();
    a_killed_launcher_leaves_its_children();
    a_reexec_keeps_pid_and_children();
    it_goes_on_when_its_new_program_is_not_there();
    it_is_deaf_to_what_ends_others();
    orphans_are_reaped();
    many_at_once_are_told_once_each();
    another_user_is_become();
    limits_are_set();
    too_long_a_command_is_refused_before_it_is_sent();
    nonsense_ends_the_connection_only();
    too_long_a_directory_is_an_error();
    a_missing_program_is_an_error();
    return test_done();
}
