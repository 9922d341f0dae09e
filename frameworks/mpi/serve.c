/* serve.c - mezzo-mpi serve: the framework. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/role.h"
#include "frameworks/mpi/command.h"
#include "frameworks/mpi/service.h"
#include "frameworks/mpi/visitors.h"
#include "io/file.h"
#include "io/log.h"

enum {
    FILE_SIZE_MAX = 1 << 20
};

static const char *state, *master, *master_key, *key_file, *socket_path, *role,
    *partitions_file, *executor, *name, *store;
static bool is_verbose;

static const struct options_row rows[] = {
    {.name = "state",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &state,
     .help = "the state directory of the cluster; what mezzo up started last "
             "unless told"},
    {.name = "master",
     .argument = "HOST:PORT",
     .kind = OPTIONS_STRING,
     .value = &master,
     .help = "another master than that cluster's"},
    {.name = "master-key",
     .argument = "KEY",
     .kind = OPTIONS_STRING,
     .value = &master_key,
     .help = "its public key"},
    {.name = "key-file",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &key_file,
     .help = "our keys, made by mezzo keygen"},
    {.name = "mpi-socket",
     .argument = "PATH",
     .kind = OPTIONS_STRING,
     .value = &socket_path,
     .help = "where users come in; mpi.sock in the state directory, or "
             "/run/mezzo/mpi.sock unless told"},
    {.name = "mpi-store",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &store,
     .help = "where jobs are kept; mpi/jobs in the state directory, or "
             "/var/lib/mezzo/mpi/jobs unless told"},
    {.name = "mpi-role",
     .argument = "ROLE",
     .kind = OPTIONS_STRING,
     .value = &role,
     .initial = "mpi",
     .help = "whose share of the cluster jobs use; accounts are below it"},
    {.name = "mpi-partitions",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &partitions_file,
     .help = "lines \"partition NAME [default] [time=T] [nodes=N] [ranks=N] "
             "[priority=P] [constraint=ATTRIBUTE:equals:VALUE]\" and \"account "
             "NAME\""},
    {.name = "mpi-executor",
     .argument = "PATH",
     .kind = OPTIONS_STRING,
     .value = &executor,
     .help = "of mezzo-mpi-executor on the agents; as it is installed here "
             "unless told"},
    {.name = "name",
     .argument = "NAME",
     .kind = OPTIONS_STRING,
     .value = &name,
     .initial = "mezzo-mpi",
     .is_command_line_only = true,
     .help = "what the framework is called"},
    {.name = "verbose",
     .kind = OPTIONS_FLAG,
     .value = &is_verbose,
     .is_command_line_only = true,
     .help = "log each state of each job"},
};

static const struct options serve_options = {
    .program = "mezzo mpi serve",
    .operands = "",
    .summary = "the framework itself: a queue of jobs, which it keeps",
    .text = "mezzo up starts it.  Jobs go on when it is restarted, and it goes "
            "on with them.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
};

/* Installed beside us, or where the installation was moved to. */
static bool find_executor(char path[PATH_MAX])
{
    static const char *const places[] = {"../libexec/mezzo/mezzo-mpi-executor",
                                         "mezzo-mpi-executor"};
    char self[PATH_MAX], beside[PATH_MAX + 64];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

    if (size < 0)
        return false;
    self[size] = '\0';
    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < 2; i++) {
        snprintf(beside, sizeof beside, "%s/%s", self, places[i]);
        if (realpath(beside, path) != NULL && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

static int read_partitions(struct partitions *partitions, struct error *err)
{
    AUTO(auto_free) char *text = NULL;
    size_t size;
    int rc;

    if (partitions_file == NULL)
        return partitions_parse("", "", partitions, err);
    rc = file_read(partitions_file, FILE_SIZE_MAX, &text, &size, err);
    return rc < 0 ? rc
                  : partitions_parse(partitions_file, text, partitions, err);
}

/* Directories of the socket and the store: that may be passed through by all,
 * this is ours. */
static int make_places(const char *socket,
                       char file[PATH_MAX],
                       const char *directory,
                       struct error *err)
{
    char path[PATH_MAX];
    int rc;

    snprintf(path, sizeof path, "%s", socket);
    if (strrchr(path, '/') != NULL)
        *strrchr(path, '/') = '\0';
    rc = path[0] == '/' ? file_make_directories(path, 0755, err) : 0;
    if (store != NULL) {
        snprintf(file, PATH_MAX, "%s", store);
        return rc;
    }
    if (snprintf(path, sizeof path, "%s/mpi", directory) >= PATH_MAX - 6)
        return error_set(err, -ENAMETOOLONG, "%s: too long", directory);
    snprintf(file, PATH_MAX, "%.4080s/jobs", path);
    return rc < 0 ? rc : file_make_directories(path, 0700, err);
}

static int fail(const struct error *err, int status)
{
    log_text(LOG_LEVEL_ERROR, "%s", err->text);
    return status;
}

static int run(int argc, char **argv)
{
    struct mezzo_cluster cluster = {.state = ""};
    struct partitions partitions;
    struct service_options options = {0};
    char path[108 + 1], program[PATH_MAX], file[PATH_MAX];
    char why[MEZZO_ERROR_SIZE];
    struct error err;
    int rc;

    options_parse(&serve_options, argc, argv);
    log_open("mezzo-mpi", LOG_LEVEL_NOTICE);
    options.cluster = (struct mezzo_cluster_options){
        .master = master,
        .state = state,
        .master_key = master_key,
        .key_file = key_file,
    };
    if (mezzo_cluster_find(&options.cluster, &cluster, why) < 0) {
        error_set(&err, -1, "%s", why);
        return fail(&err, 2);
    }
    if (!role_is_valid(role) || strcmp(role, "*") == 0)
        options_fail(&serve_options,
                     "--mpi-role %s: accounts must be able to be below it",
                     role);
    if (executor == NULL && !find_executor(program)) {
        error_set(&err, -1,
                  "mezzo-mpi-executor is not installed beside us; "
                  "say where it is with --mpi-executor");
        return fail(&err, 2);
    }
    visitors_path(socket_path, cluster.state, path, sizeof path);
    if (read_partitions(&partitions, &err) < 0)
        return fail(&err, 2);
    rc = make_places(
        path, file, cluster.state[0] != '\0' ? cluster.state : "/var/lib/mezzo",
        &err);
    options.name = name;
    options.role = role;
    options.store = file;
    options.socket = path;
    options.executor = executor != NULL ? executor : program;
    options.partitions = &partitions;
    options.is_verbose = is_verbose;
    if (rc == 0)
        rc = service_run(&options, &err);
    partitions_release(&partitions);
    return rc < 0 ? fail(&err, 1) : 0;
}

const struct command command_serve = {
    .name = "serve", .run = run, .options = &serve_options};
