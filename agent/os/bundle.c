/* bundle.c - what a container may is what Docker lets one do, but for making
 * device nodes, and for raw sockets on the machine's own network; and nothing
 * in it gains privileges by executing a file. */

#include "config.h"

#include "agent/os/bundle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "agent/os/json_writer.h"
#include "base/auto.h"

static const char *const capabilities[] = {
    "CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_FSETID",      "CAP_FOWNER",
    "CAP_SETGID", "CAP_SETUID",       "CAP_SETFCAP",     "CAP_SETPCAP",
    "CAP_KILL",   "CAP_SYS_CHROOT",   "CAP_AUDIT_WRITE", "CAP_NET_BIND_SERVICE",
};

static const char *const masked_paths[] = {
    "/proc/acpi",        "/proc/asound",        "/proc/kcore",
    "/proc/keys",        "/proc/latency_stats", "/proc/timer_list",
    "/proc/timer_stats", "/proc/sched_debug",   "/proc/scsi",
    "/sys/firmware",     "/sys/fs/selinux",
};

static const char *const read_only_paths[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static const struct bundle_mount usual[] = {
    {"/proc", "proc", "proc", "nosuid,noexec,nodev"},
    {"/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"},
    {"/dev/pts", "devpts", "devpts",
     "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"},
    {"/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k"},
    {"/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"},
    {"/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro"},
};

static size_t length(const char *const *items)
{
    size_t count = 0;

    while (items[count] != NULL)
        count++;
    return count;
}

/* Who is not root has none, though he may find some on his way. */
static void capability_sets(struct json_writer *w, const struct bundle *b)
{
    static const char *const full[] = {"bounding", "effective", "permitted"};
    static const char *const empty[] = {"inheritable", "ambient"};

    json_begin(w, "capabilities", '{');
    for (size_t i = 0; i < 3; i++) {
        json_begin(w, full[i], '[');
        for (size_t j = 0; j < sizeof capabilities / sizeof capabilities[0] &&
                           (i == 0 || b->user == 0);
             j++)
            json_text(w, NULL, capabilities[j]);
        if (b->has_network && (i == 0 || b->user == 0))
            json_text(w, NULL, "CAP_NET_RAW");
        json_end(w, ']');
    }
    for (size_t i = 0; i < 2; i++)
        json_list(w, empty[i], NULL, 0);
    json_end(w, '}');
}

static void process(struct json_writer *w, const struct bundle *b)
{
    json_begin(w, "process", '{');
    json_bool(w, "terminal", false);
    json_begin(w, "user", '{');
    json_number(w, "uid", b->user);
    json_number(w, "gid", b->group);
    json_begin(w, "additionalGids", '[');
    for (size_t i = 0; i < b->groups_count; i++)
        json_number(w, NULL, b->groups[i]);
    json_end(w, ']');
    json_end(w, '}');
    json_list(w, "args", b->arguments, length(b->arguments));
    json_list(w, "env", b->environment, length(b->environment));
    json_text(w, "cwd", b->working_directory);
    json_bool(w, "noNewPrivileges", true);
    capability_sets(w, b);
    json_begin(w, "rlimits", '[');
    json_begin(w, NULL, '{');
    json_text(w, "type", "RLIMIT_NOFILE");
    json_number(w, "hard", (int64_t)b->files.rlim_max);
    json_number(w, "soft", (int64_t)b->files.rlim_cur);
    json_end(w, '}');
    json_end(w, ']');
    json_end(w, '}');
}

static void mount(struct json_writer *w, const struct bundle_mount *m)
{
    AUTO(auto_free) char *copy = strdup(m->options != NULL ? m->options : "");
    char *rest = copy, *option;

    if (copy == NULL)
        abort();
    json_begin(w, NULL, '{');
    json_text(w, "destination", m->destination);
    json_text(w, "type", m->type != NULL ? m->type : "bind");
    json_text(w, "source", m->source);
    json_begin(w, "options", '[');
    while ((option = strsep(&rest, ",")) != NULL)
        if (option[0] != '\0')
            json_text(w, NULL, option);
    if (m->type == NULL)
        json_text(w, NULL, "rbind");
    json_end(w, ']');
    json_end(w, '}');
}

static void mounts(struct json_writer *w, const struct bundle *b)
{
    json_begin(w, "mounts", '[');
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        mount(w, &usual[i]);
    for (size_t i = 0; i < b->mounts_count; i++)
        mount(w, &b->mounts[i]);
    json_end(w, ']');
}

static void devices(struct json_writer *w, const struct bundle *b)
{
    struct stat status;

    json_begin(w, "devices", '[');
    for (size_t i = 0; i < b->devices_count; i++) {
        if (stat(b->devices[i], &status) < 0 || !S_ISCHR(status.st_mode))
            continue;
        json_begin(w, NULL, '{');
        json_text(w, "path", b->devices[i]);
        json_text(w, "type", "c");
        json_number(w, "major", major(status.st_rdev));
        json_number(w, "minor", minor(status.st_rdev));
        json_number(w, "fileMode", 0666);
        json_end(w, '}');
    }
    json_end(w, ']');
}

static void namespace(struct json_writer *w, const char *type, const char *path)
{
    json_begin(w, NULL, '{');
    json_text(w, "type", type);
    if (path != NULL)
        json_text(w, "path", path);
    json_end(w, '}');
}

static void of_linux(struct json_writer *w, const struct bundle *b)
{
    json_begin(w, "linux", '{');
    json_begin(w, "namespaces", '[');
    namespace(w, "pid", NULL);
    namespace(w, "mount", NULL);
    namespace(w, "ipc", NULL);
    namespace(w, "uts", NULL);
    if (b->has_network)
    namespace(w, "network", b->network);
    json_end(w, ']');
    devices(w, b);
    json_list(w, "maskedPaths", masked_paths,
              sizeof masked_paths / sizeof masked_paths[0]);
    json_list(w, "readonlyPaths", read_only_paths,
              sizeof read_only_paths / sizeof read_only_paths[0]);
    if (b->cgroup != NULL)
        json_text(w, "cgroupsPath", b->cgroup);
    json_end(w, '}');
}

int bundle_write(const char *path, const struct bundle *b, struct error *err)
{
    struct json_writer w = {.file = fopen(path, "we")};
    int code = 0;

    if (w.file == NULL)
        return error_errno(err, "write %s", path);
    json_begin(&w, NULL, '{');
    json_text(&w, "ociVersion", "1.0.2");
    process(&w, b);
    json_begin(&w, "root", '{');
    json_text(&w, "path", b->root);
    json_bool(&w, "readonly", b->is_read_only);
    json_end(&w, '}');
    json_text(&w, "hostname", b->hostname);
    mounts(&w, b);
    of_linux(&w, b);
    json_end(&w, '}');
    if (fclose(w.file) != 0)
        code = error_errno(err, "write %s", path);
    if (code == 0 && w.is_bad)
        code = error_set(err, -EINVAL,
                         "an argument, a variable or a path is no UTF-8");
    return code;
}
