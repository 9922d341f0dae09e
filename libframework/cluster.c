/* cluster.c - reads the environment and a few small files, once, before
 * anything runs; the one place that knows where defaults come from. */

#include "mezzo/cluster.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

static const char *given_or(const char *given, const char *variable)
{
    const char *value = given != NULL ? given : getenv(variable);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static int set_text(char *to,
                    size_t size,
                    const char *text,
                    const char *what,
                    struct error *err)
{
    if (strlen(text) >= size)
        return error_set(err, -EINVAL, "%s is longer than %zu bytes", what,
                         size - 1);
    memcpy(to, text, strlen(text) + 1);
    return 0;
}

/* As the cluster's file is below `state`, unless it is absolute. */
static int set_path(char to[MEZZO_PATH_SIZE],
                    const char *state,
                    const char *path,
                    struct error *err)
{
    int size = path[0] == '/'
                   ? snprintf(to, MEZZO_PATH_SIZE, "%s", path)
                   : snprintf(to, MEZZO_PATH_SIZE, "%s/%s", state, path);

    if (size < 0 || size >= MEZZO_PATH_SIZE)
        return error_set(err, -EINVAL, "the path of a key file is too long");
    return 0;
}

/* "host:port" becomes "tcp://host:port"; each of a list, unless ZooKeeper is to
 * tell who leads. */
static int set_master(struct mezzo_cluster *c,
                      const char *list,
                      struct error *err)
{
    size_t at = 0, size;

    if (strncmp(list, "zk://", 5) == 0)
        return set_text(c->master, sizeof c->master, list,
                        "ZooKeeper's address", err);
    for (const char *s = list;; s += size + 1) {
        bool has_scheme;

        size = strcspn(s, ",");
        has_scheme = memmem(s, size, "://", 3) != NULL;
        if (size == 0 || memchr(s, ':', size) == NULL)
            return error_set(err, -EINVAL,
                             "'%.100s' is no address of a master: host:port",
                             list);
        if (at + size + 8 >= sizeof c->master)
            return error_set(err, -EINVAL,
                             "the masters' addresses are too long");
        at += (size_t)snprintf(c->master + at, sizeof c->master - at,
                               "%s%s%.*s", s > list ? "," : "",
                               has_scheme ? "" : "tcp://", (int)size, s);
        if (s[size] == '\0')
            return 0;
    }
}

static int set_line(struct mezzo_cluster *c,
                    const char *name,
                    const char *value,
                    struct error *err)
{
    if (strcmp(name, "master") == 0)
        return set_master(c, value, err);
    if (strcmp(name, "master_key") == 0)
        return set_text(c->master_key, sizeof c->master_key, value,
                        "master_key", err);
    if (strcmp(name, "operator_key") == 0)
        return set_path(c->operator_key_file, c->state, value, err);
    if (strcmp(name, "framework_key") == 0)
        return set_path(c->framework_key_file, c->state, value, err);
    return 0; /* of a newer version */
}

static int read_line(struct mezzo_cluster *c, char *line, struct error *err)
{
    char *name, *value, *end;

    for (name = line; isspace((unsigned char)*name); name++)
        ;
    if (*name == '\0' || *name == '#')
        return 0;
    for (value = name; *value != '\0' && !isspace((unsigned char)*value);)
        value++;
    if (*value != '\0')
        *value++ = '\0';
    while (isspace((unsigned char)*value))
        value++;
    for (end = value + strlen(value);
         end > value && isspace((unsigned char)end[-1]);)
        *--end = '\0';
    if (*value == '\0')
        return error_set(err, -EINVAL, "'%.60s' has no value", name);
    return set_line(c, name, value, err);
}

/* What is in the directory that `mezzo up` made. */
static int read_state(struct mezzo_cluster *c,
                      const char *state,
                      struct error *err)
{
    char path[MEZZO_PATH_SIZE + 16], line[MEZZO_PATH_SIZE];
    struct error why;
    int result = 0;
    FILE *file;

    if (set_text(c->state, sizeof c->state, state, "the state directory", err) <
        0)
        return -EINVAL;
    snprintf(path, sizeof path, "%s/cluster", state);
    file = fopen(path, "re");
    if (file == NULL && errno == ENOENT)
        return error_set(err, -ENOENT,
                         "no cluster in %.150s; start one with: mezzo up",
                         state);
    if (file == NULL)
        return error_errno(err, "%.150s", path);
    while (result == 0 && fgets(line, sizeof line, file) != NULL)
        result = read_line(c, line, &why);
    fclose(file);
    if (result == 0 && c->master[0] == '\0')
        result = error_set(&why, -EINVAL, "it names no master");
    if (result < 0)
        error_set(err, result, "%.120s: %.120s", path, why.text);
    return result;
}

static int last_path(char path[MEZZO_PATH_SIZE])
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    const struct passwd *entry;
    int size;

    if (config != NULL && config[0] == '/') {
        size = snprintf(path, MEZZO_PATH_SIZE, "%s/mezzo/last", config);
        return size < MEZZO_PATH_SIZE ? 0 : -EINVAL;
    }
    if (home == NULL || home[0] == '\0') {
        entry = getpwuid(geteuid());
        home = entry != NULL ? entry->pw_dir : "/";
    }
    size = snprintf(path, MEZZO_PATH_SIZE, "%s/.config/mezzo/last", home);
    return size < MEZZO_PATH_SIZE ? 0 : -EINVAL;
}

