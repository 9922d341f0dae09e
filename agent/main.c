/* main.c - mezzo-agent: puts core, driver and machine together. */

#include "config.h"

#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/os/attributes.h"
#include "agent/os/detect.h"
#include "agent/os/machine.h"
#include "base/auto.h"
#include "io/address.h"
#include "io/detector.h"
#include "io/driver.h"
#include "io/file.h"
#include "io/keys.h"
#include "io/log.h"
#include "io/loop.h"
#include "io/options.h"

static const char *state, *listen_at, *advertise, *keys_path, *hostname,
    *resources_text, *attributes_text, *launcher, *fetch, *oci_runtime,
    *log_level;
static struct options_list masters, master_keys;
static struct options_list host_paths, insecure;
static int64_t sandbox_ms, output_bytes_max, image_ms, images_bytes_max;
static bool is_plain, has_no_cgroups;

static const struct options_row rows[] = {
    {.name = "state",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &state,
     .help = "where the journal, the sandboxes and the keys are"},
    {.name = "master",
     .argument = "ENDPOINT",
     .kind = OPTIONS_LIST,
     .value = &masters,
     .help = "of a master, such as tcp://127.0.0.1:5050; may be given again; "
             "or zk://HOSTS/PATH, where ZooKeeper knows who leads"},
    {.name = "master-key",
     .argument = "KEY",
     .kind = OPTIONS_LIST,
     .value = &master_keys,
     .help = "its public key; one for all masters, or one for each"},
    {.name = "listen",
     .argument = "ENDPOINT",
     .kind = OPTIONS_STRING,
     .initial = "tcp://127.0.0.1:5051",
     .value = &listen_at,
     .is_command_line_only = true,
     .help = "where the bytes of tasks are served"},
    {.name = "advertise",
     .argument = "ENDPOINT",
     .kind = OPTIONS_STRING,
     .value = &advertise,
     .is_command_line_only = true,
     .help = "how others reach that, where it is not --listen"},
    {.name = "keys",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &keys_path,
     .is_command_line_only = true,
     .help = "the agent's key pair; unless told, agent.keys in --state"},
    {.name = "hostname",
     .argument = "NAME",
     .kind = OPTIONS_STRING,
     .value = &hostname,
     .is_command_line_only = true,
     .help = "how it is called; unless told, as the machine"},
    {.name = "resources",
     .argument = "LIST",
     .kind = OPTIONS_STRING,
     .value = &resources_text,
     .help = "what it offers, such as "
             "'cpus:4;mem:2048;ports:[31000-31999]'; unless told, what "
             "the machine has"},
    {.name = "attributes",
     .argument = "LIST",
     .kind = OPTIONS_STRING,
     .value = &attributes_text,
     .help = "for constraints, such as 'rack:r1;os:debian'"},
    {.name = "sandbox-time",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "1d",
     .value = &sandbox_ms,
     .help = "how long a task's sandbox outlives it"},
    {.name = "output-max",
     .argument = "SIZE",
     .kind = OPTIONS_SIZE,
     .initial = "64M",
     .value = &output_bytes_max,
     .help = "of a task's stdout, and of its stderr: the oldest is "
             "forgotten; 0: no bound"},
    {.name = "no-cgroups",
     .kind = OPTIONS_FLAG,
     .value = &has_no_cgroups,
     .help = "run tasks in plain sessions, without limits"},
    {.name = "oci-runtime",
     .argument = "PROGRAM",
     .kind = OPTIONS_STRING,
     .value = &oci_runtime,
     .help = "what containers are run by; unless told, crun or runc, "
             "whichever works here"},
    {.name = "allow-path",
     .argument = "PATH",
     .kind = OPTIONS_LIST,
     .value = &host_paths,
     .help = "containers may mount this, or what is below it, as root; may be "
             "given again"},
    {.name = "insecure-registry",
     .argument = "HOST",
     .kind = OPTIONS_LIST,
     .value = &insecure,
     .help = "images are fetched from there without TLS, as they are from "
             "this machine; may be given again"},
    {.name = "image-time",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "10m",
     .value = &image_ms,
     .help = "for an image to be fetched"},
    {.name = "images-max",
     .argument = "SIZE",
     .kind = OPTIONS_SIZE,
     .initial = "20G",
     .value = &images_bytes_max,
     .help = "of all images together; then those that nobody has used for the "
             "longest time go"},
    {.name = "launcher",
     .argument = "PROGRAM",
     .kind = OPTIONS_STRING,
     .value = &launcher,
     .is_command_line_only = true,
     .help = "mezzo-launcher, where it is not beside the agent or installed"},
    {.name = "fetch",
     .argument = "PROGRAM",
     .kind = OPTIONS_STRING,
     .value = &fetch,
     .is_command_line_only = true,
     .help = "mezzo-fetch, likewise"},
    {.name = "plain",
     .kind = OPTIONS_FLAG,
     .value = &is_plain,
     .is_command_line_only = true,
     .help = "without keys; only on loopback"},
    {.name = "log-level",
     .argument = "LEVEL",
     .kind = OPTIONS_STRING,
     .initial = "notice",
     .value = &log_level,
     .help = "error, notice or debug"},
};

