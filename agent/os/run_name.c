/* run_name.c - an injective encoding, but for the hash of 64 bits. */

#include "config.h"

#include "agent/os/run_name.h"

#include <assert.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    PLAIN_SIZE_MAX = 200, /* longer names end in a hash */
};

bool run_name_is_valid(const char *run)
{
    unsigned parts = 1;

    for (const char *p = run; *p != '\0'; p++) {
        if (*p != '/')
            continue;
        if (p == run || p[-1] == '/')
            return false;
        parts++;
    }
    return parts >= 2 && parts <= 3 && run[strlen(run) - 1] != '/';
}

/* FNV-1a */
static uint64_t hash(const char *text, size_t size)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < size; i++)
        h = (h ^ (uint8_t)text[i]) * 0x100000001b3u;
    return h;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/* `is_marked`: as no other text is. */
static void encode(const char *text,
                   size_t size,
                   bool is_marked,
                   char name[RUN_NAME_SIZE])
{
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        bool is_first = i == 0 && (is_marked || text[0] == '.');

        if (used + 3 > PLAIN_SIZE_MAX) {
            snprintf(name + used, RUN_NAME_SIZE - used, "%%-%016" PRIx64,
                     hash(text, size));
            return;
        }
        if (is_plain(text[i]) && !is_first)
            name[used++] = text[i];
        else
            used += (size_t)snprintf(name + used, RUN_NAME_SIZE - used,
                                     "%%%02X", (unsigned)(uint8_t)text[i]);
    }
    name[used] = '\0';
}

void run_name_flat(const char *run, char name[RUN_NAME_SIZE])
{
    encode(run, strlen(run), false, name);
}

void run_name_path(const char *run, char path[RUN_NAME_PATH_SIZE])
{
    const char *slash = strchr(run, '/');
    char name[RUN_NAME_SIZE];

    assert(run_name_is_valid(run));
    encode(run, (size_t)(slash - run), false, path);
    run = slash + 1;
    slash = strchr(run, '/');
    if (slash != NULL) {
        encode(run, (size_t)(slash - run), false, name);
        strcat(strcat(path, "/"), name);
        run = slash + 1;
    }
    encode(run, strlen(run), slash == NULL && strcmp(run, "executor") == 0,
           name);
    strcat(strcat(path, "/"), name);
}
