/* containers.c - directories and files of runs in images. */

#include "config.h"

#include "agent/os/containers.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/bundle.h"
#include "agent/os/containers_parts.h"
#include "agent/os/image_store.h"
#include "agent/os/networks.h"
#include "agent/os/tools.h"
#include "agent/os/trash.h"
#include "agent/os/worker.h"
#include "base/auto.h"
#include "io/file.h"

int containers_open(const struct containers_options *options,
                    struct containers **containers,
                    struct error *err)
{
    struct containers *c = calloc(1, sizeof *c);
    AUTO(auto_free) char *probe = NULL;
    int code;

    if (c == NULL)
        abort();
    c->options = *options;
    c->fd = -1;
    if (asprintf(&c->directory, "%s/containers", options->directory) < 0 ||
        asprintf(&c->volumes, "%s/volumes", options->directory) < 0 ||
        asprintf(&probe, "%s/.probe", c->directory) < 0)
        abort();
    code = file_make_directories(c->directory, 0700, err);
    if (code == 0)
        code = file_make_directories(c->volumes, 0700, err);
    if (code == 0)
        code = file_make_directories(probe, 0700, err);
    if (code == 0)
        code = trash_open(c->directory, &c->trash, err);
    if (code == 0)
        code = c->fd = open(c->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (code < 0) {
        containers_close(c);
        return code;
    }
    c->worker = worker_new(options->base, "containers");
    runtime_probe(&c->runtime, options->runtime, probe);
    trash_move(c->trash, c->fd, ".probe");
    *containers = c;
    return 0;
}

void containers_close(struct containers *c)
{
    if (c == NULL)
        return;
    if (c->trash != NULL)
        trash_hurry(c->trash);
    worker_free(c->worker);
    trash_close(c->trash);
    if (c->fd >= 0)
        close(c->fd);
    runtime_release(&c->runtime);
    free(c->directory);
    free(c->volumes);
    free(c);
}

void containers_describe(const struct containers *c, struct error *text)
{
    if (c->runtime.program == NULL)
        error_set(text, 0, "containers: none, %.200s", c->runtime.why.text);
    else
        error_set(text, 0, "containers: by %.200s", c->runtime.program);
}

const struct runtime *containers_runtime(const struct containers *c)
{
    return &c->runtime;
}

/* ----------------------------------------------------------- cleaning up */

struct chore {
    struct job job;
    struct trash *trash;
};

static void chore_run(struct job *job)
{
    trash_empty(((struct chore *)job)->trash, NULL);
}

static void empty_trash(struct containers *c)
{
    struct chore *chore;

    if (worker_count(c->worker) > 1) /* one that waits sees all there is */
        return;
    chore = calloc(1, sizeof *chore);
    if (chore == NULL)
        abort();
    *chore = (struct chore){.job = {.run = chore_run}, .trash = c->trash};
    worker_submit(c->worker, &chore->job);
}

int containers_remove_volume(struct containers *c,
                             const char *volume,
                             struct error *err)
{
    int at = open(c->volumes, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = 0;

    if (at < 0 || (trash_move(c->trash, at, volume) < 0 && errno != ENOENT))
        code = error_errno(err, "remove the volume %.150s", volume);
    if (at >= 0)
        close(at);
    empty_trash(c);
    return code;
}

/* The network's plugins take names of fewer letters. */
static void network_id(const struct container *c, char id[RUN_NAME_SIZE + 8])
{
    snprintf(id, RUN_NAME_SIZE + 8, "mezzo-%s", c->flat_name);
    for (char *at = id; *at != '\0'; at++)
        if (*at == '%')
            *at = '_';
}

static void sweep(struct containers *all, const char *name)
{
    struct container c = {.all = all};
    char id[RUN_NAME_SIZE + 8], path[CONTAINER_PATH_SIZE + 16];

    snprintf(c.flat_name, sizeof c.flat_name, "%s", name);
    snprintf(path, sizeof path, "%s/%s/network", all->directory, name);
    if (access(path, F_OK) == 0) {
        network_id(&c, id);
        network_sweep(all->options.networks, id);
    }
    trash_move(all->trash, all->fd, name);
}

void containers_sweep(struct containers *c,
                      containers_is_known_f *is_known,
                      void *arg)
{
    DIR *stream = opendir(c->directory);
    struct dirent *entry;

    while (stream != NULL && (entry = readdir(stream)) != NULL)
        if (entry->d_name[0] != '.' && !is_known(arg, entry->d_name))
            sweep(c, entry->d_name);
    if (stream != NULL)
        closedir(stream);
    empty_trash(c);
}

void container_leave(struct container *c)
{
    if (c == NULL)
        return;
    if (c->soon != NULL)
        event_free(c->soon);
    tool_cancel(c->tool);
    container_free_seeds(c);
    free(c->ports);
    if (c->image != NULL)
        protobuf_c_message_free_unpacked(&c->image->base, NULL);
    free(c);
}

void container_free(struct container *c)
{
    if (c == NULL)
        return;
    network_leave(c->seat);
    trash_move(c->all->trash, c->all->fd, c->flat_name);
    empty_trash(c->all);
    container_leave(c);
}

/* ------------------------------------------------------------- beginning */

static int write_in(const struct container *c,
                    const char *name,
                    const char *text,
                    struct error *err)
{
    char path[CONTAINER_PATH_SIZE + 32];
    size_t size = strlen(text);
    int fd, code = 0;

