/* run.c - mezzo run: a command on the cluster, as if it were here. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "cli/amounts.h"
#include "cli/cluster.h"
#include "cli/command.h"
#include "cli/job.h"
#include "cli/outcome.h"

static const char *name, *cpus, *memory, *user, *role, *image, *inner_user,
    *network, *health_command, *health_path;
static int64_t instances;
static struct options_list environment, uris, volumes, published;
static bool detaches, has_input, is_gang, waits, has_init, is_read_only;
static int64_t duration_ms, health_port, health_interval_ms;

static const struct options_row rows[] = {
    {.name = "name",
     .argument = "NAME",
     .kind = OPTIONS_STRING,
     .value = &name,
     .is_command_line_only = true,
     .help = "of the task; otherwise the command's"},
    {.name = "cpus",
     .argument = "CPUS",
     .kind = OPTIONS_STRING,
     .value = &cpus,
     .initial = "0.1",
     .is_command_line_only = true,
     .help = "how many cpus it needs"},
    {.name = "mem",
     .argument = "MIB",
     .kind = OPTIONS_STRING,
     .value = &memory,
     .initial = "64",
     .is_command_line_only = true,
     .help = "how much memory it needs, in MiB; using more ends it"},
    {.name = "instances",
     .argument = "N",
     .kind = OPTIONS_INTEGER,
     .min = 1,
     .max = JOB_INSTANCES_MAX,
     .value = &instances,
     .initial = "1",
     .is_command_line_only = true,
     .help = "run it as NAME-1 to NAME-N, each line of output with that name "
             "before it"},
    {.name = "env",
     .argument = "NAME=VALUE",
     .kind = OPTIONS_LIST,
     .value = &environment,
     .is_command_line_only = true,
     .help = "an environment variable for it"},
    {.name = "uri",
     .argument = "URI",
     .kind = OPTIONS_LIST,
     .value = &uris,
     .is_command_line_only = true,
     .help = "a file, http or https URI, or a path, to have in its sandbox "
             "when it starts; archives are unpacked"},
    {.name = "user",
     .argument = "USER",
     .kind = OPTIONS_STRING,
     .value = &user,
     .is_command_line_only = true,
     .help = "whom it runs as; otherwise who calls this"},
    {.name = "image",
     .argument = "REF",
     .kind = OPTIONS_STRING,
     .value = &image,
     .is_command_line_only = true,
     .help = "run it in this OCI image: a registry's name, or oci:DIR:TAG, "
             "docker-archive:FILE; the command replaces the image's, which is "
             "run when there is none"},
    {.name = "inner-user",
     .argument = "USER",
     .kind = OPTIONS_STRING,
     .value = &inner_user,
     .is_command_line_only = true,
     .help = "whom it runs as inside the image; otherwise as that says"},
    {.name = "volume",
     .argument = "SOURCE:PATH[:ro]",
     .kind = OPTIONS_LIST,
     .value = &volumes,
     .is_command_line_only = true,
     .help = "a volume that stays on the agent, by its name; an absolute path "
             "of the machine's, if the agent allows it; or tmpfs:PATH, in "
             "memory"},
    {.name = "network",
     .argument = "NETWORK",
     .kind = OPTIONS_STRING,
     .value = &network,
     .initial = "host",
     .is_command_line_only = true,
     .help = "of a container: host, bridge or none"},
    {.name = "publish",
     .argument = "HOST:CONTAINER[/udp]",
     .kind = OPTIONS_LIST,
     .value = &published,
     .is_command_line_only = true,
     .help = "a port of the machine's, which the task needs then, leads to "
             "that of a container on a bridge"},
    {.name = "health-command",
     .argument = "LINE",
     .kind = OPTIONS_STRING,
     .value = &health_command,
     .is_command_line_only = true,
     .help = "it is healthy when this, run in the container, succeeds; what is "
             "found is told on stderr"},
    {.name = "health-port",
     .argument = "PORT",
     .kind = OPTIONS_INTEGER,
     .max = 65535,
     .value = &health_port,
     .is_command_line_only = true,
     .help = "it is healthy when this can be connected to"},
    {.name = "health-path",
     .argument = "PATH",
     .kind = OPTIONS_STRING,
     .value = &health_path,
     .is_command_line_only = true,
     .help = "and answers this over HTTP, with 200 to 399"},
    {.name = "health-interval",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "10s",
     .min = 100,
     .value = &health_interval_ms,
     .is_command_line_only = true,
     .help = "how often that is looked at"},
    {.name = "init",
     .kind = OPTIONS_FLAG,
     .value = &has_init,
     .is_command_line_only = true,
     .help = "begin a container with a process that reaps and passes signals "
             "on"},
    {.name = "read-only",
     .kind = OPTIONS_FLAG,
     .value = &is_read_only,
     .is_command_line_only = true,
     .help = "a container's root cannot be written to"},
    {.name = "role",
     .argument = "ROLE",
     .kind = OPTIONS_STRING,
     .value = &role,
     .is_command_line_only = true,
     .help = "whose share of the cluster it uses"},
    {.name = "time",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .value = &duration_ms,
     .is_command_line_only = true,
     .help = "it is ended after that, such as 90s or 2h; who says how long it "
             "runs may start sooner"},
    {.name = "gang",
     .kind = OPTIONS_FLAG,
     .value = &is_gang,
     .is_command_line_only = true,
     .help = "start all instances together, or none"},
    {.name = "wait",
     .kind = OPTIONS_FLAG,
     .value = &waits,
     .is_command_line_only = true,
     .help = "wait even if no agent could ever take it, until one comes that "
             "can"},
    {.name = "input",
     .letter = 'i',
     .kind = OPTIONS_FLAG,
     .value = &has_input,
     .is_command_line_only = true,
     .help = "what is read here is its input; otherwise that is empty"},
    {.name = "detach",
     .kind = OPTIONS_FLAG,
     .value = &detaches,
     .is_command_line_only = true,
     .help = "leave it to run in the background when it has begun, and print "
             "what mezzo logs, wait and kill know it by"},
    CLUSTER_OPTIONS,
};

static const struct options run_options = {
    .program = "mezzo run",
    .operands = "[--] [COMMAND...]",
    .summary = "run a command on the cluster and show what it writes",
    .text =
        "The exit status is the command's; 128 and the signal's number when "
        "one has killed it; 125 when it never ran; 2 when no agent can take "
        "it; of several instances, that "
        "of the first that failed.  Ctrl-C ends the tasks.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
    .stops_at_operand = true,
};

/* ----------------------------------------------------- what was asked for */

