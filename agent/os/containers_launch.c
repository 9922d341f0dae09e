/* containers_launch.c - what the runtime is told: the bundle, and its command
 * line. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/bundle.h"
#include "agent/os/containers_parts.h"
#include "agent/os/image_store.h"
#include "agent/os/launcher.h"
#include "agent/os/networks.h"
#include "base/auto.h"

enum {
    OVERLAY_SIZE = 4096, /* the kernel takes a page */
    TEXTS_MAX = 8,
    TEXT_SIZE = 512,
    ENVIRONMENT_BYTES_MAX = 128 << 10,
    LIST_MAX = 8192, /* arguments, variables */
    MOUNTS_MAX = 300,
};

/* Room for what a request and a bundle point to: of one at a time. */
static struct {
    char overlay[OVERLAY_SIZE];
    char root[CONTAINER_PATH_SIZE + 16];
    char state[CONTAINER_PATH_SIZE + 16];
    char pid[CONTAINER_PATH_SIZE + 16];
    char log[CONTAINER_PATH_SIZE + 16];
    char names[3][CONTAINER_PATH_SIZE + 16];
    char hostname[80];
    const char *argv[RUNTIME_ARGUMENTS_MAX];
    const char *arguments[LIST_MAX];
    const char *environment[LIST_MAX];
    char texts[TEXTS_MAX][TEXT_SIZE];
    size_t texts_count;
    struct bundle_mount mounts[MOUNTS_MAX];
    char sources[MOUNTS_MAX][CONTAINER_PATH_SIZE];
    char options[MOUNTS_MAX][64];
    const char *devices[64];
} words;

static int append(const char **list,
                  size_t *count,
                  const char *const *items,
                  struct error *err)
{
    for (size_t i = 0; items != NULL && items[i] != NULL; i++) {
        if (*count >= LIST_MAX - 1)
            return error_set(err, -E2BIG,
                             "it has more than %d arguments or "
                             "variables",
                             LIST_MAX - 1);
        list[(*count)++] = items[i];
    }
    list[*count] = NULL;
    return 0;
}

/* The image's lists have no NULL at their end. */
static int append_counted(const char **list,
                          size_t *count,
                          char **items,
                          size_t items_count,
                          struct error *err)
{
    for (size_t i = 0; i < items_count; i++) {
        const char *const one[] = {items[i], NULL};

        if (append(list, count, one, err) < 0)
            return -E2BIG;
    }
    return 0;
}

static int make_arguments(const struct container *c,
                          const struct order_container *o,
                          struct error *err)
{
    static const char *const init[] = {CONTAINER_INIT, "--", NULL};
    const Mezzo__Record__Image *image = c->image;
    size_t count = 0, begin;
    int code = append(words.arguments, &count, o->has_init ? init : NULL, err);

    begin = count;
    if (code == 0)
        code = o->entrypoint != NULL
                   ? append(words.arguments, &count, o->entrypoint, err)
                   : append_counted(words.arguments, &count, image->entrypoint,
                                    image->n_entrypoint, err);
    if (code == 0 && o->arguments != NULL)
        code = append(words.arguments, &count, o->arguments, err);
    else if (code == 0 && o->entrypoint == NULL)
        code = append_counted(words.arguments, &count, image->command,
                              image->n_command, err);
    if (code == 0 && count == begin)
        code = error_set(err, -EINVAL,
                         "its image has no command of its own: give it one");
    return code;
}

static bool has_variable(size_t count, const char *text)
{
    size_t size = strcspn(text, "=");

    for (size_t i = 0; i < count; i++)
        if (strncmp(words.environment[i], text, size) == 0 &&
            words.environment[i][size] == '=')
            return true;
    return false;
}

