/* cgroup.c - the groups of a run, over whatever hierarchies there are. */

#include "config.h"

#include "agent/os/cgroup.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/cgroup_parts.h"
#include "agent/os/run_name.h"
#include "base/auto.h"

static const char *version_name(int version)
{
    return version == 2 ? "v2" : "v1";
}

/* Where the run is in `h`, or in its part for those with cpus of their own. */
static void group_path(const struct hierarchy *h,
                       bool is_whole,
                       const char *flat_name,
                       char path[CGROUP_PATH_SIZE])
{
    cgroup_join(path, h->base, is_whole ? "whole" : "runs");
    cgroup_join(path, path, flat_name);
}

/* ---------------------------------------------------------- what there is */

static char *note_path(const struct cgroups_options *options)
{
    char *path;

    if (asprintf(&path, "%s/cgroups", options->directory) < 0)
        abort();
    return path;
}

static bool is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Those an earlier agent has noted, if all are still there. */
static bool recall(struct cgroups *c, const struct cgroups_options *options)
{
    AUTO(auto_free) char *path = note_path(options);
    char line[CGROUP_PATH_SIZE + 64], base[CGROUP_PATH_SIZE];
    FILE *file = fopen(path, "re");
    struct hierarchy h;
    bool is_good = file != NULL;

    while (is_good && c->count < CGROUP_HIERARCHIES_MAX &&
           fgets(line, sizeof line, file) != NULL) {
        is_good = sscanf(line, "%d %u %4095s", &h.version, &h.controllers,
                         base) == 3 &&
                  is_directory(base);
        if (!is_good)
            break;
        h.base = strdup(base);
        if (h.base == NULL)
            abort();
        c->hierarchies[c->count++] = h;
    }
    if (file != NULL)
        fclose(file);
    if (is_good && c->count > 0)
        return true;
    while (c->count > 0)
        free(c->hierarchies[--c->count].base);
    return false;
}

static void note(const struct cgroups *c, const struct cgroups_options *options)
{
    AUTO(auto_free) char *path = note_path(options);
    FILE *file = fopen(path, "we");

    if (file == NULL)
        return; /* then it must be started from the same group again */
    for (unsigned i = 0; i < c->count; i++)
        fprintf(file, "%d %u %s\n", c->hierarchies[i].version,
                c->hierarchies[i].controllers, c->hierarchies[i].base);
    fclose(file);
}

static void probe(struct cgroups *c)
{
    struct cgroup_mount mounts[CGROUP_HIERARCHIES_MAX];
    size_t count = cgroup_mounts(mounts);

    /* The one that needs a place of its own for us first. */
    for (size_t i = 0; i < count; i++)
        if (mounts[i].version == 2)
            cgroup_v2_open(c, &mounts[i]);
    for (size_t i = 0; i < count; i++)
        if (mounts[i].version == 1)
            cgroup_v1_open(c, &mounts[i]);
}

static void describe(struct cgroups *c, bool is_off)
{
    static const char *const names[] = {
        "cpu", "memory", "pids", "cpuset", "devices", "freezer",
    };
    char text[512] = "";
    size_t used = 0;

    for (unsigned i = 0; i < c->count; i++)
        for (unsigned bit = 0; bit < 6; bit++)
            if ((c->hierarchies[i].controllers & 1u << bit) != 0)
                used += (size_t)snprintf(
                    text + used, sizeof text - used, "%s%s (%s)",
                    used > 0 ? ", " : "", names[bit],
                    version_name(c->hierarchies[i].version));
    if (c->count == 0)
        used = (size_t)snprintf(text, sizeof text,
                                "cgroups: %s; tasks are plain sessions, "
                                "without limits",
                                is_off ? "not wanted" : "none may be made");
    free(c->description);
    if (asprintf(&c->description, c->count == 0 ? "%s" : "cgroups: %s%s", text,
                 used == 0 ? "no limits, only to tell tasks apart" : "") < 0)
        abort();
}

static struct hierarchy *find_controller(struct cgroups *c, unsigned bit)
{
    for (unsigned i = 0; i < c->count; i++)
        if ((c->hierarchies[i].controllers & bit) != 0)
            return &c->hierarchies[i];
    return NULL;
}

/* The cpus a group has for its own. */
static void read_cpus(const char *group, struct cpu_list *list)
{
    char text[CPU_LIST_SIZE];

    memset(list, 0, sizeof *list);
    if (cgroup_read(group, "cpuset.cpus", text, sizeof text) == 0)
        cpu_list_parse(text, list);
}