static void read_resources(struct mezzo_resources *r)
{
    char *end;

    r->cpu_milli = amounts_read_milli(cpus);
    if (r->cpu_milli <= 0)
        options_fail(&run_options,
                     "--cpus %s: must be a number above 0, such as 0.5, with "
                     "at most three decimals",
                     cpus);
    errno = 0;
    r->memory_mb = strtoll(memory, &end, 10);
    if (errno != 0 || *end != '\0' || end == memory || r->memory_mb <= 0 ||
        r->memory_mb > INT64_C(1000) * 1000 * 1000)
        options_fail(&run_options,
                     "--mem %s: must be a whole number of MiB above 0", memory);
}

static struct mezzo_variable *read_environment(void)
{
    struct mezzo_variable *variables =
        calloc(environment.count + 1, sizeof *variables);

    if (variables == NULL)
        abort();
    for (size_t i = 0; i < environment.count; i++) {
        const char *text = environment.items[i];
        const char *equals = strchr(text, '=');

        if (equals == NULL || equals == text)
            options_fail(&run_options, "--env %s: must be NAME=VALUE", text);
        variables[i].name = strndup(text, (size_t)(equals - text));
        variables[i].value = equals + 1;
        if (variables[i].name == NULL)
            abort();
    }
    return variables;
}

static void free_environment(struct mezzo_variable *variables)
{
    for (size_t i = 0; i < environment.count; i++)
        free((char *)variables[i].name);
    free(variables);
}

