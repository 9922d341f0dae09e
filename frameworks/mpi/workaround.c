/* workaround.c - what mends MPI libraries that are known to be broken. */

#include "frameworks/mpi/workaround.h"

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

#define MPICH "libmpich.so"
#define MPICH_FILE "libmpich.so.12"

bool workaround_is_wanted(const void *plan, size_t size)
{
    json_t *json = json_loadb(plan, size, 0, NULL);
    const json_t *flag =
        json_object_get(json_object_get(json, "plan"), "workarounds");
    json_int_t nodes = json_integer_value(json_object_get(json, "nodes"));
    bool is_wanted = nodes > 1 && (flag == NULL || json_is_true(flag));

    json_decref(json);
    return is_wanted;
}

/* Is each of the texts, up to NULL, in the file? */
static bool file_has(const char *path, const char *const *texts)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    bool has_all = true;
    void *bytes;

    if (fd < 0)
        return false;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
        status.st_size == 0) {
        close(fd);
        return false;
    }
    bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return false;
    for (; has_all && *texts != NULL; texts++)
        has_all = memmem(bytes, (size_t)status.st_size, *texts,
                         strlen(*texts)) != NULL;
    munmap(bytes, (size_t)status.st_size);
    return has_all;
}

/* In one of the directories of `list`, which `visit` likes. */
static bool search(const char *list, const char *name, const char *const *texts)
{
    AUTO(auto_free) char *copy = list != NULL ? strdup(list) : NULL;
    char *rest = copy, *directory, path[PATH_MAX];

    while (copy != NULL && (directory = strsep(&rest, ":")) != NULL) {
        snprintf(path, sizeof path, "%s/%s", directory, name);
        if (access(path, R_OK) == 0)
            return file_has(path, texts); /* the first is what is used */
    }
    return false;
}

static bool needs_it(const char *program,
                     const char *directory,
                     const struct words *environment)
{
    static const char *const uses[] = {MPICH, NULL};
    static const char *const is_broken[] = {"ch4:ucx", "ucp_disconnect_nb",
                                            "4.0", NULL};
    char path[PATH_MAX];
    bool uses_mpich;

    if (strchr(program, '/') == NULL) {
        uses_mpich = search(words_get(environment, "PATH"), program, uses);
    } else {
        snprintf(path, sizeof path, "%s%s%s",
                 program[0] == '/' ? "" : directory,
                 program[0] == '/' ? "" : "/", program);
        uses_mpich = file_has(path, uses);
    }
    return uses_mpich &&
           (search(words_get(environment, "LD_LIBRARY_PATH"), MPICH_FILE,
                   is_broken) ||
            search("/usr/local/lib:/usr/lib/x86_64-linux-gnu:"
                   "/usr/lib/aarch64-linux-gnu:/usr/lib64:/usr/lib",
                   MPICH_FILE, is_broken));
}

/* Ranks of a step are of one program: it is looked at once. */
static bool needs_it_cached(const char *program,
                            const char *directory,
                            const struct words *environment)
{
    static char last[PATH_MAX];
    static bool needs;

    if (strcmp(last, program) != 0) {
        snprintf(last, sizeof last, "%s", program);
        needs = needs_it(program, directory, environment);
    }
    return needs;
}

void workaround_apply(const char *program,
                      const char *directory,
                      struct words *environment)
{
    const char *old = words_get(environment, "LD_PRELOAD");
    char path[PATH_MAX], list[2 * PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 32);

    if (size < 0 || !needs_it_cached(program, directory, environment))
        return;
    path[size] = '\0';
    snprintf(strrchr(path, '/') + 1, 32, "mezzo-mpi-finalize.so");
    if (access(path, R_OK) < 0)
        return;
    snprintf(list, sizeof list, "%s%s%s", path, old != NULL ? ":" : "",
             old != NULL ? old : "");
    words_set(environment, "LD_PRELOAD", list);
}
