/* compose_fuzz.c - any text as a Compose file, and what is made of it. */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "frameworks/container/compose_file.h"
#include "frameworks/container/dotenv.h"
#include "frameworks/container/project.h"
#include "tests/fuzz/target.h"

static const char *variable(void *arg, const char *name)
{
    (void)arg;
    return name[0] == 'A' ? "$A" : NULL;
}

static int read_file(void *arg,
                     struct arena *arena,
                     const char *path,
                     const char **text,
                     struct error *err)
{
    (void)arg;
    (void)arena;
    (void)text;
    return error_set(err, -ENOENT, "%.100s: is not there", path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct reading r = {.arena = arena,
                        .file = "f",
                        .reads_past_builds = true,
                        .variable = variable,
                        .directory = "/d",
                        .read_file = read_file};
    char *text = arena_alloc(arena, size + 1);
    struct dotenv env;
    struct error err = {""};
    json_t *json;

    memcpy(text, data, size);
    json = compose_file_read(&r, text, size);
    assert((json == NULL) == (r.problems_count > 0));
    if (json != NULL)
        project_free(project_parse(json, &err));
    json_decref(json);
    dotenv_parse(arena, text, variable, NULL, &env, &err);
    arena_free(arena);
    return 0;
}