/* "NAME:PATH", "/DIR:PATH", "tmpfs:PATH", and ":ro" behind it. */
static void read_volume(const char *text, struct mezzo_volume *v)
{
    char *copy = strdup(text), *path, *mode;

    if (copy == NULL)
        abort();
    path = strchr(copy, ':');
    mode = path != NULL ? strchr(path + 1, ':') : NULL;
    if (mode != NULL)
        *mode++ = '\0';
    if (path == NULL || path == copy || path[1] != '/' ||
        (mode != NULL && strcmp(mode, "ro") != 0 && strcmp(mode, "rw") != 0))
        options_fail(&run_options,
                     "--volume %s: must be SOURCE:/PATH or SOURCE:/PATH:ro",
                     text);
    *path++ = '\0';
    *v = (struct mezzo_volume){
        .path = path,
        .is_read_only = mode != NULL && strcmp(mode, "ro") == 0,
    };
    if (copy[0] == '/')
        v->host_path = copy;
    else if (strcmp(copy, "tmpfs") == 0)
        v->is_tmpfs = true;
    else
        v->name = copy;
}

/* "8080:80", "5353:53/udp"; the host's is one of the task's ports. */
static void read_port(const char *text,
                      struct mezzo_port_mapping *port,
                      struct mezzo_range *range)
{
    char protocol[4] = "tcp", end;
    unsigned host, inner;
    int count = sscanf(text, "%u:%u/%3s%c", &host, &inner, protocol, &end);

    if ((count != 2 && count != 3) || host == 0 || host > 65535 || inner == 0 ||
        inner > 65535 ||
        (strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0))
        options_fail(&run_options,
                     "--publish %s: must be HOST:CONTAINER, two ports, and "
                     "perhaps /udp",
                     text);
    *port =
        (struct mezzo_port_mapping){inner, host, strcmp(protocol, "udp") == 0};
    *range = (struct mezzo_range){host, host};
}

static int compare_ranges(const void *a, const void *b)
{
    const struct mezzo_range *one = a, *other = b;

    return one->begin < other->begin ? -1 : one->begin > other->begin;
}

static void read_ports(struct mezzo_container *c, struct mezzo_resources *r)
{
    static struct mezzo_port_mapping ports[OPTIONS_LIST_MAX];
    static struct mezzo_range ranges[OPTIONS_LIST_MAX];

    for (size_t i = 0; i < published.count; i++)
        read_port(published.items[i], &ports[i], &ranges[i]);
    if (published.count > 0 && c->network != MEZZO_NETWORK_BRIDGE)
        options_fail(&run_options, "--publish goes with --network bridge");
    qsort(ranges, published.count, sizeof ranges[0], compare_ranges);
    c->ports = ports;
    c->ports_count = r->ports_count = published.count;
    r->ports = ranges;
}

static void read_health(struct mezzo_health_check *check)
{
    if (health_path != NULL && health_port == 0)
        options_fail(&run_options, "--health-path goes with --health-port");
    if (health_command != NULL && health_port > 0)
        options_fail(&run_options,
                     "--health-command and --health-port: one of them");
    check->kind = health_command != NULL ? MEZZO_CHECK_COMMAND
                  : health_path != NULL  ? MEZZO_CHECK_HTTP
                  : health_port > 0      ? MEZZO_CHECK_TCP
                                         : MEZZO_CHECK_NONE;
    check->shell = health_command;
    check->port = (unsigned)health_port;
    check->path = health_path;
    check->interval_ms = health_interval_ms;
}