    snprintf(path, sizeof path, "%s/%s", c->path, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text, size) != (ssize_t)size)
        code = error_errno(err, "write %s", path);
    if (fd >= 0)
        close(fd);
    return code;
}

/* "SIGQUIT", "QUIT", "3"; 0: none. */
static int signal_number(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);

    if (end != name && *end == '\0')
        return number > 0 && number < NSIG ? (int)number : 0;
    if (strncmp(name, "SIG", 3) == 0)
        name += 3;
    for (int i = 1; i < NSIG; i++) {
        const char *abbreviation = sigabbrev_np(i);

        if (abbreviation != NULL && strcmp(abbreviation, name) == 0)
            return i;
    }
    if (strncmp(name, "RTMIN+", 6) == 0)
        return SIGRTMIN + atoi(name + 6) <= SIGRTMAX ? SIGRTMIN + atoi(name + 6)
                                                     : 0;
    return 0;
}

/* The task's id, as far as it can be one. */
static void hostname_of(const struct order_container *o,
                        const char *run,
                        char name[64])
{
    size_t size = 0;

    if (o->hostname != NULL) {
        snprintf(name, 64, "%s", o->hostname);
        return;
    }
    run = strrchr(run, '/') != NULL ? strrchr(run, '/') + 1 : run;
    for (; *run != '\0' && size < 63; run++) {
        bool is_good = (*run >= 'a' && *run <= 'z') ||
                       (*run >= 'A' && *run <= 'Z') ||
                       (*run >= '0' && *run <= '9') || *run == '-';

        name[size++] = is_good ? *run : '-';
    }
    name[size] = '\0';
}

static void append_list(char text[8192],
                        const char *what,
                        const char *const *list,
                        bool is_one_line)
{
    size_t used = strlen(text);

    for (size_t i = 0; list[i] != NULL && used < 8192; i++)
        used +=
            (size_t)snprintf(text + used, 8192 - used, "%s%s%s",
                             i == 0 || !is_one_line ? what : "", list[i],
                             is_one_line && list[i + 1] != NULL ? " " : "\n");
}

static void read_machine_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? 0 : read(fd, text, size - 1);

    text[count > 0 ? count : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

static int write_names(const struct container *c,
                       const struct order_container *o,
                       const char *run,
                       struct error *err)
{
    char hostname[64], text[8192] = "";
    int code;

    hostname_of(o, run, hostname);
    code = write_in(c, "hostname", hostname, err);
    if (o->network == ORDER_NETWORK_HOST)
        read_machine_file("/etc/hosts", text, sizeof text);
    else
        snprintf(text, sizeof text,
                 "127.0.0.1 localhost\n::1 localhost ip6-localhost\n%s%s\n",
                 c->wants_network ? "# " : "127.0.1.1 ", hostname);
    if (code == 0)
        code = write_in(c, "hosts", text, err);
    text[0] = '\0';
    if (o->dns_servers == NULL && o->network != ORDER_NETWORK_NONE)
        read_machine_file("/etc/resolv.conf", text, sizeof text);
    if (o->dns_search != NULL)
        append_list(text, "search ", o->dns_search, true);
    if (o->dns_servers != NULL)
        append_list(text, "nameserver ", o->dns_servers, false);
    return code < 0 ? code : write_in(c, "resolv.conf", text, err);
}

static int make_directories(const struct container *c, struct error *err)
{
    static const char *const names[] = {"", "/upper", "/work", "/root",
                                        "/state"};
    char path[CONTAINER_PATH_SIZE + 32];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s%s", c->path, names[i]);
        if (mkdir(path, i == 1 ? 0755 : 0700) == 0)
            continue;
        if (i > 0 || errno != EEXIST)
            return error_errno(err, "make %s", path);
        /* Of a run of the same name, before. */
        if (trash_move(c->all->trash, c->all->fd, c->flat_name) < 0 ||
            mkdir(path, 0700) < 0)
            return error_errno(err, "make %s anew", path);
        empty_trash(c->all);
    }
    return 0;
}

static struct container *allocate(struct containers *all, const char *run)
{
    struct container *c = calloc(1, sizeof *c);

    if (c == NULL)
        abort();
    c->all = all;
    run_name_flat(run, c->flat_name);
    snprintf(c->path, sizeof c->path, "%s/%s", all->directory, c->flat_name);
    return c;
}

static int fill(struct container *c,
                const char *run,
                const struct order_container *o,
                struct error *err)
{
    char stop[16];
    int code;

