/* cluster_test.c - which master is meant, and with which keys. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mezzo/cluster.h"
#include "tests/test.h"

#define KEY "oB%PbfG[)/Y@]/!0m)kj3*D5oT1>V99ovxWOm7p+"
#define OTHER "aB%PbfG[)/Y@]/!0m)kj3*D5oT1>V99ovxWOm7p+"

static char root[] = "/tmp/cluster_test.XXXXXX";

__attribute__((format(printf, 1, 2))) static const char *path(
    const char *format, ...)
{
    static char paths[4][256];
    static int next;
    char *p = paths[next++ % 4];
    va_list args;
    int size = snprintf(p, sizeof paths[0], "%s/", root);

    va_start(args, format);
    vsnprintf(p + size, sizeof paths[0] - (size_t)size, format, args);
    va_end(args);
    return p;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    fputs(text, file);
    fclose(file);
}

/* Two clusters, of which the first was started last. */
static void set_up(void)
{
    char line[300];

    if (mkdtemp(root) == NULL)
        abort();
    unsetenv("MEZZO_MASTER");
    unsetenv("MEZZO_STATE");
    unsetenv("MEZZO_KEY_FILE");
    unsetenv("MEZZO_MASTER_KEY");
    setenv("XDG_CONFIG_HOME", path("config"), 1);
    setenv("HOME", path("home"), 1);
    mkdir(path("config"), 0700);
    mkdir(path("config/mezzo"), 0700);
    mkdir(path("one"), 0700);
    mkdir(path("two"), 0700);
    write_file(path("one/cluster"), "# made by hand\n\n"
                                    "master tcp://127.0.0.1:5050\n"
                                    "  master_key\t" KEY "  \n"
                                    "operator_key keys/operator\n"
                                    "framework_key /etc/framework\n"
                                    "of_a_newer_version whatever\n");
    write_file(path("two/cluster"), "master 127.0.0.1:6050\n");
    snprintf(line, sizeof line, "%s\n", path("one"));
    write_file(path("config/mezzo/last"), line);
}

