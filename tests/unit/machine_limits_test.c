/* machine_limits_test.c - whom a run runs as, and what it may use; and that
 * many do. */

#include "config.h"

#include "tests/unit/machine_desk.h"

static void an_unknown_user_is_a_fault(void)
{
    begin();
    CHECK(!prepare_as("f/t", "nobody-of-that-name"));
    CHECK(strstr(t.fault[REPORT_PREPARED], "nobody-of-that-name") != NULL);
    end();
}

static void a_task_runs_as_its_user(void)
{
    struct order_launch launch = {.user = "nobody"};

    if (geteuid() != 0) {
        printf("ok %d - # SKIP not root\n", ++test_count);
        return;
    }
    begin();
    chmod(t.directory, 0700); /* as root's own mostly are */
    CHECK(prepare_as("f/t", "nobody"));
    CHECK(launch_with("f/t", &launch, "id -un; echo $USER; touch mine"));
    CHECK(until(REPORT_EXITED, 1));
    CHECK(status() == 0);
    CHECK(strcmp(output("f/t"), "nobody\nnobody\n") == 0);
    CHECK(prepare_as("f/u", "nobody")); /* remembered */
    CHECK(
        !launch_with("f/u", &(struct order_launch){.user = "daemon"}, "true"));
    CHECK(reap("f/t") && reap("f/u"));
    end();
}

static void the_memory_limit_is_told(void)
{
    begin();
    if (!has_controller("memory")) {
        printf("ok %d - # SKIP no memory controller\n", ++test_count);
        end();
        return;
    }
    CHECK(prepare_as("f/t", NULL));
    CHECK(launch_with("f/t", &(struct order_launch){.memory_bytes = 32 << 20},
                      "exec python3 -c 'x = bytearray(200 << 20)'"));
    CHECK(until(REPORT_EXITED, 1));
    CHECK(t.last[REPORT_EXITED].is_out_of_memory);
    CHECK(WIFSIGNALED(status()) && WTERMSIG(status()) == SIGKILL);
    CHECK(t.last[REPORT_EXITED].usage.memory_max_bytes > 30 << 20);
    CHECK(t.last[REPORT_EXITED].usage.memory_max_bytes <= 32 << 20);
    CHECK(reap("f/t"));
    end();
}

static void the_pids_limit_holds(void)
{
    begin();
    if (!has_controller("pids")) {
        printf("ok %d - # SKIP no pids controller\n", ++test_count);
        end();
        return;
    }
    CHECK(prepare_as("f/t", NULL));
    CHECK(launch_with("f/t", &(struct order_launch){.pids_max = 5},
                      "for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; exit 0"));
    CHECK(until(REPORT_EXITED, 1));
    CHECK(strstr(read_at("f/t", "stderr", 0), "fork") != NULL);
    CHECK(reap("f/t"));
    end();
}

static void cpus_are_a_weight_and_a_quota(void)
{
    begin();
    if (!has_controller("cpu (")) {
        printf("ok %d - # SKIP no cpu controller\n", ++test_count);
        end();
        return;
    }
    CHECK(prepare_as("f/t", NULL));
    CHECK(launch_with(
        "f/t", &(struct order_launch){.cpu_milli = 500, .is_cpu_hard = true},
        "d=/sys/fs/cgroup/cpu$(grep ':cpu:' /proc/self/cgroup | cut -d: -f3);"
        " [ -d $d ] || d=/sys/fs/cgroup$(grep ^0:: /proc/self/cgroup |"
        " cut -d: -f3);"
        " cat $d/cpu.shares $d/cpu.cfs_quota_us $d/cpu.weight $d/cpu.max"));
    CHECK(until(REPORT_EXITED, 1));
    output("f/t");
    CHECK(strcmp(t.text, "512\n50000\n") == 0 ||
          strcmp(t.text, "50\n50000 100000\n") == 0);
    CHECK(reap("f/t"));
    end();
}

