/* machine_test.c - orders carried out for real: with cgroups where they may be
 * made, and in plain sessions. */

#include "config.h"

#include "tests/unit/machine_desk.h"

static void a_run_lives_from_prepare_to_remove(void)
{
    char path[128];

    begin();
    CHECK(start("f/t", "echo $A $MEZZO_SANDBOX; pwd; exit 3"));
    CHECK(t.last[REPORT_LAUNCHED].pid > 0);
    CHECK(t.last[REPORT_LAUNCHED].started_ticks > 0);
    CHECK(until(REPORT_EXITED, 1));
    CHECK(t.last[REPORT_EXITED].is_status_known);
    CHECK(WIFEXITED(status()) && WEXITSTATUS(status()) == 3);
    CHECK(!t.last[REPORT_EXITED].is_out_of_memory);
    CHECK(t.last[REPORT_EXITED].usage.memory_max_bytes > 0);
    snprintf(path, sizeof path, "%s/sandboxes/f/t", t.directory);
    CHECK(strncmp(output("f/t"), "b /tmp/machine-test-", 20) == 0);
    CHECK(strncmp(t.text + 2, path, strlen(path)) == 0);
    CHECK(!t.last[REPORT_READ].has_ended && t.last[REPORT_READ].is_at_end);
    CHECK(reap("f/t"));
    output("f/t");
    CHECK(t.last[REPORT_READ].has_ended);
    CHECK(access(path, F_OK) == 0);
    os_order(t.os, &(struct order){.kind = ORDER_REMOVE, .run = "f/t"});
    CHECK(access(path, F_OK) < 0);
    end();
}

static void names_that_are_none_are_refused(void)
{
    begin();
    CHECK(!prepare_as("no-slash", NULL));
    CHECK(!prepare_as("/x", NULL));
    CHECK(!prepare_as("x/", NULL));
    CHECK(!prepare_as("a/b/c/d", NULL));
    CHECK(prepare_as("../..", NULL)); /* odd, but it leads nowhere */
    CHECK(prepare_as("f/executor", NULL));
    CHECK(prepare_as("f/executor/e", NULL));
    CHECK(!prepare_as("f/executor/e", NULL)); /* it is there */
    CHECK(reap("../..") && reap("f/executor") && reap("f/executor/e"));
    end();
}

static void what_is_not_prepared_is_not_launched(void)
{
    begin();
    CHECK(!launch_with("f/t", &(struct order_launch){0}, "true"));
    CHECK(strcmp(t.fault[REPORT_LAUNCHED], "it has not been prepared") == 0);
    CHECK(prepare_as("f/t", NULL));
    CHECK(!launch_with(
        "f/t", &(struct order_launch){.working_directory = "gone"}, "true"));
    CHECK(strstr(t.fault[REPORT_LAUNCHED], "enter gone") != NULL);
    CHECK(reap("f/t"));
    CHECK(start("f/t", "exit 1")); /* under the same name again */
    CHECK(until(REPORT_EXITED, 1));
    CHECK(reap("f/t"));
    end();
}

static void all_of_its_processes_get_a_signal(void)
{
    /* They say themselves that they are there: a fork of a shell would still
     * have its trap. */
    const char *script = "trap 'exit 9' TERM;"
                         " sh -c 'echo $$; exec sleep 60' &"
                         " sh -c 'echo $$; exec sleep 60' & wait";
    int first = 0, second = 0;

    begin();
    CHECK(start("f/t", script));
    while (sscanf(output("f/t"), "%d %d", &first, &second) != 2)
        turn_for(1);
    give_signal("f/t", SIGTERM);
    CHECK(until(REPORT_EXITED, 1));
    CHECK(WEXITSTATUS(status()) == 9);
    CHECK(until_gone(first) && until_gone(second));
    CHECK(reap("f/t"));
    end();
}

