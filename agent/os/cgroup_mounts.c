/* cgroup_mounts.c - /proc/self/mountinfo says where hierarchies are,
 * /proc/self/cgroup where we are in them. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/cgroup_parts.h"

enum {
    REMOVE_TRIES_MAX = 20
};

unsigned cgroup_controller(const char *name, size_t size)
{
    static const struct {
        const char *name;
        unsigned bit;
    } all[] = {
        {"cpu", CONTROLLER_CPU},         {"memory", CONTROLLER_MEMORY},
        {"pids", CONTROLLER_PIDS},       {"cpuset", CONTROLLER_CPUSET},
        {"devices", CONTROLLER_DEVICES}, {"freezer", CONTROLLER_FREEZER},
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strlen(all[i].name) == size &&
            strncmp(all[i].name, name, size) == 0)
            return all[i].bit;
    return 0;
}

/* Of "rw,cpu,cpuacct" or "cpu,cpuacct". */
static unsigned controllers_of(const char *list)
{
    unsigned bits = 0;

    while (*list != '\0') {
        size_t size = strcspn(list, ",\n ");

        bits |= cgroup_controller(list, size);
        list += size;
        list += *list != '\0';
    }
    return bits;
}

/* Our group of the hierarchy with `controllers`; 0: of cgroup2. */
static bool find_ours(unsigned controllers, char *group, size_t group_size)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[CGROUP_PATH_SIZE];
    bool is_found = false;
    char *list, *path;

    while (file != NULL && !is_found &&
           fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        list = strchr(line, ':');
        path = list == NULL ? NULL : strchr(list + 1, ':');
        if (path == NULL)
            continue;
        *path++ = '\0';
        is_found = controllers == 0
                       ? list[1] == '\0'
                       : (controllers_of(list + 1) & controllers) != 0;
        if (is_found)
            snprintf(group, group_size, "%s", path);
    }
    if (file != NULL)
        fclose(file);
    return is_found;
}

/* 36 35 98:0 /root /mount options - type source super-options */
static bool parse_mount(char *line, struct cgroup_mount *mount)
{
    char root[CGROUP_PATH_SIZE / 4], group[CGROUP_PATH_SIZE / 4];
    char *separator = strstr(line, " - ");
    char type[32] = "", super[256] = "";
    const char *below = group;

    if (separator == NULL ||
        sscanf(line, "%*s %*s %*s %1023s %1023s", root, mount->path) != 2 ||
        sscanf(separator, " - %31s %*s %255s", type, super) != 2)
        return false;
    if (strcmp(type, "cgroup2") == 0)
        mount->version = 2;
    else if (strcmp(type, "cgroup") == 0)
        mount->version = 1;
    else
        return false;
    mount->controllers = mount->version == 2 ? 0 : controllers_of(super);
    if (mount->version == 1 && mount->controllers == 0)
        return false;
    if (!find_ours(mount->controllers, group, sizeof group))
        return false;
    /* In a container a part of the hierarchy may be mounted. */
    if (strcmp(root, "/") != 0 && strncmp(group, root, strlen(root)) == 0)
        below = group + strlen(root);
    if (strcmp(below, "/") == 0)
        below = "";
    return snprintf(mount->ours, sizeof mount->ours, "%s%s", mount->path,
                    below) < (int)sizeof mount->ours;
}

size_t cgroup_mounts(struct cgroup_mount mounts[CGROUP_HIERARCHIES_MAX])
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    char line[CGROUP_PATH_SIZE];
    unsigned seen = 0;
    bool has_seen_v2 = false;
    size_t count = 0;

    while (file != NULL && count < CGROUP_HIERARCHIES_MAX &&
           fgets(line, sizeof line, file) != NULL) {
        if (!parse_mount(line, &mounts[count]))
            continue;
        /* One may be mounted twice. */
        if (mounts[count].version == 2 ? has_seen_v2
                                       : mounts[count].controllers & seen)
            continue;
        has_seen_v2 |= mounts[count].version == 2;
        seen |= mounts[count].controllers;
        count++;
    }
    if (file != NULL)
        fclose(file);
    return count;
}

void cgroup_join(char path[CGROUP_PATH_SIZE],
                 const char *directory,
                 const char *name)
{
    size_t size = strnlen(directory, CGROUP_PATH_SIZE - 1);
    size_t name_size = strnlen(name, CGROUP_PATH_SIZE);

    memmove(path, directory, size);
    if (size + 2 > CGROUP_PATH_SIZE - 1)
        size = CGROUP_PATH_SIZE - 3; /* not `directory`, which may be there */
    if (size + 1 + name_size >= CGROUP_PATH_SIZE)
        name_size = CGROUP_PATH_SIZE - 2 - size;
    path[size] = '/';
    memcpy(path + size + 1, name, name_size);
    path[size + 1 + name_size] = '\0';
}

static int open_file(const char *directory, const char *file, int flags)
{
    char path[CGROUP_PATH_SIZE];
    int fd;

    if (snprintf(path, sizeof path, "%s/%s", directory, file) >=
        (int)sizeof path)
        return -ENAMETOOLONG;
    fd = open(path, flags | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int cgroup_write(const char *directory, const char *file, const char *text)
{
    int fd = open_file(directory, file, O_WRONLY);
    int code;

    if (fd < 0)
        return fd;
    code = write(fd, text, strlen(text)) < 0 ? -errno : 0;
    close(fd);
    return code;
}

int cgroup_write_number(const char *directory, const char *file, int64_t value)
{
    char text[32];

    snprintf(text, sizeof text, "%lld", (long long)value);
    return cgroup_write(directory, file, text);
}

int cgroup_read(const char *directory,
                const char *file,
                char *text,
                size_t text_size)
{
    int fd = open_file(directory, file, O_RDONLY);
    ssize_t size;

    text[0] = '\0';
    if (fd < 0)
        return fd;
    size = read(fd, text, text_size - 1);
    if (size < 0)
        size = -errno;
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    return size < 0 ? (int)size : 0;
}

uint64_t cgroup_read_count(const char *directory,
                           const char *file,
                           const char *key)
{
    size_t size = strlen(key);
    char text[1024];
    const char *line = text;

    cgroup_read(directory, file, text, sizeof text);
    while (line != NULL) {
        if (strncmp(line, key, size) == 0 && line[size] == ' ')
            return strtoull(line + size + 1, NULL, 10);
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return 0;
}

int cgroup_make_directory(const char *base, const char *name)
{
    char path[CGROUP_PATH_SIZE];

    if (snprintf(path, sizeof path, "%s/%s", base, name) >= (int)sizeof path)
        return -ENAMETOOLONG;
    for (char *slash = strchr(path + strlen(base) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* One that has just died may be counted for a moment. */
static void remove_soon(const char *path)
{
    for (int i = 0; i < REMOVE_TRIES_MAX; i++) {
        if (rmdir(path) == 0 || errno != EBUSY)
            return;
        usleep(1000);
    }
}

void cgroup_remove_base(const char *base)
{
    static const char *const below[] = {"whole", "runs", "daemon"};
    char path[CGROUP_PATH_SIZE];

    cgroup_join(path, base, "shared");
    remove_soon(path);
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        cgroup_join(path, base, below[i]);
        rmdir(path);
    }
    rmdir(base);
    snprintf(path, sizeof path, "%s", base);
    *strrchr(path, '/') = '\0';
    rmdir(path);
}
