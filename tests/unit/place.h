/* place.h - a directory for one test, and small files in it. */

#ifndef UNIT_PLACE_H
#define UNIT_PLACE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[] = "/tmp/mezzo-unit-XXXXXX";

static inline void place_make(void)
{
    if (mkdtemp(place) == NULL) {
        perror(place);
        exit(99);
    }
}

static inline void place_remove(void)
{
    char command[sizeof place + 16];

    snprintf(command, sizeof command, "rm -rf %s", place);
    if (system(command) != 0)
        perror(command);
}

/* Of `name` in it; one of a few, in turn. */
static inline const char *place_path(const char *name)
{
    static char paths[8][512];
    static unsigned turn;
    char *path = paths[turn++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", place, name);
    return path;
}

static inline bool place_has(const char *name)
{
    struct stat status;

    return lstat(place_path(name), &status) == 0;
}

static inline void place_write(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(place_path(name), "w");

    if (file == NULL || fwrite(bytes, 1, size, file) != size ||
        fclose(file) != 0) {
        perror(name);
        exit(99);
    }
}

static inline void place_write_text(const char *name, const char *text)
{
    place_write(name, text, strlen(text));
}

/* What is in it, valid until the next call; "": nothing. */
static inline const char *place_text(const char *name)
{
    static char text[4096];
    FILE *file = fopen(place_path(name), "r");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);

    if (file != NULL)
        fclose(file);
    text[size] = '\0';
    return text;
}

static inline void place_mkdir(const char *name)
{
    if (mkdir(place_path(name), 0755) < 0) {
        perror(name);
        exit(99);
    }
}

#endif