static void whole_cpus_are_its_own(void)
{
    struct order_launch one = {.cpus_whole = 1};
    char first[64], others[64];
    const char *script = "grep Cpus_allowed_list /proc/self/status";

    begin();
    if (!has_controller("cpuset") || sysconf(_SC_NPROCESSORS_ONLN) != 2) {
        printf("ok %d - # SKIP no cpuset controller and two cpus\n",
               ++test_count);
        end();
        return;
    }
    CHECK(prepare_as("f/t", NULL));
    CHECK(launch_with("f/t", &one, script));
    CHECK(until(REPORT_EXITED, 1));
    snprintf(first, sizeof first, "%s", output("f/t"));
    CHECK(prepare_as("f/u", NULL));
    CHECK(!launch_with("f/u", &one, script)); /* one is for the others */
    CHECK(strstr(t.fault[REPORT_LAUNCHED], "1 whole cpus") != NULL);
    CHECK(start("f/v", script));
    CHECK(until(REPORT_EXITED, 2));
    snprintf(others, sizeof others, "%s", output("f/v"));
    CHECK(strlen(first) == strlen(others) && strcmp(first, others) != 0);
    CHECK(reap("f/t") && reap("f/u") && reap("f/v"));
    CHECK(start("f/w", script));
    CHECK(until(REPORT_EXITED, 3));
    CHECK(strstr(output("f/w"), "0-1") != NULL); /* given back */
    CHECK(reap("f/w"));
    end();
}

static void only_granted_devices_are_seen(void)
{
    static const char *const granted[] = {"/dev/full"};
    const char *script = "head -c1 /dev/full | wc -c";

    begin();
    if (!has_controller("devices")) {
        printf("ok %d - # SKIP no devices controller\n", ++test_count);
        end();
        return;
    }
    CHECK(start("f/t", script));
    CHECK(until(REPORT_EXITED, 1));
    CHECK(strcmp(output("f/t"), "0\n") == 0);
    CHECK(prepare_as("f/u", NULL));
    CHECK(launch_with(
        "f/u", &(struct order_launch){.devices = granted, .devices_count = 1},
        script));
    CHECK(until(REPORT_EXITED, 2));
    CHECK(strcmp(output("f/u"), "1\n") == 0);
    CHECK(reap("f/t") && reap("f/u"));
    end();
}

static void its_groups_are_gone_with_it(void)
{
    char command[256];

    begin();
    if (!has_cgroups()) {
        printf("ok %d - # SKIP no cgroups\n", ++test_count);
        end();
        return;
    }
    CHECK(prepare_as("f/t", NULL));
    CHECK(launch_with("f/t",
                      &(struct order_launch){.cpu_milli = 100,
                                             .memory_bytes = 64 << 20,
                                             .pids_max = 100},
                      "grep -c mezzo/machine-test /proc/self/cgroup"));
    CHECK(until(REPORT_EXITED, 1));
    CHECK(atoi(output("f/t")) >= 1);
    CHECK(reap("f/t"));
    snprintf(command, sizeof command,
             "! find /sys/fs/cgroup -name f%%2Ft | grep %s",
             strrchr(t.directory, '/'));
    CHECK(system(command) == 0);
    os_free(t.os);
    CHECK(!is_any_group_left());
    CHECK(attach() == 0);
    end();
}

static void many_run_at_once(void)
{
    static char names[MANY][16];

    begin();
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "f/%d", i);
        CHECK(prepare_as(names[i], NULL));
    }
    for (int i = 0; i < MANY; i++)
        CHECK(launch_with(names[i], &(struct order_launch){.cpu_milli = 100},
                          "exit 1"));
    CHECK(until(REPORT_EXITED, MANY));
    for (int i = 0; i < MANY; i++)
        CHECK(reap(names[i]));
    end();
}

static void test_all(void)
{
    an_unknown_user_is_a_fault();
    a_task_runs_as_its_user();
    the_memory_limit_is_told();
    the_pids_limit_holds();
    cpus_are_a_weight_and_a_quota();
    whole_cpus_are_its_own();
    only_granted_devices_are_seen();
    its_groups_are_gone_with_it();
    many_run_at_once();
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
