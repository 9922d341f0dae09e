/* runtime.c - the only proof that one works is a container: one of the
 * machine's own directories, which runs /bin/true. */

#include "config.h"

#include "agent/os/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/os/bundle.h"
#include "base/auto.h"

enum {
    PATH_SIZE = 4096,
    PROBE_S = 20,
    CGROUP2_MAGIC = 0x63677270,
};

#define UNIFIED "/sys/fs/cgroup/unified"

/* In PATH, as an administrator has it; NULL: it is not there. */
static char *find_program(const char *name)
{
    static const char *const directories[] = {
        "/usr/local/sbin", "/usr/local/bin",      "/usr/sbin",
        "/usr/bin",        "/usr/libexec/podman",
    };

    if (strchr(name, '/') != NULL)
        return access(name, X_OK) == 0 ? strdup(name) : NULL;
    for (size_t i = 0; i < sizeof directories / sizeof directories[0]; i++) {
        char *path;

        if (asprintf(&path, "%s/%s", directories[i], name) < 0)
            abort();
        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

static bool is_hybrid(void)
{
    struct statfs status;

    return statfs(UNIFIED, &status) == 0 && status.f_type == CGROUP2_MAGIC;
}

size_t runtime_begin(const struct runtime *r,
                     const char *state,
                     const char *argv[RUNTIME_ARGUMENTS_MAX])
{
    size_t n = 0;

    argv[n++] = r->program;
    argv[n++] = "--root";
    argv[n++] = state;
    if (r->is_crun)
        argv[n++] = "--cgroup-manager=disabled";
    return n;
}

static int write_probe(const struct runtime *r,
                       const char *directory,
                       struct error *err)
{
    static const char *const parts[] = {"/bin", "/lib", "/lib64", "/usr"};
    static const char *const arguments[] = {"/bin/true", NULL};
    static const char *const environment[] = {"PATH=/bin", NULL};
    struct bundle_mount mounts[4];
    char path[PATH_SIZE], root[PATH_SIZE];
    struct bundle bundle = {
        .root = root,
        .hostname = "probe",
        .arguments = arguments,
        .environment = environment,
        .working_directory = "/",
        .files = {64, 64},
        .has_network = true,
        .cgroup = r->is_crun ? NULL : "/mezzo-probe",
        .mounts = mounts,
    };

    for (size_t i = 0; i < 4; i++)
        if (access(parts[i], F_OK) == 0)
            mounts[bundle.mounts_count++] =
                (struct bundle_mount){parts[i], NULL, parts[i], "ro"};
    snprintf(root, sizeof root, "%s/root", directory);
    if (mkdir(root, 0755) < 0 && errno != EEXIST)
        return error_errno(err, "make %s", root);
    snprintf(path, sizeof path, "%s/config.json", directory);
    return bundle_write(path, &bundle, err);
}

__attribute__((noreturn)) static void run_probe(const struct runtime *r,
                                                const char *directory)
{
    const char *argv[RUNTIME_ARGUMENTS_MAX] = {NULL};
    char state[PATH_SIZE];
    size_t n;
    int log;

    snprintf(state, sizeof state, "%s/state", directory);
    n = runtime_begin(r, state, argv);
    argv[n++] = "run";
    argv[n++] = "--bundle";
    argv[n++] = directory;
    argv[n++] = "probe";
    argv[n] = NULL;
    setsid();
    alarm(PROBE_S);
    if (unshare(CLONE_NEWNS) == 0 &&
        mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0)
        for (size_t i = 0; i < r->unmounts_count; i++)
            umount2(r->unmounts[i], MNT_DETACH);
    if (chdir(directory) < 0)
        _exit(126);
    log = open("log", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    execv(r->program, (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* The last line of what it wrote. */
static void read_why(const char *directory, const char *name, struct error *err)
{
    char path[PATH_SIZE], line[256] = "", last[200] = "it cannot be executed";
    FILE *file;

    snprintf(path, sizeof path, "%s/log", directory);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        snprintf(last, sizeof last, "%s", line);
    }
    if (file != NULL)
        fclose(file);
    error_set(err, -EIO, "%s does not work here: %s", name, last);
}

static bool try(struct runtime *r, const char *name, const char *directory)
{
    const char *slash = strrchr(name, '/');
    int status = -1;
    pid_t child;

    r->program = find_program(name);
    r->is_crun = strncmp(slash != NULL ? slash + 1 : name, "crun", 4) == 0;
    r->unmounts_count = 0;
    if (r->is_crun && is_hybrid())
        r->unmounts[r->unmounts_count++] = UNIFIED;
    if (r->program == NULL) {
        error_set(&r->why, -ENOENT, "%s is not installed", name);
        return false;
    }
    if (write_probe(r, directory, &r->why) == 0) {
        child = fork();
        if (child == 0)
            run_probe(r, directory);
        if (child > 0)
            while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
        if (status == 0)
            return true;
        read_why(directory, name, &r->why);
    }
    free(r->program);
    r->program = NULL;
    return false;
}

void runtime_probe(struct runtime *r, const char *wanted, const char *directory)
{
    static const char *const inits[] = {"catatonit", "tini-static", "tini"};

    *r = (struct runtime){0};
    if (geteuid() != 0) {
        error_set(&r->why, -EPERM,
                  "containers need an agent that runs as root");
        return;
    }
    if (wanted != NULL)
        try(r, wanted, directory);
    else if (!try(r, "crun", directory))
        try(r, "runc", directory);
    for (size_t i = 0; r->init == NULL && i < sizeof inits / sizeof inits[0];
         i++)
        r->init = find_program(inits[i]);
}

void runtime_release(struct runtime *r)
{
    free(r->program);
    free(r->init);
    *r = (struct runtime){0};
}
