/* compose_input.c - the files of a project, and the variables they may use. */

#include "frameworks/container/compose_input.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "frameworks/container/compose_file.h"
#include "frameworks/container/dotenv.h"
#include "io/file.h"

enum {
    WARNINGS_MAX = 50,
};

static const char *const file_names[] = {
    "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"};

struct source {
    struct arena *arena;
    const char *directory; /* of the file, absolute */
    struct dotenv env;
    const char *unset[WARNINGS_MAX]; /* that was said already */
    size_t unset_count;
};

static const char *format(struct arena *arena, const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 2;
    char *text = arena_alloc(arena, size);

    snprintf(text, size, "%s/%s", a, b);
    return text;
}

/* ------------------------------------------------------------ variables */

static const char *of_environment(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

static void warn(struct source *source, const char *name)
{
    for (size_t i = 0; i < source->unset_count; i++)
        if (strcmp(source->unset[i], name) == 0)
            return;
    if (source->unset_count == WARNINGS_MAX)
        return;
    source->unset[source->unset_count++] = arena_strdup(source->arena, name);
    fprintf(stderr,
            "mezzo compose: the variable %.60s is not set; nothing takes its "
            "place\n",
            name);
}

/* The caller's environment wins over .env. */
static const char *of_project(void *arg, const char *name)
{
    struct source *source = arg;
    const char *value = getenv(name);

    if (value == NULL)
        value = dotenv_find(&source->env, name);
    if (value == NULL)
        warn(source, name);
    return value;
}

/* ---------------------------------------------------------------- files */

static int read_file(void *arg,
                     struct arena *arena,
                     const char *path,
                     const char **text,
                     struct error *err)
{
    struct source *source = arg;
    AUTO(auto_free) char *bytes = NULL;
    size_t size;
    int rc;

    if (path[0] != '/')
        path = format(arena, source->directory, path);
    rc = file_read(path, YAML_SIZE_MAX, &bytes, &size, err);
    if (rc < 0)
        return rc;
    if (strlen(bytes) != size)
        return error_set(err, -EINVAL, "%.200s: it is no text", path);
    *text = arena_strdup(arena, bytes);
    return 0;
}

/* Here, or in the nearest directory above that has one. */
static const char *find_file(struct arena *arena)
{
    char directory[PATH_MAX];

    if (getcwd(directory, sizeof directory) == NULL)
        return NULL;
    for (;;) {
        char *slash = strrchr(directory, '/');

        for (size_t i = 0; i < sizeof file_names / sizeof file_names[0]; i++) {
            const char *path = format(arena, directory, file_names[i]);

            if (access(path, F_OK) == 0)
                return path;
        }
        if (slash == NULL || directory[0] == '\0')
            return NULL;
        *slash = '\0';
    }
}

static int find_directory(struct source *source, const char *path)
{
    AUTO(auto_free) char *real = realpath(path, NULL);
    char *slash;

    if (real == NULL) {
        fprintf(stderr, "mezzo compose: %s: %s\n", path, strerror(errno));
        return -errno;
    }
    slash = strrchr(real, '/');
    *slash = '\0';
    source->directory = arena_strdup(source->arena, real);
    return 0;
}

static int read_dotenv(struct source *source)
{
    const char *text;
    struct error why;
    int rc = read_file(source, source->arena, ".env", &text, &why);

    if (rc == -ENOENT)
        return 0;
    if (rc == 0) {
        rc = dotenv_parse(source->arena, text, of_environment, NULL,
                          &source->env, &why);
        if (rc == 0)
            return 0;
        fprintf(stderr, "%s/.env:%s\n", source->directory, why.text);
        return rc;
    }
    fprintf(stderr, "mezzo compose: %s\n", why.text);
    return rc;
}

/* --------------------------------------------------------------- reading */

static json_t *read_project(struct source *source,
                            const struct compose_input *input,
                            const char *path)
{
    struct reading r = {.arena = source->arena,
                        .file = path,
                        .project = input->project,
                        .reads_past_builds = input->reads_past_builds,
                        .variable = of_project,
                        .variable_arg = source,
                        .home = getenv("HOME"),
                        .directory = source->directory,
                        .read_file = read_file,
                        .read_file_arg = source};
    AUTO(auto_free) char *text = NULL;
    struct error why;
    size_t size;
    json_t *project;

    if (r.project == NULL)
        r.project = getenv("COMPOSE_PROJECT_NAME");
    if (file_read(path, YAML_SIZE_MAX, &text, &size, &why) < 0) {
        fprintf(stderr, "mezzo compose: %s\n", why.text);
        return NULL;
    }
    project = compose_file_read(&r, text, size);
    for (size_t i = 0; i < r.problems_count && i < READING_PROBLEMS_MAX; i++)
        fprintf(stderr, "%s\n", r.problems[i]);
    if (r.problems_count > READING_PROBLEMS_MAX)
        fprintf(stderr, "%s: and %zu more\n", path,
                r.problems_count - READING_PROBLEMS_MAX);
    return project;
}

json_t *compose_input_read(struct arena *arena,
                           const struct compose_input *input)
{
    static struct source source; /* too large for the stack */
    const char *path = input->file;

    source = (struct source){.arena = arena};
    if (path == NULL)
        path = getenv("COMPOSE_FILE");
    if (path == NULL)
        path = find_file(arena);
    if (path == NULL) {
        fputs("mezzo compose: there is no compose.yaml here or above; name one "
              "with -f FILE\n",
              stderr);
        return NULL;
    }
    if (find_directory(&source, path) < 0 || read_dotenv(&source) < 0)
        return NULL;
    return read_project(&source, input, path);
}

const char *compose_input_name(struct arena *arena,
                               const struct compose_input *input)
{
    const char *name = input->project;
    struct compose_input tolerant = *input;
    json_t *project;

    if (name == NULL)
        name = getenv("COMPOSE_PROJECT_NAME");
    if (name != NULL)
        return name;
    tolerant.reads_past_builds = true;
    project = compose_input_read(arena, &tolerant);
    if (project == NULL)
        return NULL;
    name = arena_strdup(arena,
                        json_string_value(json_object_get(project, "name")));
    json_decref(project);
    return name;
}