static void take_cpus_cb(void *arg, const char *flat_name)
{
    struct cgroups *c = arg;
    const struct hierarchy *h = find_controller(c, CONTROLLER_CPUSET);
    char path[CGROUP_PATH_SIZE];
    struct cpu_list list;

    group_path(h, true, flat_name, path);
    read_cpus(path, &list);
    cpu_list_add(&c->taken, &list);
}

static void share_cpus(struct cgroups *c)
{
    const struct hierarchy *h = find_controller(c, CONTROLLER_CPUSET);
    struct cpu_list shared = c->cpus;
    char text[CPU_LIST_SIZE];

    cpu_list_remove(&shared, &c->taken);
    cpu_list_format(&shared, text);
    if (h->version == 2)
        cgroup_v2_share_cpus(h, text);
    else
        cgroup_v1_share_cpus(h, text);
}

static void find_cpus(struct cgroups *c)
{
    const struct hierarchy *h = find_controller(c, CONTROLLER_CPUSET);
    char text[CPU_LIST_SIZE];

    if (h == NULL)
        return;
    cgroup_read(h->base,
                h->version == 2 ? "cpuset.cpus.effective" : "cpuset.cpus", text,
                sizeof text);
    cpu_list_parse(text, &c->cpus);
    cgroups_visit(c, take_cpus_cb, c);
    share_cpus(c);
}

/* Agents of several clusters may be called the same, but keep their state
 * apart. */
static char *own_name(const struct cgroups_options *options)
{
    uint32_t hash = 0x811c9dc5; /* FNV-1a */
    char *name;

    for (const char *p = options->directory; *p != '\0'; p++)
        hash = (hash ^ (uint8_t)*p) * 0x01000193;
    if (asprintf(&name, "%.180s-%08" PRIx32, options->name, hash) < 0)
        abort();
    return name;
}

struct cgroups *cgroups_open(const struct cgroups_options *options)
{
    struct cgroups *c = calloc(1, sizeof *c);

    if (c == NULL)
        abort();
    c->name = own_name(options);
    c->devices = options->devices;
    c->devices_count = options->devices_count;
    if (!options->is_off) {
        if (!recall(c, options))
            probe(c);
        note(c, options);
        find_cpus(c);
    }
    describe(c, options->is_off);
    return c;
}

void cgroups_close(struct cgroups *c)
{
    if (c == NULL)
        return;
    for (unsigned i = 0; i < c->count; i++) {
        cgroup_remove_base(c->hierarchies[i].base);
        free(c->hierarchies[i].base);
    }
    free(c->description);
    free(c->name);
    free(c);
}

const char *cgroups_describe(const struct cgroups *c)
{
    return c->description;
}

void cgroups_take_launcher(struct cgroups *c, pid_t pid)
{
    const unsigned shared = CONTROLLER_CPUSET | CONTROLLER_DEVICES;
    char path[CGROUP_PATH_SIZE];

    for (unsigned i = 0; i < c->count; i++) {
        const struct hierarchy *h = &c->hierarchies[i];

        if (h->version != 1 || (h->controllers & shared) == 0)
            continue;
        snprintf(path, sizeof path, "%s/shared", h->base);
        cgroup_write_number(path, "cgroup.procs", pid);
    }
}

/* ------------------------------------------------------------------- a run */

bool cgroup_is_any(const struct cgroup *g)
{
    return (g->runs | g->whole) != 0;
}

static unsigned wanted_by(const struct cgroups *c,
                          const struct order_launch *limits)
{
    unsigned wanted = 0;

    if (limits->cpu_milli > 0)
        wanted |= CONTROLLER_CPU;
    if (limits->memory_bytes > 0)
        wanted |= CONTROLLER_MEMORY;
    if (limits->pids_max > 0)
        wanted |= CONTROLLER_PIDS;
    if (limits->cpus_whole > 0)
        wanted |= CONTROLLER_CPUSET;
    if (limits->devices_count > 0 && c->devices_count > 0)
        wanted |= CONTROLLER_DEVICES;
    return wanted;
}

/* The hierarchy by which a run's processes are known: cgroup2, else freezer,
 * else any. */
static unsigned keeper(const struct cgroups *c)
{
    unsigned best = 0;

    for (unsigned i = 0; i < c->count; i++) {
        if (c->hierarchies[i].version == 2)
            return i;
        if ((c->hierarchies[i].controllers & CONTROLLER_FREEZER) != 0)
            best = i;
    }
    return best;
}