static const struct options options = {
    .program = "mezzo-agent",
    .operands = "",
    .summary = "offer this machine to a cluster and run tasks on it",
    .text = "Tasks are children of mezzo-launcher, which outlives the agent: "
            "an agent that is stopped or killed, and started again, finds "
            "them as they are.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
    .section = 8,
};

struct program {
    struct arena *arena;
    struct agent *agent;
    struct driver *driver;
    struct detector *detector; /* NULL: the masters are named */
    struct os *os;
    struct keys keys;
    struct resources resources;
    Mesos__V1__Attribute **attributes;
    size_t attributes_count;
    char devices[DETECT_DEVICES_MAX][DETECT_DEVICE_SIZE];
    const char *device_paths[DETECT_DEVICES_MAX];
    size_t devices_count;
    const char *executor_endpoint;
    char boot_id[DETECT_BOOT_ID_SIZE];
    char network_namespace[DETECT_NAMESPACE_SIZE];
};

static const struct principal master = {.name = "master",
                                        .kind = PRINCIPAL_MASTER};
static const struct principal executor = {.name = "executor",
                                          .kind = PRINCIPAL_EXECUTOR};
static const struct principal guest = {.name = "guest",
                                       .kind = PRINCIPAL_GUEST};

__attribute__((format(printf, 2, 3))) static const char *format(
    struct program *p, const char *text, ...)
{
    char whole[4096];
    va_list args;

    va_start(args, text);
    vsnprintf(whole, sizeof whole, text, args);
    va_end(args);
    return arena_strdup(p->arena, whole);
}

/* Beside us, as in a build tree; below where we are installed, which may have
 * been moved; or else where that was to be. */
static const char *find_program(struct program *p, const char *name)
{
    static const char *const below[] = {"", "../libexec/mezzo/"};
    char self[4096];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *path;

    self[size > 0 ? size : 0] = '\0';
    if (strrchr(self, '/') != NULL)
        strrchr(self, '/')[1] = '\0';
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        path = format(p, "%s%s%s", self, below[i], name);
        if (access(path, X_OK) == 0)
            return path;
    }
    return format(p, "%s/%s", PKGLIBEXECDIR, name);
}

static void fill_paths(struct program *p)
{
    char name[256] = "localhost";
    struct sockaddr_un address;

    if (keys_path == NULL)
        keys_path = format(p, "%s/agent.keys", state);
    if (advertise == NULL)
        advertise = listen_at;
    if (launcher == NULL)
        launcher = find_program(p, "mezzo-launcher");
    if (fetch == NULL)
        fetch = find_program(p, "mezzo-fetch");
    gethostname(name, sizeof name - 1);
    if (hostname == NULL)
        hostname = format(p, "%s", name);
    p->executor_endpoint = format(p, "ipc://%s/executors", state);
    if (strlen(p->executor_endpoint) - strlen("ipc://") >=
        sizeof address.sun_path)
        options_fail(&options,
                     "--state %s: the path is too long for sockets in it, %zu "
                     "characters at most",
                     state, sizeof address.sun_path - sizeof "/executors");
}

static void check_resources(void)
{
    struct resources parsed = {0};
    struct error err;

    if (resources_text != NULL &&
        resources_parse(&parsed, resources_text, &err) < 0)
        options_fail(&options, "--resources: %s", err.text);
    resources_release(&parsed);
}