static void what_is_left_of_it_is_killed_when_it_is_reaped(void)
{
    int left;

    begin();
    CHECK(start("f/t", is_plain ? "trap '' TERM HUP; sleep 60 & echo $!"
                                : "setsid sleep 60 & echo $!"));
    CHECK(until(REPORT_EXITED, 1));
    CHECK(sscanf(output("f/t"), "%d", &left) == 1);
    CHECK(process_state(left) != 0);
    CHECK(reap("f/t"));
    CHECK(until_gone(left));
    end();
}

static void a_run_may_be_reaped_while_it_lives(void)
{
    pid_t pid;

    begin();
    CHECK(start("f/t", "trap '' TERM; while :; do sleep 0.1; done"));
    pid = t.last[REPORT_LAUNCHED].pid;
    CHECK(reap("f/t"));
    CHECK(until_gone(pid));
    end();
}

static void a_run_may_be_reaped_while_it_is_launched(void)
{
    const char *const argv[] = {"/bin/sleep", "60", NULL};
    const char *const environment[] = {NULL};

    begin();
    CHECK(prepare_as("f/t", NULL));
    os_order(t.os, &(struct order){
                       .kind = ORDER_LAUNCH,
                       .run = "f/t",
                       .launch = {.argv = argv, .environment = environment}});
    CHECK(reap("f/t"));
    CHECK(t.count[REPORT_LAUNCHED] == 1);
    CHECK(strstr(t.fault[REPORT_LAUNCHED], "reaped") != NULL);
    turn_for(200);
    CHECK(t.count[REPORT_LAUNCHED] == 1 && t.count[REPORT_EXITED] == 0);
    end(); /* were it still there, the launcher would not go */
    CHECK(!is_any_group_left());
}

static void a_signal_before_its_start_waits(void)
{
    const char *const argv[] = {"/bin/sleep", "60", NULL};
    const char *const environment[] = {NULL};

    begin();
    CHECK(prepare_as("f/t", NULL));
    os_order(t.os, &(struct order){
                       .kind = ORDER_LAUNCH,
                       .run = "f/t",
                       .launch = {.argv = argv, .environment = environment},
                   });
    give_signal("f/t", SIGKILL);
    CHECK(until(REPORT_EXITED, 1));
    CHECK(WIFSIGNALED(status()) && WTERMSIG(status()) == SIGKILL);
    CHECK(reap("f/t"));
    end();
}

static void the_journal_is_kept(void)
{
    begin();
    CHECK(t.text[0] == '\0' && t.last[REPORT_RECOVERED].fault == NULL);
    CHECK(strlen(t.last[REPORT_RECOVERED].boot_id) == 36);
    os_order(t.os, &(struct order){.kind = ORDER_JOURNAL,
                                   .bytes = (const uint8_t *)"one ",
                                   .size = 4,
                                   .ticket = 7});
    CHECK(t.count[REPORT_JOURNALED] == 1); /* at once */
    os_order(t.os, &(struct order){.kind = ORDER_JOURNAL,
                                   .bytes = (const uint8_t *)"two ",
                                   .size = 4,
                                   .is_synced = true,
                                   .ticket = 8});
    CHECK(until(REPORT_JOURNALED, 2));
    CHECK(t.last[REPORT_JOURNALED].ticket == 8);
    CHECK(t.last[REPORT_JOURNALED].fault == NULL);
    os_free(t.os);
    CHECK(attach() == 0);
    recover();
    CHECK(strcmp(t.text, "one two ") == 0);
    end();
}

static void adopt(const char *run, pid_t pid, uint64_t ticks)
{
    os_order(t.os,
             &(struct order){.kind = ORDER_ADOPT,
                             .run = run,
                             .ticket = 6,
                             .adopt = {.pid = pid, .started_ticks = ticks}});
}