static void add_variable(size_t *count, const char *name, const char *value)
{
    char *text = words.texts[words.texts_count];
    int size = snprintf(text, TEXT_SIZE, "%s=%s", name, value);

    if (size >= TEXT_SIZE || has_variable(*count, text) ||
        *count >= LIST_MAX - 1)
        return;
    words.texts_count++;
    words.environment[(*count)++] = text;
    words.environment[*count] = NULL;
}

static int make_environment(const struct container *c,
                            const struct order_launch *launch,
                            struct error *err)
{
    const Mezzo__Record__Image *image = c->image;
    size_t count = 0;

    words.texts_count = 0;
    if (append(words.environment, &count, launch->environment, err) < 0)
        return -E2BIG;
    for (size_t i = 0; i < image->n_environment; i++)
        if (strchr(image->environment[i], '=') != NULL &&
            !has_variable(count, image->environment[i]) &&
            append_counted(words.environment, &count, &image->environment[i], 1,
                           err) < 0)
            return -E2BIG;
    add_variable(&count, "MEZZO_SANDBOX", CONTAINER_SANDBOX);
    add_variable(&count, "MESOS_SANDBOX", CONTAINER_SANDBOX);
    add_variable(&count, "PATH",
                 "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
                 "/bin");
    add_variable(&count, "HOSTNAME", words.hostname);
    for (size_t i = 0; i < image->n_users; i++)
        if (image->users[i]->uid == c->user) {
            add_variable(&count, "USER", image->users[i]->name);
            break;
        }
    add_variable(&count, "HOME", c->user == 0 ? "/root" : "/");
    return 0;
}

static size_t add_mount(size_t count,
                        const char *destination,
                        const char *source,
                        const char *options)
{
    words.mounts[count] =
        (struct bundle_mount){destination, NULL, source, options};
    return count + 1;
}

static int add_volume(struct container *c,
                      const struct order_volume *v,
                      const char *sandbox,
                      size_t *count,
                      struct error *err)
{
    struct bundle_mount *m = &words.mounts[*count];
    char *options = words.options[*count];

    if (*count == MOUNTS_MAX)
        return error_set(err, -E2BIG, "it has more than %d volumes",
                         MOUNTS_MAX);
    *m = (struct bundle_mount){.destination = v->path, .options = options};
    snprintf(options, sizeof words.options[0], "%s,nosuid,nodev",
             v->is_read_only ? "ro" : "rw");
    if (v->kind == ORDER_VOLUME_TMPFS) {
        m->type = "tmpfs";
        m->source = "tmpfs";
        if (v->size_bytes > 0)
            snprintf(options + strlen(options),
                     sizeof words.options[0] - strlen(options), ",size=%lldk",
                     (long long)v->size_bytes / 1024);
    } else {
        m->source = words.sources[*count];
        if (container_volume(c, v, sandbox, words.sources[*count], err) < 0)
            return -EINVAL;
    }
    ++*count;
    return 0;
}

static int compare_mounts(const void *a, const void *b)
{
    return strcmp(((const struct bundle_mount *)a)->destination,
                  ((const struct bundle_mount *)b)->destination);
}

/* What is in a directory that is mounted comes after that. */
static int make_mounts(struct container *c,
                       const struct order_container *o,
                       const char *sandbox,
                       size_t *count,
                       struct error *err)
{
    static const char *const names[][2] = {
        {"/etc/hosts", "hosts"},
        {"/etc/hostname", "hostname"},
        {"/etc/resolv.conf", "resolv.conf"},
    };
    int code = 0;

    *count = add_mount(0, CONTAINER_SANDBOX, sandbox, "rw,nosuid,nodev");
    for (size_t i = 0; i < 3; i++) {
        snprintf(words.names[i], sizeof words.names[0], "%s/%s", c->path,
                 names[i][1]);
        *count =
            add_mount(*count, names[i][0], words.names[i], "rw,nosuid,nodev");
    }
    if (o->has_init)
        *count = add_mount(*count, CONTAINER_INIT, c->all->runtime.init,
                           "ro,nosuid,nodev");
    for (size_t i = 0; code == 0 && i < o->volumes_count; i++)
        code = add_volume(c, &o->volumes[i], sandbox, count, err);
    qsort(words.mounts, *count, sizeof words.mounts[0], compare_mounts);
    return code;
}

