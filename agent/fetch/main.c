/* main.c - mezzo-fetch [OPTION]... URI: brings one URI into the current
 * directory, and ends.
 *
 * The agent starts it for each, as the task's user and in its sandbox, so that
 * neither curl nor the reading of strangers' archives is in a daemon. */

#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fetch/download.h"
#include "agent/fetch/extract.h"
#include "agent/fetch/image.h"
#include "agent/fetch/seed.h"
#include "base/auto.h"
#include "io/options.h"

static const char *directory, *output, *layout, *store, *digest, *seed_path;
static int64_t bytes_max, stall_ms, time_ms;
static bool is_executable, is_extracted;

static const struct options_row rows[] = {
    {.name = "directory",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &directory,
     .is_command_line_only = true,
     .help = "where to, instead of the current directory"},
    {.name = "output",
     .argument = "NAME",
     .kind = OPTIONS_STRING,
     .value = &output,
     .is_command_line_only = true,
     .help = "the file's name, instead of the URI's last part"},
    {.name = "executable",
     .kind = OPTIONS_FLAG,
     .value = &is_executable,
     .is_command_line_only = true,
     .help = "make it executable"},
    {.name = "extract",
     .kind = OPTIONS_FLAG,
     .value = &is_extracted,
     .is_command_line_only = true,
     .help = "unpack it there, if its name is that of an archive: .tar, "
             ".tar.gz, .tgz, .tar.bz2, .tar.xz, .tar.zst, .zip"},
    {.name = "image",
     .argument = "LAYOUT",
     .kind = OPTIONS_STRING,
     .value = &layout,
     .is_command_line_only = true,
     .help = "unpack the image of this OCI layout, whose blobs are in the "
             "store; the URI is what it is called"},
    {.name = "store",
     .argument = "DIR",
     .kind = OPTIONS_STRING,
     .value = &store,
     .is_command_line_only = true,
     .help = "of an agent's images, for --image"},
    {.name = "digest",
     .argument = "DIGEST",
     .kind = OPTIONS_STRING,
     .value = &digest,
     .is_command_line_only = true,
     .help = "of the image, for --image"},
    {.name = "seed",
     .argument = "PATH",
     .kind = OPTIONS_STRING,
     .value = &seed_path,
     .is_command_line_only = true,
     .help = "make --directory, and copy there what is at PATH below the "
             "directory named instead of a URI"},
    {.name = "size-max",
     .argument = "SIZE",
     .kind = OPTIONS_SIZE,
     .initial = "10G",
     .value = &bytes_max,
     .is_command_line_only = true,
     .help = "of the file, and of all that it unpacks to"},
    {.name = "stall-timeout",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "60s",
     .min = 1000,
     .value = &stall_ms,
     .is_command_line_only = true,
     .help = "give up when nothing came for so long"},
    {.name = "time-max",
     .argument = "TIME",
     .kind = OPTIONS_DURATION,
     .initial = "1h",
     .min = 1000,
     .value = &time_ms,
     .is_command_line_only = true,
     .help = "give up after so long, whatever came"},
};

static const struct options options = {
    .program = "mezzo-fetch",
    .operands = "URI",
    .summary = "bring a file or an archive into a task's sandbox",
    .text = "The agent starts it for each URI of a task, as the task's user: "
            "so neither curl nor the reading of strangers' archives is in a "
            "daemon.  A URI is file://, http:// or https://, or an absolute "
            "path.",
    .rows = rows,
    .rows_count = sizeof rows / sizeof rows[0],
    .section = 8,
};

/* The last part of the path, without what follows '?' or '#'. */
static char *name_of(const char *uri)
{
    const char *begin = strstr(uri, "://");
    const char *end, *slash;
    char *name;

    begin = begin == NULL ? uri : begin + 3;
    end = begin + strcspn(begin, "?#");
    for (slash = end; slash > begin && slash[-1] != '/'; slash--)
        ;
    if (slash == begin) /* "http://host" has no path */
        slash = end;
    name = strndup(slash, (size_t)(end - slash));
    if (name == NULL)
        abort();
    return name;
}

static int check_name(const char *name, struct error *err)
{
    if (name[0] == '\0' || strchr(name, '/') != NULL ||
        strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(err, -EINVAL,
                         "it gives no name for a file; give it an output file");
    return 0;
}

static int fetch(const char *uri, const char *name, struct error *err)
{
    const struct download_limits limits = {bytes_max, stall_ms, time_ms};
    /* Not through a link that is there already. */
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                  is_executable ? 0755 : 0644);
    int rc;

    if (fd < 0)
        return error_errno(err, "create %s", name);
    rc = download(uri, fd, &limits, err);
    if (rc == 0 && is_executable && fchmod(fd, 0755) < 0)
        rc = error_errno(err, "chmod %s", name);
    if (close(fd) < 0 && rc == 0)
        rc = error_errno(err, "write %s", name);
    if (rc == 0 && is_extracted && extract_is_archive(name))
        rc = extract(name, bytes_max, err);
    return rc;
}

static void late(int number)
{
    static const char text[] = "it takes too long\n";

    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(EXIT_FAILURE);
}

/* For what cannot be asked to mind the time: copying and unpacking. */
static void set_alarm(void)
{
    signal(SIGALRM, late);
    alarm((unsigned)(time_ms / 1000) + 1);
}

static void give_up_privileges(void)
{
    const struct rlimit none = {0, 0}, few = {64, 64};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_NOFILE, &few);
}

static int unpack_image(const char *reference)
{
    const struct image image = {.store = store,
                                .layout = layout,
                                .digest = digest,
                                .reference = reference,
                                .bytes_max = bytes_max};
    struct error err = {""};

    if (store == NULL || digest == NULL)
        options_fail(&options, "--image goes with --store and --digest");
    image_drop_privileges();
    give_up_privileges();
    set_alarm();
    if (image_unpack(&image, &err) == 0)
        return EXIT_SUCCESS;
    if (err.text[0] != '\0')
        fprintf(stderr, "%s\n", err.text);
    return EXIT_FAILURE;
}

static int seed_volume(const char *root)
{
    struct error err = {""};

    if (directory == NULL)
        options_fail(&options, "--seed goes with --directory");
    set_alarm();
    if (seed(root, seed_path, directory, &err) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "%s\n", err.text);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    int first = options_parse(&options, argc, argv);
    AUTO(auto_free) char *name = NULL;
    struct error err;
    int rc;

    if (argc - first != 1)
        options_fail(&options, "one URI is needed");
    if (layout != NULL)
        return unpack_image(argv[first]);
    if (seed_path != NULL)
        return seed_volume(argv[first]);
    give_up_privileges();
    set_alarm();
    if (directory != NULL && chdir(directory) < 0)
        options_fail(&options, "%s: %s", directory, strerror(errno));
    name = output != NULL ? strdup(output) : name_of(argv[first]);
    if (name == NULL)
        abort();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    rc = check_name(name, &err);
    if (rc == 0)
        rc = fetch(argv[first], name, &err);
    curl_global_cleanup();
    if (rc == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "%s: %s\n", argv[first], err.text);
    return EXIT_FAILURE;
}
