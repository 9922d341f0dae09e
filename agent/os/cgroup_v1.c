/* cgroup_v1.c - one hierarchy for each controller, each with its own files. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/os/cgroup_parts.h"

#define CPU_PERIOD_US 100000
#define CPU_QUOTA_US_MIN 1000
#define CPU_SHARES_MIN 2
#define CPU_SHARES_MAX 262144

/* A new group of this controller takes nobody in before it is told both. */
static int fill_cpuset(const char *parent, const char *group)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    char text[CPU_LIST_SIZE];
    int code = 0;

    for (size_t i = 0; code == 0 && i < 2; i++) {
        code = cgroup_read(group, files[i], text, sizeof text);
        if (code == 0 && text[strspn(text, "\n")] != '\0')
            continue;
        code = cgroup_read(parent, files[i], text, sizeof text);
        if (code == 0)
            code = cgroup_write(group, files[i], text);
    }
    return code;
}

static int fill_cpusets(const struct cgroup_mount *mount, const char *base)
{
    char group[CGROUP_PATH_SIZE];
    static const char *const below[] = {"whole", "shared"};
    int code;

    cgroup_join(group, mount->ours, "mezzo");
    code = fill_cpuset(mount->ours, group);
    if (code == 0)
        code = fill_cpuset(group, base);
    for (size_t i = 0; code == 0 && i < 2; i++) {
        cgroup_join(group, base, below[i]);
        code = fill_cpuset(base, group);
    }
    return code;
}

static int deny(const char *group, const char *device)
{
    struct stat status;
    char text[64];

    if (stat(device, &status) < 0 ||
        (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)))
        return 0; /* then there is nothing to see */
    snprintf(text, sizeof text, "%c %u:%u rwm",
             S_ISCHR(status.st_mode) ? 'c' : 'b', major(status.st_rdev),
             minor(status.st_rdev));
    return cgroup_write(group, "devices.deny", text);
}

static int deny_all(const struct cgroups *c, const char *base)
{
    char group[CGROUP_PATH_SIZE];
    int code = 0;

    cgroup_join(group, base, "shared");
    for (size_t i = 0; code == 0 && i < c->devices_count; i++)
        code = deny(group, c->devices[i]);
    return code;
}

/* May we have our own groups there? */
static int make_base(const struct cgroups *c,
                     const struct cgroup_mount *mount,
                     char base[CGROUP_PATH_SIZE])
{
    char name[512];
    int code;

    snprintf(name, sizeof name, "mezzo/%.200s", c->name);
    cgroup_join(base, mount->ours, name);
    code = cgroup_make_directory(mount->ours, name);
    if (code == 0)
        code = cgroup_make_directory(base, "runs");
    if (mount->controllers & (CONTROLLER_CPUSET | CONTROLLER_DEVICES)) {
        if (code == 0)
            code = cgroup_make_directory(base, "whole");
        if (code == 0)
            code = cgroup_make_directory(base, "shared");
    }
    return code;
}

void cgroup_v1_open(struct cgroups *c, const struct cgroup_mount *mount)
{
    struct hierarchy *h = &c->hierarchies[c->count];
    char base[CGROUP_PATH_SIZE];

    if (mount->controllers == CONTROLLER_DEVICES && c->devices_count == 0)
        return;
    if (make_base(c, mount, base) < 0)
        return;
    *h = (struct hierarchy){.version = 1, .controllers = mount->controllers};
    if ((h->controllers & CONTROLLER_CPUSET) != 0 &&
        fill_cpusets(mount, base) < 0)
        h->controllers &= ~(unsigned)CONTROLLER_CPUSET;
    if ((h->controllers & CONTROLLER_DEVICES) != 0 && deny_all(c, base) < 0)
        h->controllers &= ~(unsigned)CONTROLLER_DEVICES;
    if (h->controllers == 0)
        return;
    h->base = strdup(base);
    if (h->base == NULL)
        abort();
    c->count++;
}

static int limit_cpu(const char *group, const struct order_launch *limits)
{
    int64_t shares = limits->cpu_milli * 1024 / 1000;
    int64_t quota = limits->cpu_milli * (CPU_PERIOD_US / 1000);
    int code;

    if (shares < CPU_SHARES_MIN)
        shares = CPU_SHARES_MIN;
    if (shares > CPU_SHARES_MAX)
        shares = CPU_SHARES_MAX;
    if (quota < CPU_QUOTA_US_MIN)
        quota = CPU_QUOTA_US_MIN;
    code = cgroup_write_number(group, "cpu.shares", shares);
    if (code < 0 || !limits->is_cpu_hard)
        return code;
    code = cgroup_write_number(group, "cpu.cfs_period_us", CPU_PERIOD_US);
    return code < 0 ? code
                    : cgroup_write_number(group, "cpu.cfs_quota_us", quota);
}

static int limit_memory(const char *group, int64_t bytes)
{
    int code = cgroup_write_number(group, "memory.limit_in_bytes", bytes);

    /* Nor more by swapping; the file is there only with swap accounting. */
    if (code == 0)
        cgroup_write_number(group, "memory.memsw.limit_in_bytes", bytes);
    return code;
}

static int limit_cpuset(const char *group, const struct cpu_list *cpus)
{
    char parent[CGROUP_PATH_SIZE], text[CPU_LIST_SIZE];
    int code;

    cgroup_join(parent, group, "..");
    cpu_list_format(cpus, text);
    code = cgroup_write(group, "cpuset.cpus", text);
    return code < 0 ? code : fill_cpuset(parent, group);
}

/* "0" and "/dev/nvidia0" are one device. */
static bool is_granted(const struct order_launch *limits, const char *device)
{
    size_t size = strlen(device);

    for (size_t i = 0; i < limits->devices_count; i++) {
        const char *granted = limits->devices[i];
        size_t granted_size = strlen(granted);

        if (strcmp(granted, device) == 0)
            return true;
        if (granted_size > 0 && granted_size < size &&
            strcmp(granted, device + size - granted_size) == 0 &&
            strspn(granted, "0123456789") == granted_size &&
            strchr("0123456789", device[size - granted_size - 1]) == NULL)
            return true;
    }
    return false;
}

static int limit_devices(const struct cgroups *c,
                         const char *group,
                         const struct order_launch *limits)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < c->devices_count; i++)
        if (!is_granted(limits, c->devices[i]))
            code = deny(group, c->devices[i]);
    return code;
}

int cgroup_v1_limit(const struct cgroups *c,
                    const char *group,
                    unsigned wanted,
                    const struct order_launch *limits,
                    const struct cpu_list *cpus)
{
    int code = 0;

    if ((wanted & CONTROLLER_CPU) != 0)
        code = limit_cpu(group, limits);
    if (code == 0 && (wanted & CONTROLLER_MEMORY) != 0)
        code = limit_memory(group, limits->memory_bytes);
    if (code == 0 && (wanted & CONTROLLER_PIDS) != 0)
        code = cgroup_write_number(group, "pids.max", limits->pids_max);
    if (code == 0 && (wanted & CONTROLLER_CPUSET) != 0)
        code = limit_cpuset(group, cpus);
    if (code == 0 && (wanted & CONTROLLER_DEVICES) != 0)
        code = limit_devices(c, group, limits);
    return code;
}

void cgroup_v1_share_cpus(const struct hierarchy *h, const char *list)
{
    char group[CGROUP_PATH_SIZE];

    cgroup_join(group, h->base, "shared");
    cgroup_write(group, "cpuset.cpus", list);
}