static void runs_outlive_the_agent(void)
{
    pid_t pid;

    begin();
    CHECK(start("f/lives", "while :; do sleep 0.1; done"));
    pid = t.last[REPORT_LAUNCHED].pid;
    CHECK(start("f/ends", "exit 5"));
    CHECK(until(REPORT_EXITED, 1));
    os_free(t.os);
    memset(t.count, 0, sizeof t.count);
    CHECK(attach() == 0);
    recover();
    adopt("f/lives", 0, 0);
    CHECK(until(REPORT_LAUNCHED, 1));
    CHECK(t.last[REPORT_LAUNCHED].pid == pid);
    adopt("f/ends", 0, 0);
    CHECK(until(REPORT_EXITED, 1));
    CHECK(t.last[REPORT_EXITED].is_status_known);
    CHECK(WEXITSTATUS(status()) == 5);
    adopt("f/never", 0, 0);
    CHECK(until(REPORT_EXITED, 2));
    CHECK(!t.last[REPORT_EXITED].is_status_known);
    CHECK(strcmp(t.fault[REPORT_EXITED], "it never began") == 0);
    turn_for(600); /* longer than it takes to settle */
    CHECK(process_state(pid) != 0);
    give_signal("f/lives", SIGKILL);
    CHECK(until(REPORT_EXITED, 3));
    CHECK(WIFSIGNALED(status()));
    CHECK(reap("f/lives") && reap("f/ends") && reap("f/never"));
    end();
}

static void what_nobody_adopts_is_ended(void)
{
    pid_t pid;

    begin();
    CHECK(start("f/t", "trap '' TERM; while :; do sleep 0.1; done"));
    pid = t.last[REPORT_LAUNCHED].pid;
    os_free(t.os);
    CHECK(attach() == 0);
    recover();
    CHECK(until_gone(pid));
    while (launcher() != 0 && process_state(pid) == 'Z')
        turn_for(1); /* until it is reaped */
    CHECK(process_state(pid) == 0);
    turn_for(300);
    end();
    CHECK(!is_any_group_left());
}

static void runs_outlive_the_launcher(void)
{
    pid_t pid;

    begin();
    CHECK(start("f/t", "sleep 60; exit 6"));
    pid = t.last[REPORT_LAUNCHED].pid;
    CHECK(launcher() > 0 && kill(launcher(), SIGKILL) == 0);
    turn_for(300);
    CHECK(strstr(t.log, "launcher: lost") != NULL);
    CHECK(process_state(pid) != 0 && t.count[REPORT_EXITED] == 0);
    CHECK(start("f/u", "exit 7")); /* another launcher */
    CHECK(until(REPORT_EXITED, 1) && WEXITSTATUS(status()) == 7);
    CHECK(reap("f/u"));
    kill(pid, SIGTERM);
    CHECK(until(REPORT_EXITED, 2));
    CHECK(strcmp(t.last[REPORT_EXITED].run, "f/t") == 0);
    /* A new kernel tells, an older one does not. */
    if (t.last[REPORT_EXITED].is_status_known)
        CHECK(WIFSIGNALED(status()) && WTERMSIG(status()) == SIGTERM);
    else
        CHECK(strstr(t.fault[REPORT_EXITED], "unknown") != NULL);
    CHECK(reap("f/t"));
    end();
}

static void an_orphan_is_adopted(void)
{
    pid_t pid, killed;

    begin();
    CHECK(start("f/t", "exec sleep 60"));
    pid = t.last[REPORT_LAUNCHED].pid;
    killed = launcher();
    os_free(t.os);
    CHECK(kill(killed, SIGKILL) == 0);
    CHECK(attach() == 0);
    recover();
    t.count[REPORT_LAUNCHED] = 0;
    adopt("f/t", pid, t.last[REPORT_LAUNCHED].started_ticks);
    CHECK(until(REPORT_LAUNCHED, 1));
    give_signal("f/t", SIGKILL);
    CHECK(until(REPORT_EXITED, 1));
    CHECK(reap("f/t"));
    CHECK(until_gone(pid));
    end();
}

static void a_reused_pid_is_not_taken_for_the_run(void)
{
    begin();
    adopt("f/t", getpid(), 1);
    CHECK(until(REPORT_EXITED, 1));
    CHECK(!t.last[REPORT_EXITED].is_status_known);
    CHECK(reap("f/t")); /* and we are still here */
    end();
}