static int take_cpus(struct cgroups *c,
                     unsigned count,
                     struct cpu_list *cpus,
                     struct error *err)
{
    struct cpu_list free_cpus = c->cpus;

    cpu_list_remove(&free_cpus, &c->taken);
    /* One stays for all that have none of their own. */
    if (cpu_list_count(&free_cpus) <= count)
        return error_set(
            err, -EBUSY, "it wants %u whole cpus; of %u, %u can be had", count,
            cpu_list_count(&c->cpus),
            cpu_list_count(&free_cpus) > 0 ? cpu_list_count(&free_cpus) - 1
                                           : 0);
    cpu_list_first(&free_cpus, count, cpus);
    cpu_list_add(&c->taken, cpus);
    share_cpus(c);
    return 0;
}

static int make_group(struct cgroups *c,
                      unsigned i,
                      const char *flat_name,
                      unsigned wanted,
                      const struct order_launch *limits,
                      const struct cpu_list *cpus,
                      struct cgroup *g,
                      struct error *err)
{
    const unsigned own = CONTROLLER_CPUSET | CONTROLLER_DEVICES;
    const struct hierarchy *h = &c->hierarchies[i];
    unsigned here = wanted & h->controllers;
    bool is_whole =
        (here & own) != 0 || (h->version == 2 && (wanted & own) != 0);
    char path[CGROUP_PATH_SIZE];
    int code;

    group_path(h, is_whole, flat_name, path);
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return error_errno(err, "make cgroup %s", path);
    if (is_whole)
        g->whole |= 1u << i;
    else
        g->runs |= 1u << i;
    code = h->version == 2 ? cgroup_v2_limit(path, here, limits, cpus)
                           : cgroup_v1_limit(c, path, here, limits, cpus);
    if (code == 0)
        return 0;
    errno = -code;
    return error_errno(err, "limit cgroup %s", path);
}

int cgroup_make(struct cgroups *c,
                const char *run,
                const struct order_launch *limits,
                struct cgroup *g,
                struct error *err)
{
    unsigned wanted = wanted_by(c, limits);
    struct cpu_list cpus = {{0}};
    char name[RUN_NAME_SIZE];
    int code = 0;

    *g = (struct cgroup){0};
    if (c->count == 0)
        return 0;
    run_name_flat(run, name);
    if ((wanted & CONTROLLER_CPUSET) != 0 &&
        find_controller(c, CONTROLLER_CPUSET) != NULL)
        code = take_cpus(c, limits->cpus_whole, &cpus, err);
    for (unsigned i = 0; code == 0 && i < c->count; i++)
        if (i == keeper(c) || (c->hierarchies[i].controllers & wanted) != 0)
            code = make_group(c, i, name, wanted, limits, &cpus, g, err);
    if (code < 0) {
        cgroup_remove(c, run, g);
        cpu_list_remove(&c->taken, &cpus);
    }
    return code;
}

static void find_groups(struct cgroups *c,
                        const char *flat_name,
                        struct cgroup *g)
{
    char path[CGROUP_PATH_SIZE];

    *g = (struct cgroup){0};
    for (unsigned i = 0; i < c->count; i++) {
        group_path(&c->hierarchies[i], false, flat_name, path);
        if (is_directory(path))
            g->runs |= 1u << i;
        group_path(&c->hierarchies[i], true, flat_name, path);
        if (is_directory(path))
            g->whole |= 1u << i;
    }
}

void cgroup_find(struct cgroups *c, const char *run, struct cgroup *g)
{
    char name[RUN_NAME_SIZE];

    run_name_flat(run, name);
    find_groups(c, name, g);
}

void cgroup_paths(struct cgroups *c,
                  const char *run,
                  const struct cgroup *g,
                  struct cgroup_paths *paths)
{
    char name[RUN_NAME_SIZE];

    run_name_flat(run, name);
    *paths = (struct cgroup_paths){0};
    for (unsigned i = 0; i < c->count; i++) {
        if (((g->runs | g->whole) >> i & 1) == 0)
            continue;
        group_path(&c->hierarchies[i], g->whole >> i & 1, name, c->paths[i]);
        if (c->hierarchies[i].version == 2)
            paths->unified = c->paths[i];
        else
            paths->v1[paths->v1_count++] = c->paths[i];
    }
}