static void read_container(struct mezzo_container *c, struct mezzo_volume *list)
{
    if (strcmp(network, "bridge") == 0)
        c->network = MEZZO_NETWORK_BRIDGE;
    else if (strcmp(network, "none") == 0)
        c->network = MEZZO_NETWORK_NONE;
    else if (strcmp(network, "host") != 0)
        options_fail(&run_options, "--network %s: must be host, bridge or none",
                     network);
    if (image == NULL && (volumes.count > 0 || inner_user != NULL || has_init ||
                          is_read_only || c->network != MEZZO_NETWORK_HOST))
        options_fail(&run_options,
                     "--volume, --inner-user, --network, --init and "
                     "--read-only go with --image");
    for (size_t i = 0; i < volumes.count; i++)
        read_volume(volumes.items[i], &list[i]);
    c->image = image;
    c->user = inner_user;
    c->volumes = list;
    c->volumes_count = volumes.count;
    c->has_init = has_init;
    c->is_read_only = is_read_only;
}

static const char *name_of_command(const char *command)
{
    const char *slash = strrchr(command, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : command;
}

/* "web" of "host:5000/web:12"; letters that names do not have go. */
static const char *name_of_image(const char *reference)
{
    static char text[64];
    size_t size;

    reference = name_of_command(reference);
    size = strcspn(reference, ":@");
    snprintf(text, sizeof text, "%.*s", (int)(size < 63 ? size : 63),
             reference);
    return text[0] != '\0' ? text : "container";
}

/* ------------------------------------------------------------- detached */

/* Pass on what the other process says of its tasks; the exit status. */
static int wait_until_begun(pid_t child, int fd)
{
    char bytes[4096];
    bool has_begun = false;
    int wait_status;
    ssize_t size;

    while ((size = read(fd, bytes, sizeof bytes)) > 0)
        has_begun |= fwrite(bytes, 1, (size_t)size, stdout) > 0;
    close(fd);
    if (has_begun)
        return fflush(stdout) == 0 ? 0 : 1;
    if (waitpid(child, &wait_status, 0) == child && WIFEXITED(wait_status))
        return WEXITSTATUS(wait_status);
    return OUTCOME_NEVER_RAN;
}

static int run_detached(struct job_options *options)
{
    int fds[2];
    pid_t child;

    if (pipe(fds) < 0 || (child = fork()) < 0) {
        fprintf(stderr, "mezzo: %s\n", strerror(errno));
        return OUTCOME_NEVER_RAN;
    }
    if (child > 0) {
        close(fds[1]);
        return wait_until_begun(child, fds[0]);
    }
    close(fds[0]);
    options->detached_fd = fds[1];
    return job_run(options);
}

static int run(int argc, char **argv)
{
    int first = options_parse(&run_options, argc, argv);
    struct mezzo_uri uri_items[OPTIONS_LIST_MAX] = {0};
    struct mezzo_volume volume_items[OPTIONS_LIST_MAX] = {0};
    struct mezzo_container container = {0};
    struct mezzo_health_check check = {0};
    struct job_options options = {.detached_fd = -1};
    struct mezzo_variable *variables;
    int status;

    if (first == argc && image == NULL)
        options_fail(&run_options, "which command? mezzo run -- echo hello");
    read_resources(&options.resources);
    variables = read_environment();
    read_container(&container, volume_items);
    read_ports(&container, &options.resources);
    read_health(&check);
    options.container = image != NULL ? &container : NULL;
    options.health_check = &check;
    for (size_t i = 0; i < uris.count; i++)
        uri_items[i].value = uris.items[i];
    options.name = name != NULL    ? name
                   : first == argc ? name_of_image(image)
                                   : name_of_command(argv[first]);
    options.instances = (size_t)instances;
    options.role = role;
    options.duration_max_ms = duration_ms;
    options.is_gang = is_gang;
    options.waits = waits;
    options.has_input = has_input;
    if (has_input && (instances > 1 || detaches))
        options_fail(&run_options,
                     "--input: one instance alone, that is not detached, can "
                     "have it");
    options.cluster = cluster_given;
    options.command = (struct mezzo_command){
        .argv = first < argc ? (const char *const *)argv + first : NULL,
        .environment = variables,
        .environment_count = environment.count,
        .uris = uri_items,
        .uris_count = uris.count,
        .user = user,
    };
    status = detaches ? run_detached(&options) : job_run(&options);
    free_environment(variables);
    return status;
}

const struct command command_run = {
    .name = "run", .run = run, .options = &run_options};