static void a_launcher_killed_at_its_start_loses_nothing(void)
{
    const char *const argv[] = {"/bin/sleep", "60", NULL};
    const char *const environment[] = {NULL};
    pid_t killed;

    begin();
    CHECK(prepare_as("f/t", NULL));
    killed = launcher();
    kill(killed, SIGSTOP);
    os_order(t.os, &(struct order){
                       .kind = ORDER_LAUNCH,
                       .run = "f/t",
                       .launch = {.argv = argv, .environment = environment},
                   });
    kill(killed, SIGKILL);
    CHECK(until(REPORT_LAUNCHED, 1));
    CHECK(strstr(t.fault[REPORT_LAUNCHED], "launcher") != NULL);
    CHECK(reap("f/t"));
    end();
}

static void a_watch_ends_when_there_is_more(void)
{
    struct order order = {
        .kind = ORDER_WATCH,
        .run = "f/t",
        .path = "stdout",
        .ticket = 9,
    };

    begin();
    CHECK(prepare_as("f/t", NULL));
    os_order(t.os, &order); /* there is no such file yet */
    CHECK(t.count[REPORT_GROWN] == 0);
    CHECK(launch_with("f/t", &(struct order_launch){0},
                      "echo one; exec sleep 60"));
    CHECK(until(REPORT_GROWN, 1) && !t.last[REPORT_GROWN].has_ended);
    CHECK(t.last[REPORT_GROWN].ticket == 9);
    order.offset = 4;
    os_order(t.os, &order);
    os_order(t.os, &order); /* two of one file */
    turn_for(50);
    CHECK(t.count[REPORT_GROWN] == 1);
    give_signal("f/t", SIGKILL);
    CHECK(until(REPORT_EXITED, 1));
    turn_for(50);
    CHECK(t.count[REPORT_GROWN] == 1); /* others of it may still write */
    CHECK(reap("f/t"));
    CHECK(until(REPORT_GROWN, 3) && t.last[REPORT_GROWN].has_ended);
    os_order(t.os, &order);
    CHECK(t.count[REPORT_GROWN] == 4); /* at once */
    end();
}

static void a_file_that_grows_is_told_without_delay(void)
{
    struct order order = {
        .kind = ORDER_WATCH,
        .run = "f/t",
        .path = "stdout",
        .offset = 4,
    };
    char path[128];
    int fd;

    begin();
    CHECK(start("f/t", "echo one; exec sleep 60"));
    while (strcmp(output("f/t"), "one\n") != 0)
        turn_for(1);
    os_order(t.os, &order);
    snprintf(path, sizeof path, "%s/sandboxes/f/t/stdout", t.directory);
    fd = open(path, O_WRONLY | O_APPEND);
    CHECK(write(fd, "two\n", 4) == 4);
    close(fd);
    CHECK(until(REPORT_GROWN, 1) && !t.last[REPORT_GROWN].has_ended);
    CHECK(strcmp(read_at("f/t", "stdout", 4), "two\n") == 0);
    CHECK(reap("f/t"));
    end();
}

static void a_sandbox_is_listed(void)
{
    begin();
    CHECK(start("f/t", "mkdir d; touch d/x b a"));
    CHECK(until(REPORT_EXITED, 1));
    os_order(t.os,
             &(struct order){.kind = ORDER_LIST, .run = "f/t", .path = ""});
    CHECK(until(REPORT_LISTED, 1));
    CHECK(strcmp(t.text, "a b d/ stderr stdout ") == 0);
    os_order(t.os,
             &(struct order){.kind = ORDER_LIST, .run = "f/t", .path = "d"});
    CHECK(until(REPORT_LISTED, 2) && strcmp(t.text, "x ") == 0);
    os_order(t.os,
             &(struct order){.kind = ORDER_LIST, .run = "f/t", .path = ".."});
    CHECK(until(REPORT_LISTED, 3) && t.fault[REPORT_LISTED][0] != '\0');
    CHECK(reap("f/t"));
    end();
}