/* The state directory of what this user's `mezzo up` started last. */
static int find_last(char state[MEZZO_PATH_SIZE], struct error *err)
{
    char path[MEZZO_PATH_SIZE];
    FILE *file = last_path(path) == 0 ? fopen(path, "re") : NULL;

    state[0] = '\0';
    if (file != NULL) {
        if (fgets(state, MEZZO_PATH_SIZE, file) != NULL)
            state[strcspn(state, "\n")] = '\0';
        fclose(file);
    }
    if (state[0] != '/')
        return error_set(err, -ENOENT,
                         "no cluster is known; start one with: mezzo up, or "
                         "name one with --master or MEZZO_MASTER");
    return 0;
}

/* Only when it is the same master are its keys of use. */
static void borrow_keys(struct mezzo_cluster *c, const char *state)
{
    struct mezzo_cluster other = {0};

    if (read_state(&other, state, NULL) < 0 ||
        strcmp(other.master, c->master) != 0)
        return;
    memcpy(c->master_key, other.master_key, sizeof c->master_key);
    memcpy(c->operator_key_file, other.operator_key_file,
           sizeof c->operator_key_file);
    memcpy(c->framework_key_file, other.framework_key_file,
           sizeof c->framework_key_file);
    memcpy(c->state, other.state, sizeof c->state);
}

static int set_keys(struct mezzo_cluster *c,
                    const struct mezzo_cluster_options *options,
                    struct error *err)
{
    const char *master_key = given_or(options->master_key, "MEZZO_MASTER_KEY");
    const char *key_file = given_or(options->key_file, "MEZZO_KEY_FILE");

    if (master_key != NULL && set_text(c->master_key, sizeof c->master_key,
                                       master_key, "the master's key", err) < 0)
        return -EINVAL;
    if (c->master_key[0] != '\0' && strlen(c->master_key) != MEZZO_KEY_SIZE - 1)
        return error_set(err, -EINVAL, "the master's key '%s' is none",
                         c->master_key);
    if (key_file != NULL &&
        (set_text(c->operator_key_file, sizeof c->operator_key_file, key_file,
                  "the key file's path", err) < 0 ||
         set_text(c->framework_key_file, sizeof c->framework_key_file, key_file,
                  "the key file's path", err) < 0))
        return -EINVAL;
    return 0;
}

static int find(const struct mezzo_cluster_options *options,
                struct mezzo_cluster *c,
                struct error *err)
{
    const char *master = given_or(options->master, "MEZZO_MASTER");
    const char *state = given_or(options->state, "MEZZO_STATE");
    char last[MEZZO_PATH_SIZE] = "";
    int result;

    if (options->state != NULL && options->master == NULL)
        master = NULL; /* what was given counts more than the environment */
    if (state == NULL) {
        result = find_last(last, err);
        if (result < 0 && master == NULL)
            return result;
        state = last;
    }
    if (master == NULL) {
        result = read_state(c, state, err);
    } else {
        result = set_master(c, master, err);
        if (result == 0 && state[0] != '\0')
            borrow_keys(c, state);
    }
    return result < 0 ? result : set_keys(c, options, err);
}

int mezzo_cluster_find(const struct mezzo_cluster_options *options,
                       struct mezzo_cluster *cluster,
                       char error[MEZZO_ERROR_SIZE])
{
    static const struct mezzo_cluster_options none;
    struct mezzo_cluster *found = memory_new(1, sizeof *found);
    struct error err;
    int result;

    result = find(options != NULL ? options : &none, found, &err);
    if (result == 0)
        *cluster = *found;
    else if (error != NULL)
        snprintf(error, MEZZO_ERROR_SIZE, "%s", err.text);
    free(found);
    return result;
}