/* True, and its path, if the run has a group in hierarchy `i`. */
static bool is_in(const struct cgroups *c,
                  unsigned i,
                  const char *flat_name,
                  const struct cgroup *g,
                  char path[CGROUP_PATH_SIZE])
{
    if (((g->runs | g->whole) >> i & 1) == 0)
        return false;
    group_path(&c->hierarchies[i], g->whole >> i & 1, flat_name, path);
    return true;
}

static void signal_all(struct cgroups *c,
                       const char *flat_name,
                       const struct cgroup *g,
                       int signal)
{
    unsigned first = keeper(c);
    char path[CGROUP_PATH_SIZE];

    for (unsigned n = 0; n < c->count; n++) {
        unsigned i = (first + n) % c->count; /* all are in each: one will do */

        if (!is_in(c, i, flat_name, g, path))
            continue;
        cgroup_signal_group(&c->hierarchies[i], path, signal);
        return;
    }
}

void cgroup_signal(struct cgroups *c,
                   const char *run,
                   const struct cgroup *g,
                   int signal)
{
    char name[RUN_NAME_SIZE];

    run_name_flat(run, name);
    signal_all(c, name, g, signal);
}

static int remove_all(struct cgroups *c,
                      const char *flat_name,
                      struct cgroup *g)
{
    char path[CGROUP_PATH_SIZE];
    struct cpu_list cpus;

    for (unsigned i = 0; i < c->count; i++) {
        if (!is_in(c, i, flat_name, g, path))
            continue;
        memset(&cpus, 0, sizeof cpus);
        if ((g->whole >> i & 1) != 0 &&
            (c->hierarchies[i].controllers & CONTROLLER_CPUSET) != 0)
            read_cpus(path, &cpus);
        if (rmdir(path) < 0 && errno != ENOENT)
            return -EBUSY;
        g->runs &= ~(1u << i);
        g->whole &= ~(1u << i);
        if (cpu_list_count(&cpus) == 0)
            continue;
        cpu_list_remove(&c->taken, &cpus);
        share_cpus(c);
    }
    return 0;
}

int cgroup_remove(struct cgroups *c, const char *run, struct cgroup *g)
{
    char name[RUN_NAME_SIZE];

    run_name_flat(run, name);
    return remove_all(c, name, g);
}

bool cgroups_end(struct cgroups *c, const char *flat_name)
{
    struct cgroup g;

    find_groups(c, flat_name, &g);
    if (remove_all(c, flat_name, &g) == 0)
        return true;
    signal_all(c, flat_name, &g, SIGKILL);
    return false;
}

/* The run's group that counts its memory. */
static const struct hierarchy *find_memory(struct cgroups *c,
                                           const char *run,
                                           const struct cgroup *g,
                                           char path[CGROUP_PATH_SIZE])
{
    char name[RUN_NAME_SIZE];

    for (unsigned i = 0; i < c->count; i++) {
        if ((c->hierarchies[i].controllers & CONTROLLER_MEMORY) == 0)
            continue;
        run_name_flat(run, name);
        if (is_in(c, i, name, g, path))
            return &c->hierarchies[i];
    }
    return NULL;
}

bool cgroup_is_out_of_memory(struct cgroups *c,
                             const char *run,
                             const struct cgroup *g)
{
    char path[CGROUP_PATH_SIZE];
    const struct hierarchy *h = find_memory(c, run, g, path);

    if (h == NULL)
        return false;
    return cgroup_read_count(
               path, h->version == 2 ? "memory.events" : "memory.oom_control",
               "oom_kill") > 0;
}

uint64_t cgroup_memory_max(struct cgroups *c,
                           const char *run,
                           const struct cgroup *g)
{
    char path[CGROUP_PATH_SIZE], text[32];
    const struct hierarchy *h = find_memory(c, run, g, path);

    if (h == NULL)
        return 0;
    cgroup_read(path,
                h->version == 2 ? "memory.peak" : "memory.max_usage_in_bytes",
                text, sizeof text);
    return strtoull(text, NULL, 10);
}

void cgroups_visit(struct cgroups *c, cgroup_visit_f *visit, void *arg)
{
    static const char *const parts[] = {"runs", "whole"};
    char path[CGROUP_PATH_SIZE];
    struct dirent *entry;
    DIR *stream;

    for (unsigned i = 0; i < c->count * 2; i++) {
        cgroup_join(path, c->hierarchies[i / 2].base, parts[i % 2]);
        stream = opendir(path);
        while (stream != NULL && (entry = readdir(stream)) != NULL)
            if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
                visit(arg, entry->d_name);
        if (stream != NULL)
            closedir(stream);
    }
}