static void output_is_bounded(void)
{
    begin();
    CHECK(prepare_as("f/t", NULL));
    CHECK(launch_with("f/t", &(struct order_launch){.output_bytes_max = 100000},
                      "i=0; while [ $i -lt 40 ]; do head -c 10000 /dev/zero |"
                      " tr '\\0' x; i=$((i+1)); done"));
    CHECK(until(REPORT_EXITED, 1));
    do {
        turn_for(1); /* it is bounded behind our back */
        output("f/t");
    } while (t.last[REPORT_READ].offset == 0);
    CHECK(t.last[REPORT_READ].file_size == 400000);
    CHECK(t.last[REPORT_READ].offset >= 290000);
    CHECK(t.last[REPORT_READ].offset <= 300000);
    CHECK(t.text[0] == 'x');
    CHECK(reap("f/t"));
    end();
}

static int prepare_with(const char *run, const struct order_uri *uris, size_t n)
{
    int count = t.count[REPORT_PREPARED] + 1;

    os_order(t.os, &(struct order){.kind = ORDER_PREPARE,
                                   .run = run,
                                   .prepare = {.uris = uris, .uris_count = n}});
    return until(REPORT_PREPARED, count) && t.fault[REPORT_PREPARED][0] == '\0';
}

static void uris_are_there_before_it_starts(void)
{
    char path[128], command[256];
    struct order_uri uris[] = {
        {.value = "/bin/true", .output_file = "tool", .is_executable = true},
        {.value = path, .is_extracted = true},
    };

    begin();
    snprintf(path, sizeof path, "%s/a.tar.gz", t.directory);
    snprintf(command, sizeof command,
             "cd %s && mkdir d && echo hello > d/x && tar czf a.tar.gz d",
             t.directory);
    CHECK(system(command) == 0);
    CHECK(prepare_with("f/t", uris, 2));
    CHECK(launch_with("f/t", &(struct order_launch){0}, "./tool && cat d/x"));
    CHECK(until(REPORT_EXITED, 1));
    CHECK(status() == 0 && strcmp(output("f/t"), "hello\n") == 0);
    uris[0].value = "/no/such/file";
    CHECK(!prepare_with("f/u", uris, 2));
    CHECK(strstr(t.fault[REPORT_PREPARED], "/no/such/file: ") != NULL);
    CHECK(strchr(t.fault[REPORT_PREPARED], '\n') == NULL);
    CHECK(reap("f/t"));
    end();
}

static void a_run_may_be_reaped_while_it_is_fetched(void)
{
    const struct order_uri uri = {.value = "http://127.0.0.1:9/nobody"};

    begin();
    os_order(t.os, &(struct order){.kind = ORDER_PREPARE,
                                   .run = "f/t",
                                   .prepare = {.uris = &uri, .uris_count = 1}});
    CHECK(reap("f/t"));
    turn_for(100);
    CHECK(t.count[REPORT_PREPARED] == 1);
    CHECK(strstr(t.fault[REPORT_PREPARED], "reaped") != NULL);
    CHECK(prepare_as("f/t", NULL));
    CHECK(reap("f/t"));
    end();
}

static void test_all(void)
{
    a_run_lives_from_prepare_to_remove();
    names_that_are_none_are_refused();
    what_is_not_prepared_is_not_launched();
    all_of_its_processes_get_a_signal();
    what_is_left_of_it_is_killed_when_it_is_reaped();
    a_run_may_be_reaped_while_it_lives();
    a_run_may_be_reaped_while_it_is_launched();
    a_signal_before_its_start_waits();
    the_journal_is_kept();
    runs_outlive_the_agent();
    what_nobody_adopts_is_ended();
    runs_outlive_the_launcher();
    an_orphan_is_adopted();
    a_reused_pid_is_not_taken_for_the_run();
    a_launcher_killed_at_its_start_loses_nothing();
    a_watch_ends_when_there_is_more();
    a_file_that_grows_is_told_without_delay();
    a_sandbox_is_listed();
    output_is_bounded();
    uris_are_there_before_it_starts();
    a_run_may_be_reaped_while_it_is_fetched();
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    test_all();
    printf("# in plain sessions\n");
    is_plain = true;
    test_all();
    return test_done();
}