static size_t list_devices(const struct order_launch *launch)
{
    size_t count = 0;

    for (size_t i = 0; i < launch->devices_count && count < 64; i++)
        if (launch->devices[i][0] == '/')
            words.devices[count++] = launch->devices[i];
    return count;
}

static void read_hostname(const struct container *c)
{
    char path[CONTAINER_PATH_SIZE + 16];
    ssize_t size;
    int fd;

    snprintf(path, sizeof path, "%s/hostname", c->path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    size = fd < 0 ? 0 : read(fd, words.hostname, sizeof words.hostname - 1);
    words.hostname[size > 0 ? size : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

static int write_bundle(struct container *c,
                        const struct container_launch *launch,
                        struct error *err)
{
    const struct order_container *o = launch->launch->container;
    const char *directory = launch->launch->working_directory;
    char path[CONTAINER_PATH_SIZE + 16];
    struct bundle bundle = {
        .root = words.root,
        .is_read_only = o->is_read_only,
        .hostname = words.hostname,
        .arguments = words.arguments,
        .environment = words.environment,
        .working_directory = directory != NULL ? directory
                             : c->image->working_directory != NULL &&
                                     c->image->working_directory[0] == '/'
                                 ? c->image->working_directory
                                 : "/",
        .user = c->user,
        .group = c->group,
        .groups = c->groups,
        .groups_count = c->groups_count,
        .files = launch->files,
        .mounts = words.mounts,
        .has_network = o->network != ORDER_NETWORK_HOST,
        .network = c->seat != NULL ? network_seat_path(c->seat) : NULL,
        .cgroup = c->all->runtime.is_crun || launch->cgroup[0] == '\0'
                      ? NULL
                      : launch->cgroup,
        .devices = words.devices,
        .devices_count = list_devices(launch->launch),
    };

    read_hostname(c);
    if (make_arguments(c, o, err) < 0 ||
        make_environment(c, launch->launch, err) < 0 ||
        make_mounts(c, o, launch->sandbox, &bundle.mounts_count, err) < 0)
        return -EINVAL;
    snprintf(path, sizeof path, "%s/config.json", c->path);
    return bundle_write(path, &bundle, err);
}

size_t container_write_layers(const struct container *c,
                              char *text,
                              size_t size)
{
    const Mezzo__Record__Image *image = c->image;
    size_t used = (size_t)snprintf(text, size, "lowerdir=");

    for (size_t i = image->n_layers; i-- > 0 && used < size;)
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 image->layers[i], i > 0 ? ":" : "");
    return used;
}

/* Layers from the top down, relative to where they all are. */
static int write_overlay(const struct container *c, struct error *err)
{
    size_t used;
    const Mezzo__Record__Image *image = c->image;

    if (strpbrk(c->path, ",:\\") != NULL)
        return error_set(err, -EINVAL,
                         "%s: containers need an agent whose --state has no "
                         "',', ':' or '\\' in it",
                         c->all->directory);
    used = container_write_layers(c, words.overlay, OVERLAY_SIZE);
    if (used < OVERLAY_SIZE)
        used += (size_t)snprintf(
            words.overlay + used, OVERLAY_SIZE - used,
            "%s,upperdir=%s/upper,workdir=%s/work,volatile",
            image->n_layers == 0 ? "empty" : "", c->path, c->path);
    return used < OVERLAY_SIZE
               ? 0
               : error_set(err, -E2BIG,
                           "its image has too many layers for a mount");
}

static void write_command(const struct container *c)
{
    const struct runtime *r = &c->all->runtime;
    size_t n = runtime_begin(r, words.state, words.argv);

    words.argv[n++] = "--log";
    words.argv[n++] = words.log;
    words.argv[n++] = "run";
    words.argv[n++] = "--detach";
    words.argv[n++] = "--pid-file";
    words.argv[n++] = words.pid;
    words.argv[n++] = "--bundle";
    words.argv[n++] = c->path;
    words.argv[n++] = "c";
    words.argv[n] = NULL;
}

/* Going up, the device is another's where the hierarchy ends. */
void container_cgroup(const char *directory, char group[4096])
{
    char above[4096];
    struct stat own, status;
    size_t size;
    char *slash;

    group[0] = '\0';
    if (stat(directory, &own) < 0)
        return;
    snprintf(above, sizeof above, "%s", directory);
    for (size = strlen(above); (slash = strrchr(above, '/')) > above;
         size = strlen(above)) {
        *slash = '\0';
        if (stat(above, &status) < 0)
            return;
        if (status.st_dev == own.st_dev)
            continue;
        snprintf(group, 4096, "%s", directory + size);
        return;
    }
}

int container_request(struct container *c,
                      const struct container_launch *launch,
                      struct launcher_request *request,
                      struct error *err)
{
    static const char *const environment[] = {
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

    if (c->image == NULL)
        return error_set(err, -EINVAL, "it was begun by an earlier agent");
    snprintf(words.root, sizeof words.root, "%s/root", c->path);
    snprintf(words.state, sizeof words.state, "%s/state", c->path);
    snprintf(words.pid, sizeof words.pid, "%s/pid", c->path);
    snprintf(words.log, sizeof words.log, "%s/log", c->path);
    if (write_overlay(c, err) < 0 || write_bundle(c, launch, err) < 0)
        return -EINVAL;
    write_command(c);
    request->argv = words.argv;
    request->environment = environment;
    request->working_directory = NULL;
    request->is_user_other = true;
    request->user = c->user;
    request->group = c->group;
    request->groups_count = 0;
    request->unmounts = c->all->runtime.unmounts;
    request->unmounts_count = c->all->runtime.unmounts_count;
    request->container = words.pid;
    request->overlay = words.overlay;
    request->overlay_at = words.root;
    request->overlay_from = image_store_layers(c->all->options.images);
    return 0;
}

void container_why(const struct container *c, struct error *why)
{
    char path[CONTAINER_PATH_SIZE + 16], line[256];
    FILE *file;

    why->text[0] = '\0';
    snprintf(path, sizeof path, "%s/log", c->path);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *message = strstr(line, "msg=\"");

        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0')
            error_set(why, 0, "%.200s", message != NULL ? message + 5 : line);
    }
    if (file != NULL)
        fclose(file);
}

char *container_environment(const struct container *c, size_t *size)
{
    char path[CONTAINER_PATH_SIZE + 16];
    char *text = malloc(ENVIRONMENT_BYTES_MAX);
    FILE *file;
    long pid;

    if (text == NULL)
        abort();
    *size = 0;
    snprintf(path, sizeof path, "%s/pid", c->path);
    file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%ld", &pid) != 1)
        pid = 0;
    if (file != NULL)
        fclose(file);
    snprintf(path, sizeof path, "/proc/%ld/environ", pid);
    file = pid > 0 ? fopen(path, "re") : NULL;
    if (file != NULL) {
        *size = fread(text, 1, ENVIRONMENT_BYTES_MAX - 1, file);
        fclose(file);
    }
    text[*size] = '\0';
    return text;
}

size_t container_exec(const struct container *c,
                      const char *const *options,
                      const char *argv[RUNTIME_ARGUMENTS_MAX])
{
    size_t n;

    snprintf(words.state, sizeof words.state, "%s/state", c->path);
    n = runtime_begin(&c->all->runtime, words.state, argv);
    argv[n++] = "exec";
    for (; options != NULL && *options != NULL; options++)
        argv[n++] = *options;
    argv[n++] = "c";
    return n;
}
