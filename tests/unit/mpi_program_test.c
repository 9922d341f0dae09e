/* mpi_program_test.c - programs that are found, and what their files tell. */

#include "frameworks/mpi/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

static char directory[] = "/tmp/mezzo-program-test.XXXXXX";
static char path[PATH_MAX];
static const struct words empty;

static void write_file(const void *bytes, size_t size, int mode)
{
    FILE *out = fopen(path, "w");

    if (out == NULL || fwrite(bytes, 1, size, out) != size)
        abort();
    fclose(out);
    if (chmod(path, (mode_t)mode) < 0)
        abort();
}

static char *read_file(const char *name, size_t *size)
{
    FILE *in = fopen(name, "r");
    char *bytes = malloc(1 << 22);

    if (in == NULL || bytes == NULL)
        abort();
    *size = fread(bytes, 1, 1 << 22, in);
    fclose(in);
    return bytes;
}

static void a_program_is_found_by_path(void)
{
    char full[PATH_MAX];
    const char *why;

    CHECK(program_find("true", "/nowhere:/bin", "/", full, &why));
    CHECK(strcmp(full, "/bin/true") == 0);
    CHECK(program_find("true", NULL, "/", full, &why));
    CHECK(program_find("./true", NULL, "/bin", full, &why));
    CHECK(strcmp(full, "/bin/./true") == 0);
    CHECK(!program_find("true", "/nowhere", "/", full, &why));
    CHECK(strcmp(why, "is not there") == 0);
    CHECK(!program_find("/bin", NULL, "/", full, &why)); /* a directory */
}

static void one_of_the_c_library_alone_cannot_speak(void)
{
    struct words preloads = {0};

    CHECK(!program_may_speak_pmix("/bin/true", &empty));
    words_set(&preloads, "LD_PRELOAD", "/lib/any.so");
    CHECK(program_may_speak_pmix("/bin/true", &preloads));
    words_release(&preloads);
}

static void what_executes_others_may_speak(void)
{
    CHECK(program_may_speak_pmix("/bin/sh", &empty));
    CHECK(program_may_speak_pmix("/usr/bin/env", &empty));
    write_file("#!/bin/sh\n", 10, 0755);
    CHECK(program_may_speak_pmix(path, &empty));
    CHECK(program_may_speak_pmix("/nowhere", &empty));
}

/* The file is the user's: whatever is in it, it is only read. */
static void a_broken_file_may_speak(void)
{
    size_t size;
    char *bytes = read_file("/bin/true", &size);
    bool all_may = true;

    for (size_t cut = 0; cut < 4096; cut += 7) {
        write_file(bytes, cut, 0755);
        all_may &= program_may_speak_pmix(path, &empty);
    }
    CHECK(all_may);
    for (size_t i = 0; i < 1024; i++) {
        char was = bytes[i];

        bytes[i] = (char)(was ^ 0x55);
        write_file(bytes, size, 0755);
        program_may_speak_pmix(path, &empty); /* and nothing is touched */
        bytes[i] = was;
    }
    free(bytes);
}

int main(void)
{
    if (mkdtemp(directory) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/program", directory);
    a_program_is_found_by_path();
    one_of_the_c_library_alone_cannot_speak();
    what_executes_others_may_speak();
    a_broken_file_may_speak();
    unlink(path);
    rmdir(directory);
    return test_done();
}
