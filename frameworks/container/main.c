/* main.c - mezzo-container: services over the agents of a cluster. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frameworks/container/serve.h"
#include "io/file.h"
#include "io/log.h"
#include "io/options.h"

enum {
    PATH_SIZE = MEZZO_PATH_SIZE + 100,
};

static struct serve_options serving;
static const char *log_level;
static bool has_no_names;

static const struct options_row rows[] = {
    {.name = "state",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &serving.cluster.state,
     .help = "the state directory of the cluster; what mezzo up started last "
             "unless told"},
    {.name = "master",
     .argument = "HOST:PORT",
     .kind = OPTIONS_STRING,
     .value = &serving.cluster.master,
     .help = "the master, or several with commas between; as the state "
             "directory says unless told"},
    {.name = "master-key",
     .argument = "KEY",
     .kind = OPTIONS_STRING,
     .value = &serving.cluster.master_key,
     .help = "its public key"},
    {.name = "key-file",
     .argument = "FILE",
     .kind = OPTIONS_STRING,
     .value = &serving.cluster.key_file,
     .help = "our own key pair"},
    {.name = "directory",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &serving.directory,
     .help = "where to keep projects; container in the state directory unless "
             "told"},
    {.name = "socket",
     .argument = "PATH",
     .kind = OPTIONS_STRING,
     .value = &serving.socket,
     .help = "where users come; door in that directory unless told"},
    {.name = "role",
     .argument = "ROLE",
     .kind = OPTIONS_STRING,
     .value = &serving.role,
     .help = "that pays for it all; * unless told"},
    {.name = "no-names",
     .kind = OPTIONS_FLAG,
     .value = &has_no_names,
     .help = "serve no names: services do not find each other"},
    {.name = "log-level",
     .argument = "LEVEL",
     .kind = OPTIONS_STRING,
     .initial = "notice",
     .value = &log_level,
     .help = "error, notice or debug"},
};

static const struct options options = {
    .program = "mezzo-container",
    .operands = "serve",
    .summary = "run services in containers, and keep them running",
    .text = "A framework that users reach with mezzo compose.  What it runs "
            "lives on while it is\naway; it goes on where it was.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
    .section = 8,
};

/* Where we are installed, or above libtool's directory. */
static const char *find_names_program(char path[PATH_SIZE])
{
    static const char *const below[] = {"../libexec/mezzo/", "../"};
    char self[MEZZO_PATH_SIZE];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

    self[size > 0 ? size : 0] = '\0';
    if (strrchr(self, '/') != NULL)
        strrchr(self, '/')[1] = '\0';
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, PATH_SIZE, "%s%smezzo-names", self, below[i]);
        if (access(path, X_OK) == 0)
            return path;
    }
    snprintf(path, PATH_SIZE, "%s/mezzo-names", PKGLIBEXECDIR);
    return access(path, X_OK) == 0 ? path : NULL;
}

static int make_directories(const struct mezzo_cluster *cluster,
                            struct error *err)
{
    static char directory[PATH_SIZE], door[PATH_SIZE + 100];
    char files[PATH_SIZE + 100];
    int rc;

    if (serving.directory == NULL && cluster->state[0] == '\0')
        return error_set(err, -EINVAL,
                         "where to keep projects is not known; say --directory "
                         "DIR");
    if (serving.directory == NULL) {
        snprintf(directory, sizeof directory, "%s/container", cluster->state);
        serving.directory = directory;
    }
    if (serving.socket == NULL) {
        snprintf(door, sizeof door, "%.4000s/door", serving.directory);
        serving.socket = door;
    }
    snprintf(files, sizeof files, "%.4000s/files", serving.directory);
    rc = file_make_directories(serving.directory, 0755, err);
    return rc < 0 ? rc : file_make_directories(files, 0755, err);
}

int main(int argc, char **argv)
{
    int first = options_parse(&options, argc, argv);
    static struct mezzo_cluster cluster;
    static char names[PATH_SIZE];
    enum log_level level;
    struct error err;
    char why[MEZZO_ERROR_SIZE];

    if (argc - first != 1 || strcmp(argv[first], "serve") != 0)
        options_fail(&options, "say: mezzo-container serve");
    if (!log_level_parse(log_level, &level))
        options_fail(&options, "--log-level %s: is none", log_level);
    if (mezzo_cluster_find(&serving.cluster, &cluster, why) < 0)
        options_fail(&options, "%s", why);
    log_open("mezzo-container", level);
    if (make_directories(&cluster, &err) < 0)
        options_fail(&options, "%s", err.text);
    serving.names_program = has_no_names ? NULL : find_names_program(names);
    if (serve(&serving, &err) < 0) {
        log_text(LOG_LEVEL_ERROR, "%s", err.text);
        return 1;
    }
    return 0;
}