static void check_options(void)
{
    enum log_level level;

    if (state == NULL)
        options_fail(&options, "--state DIR is missing");
    if (state[0] != '/')
        options_fail(&options, "--state %s: an absolute path is needed", state);
    check_resources();
    if (masters.count == 0)
        options_fail(&options, "--master ENDPOINT is missing");
    for (size_t i = 0; i < masters.count; i++)
        if (strncmp(masters.items[i], "zk://", 5) != 0 &&
            address_refuses(masters.items[i]) != NULL)
            options_fail(&options, "--master: '%s' %s", masters.items[i],
                         address_refuses(masters.items[i]));
    if (masters.count > AGENT_MASTERS_MAX)
        options_fail(&options, "--master: %d at most", AGENT_MASTERS_MAX);
    if (!is_plain && master_keys.count != 1 &&
        master_keys.count != masters.count)
        options_fail(&options,
                     "--master-key: one for all masters, or one for each, is "
                     "needed; mezzo keygen shows it");
    for (size_t i = 0; i < master_keys.count; i++)
        if (!keys_is_key(master_keys.items[i]))
            options_fail(&options, "--master-key: '%s' is not a public key",
                         master_keys.items[i]);
    if (!log_level_parse(log_level, &level))
        options_fail(&options,
                     "--log-level: '%s' is not error, notice or debug",
                     log_level);
    log_open(hostname != NULL ? hostname : "agent", level);
}

static int find_resources(struct program *p, struct error *err)
{
    char text[DETECT_RESOURCES_SIZE];
    int rc;

    p->devices_count = detect_devices(p->devices);
    for (size_t i = 0; i < p->devices_count; i++)
        p->device_paths[i] = p->devices[i];
    if (resources_text != NULL)
        return resources_parse(&p->resources, resources_text, err);
    rc = detect_resources(state, text, err);
    return rc < 0 ? rc : resources_parse(&p->resources, text, err);
}

static int find_place(struct program *p, struct error *err)
{
    detect_network(p->network_namespace);
    return detect_boot_id(p->boot_id, err);
}

static int find_attributes(struct program *p, struct error *err)
{
    struct error why;
    int rc =
        attributes_parse(attributes_text != NULL ? attributes_text : "",
                         p->arena, &p->attributes, &p->attributes_count, &why);

    return rc < 0 ? error_set(err, rc, "--attributes: %s", why.text) : 0;
}

/* With a NULL at its end. */
static const char *const *list_of(struct program *p,
                                  const struct options_list *from)
{
    const char **list = arena_alloc(p->arena, (from->count + 1) * sizeof *list);

    for (size_t i = 0; i < from->count; i++)
        list[i] = from->items[i];
    return list;
}

static struct agent *make_agent(struct program *p)
{
    struct agent_master of[AGENT_MASTERS_MAX];
    const struct passwd *user = getpwuid(geteuid());
    struct agent_options o = {
        .hostname = hostname,
        .resources = &p->resources,
        .attributes = p->attributes,
        .attributes_count = p->attributes_count,
        .masters = of,
        .masters_count = masters.count,
        .stream_endpoint = advertise,
        .stream_key = is_plain ? NULL : p->keys.public_key,
        .executor_endpoint = p->executor_endpoint,
        .descriptors_path = format(p, "%s/descriptors", state),
        .version = PACKAGE_VERSION,
        .boot_id = p->boot_id,
        .network_namespace = p->network_namespace,
        .user = user != NULL ? user->pw_name : "nobody",
        .may_switch_user = geteuid() == 0,
        .pid = getpid(),
        .sandbox_ms = sandbox_ms,
        .output_bytes_max = output_bytes_max,
        .containers_fault = os_containers_fault(p->os),
        .has_no_bridge = os_bridge_address(p->os) == NULL,
        .bridge_address = os_bridge_address(p->os),
        .host_paths = list_of(p, &host_paths),
        .insecure_registries = list_of(p, &insecure),
        .image_ms = image_ms,
        .images_bytes_max = images_bytes_max,
    };