static void tear_down(void)
{
    static const char *const names[] = {
        "one/cluster", "two/cluster", "bad/cluster", "config/mezzo/last",
        "one",         "two",         "bad",         "config/mezzo",
        "config"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        remove(path("%s", names[i]));
    rmdir(root);
}

static struct mezzo_cluster found;
static char error[MEZZO_ERROR_SIZE];

static int find(struct mezzo_cluster_options options)
{
    memset(&found, 0, sizeof found);
    error[0] = '\0';
    return mezzo_cluster_find(&options, &found, error);
}

static void unless_told_it_is_what_was_started_last(void)
{
    CHECK(mezzo_cluster_find(NULL, &found, NULL) == 0);
    CHECK(strcmp(found.master, "tcp://127.0.0.1:5050") == 0);
    CHECK(strcmp(found.master_key, KEY) == 0);
    CHECK(strcmp(found.operator_key_file, path("one/keys/operator")) == 0);
    CHECK(strcmp(found.framework_key_file, "/etc/framework") == 0);
    CHECK(strcmp(found.state, path("one")) == 0);
}

static void a_state_directory_counts_more(void)
{
    CHECK(find((struct mezzo_cluster_options){.state = path("two")}) == 0);
    CHECK(strcmp(found.master, "tcp://127.0.0.1:6050") == 0);
    CHECK(found.master_key[0] == '\0');
    setenv("MEZZO_STATE", path("two"), 1);
    CHECK(find((struct mezzo_cluster_options){0}) == 0);
    CHECK(strcmp(found.master, "tcp://127.0.0.1:6050") == 0);
    CHECK(find((struct mezzo_cluster_options){.state = path("one")}) == 0);
    CHECK(strcmp(found.master, "tcp://127.0.0.1:5050") == 0);
    unsetenv("MEZZO_STATE");
}

static void a_master_counts_most(void)
{
    CHECK(find((struct mezzo_cluster_options){.master = "h:1,tcp://i:2"}) == 0);
    CHECK(strcmp(found.master, "tcp://h:1,tcp://i:2") == 0);
    CHECK(found.master_key[0] == '\0' && found.operator_key_file[0] == '\0');
    setenv("MEZZO_MASTER", "h:3", 1);
    CHECK(find((struct mezzo_cluster_options){0}) == 0);
    CHECK(strcmp(found.master, "tcp://h:3") == 0);
    CHECK(find((struct mezzo_cluster_options){.state = path("one")}) == 0);
    CHECK(strcmp(found.master, "tcp://127.0.0.1:5050") == 0);
    unsetenv("MEZZO_MASTER");
}

static void the_keys_of_the_same_master_are_used(void)
{
    CHECK(find((struct mezzo_cluster_options){.master = "127.0.0.1:5050"}) ==
          0);
    CHECK(strcmp(found.master_key, KEY) == 0);
    CHECK(strcmp(found.framework_key_file, "/etc/framework") == 0);
}

static void keys_that_are_given_count_more(void)
{
    setenv("MEZZO_KEY_FILE", "/mine", 1);
    setenv("MEZZO_MASTER_KEY", OTHER, 1);
    CHECK(find((struct mezzo_cluster_options){0}) == 0);
    CHECK(strcmp(found.master_key, OTHER) == 0);
    CHECK(strcmp(found.operator_key_file, "/mine") == 0);
    CHECK(strcmp(found.framework_key_file, "/mine") == 0);
    CHECK(find((struct mezzo_cluster_options){.key_file = "/given",
                                              .master_key = KEY}) == 0);
    CHECK(strcmp(found.master_key, KEY) == 0);
    CHECK(strcmp(found.operator_key_file, "/given") == 0);
    unsetenv("MEZZO_KEY_FILE");
    unsetenv("MEZZO_MASTER_KEY");
}

static int find_with(const char *text)
{
    mkdir(path("bad"), 0700);
    write_file(path("bad/cluster"), text);
    return find((struct mezzo_cluster_options){.state = path("bad")});
}

static void what_cannot_be_is_refused_in_words(void)
{
    static char text[20000];

    CHECK(find((struct mezzo_cluster_options){.state = path("none")}) ==
          -ENOENT);
    CHECK(strstr(error, "start one with: mezzo up") != NULL);
    CHECK(find((struct mezzo_cluster_options){.master = "h"}) == -EINVAL);
    CHECK(strstr(error, "host:port") != NULL);
    CHECK(find((struct mezzo_cluster_options){.master = "h:1,,i:2"}) ==
          -EINVAL);
    CHECK(find((struct mezzo_cluster_options){
              .master = "h:1", .master_key = "short"}) == -EINVAL);
    CHECK(find_with("") == -EINVAL);
    CHECK(find_with("master\n") == -EINVAL);
    CHECK(find_with("master h\n") == -EINVAL);
    CHECK(find_with("master h:1\nmaster_key x\n") == -EINVAL);
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "master h:1", 10);
    CHECK(find_with(text) == -EINVAL);
    memcpy(text, "master h:1\nmaster_key ", 22);
    CHECK(find_with(text) == -EINVAL);
    CHECK(found.master[0] == '\0'); /* nothing has changed */
}

static void nothing_that_is_up_is_said_so(void)
{
    remove(path("config/mezzo/last"));
    CHECK(find((struct mezzo_cluster_options){0}) == -ENOENT);
    CHECK(strstr(error, "mezzo up") != NULL);
    write_file(path("config/mezzo/last"), "relative\n");
    CHECK(find((struct mezzo_cluster_options){0}) == -ENOENT);
}

int main(void)
{
    set_up();
    unless_told_it_is_what_was_started_last();
    a_state_directory_counts_more();
    a_master_counts_most();
    the_keys_of_the_same_master_are_used();
    keys_that_are_given_count_more();
    what_cannot_be_is_refused_in_words();
    nothing_that_is_up_is_said_so();
    tear_down();
    return test_done();
}