    if (c->image == NULL)
        return error_set(err, -ENOENT,
                         "its image %s is not here any more: launch it again",
                         o->digest);
    if (o->has_init && c->all->runtime.init == NULL)
        return error_set(err, -ENOENT,
                         "it wants an init, and this agent has none: install "
                         "catatonit there");
    c->stop_signal = o->stop_signal;
    if (c->stop_signal == 0 && c->image->stop_signal != NULL)
        c->stop_signal = signal_number(c->image->stop_signal);
    if (c->stop_signal == 0)
        c->stop_signal = SIGTERM;
    code = container_find_user(c,
                               o->user != NULL  ? o->user
                               : c->image->user ? c->image->user
                                                : "0",
                               err);
    if (code == 0)
        code = make_directories(c, err);
    snprintf(stop, sizeof stop, "%d\n", c->stop_signal);
    if (code == 0)
        code = write_in(c, "stop", stop, err);
    if (code == 0 && c->wants_network)
        code = write_in(c, "network", "bridge\n", err);
    if (code == 0)
        code = container_list_seeds(c, o, err);
    return code < 0 ? code : write_names(c, o, run, err);
}

/* Who it is, to itself. */
static void add_to_hosts(const struct container *c)
{
    char path[CONTAINER_PATH_SIZE + 16], hostname[80];
    FILE *file;

    snprintf(path, sizeof path, "%s/hostname", c->path);
    read_machine_file(path, hostname, sizeof hostname);
    snprintf(path, sizeof path, "%s/hosts", c->path);
    file = fopen(path, "ae");
    if (file == NULL)
        return;
    fprintf(file, "%s %s\n", container_address(c), hostname);
    fclose(file);
}

static void joined(void *arg, const char *fault)
{
    struct container *c = arg;

    if (fault == NULL)
        add_to_hosts(c);
    c->ready(c->arg, fault);
}

static void join(struct container *c)
{
    char id[RUN_NAME_SIZE + 8];

    if (!c->wants_network) {
        c->ready(c->arg, NULL);
        return;
    }
    network_id(c, id);
    c->seat = network_join(c->all->options.networks, id, c->ports,
                           c->ports_count, joined, c);
}

static void seeded(struct container *c, const char *fault)
{
    if (fault != NULL)
        c->ready(c->arg, fault);
    else if (!container_seed_next(c, seeded))
        join(c);
}

static void soon_cb(evutil_socket_t fd, short what, void *arg)
{
    struct container *c = arg;

    (void)fd;
    (void)what;
    event_free(c->soon);
    c->soon = NULL;
    seeded(c, NULL);
}

int container_new(struct containers *all,
                  const char *run,
                  const struct order_container *o,
                  container_ready_f *ready,
                  void *arg,
                  struct container **container,
                  struct error *err)
{
    const struct timeval now = {0};
    struct container *c;
    int code;

    if (all->runtime.program == NULL)
        return error_set(err, -ENOENT,
                         "this agent cannot run containers: %.200s",
                         all->runtime.why.text);
    if (o->network == ORDER_NETWORK_BRIDGE &&
        networks_fault(all->options.networks) != NULL)
        return error_set(err, -ENOSYS,
                         "this agent has no container network: %s",
                         networks_fault(all->options.networks));
    c = allocate(all, run);
    c->ready = ready;
    c->arg = arg;
    c->image = image_store_read(all->options.images, o->digest);
    c->wants_network = o->network == ORDER_NETWORK_BRIDGE;
    c->ports = calloc(o->ports_count + 1, sizeof *c->ports);
    if (c->ports == NULL)
        abort();
    if (o->ports_count > 0)
        memcpy(c->ports, o->ports, o->ports_count * sizeof *c->ports);
    c->ports_count = o->ports_count;
    code = fill(c, run, o, err);
    if (code < 0) {
        container_free(c);
        return code;
    }
    c->soon = evtimer_new(all->options.base, soon_cb, c);
    if (c->soon == NULL)
        abort();
    evtimer_add(c->soon, &now);
    *container = c;
    return 0;
}

struct container *container_adopt(struct containers *all, const char *run)
{
    struct container *c = allocate(all, run);
    char path[CONTAINER_PATH_SIZE + 32], text[16];

    snprintf(path, sizeof path, "%s/stop", c->path);
    if (access(path, F_OK) < 0) {
        free(c);
        return NULL;
    }
    read_machine_file(path, text, sizeof text);
    c->stop_signal = signal_number(strtok(text, "\n") ? text : "TERM");
    if (c->stop_signal == 0)
        c->stop_signal = SIGTERM;
    snprintf(path, sizeof path, "%s/network", c->path);
    if (access(path, F_OK) == 0) {
        char id[RUN_NAME_SIZE + 8];

        network_id(c, id);
        c->seat = network_adopt(all->options.networks, id);
    }
    return c;
}

uid_t container_user(const struct container *c)
{
    return c->user;
}

gid_t container_group(const struct container *c)
{
    return c->group;
}

int container_stop_signal(const struct container *c)
{
    return c->stop_signal;
}

const char *container_address(const struct container *c)
{
    return c->seat != NULL && network_seat_address(c->seat)[0] != '\0'
               ? network_seat_address(c->seat)
               : NULL;
}
