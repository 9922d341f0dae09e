/* detect_test.c - what is found of this machine can be read, and is what we may
 * use of it. */

#include "config.h"

#include "agent/os/detect.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/resources.h"
#include "tests/test.h"

static char text[DETECT_RESOURCES_SIZE];

static void resources_are_as_an_operator_would_say_them(void)
{
    struct sysinfo machine;
    struct resources r;
    int64_t mem;

    resources_init(&r);
    CHECK(detect_resources("/", text, NULL) == 0);
    CHECK(resources_parse(&r, text, NULL) == 0);
    sysinfo(&machine);
    mem = resources_milli(&r, "mem") / 1000;
    CHECK(mem > 0 && (uint64_t)mem * 1024 * 1024 <
                         (uint64_t)machine.totalram * machine.mem_unit);
    CHECK(resources_milli(&r, "cpus") >= 1000);
    CHECK(resources_find(&r, "ports", NULL) != NULL);
    resources_release(&r);
}

static void only_the_cpus_we_may_run_on_count(void)
{
    cpu_set_t old, one;
    int cpu = 0;

    if (sched_getaffinity(0, sizeof old, &old) < 0)
        return;
    while (!CPU_ISSET(cpu, &old))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(detect_resources("/", text, NULL) == 0);
    CHECK(strncmp(text, "cpus:1;", 7) == 0);
    sched_setaffinity(0, sizeof old, &old);
}

static void a_directory_that_is_not_there_is_said(void)
{
    struct error err;

    CHECK(detect_resources("/nowhere/at/all", text, &err) == -ENOENT);
    CHECK(strstr(err.text, "/nowhere/at/all") != NULL);
}

static void the_boot_has_a_name(void)
{
    char id[DETECT_BOOT_ID_SIZE], again[DETECT_BOOT_ID_SIZE];
    char inode[DETECT_NAMESPACE_SIZE];

    CHECK(detect_boot_id(id, NULL) == 0 && detect_boot_id(again, NULL) == 0);
    CHECK(strlen(id) == 36 && strcmp(id, again) == 0);
    detect_network(inode);
    CHECK(strspn(inode, "0123456789") == strlen(inode));
}

int main(void)
{
    resources_are_as_an_operator_would_say_them();
    only_the_cpus_we_may_run_on_count();
    a_directory_that_is_not_there_is_said();
    the_boot_has_a_name();
    return test_done();
}
