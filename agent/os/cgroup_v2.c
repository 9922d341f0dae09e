/* cgroup_v2.c - one hierarchy, whose controllers are handed down level by
 * level.
 *
 * A group that hands controllers down may have no process itself, the root
 * excepted.  So if the group we were started in has none but ourselves, we move
 * into a leaf; if it has others, root makes its group at the top.  Where that
 * may not be, and on a machine whose controllers are with v1, a group still
 * tells a run's processes from others, and kills them all at once. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/cgroup_parts.h"

#define CPU_PERIOD_US 100000
#define CPU_QUOTA_US_MIN 1000
#define CPU_WEIGHT_MAX 10000

enum {
    CONTROLLERS = CONTROLLER_CPU | CONTROLLER_MEMORY | CONTROLLER_PIDS |
                  CONTROLLER_CPUSET,
};

static unsigned read_list(const char *group, const char *file)
{
    char text[256], *next = NULL;
    unsigned bits = 0;

    cgroup_read(group, file, text, sizeof text);
    for (char *word = strtok_r(text, " \n", &next); word != NULL;
         word = strtok_r(NULL, " \n", &next))
        bits |= cgroup_controller(word, strlen(word));
    return bits & CONTROLLERS;
}

static unsigned read_controllers(const char *group)
{
    return read_list(group, "cgroup.controllers");
}

/* One by one: what cannot be must not keep the others away. */
static void hand_down(const char *group)
{
    static const char *const names[] = {"+cpu", "+memory", "+pids", "+cpuset"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cgroup_write(group, "cgroup.subtree_control", names[i]);
}

static bool has_only_us(const char *group)
{
    char text[4096], *next = NULL;

    if (cgroup_read(group, "cgroup.procs", text, sizeof text) < 0)
        return false;
    for (char *word = strtok_r(text, "\n", &next); word != NULL;
         word = strtok_r(NULL, "\n", &next))
        if (strtol(word, NULL, 10) != (long)getpid())
            return false;
    return true;
}

static int make_base(const struct cgroups *c,
                     const char *ours,
                     char base[CGROUP_PATH_SIZE])
{
    char name[512];
    int code;

    snprintf(name, sizeof name, "mezzo/%.200s", c->name);
    cgroup_join(base, ours, name);
    code = cgroup_make_directory(ours, name);
    if (code == 0)
        code = cgroup_make_directory(base, "daemon");
    if (code == 0)
        code = cgroup_make_directory(base, "runs");
    if (code == 0)
        code = cgroup_make_directory(base, "whole");
    return code;
}

/* What of the controllers reaches the runs of `base`. */
static unsigned enable(const char *ours, const char *base)
{
    char path[CGROUP_PATH_SIZE];

    hand_down(ours);
    cgroup_join(path, ours, "mezzo");
    hand_down(path);
    hand_down(base);
    cgroup_join(path, base, "whole");
    hand_down(path);
    cgroup_join(path, base, "runs");
    hand_down(path);
    return read_list(path, "cgroup.subtree_control");
}

static bool try_at(struct cgroups *c, const char *ours, unsigned *controllers)
{
    char base[CGROUP_PATH_SIZE], daemon[CGROUP_PATH_SIZE];

    if (make_base(c, ours, base) < 0)
        return false;
    if (read_controllers(ours) != 0 && has_only_us(ours)) {
        cgroup_join(daemon, base, "daemon");
        cgroup_write_number(daemon, "cgroup.procs", getpid());
    }
    *controllers = enable(ours, base);
    c->hierarchies[c->count] = (struct hierarchy){
        .version = 2,
        .controllers = *controllers,
        .base = strdup(base),
    };
    if (c->hierarchies[c->count].base == NULL)
        abort();
    return true;
}

bool cgroup_v2_open(struct cgroups *c, const struct cgroup_mount *mount)
{
    bool is_at_top = strcmp(mount->path, mount->ours) == 0;
    unsigned controllers = 0;
    char *base;

    if (!try_at(c, mount->ours, &controllers))
        return false;
    if (controllers == 0 && read_controllers(mount->path) != 0 && !is_at_top &&
        geteuid() == 0) {
        base = c->hierarchies[c->count].base;
        if (try_at(c, mount->path, &controllers)) {
            cgroup_remove_base(base);
            free(base);
        }
    }
    c->count++;
    return true;
}

static int limit_cpu(const char *group, const struct order_launch *limits)
{
    int64_t weight = limits->cpu_milli / 10; /* the kernel's 100 is one cpu */
    int64_t quota = limits->cpu_milli * (CPU_PERIOD_US / 1000);
    char text[64];
    int code;

    if (weight < 1)
        weight = 1;
    if (weight > CPU_WEIGHT_MAX)
        weight = CPU_WEIGHT_MAX;
    if (quota < CPU_QUOTA_US_MIN)
        quota = CPU_QUOTA_US_MIN;
    code = cgroup_write_number(group, "cpu.weight", weight);
    if (code < 0 || !limits->is_cpu_hard)
        return code;
    snprintf(text, sizeof text, "%lld %d", (long long)quota, CPU_PERIOD_US);
    return cgroup_write(group, "cpu.max", text);
}

static int limit_memory(const char *group, const struct order_launch *limits)
{
    int code = cgroup_write_number(group, "memory.max", limits->memory_bytes);

    if (code < 0)
        return code;
    /* Nor more by swapping; and a task that has lost a part has lost all. */
    cgroup_write(group, "memory.swap.max", "0");
    if (!limits->has_processes)
        cgroup_write(group, "memory.oom.group", "1");
    return 0;
}

int cgroup_v2_limit(const char *group,
                    unsigned wanted,
                    const struct order_launch *limits,
                    const struct cpu_list *cpus)
{
    char text[CPU_LIST_SIZE];
    int code = 0;

    if ((wanted & CONTROLLER_CPU) != 0)
        code = limit_cpu(group, limits);
    if (code == 0 && (wanted & CONTROLLER_MEMORY) != 0)
        code = limit_memory(group, limits);
    if (code == 0 && (wanted & CONTROLLER_PIDS) != 0)
        code = cgroup_write_number(group, "pids.max", limits->pids_max);
    if (code == 0 && (wanted & CONTROLLER_CPUSET) != 0) {
        cpu_list_format(cpus, text);
        code = cgroup_write(group, "cpuset.cpus", text);
    }
    return code;
}

void cgroup_v2_share_cpus(const struct hierarchy *h, const char *list)
{
    char group[CGROUP_PATH_SIZE];

    cgroup_join(group, h->base, "runs");
    cgroup_write(group, "cpuset.cpus", list);
}
