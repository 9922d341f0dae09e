/* cgroup_test.c - paths and files of groups, and limits as the kernel has taken
 * them, on whatever hierarchies there are. */

#include "agent/os/cgroup_parts.h"

#include <errno.h>

#include "tests/test.h"
#include "tests/unit/place.h"

static void controllers_are_known_by_their_whole_name(void)
{
    CHECK(cgroup_controller("cpu", 3) == CONTROLLER_CPU);
    CHECK(cgroup_controller("cpuset", 6) == CONTROLLER_CPUSET);
    CHECK(cgroup_controller("cpuset", 3) == CONTROLLER_CPU); /* "cpu" of it */
    CHECK(cgroup_controller("cpuacct", 7) == 0);
    CHECK(cgroup_controller("", 0) == 0);
}

static void what_is_too_long_names_nothing(void)
{
    char path[CGROUP_PATH_SIZE], directory[CGROUP_PATH_SIZE];

    cgroup_join(path, "/a", "b");
    CHECK(strcmp(path, "/a/b") == 0);
    cgroup_join(path, path, "c"); /* in place */
    CHECK(strcmp(path, "/a/b/c") == 0);
    memset(directory, 'x', sizeof directory);
    directory[CGROUP_PATH_SIZE - 10] = '\0';
    cgroup_join(path, directory, "12345678");
    CHECK(strlen(path) == CGROUP_PATH_SIZE - 1);
    cgroup_join(path, directory, "123456789");
    CHECK(strlen(path) < CGROUP_PATH_SIZE);
    CHECK(strcmp(path, directory) != 0); /* which may well be there */
    memset(directory, 'x', sizeof directory);
    directory[CGROUP_PATH_SIZE - 1] = '\0';
    cgroup_join(path, directory, "1");
    CHECK(strlen(path) < CGROUP_PATH_SIZE && strcmp(path, directory) != 0);
}

static void files_are_read_and_written_whole(void)
{
    char text[8];

    place_write_text("f", "0123456789");
    CHECK(cgroup_read(place, "f", text, sizeof text) == 0);
    CHECK(strcmp(text, "0123456") == 0);
    CHECK(cgroup_read(place, "none", text, sizeof text) == -ENOENT);
    CHECK(text[0] == '\0');
    CHECK(cgroup_write(place, "f", "abc") == 0);
    CHECK(strncmp(place_text("f"), "abc", 3) == 0);
    CHECK(cgroup_write_number(place, "none", 1) == -ENOENT); /* not made */
    place_write_text("n", "");
    CHECK(cgroup_write_number(place, "n", INT64_MIN) == 0);
    CHECK(strcmp(place_text("n"), "-9223372036854775808") == 0);
}

static void counts_are_found_by_their_key(void)
{
    place_write_text("events", "low 1\noom_kill_all 7\noom 2\noom_kill 3\n");
    CHECK(cgroup_read_count(place, "events", "low") == 1);
    CHECK(cgroup_read_count(place, "events", "oom") == 2);
    CHECK(cgroup_read_count(place, "events", "oom_kill") == 3);
    CHECK(cgroup_read_count(place, "events", "kill") == 0);
    CHECK(cgroup_read_count(place, "none", "low") == 0);
}

static void without_groups_nothing_is_made(void)
{
    struct cgroups *c = cgroups_open(&(struct cgroups_options){
        .directory = place, .name = "unit", .is_off = true});
    const struct order_launch limits = {.memory_bytes = 1 << 20};
    struct cgroup_paths paths;
    struct cgroup g = {0};

    CHECK(strstr(cgroups_describe(c), "plain sessions") != NULL);
    CHECK(cgroup_make(c, "F/T", &limits, &g, NULL) == 0);
    CHECK(!cgroup_is_any(&g));
    cgroup_paths(c, "F/T", &g, &paths);
    CHECK(paths.v1_count == 0 && paths.unified == NULL);
    CHECK(cgroup_memory_max(c, "F/T", &g) == 0);
    CHECK(!cgroup_is_out_of_memory(c, "F/T", &g));
    CHECK(cgroup_remove(c, "F/T", &g) == 0);
    cgroups_close(c);
    cgroups_close(NULL);
}

