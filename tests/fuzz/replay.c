/* replay.c - gives a fuzz target the inputs kept for it, one file after the
 * other, where it is built without a fuzzer: NAME_fuzz those in corpus/NAME.
 * Prints TAP; in the sanitizers' build they judge as well. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/target.h"
#include "tests/test.h"

enum {
    INPUT_SIZE_MAX = 1 << 21
};

static uint8_t bytes[INPUT_SIZE_MAX];

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void replay_file(const char *directory, const char *name)
{
    char path[4096];
    uint8_t *input;
    size_t size;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        printf("# %s cannot be read\n", path);
        CHECK(!"open");
        return;
    }
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    input = malloc(size > 0 ? size : 1); /* so that its end is its end */
    if (input == NULL)
        abort();
    memcpy(input, bytes, size);
    printf("# %s\n", name);
    CHECK(LLVMFuzzerTestOneInput(input, size) == 0);
    free(input);
}

int main(int argc, char **argv)
{
    const char *srcdir = getenv("srcdir");
    const char *slash = strrchr(argv[0], '/');
    const char *target = slash != NULL ? slash + 1 : argv[0];
    char directory[2048];
    struct dirent **names;
    int count;

    (void)argc;
    snprintf(directory, sizeof directory, "%s/tests/fuzz/corpus/%.*s",
             srcdir != NULL ? srcdir : ".",
             (int)(strlen(target) - strlen("_fuzz")), target);
    count = scandir(directory, &names, is_input, alphasort);
    CHECK(count > 0);
    for (int i = 0; i < count; i++) {
        replay_file(directory, names[i]->d_name);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
    return test_done();
}