    for (size_t i = 0; i < masters.count; i++)
        of[i] = (struct agent_master){
            .endpoint = masters.items[i],
            .server_key =
                is_plain ? NULL
                         : master_keys.items[master_keys.count == 1 ? 0 : i]};
    if (getrandom(&o.seed, sizeof o.seed, 0) != sizeof o.seed ||
        getrandom(o.secret, sizeof o.secret, 0) != sizeof o.secret)
        options_fail(&options, "no random numbers: %s", strerror(errno));
    return agent_new(&o);
}

static void order_cb(void *arg, const void *order)
{
    os_order(((struct program *)arg)->os, order);
}

static void report_cb(void *arg, const struct report *report)
{
    struct program *p = arg;

    driver_input(p->driver,
                 &(struct input){.kind = INPUT_LOCAL, .local = report});
}

static void stop_cb(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    driver_stop(((struct program *)arg)->driver, 0);
}

static int make_os(struct program *p,
                   struct event_base *base,
                   struct error *err)
{
    return os_new(&(struct os_options){.base = base,
                                       .directory = state,
                                       .launcher_program = launcher,
                                       .fetch_program = fetch,
                                       .oci_runtime = oci_runtime,
                                       .host_paths = list_of(p, &host_paths),
                                       .name = hostname,
                                       .has_no_cgroups = has_no_cgroups,
                                       .devices = p->device_paths,
                                       .devices_count = p->devices_count,
                                       .output_bytes_max = output_bytes_max,
                                       .report = report_cb,
                                       .log = log_effect,
                                       .arg = p},
                  &p->os, err);
}

/* Not at all where the masters are named one by one. */
static int find_leader(struct program *p, struct error *err)
{
    return detector_is_address(masters.items[0])
               ? detector_open(masters.items[0], &p->detector, err)
               : 0;
}

static int make_driver(struct program *p, struct error *err)
{
    const struct driver_endpoint endpoints[] = {
        {.address = listen_at,
         .policy = is_plain ? DRIVER_PLAIN : DRIVER_ANY_KEY,
         .principal = &guest},
        {.address = p->executor_endpoint,
         .policy = DRIVER_PLAIN,
         .principal = &executor},
    };

    return driver_new(
        &(struct driver_options){.machine = agent_machine(p->agent),
                                 .endpoints = endpoints,
                                 .endpoints_count = 2,
                                 .keys = is_plain ? NULL : &p->keys,
                                 .server = &master,
                                 .detector = p->detector,
                                 .local = order_cb,
                                 .log = log_effect,
                                 .arg = p},
        &p->driver, err);
}

static int run(struct program *p, struct event_base *base)
{
    struct event *terminate = evsignal_new(base, SIGTERM, stop_cb, p);
    struct event *interrupt = evsignal_new(base, SIGINT, stop_cb, p);
    int status;

    event_add(terminate, NULL);
    event_add(interrupt, NULL);
    status = loop_run(base, p->driver);
    event_free(terminate);
    event_free(interrupt);
    return status;
}

int main(int argc, char **argv)
{
    struct program p = {.arena = arena_new()};
    struct event_base *base = event_base_new();
    struct error err;
    int status, lock;

    mallopt(M_ARENA_MAX, 1); /* threads of ours allocate next to nothing */
    options_parse(&options, argc, argv);
    check_options();
    fill_paths(&p);
    signal(SIGPIPE, SIG_IGN);
    if (base == NULL)
        abort();
    if (file_make_directories(state, 0711, &err) < 0 ||
        file_lock(format(&p, "%s/agent.lock", state), &lock, &err) < 0 ||
        (!is_plain && keys_load(&p.keys, keys_path, &err) < 0) ||
        find_resources(&p, &err) < 0 || find_attributes(&p, &err) < 0 ||
        find_place(&p, &err) < 0 || make_os(&p, base, &err) < 0)
        options_fail(&options, "%s", err.text);
    p.agent = make_agent(&p);
    if (find_leader(&p, &err) < 0 || make_driver(&p, &err) < 0)
        options_fail(&options, "%s", err.text);
    status = run(&p, base);
    driver_free(p.driver);
    detector_close(p.detector);
    os_free(p.os);
    agent_free(p.agent);
    resources_release(&p.resources);
    event_base_free(base);
    arena_free(p.arena);
    return status;
}