static int visits;

static void visit(void *arg, const char *flat_name)
{
    (void)arg;
    visits += strcmp(flat_name, "F%2FT") == 0 ? 1 : 100;
}

/* The number in the first of the files that is there; -1: "max". */
static int64_t limit_of(const struct cgroup_paths *paths,
                        const char *v1,
                        const char *v2)
{
    char text[64];

    for (size_t i = 0; i < paths->v1_count; i++)
        if (cgroup_read(paths->v1[i], v1, text, sizeof text) == 0)
            return text[0] == 'm' ? -1 : atoll(text);
    if (paths->unified != NULL &&
        cgroup_read(paths->unified, v2, text, sizeof text) == 0)
        return text[0] == 'm' ? -1 : atoll(text);
    return -2;
}

static void the_kernel_has_the_limits(struct cgroups *c)
{
    const struct order_launch limits = {
        .memory_bytes = 64 << 20, .pids_max = 77, .cpu_milli = 500};
    const char *what = cgroups_describe(c);
    struct cgroup_paths paths;
    struct error err = {""};
    struct cgroup g = {0}, found = {0};

    CHECK(cgroup_make(c, "F/T", &limits, &g, &err) == 0);
    CHECK(cgroup_is_any(&g));
    cgroup_paths(c, "F/T", &g, &paths);
    if (strstr(what, "memory") != NULL)
        CHECK(limit_of(&paths, "memory.limit_in_bytes", "memory.max") ==
              64 << 20);
    if (strstr(what, "pids") != NULL)
        CHECK(limit_of(&paths, "pids.max", "pids.max") == 77);
    if (strstr(what, "cpu,") != NULL)
        CHECK(limit_of(&paths, "cpu.shares", "cpu.weight") > 0);
    cgroup_find(c, "F/T", &found);
    CHECK(found.runs == g.runs && found.whole == g.whole);
    cgroups_visit(c, visit, NULL);
    CHECK(visits > 0 && visits < 100); /* once in each hierarchy */
    CHECK(!cgroup_is_out_of_memory(c, "F/T", &g));
    CHECK(cgroup_remove(c, "F/T", &g) == 0 && !cgroup_is_any(&g));
    cgroup_find(c, "F/T", &found);
    CHECK(!cgroup_is_any(&found));
}

static void what_an_earlier_agent_left_is_ended(struct cgroups *c)
{
    const struct order_launch none = {0};
    struct cgroup g = {0};

    CHECK(cgroup_make(c, "F/T", &none, &g, NULL) == 0);
    CHECK(cgroups_end(c, "F%2FT")); /* it had no process */
    visits = 0;
    cgroups_visit(c, visit, NULL);
    CHECK(visits == 0);
}

static void real_groups(void)
{
    const char *name = strrchr(place, '/') + 1;
    const struct cgroups_options options = {.directory = place, .name = name};
    struct cgroups *c;

    if (geteuid() != 0) {
        printf("# skipped: groups of the kernel: not root\n");
        return;
    }
    c = cgroups_open(&options);
    if (strstr(cgroups_describe(c), "plain sessions") != NULL) {
        printf("# skipped: groups of the kernel: %s\n", cgroups_describe(c));
    } else {
        the_kernel_has_the_limits(c);
        what_an_earlier_agent_left_is_ended(c);
    }
    cgroups_close(c);
}

int main(void)
{
    place_make();
    controllers_are_known_by_their_whole_name();
    what_is_too_long_names_nothing();
    files_are_read_and_written_whole();
    counts_are_found_by_their_key();
    without_groups_nothing_is_made();
    real_groups();
    place_remove();
    return test_done();
}
