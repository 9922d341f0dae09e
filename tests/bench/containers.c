/* containers.c - how long after its ACCEPT the first instruction of a task in
 * an image is executed, beside how long after the start of the same runtime it
 * is, alone, on a bundle that is there.  The two take turns.
 *
 * usage: containers IMAGE STATE BUNDLE COUNT; IMAGE has /stamp, which writes to
 * its argument; STATE is the agent's directory; BUNDLE has a rootfs with the
 * same, and a config.json by which it writes to rootfs/out.  Prints a figure.
 */

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mezzo/framework.h"
#include "tests/bench/figure.h"
#include "tests/bench/samples.h"

enum {
    QUIET_MS = 50,
    CPU_MILLI = 100,
    MEMORY_MB = 64,
    TRIES_MAX = 5000, /* milliseconds for a stamp to come */
};

struct bench {
    const char *image, *state, *bundle;
    size_t count;
    char offer_id[MEZZO_ID_MAX + 1];
    bool is_in_flight;
    double began_ms;
    size_t launched_count;
    struct samples tasks, alone;
};

extern char **environ;

static double boot_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* What is written at `pattern`, once it is. */
static double read_stamp_ms(const char *pattern)
{
    char text[32] = "";

    for (int i = 0; i < TRIES_MAX; i++) {
        glob_t found;
        int fd = -1;

        if (glob(pattern, 0, NULL, &found) == 0) {
            fd = open(found.gl_pathv[0], O_RDONLY);
            globfree(&found);
        }
        if (fd >= 0 && read(fd, text, sizeof text - 1) > 0 &&
            strchr(text, '\n') != NULL) {
            close(fd);
            return strtod(text, NULL) / 1e6;
        }
        if (fd >= 0)
            close(fd);
        usleep(1000);
    }
    figure_fail("no stamp came to %s", pattern);
}

static void run_alone(struct bench *b)
{
    char state[4096], id[32], out[4096];
    const char *const argv[] = {
        "crun", "--root",   state,      "--cgroup-manager=disabled",
        "run",  "--detach", "--bundle", b->bundle,
        id,     NULL};
    double began_ms;
    int status;
    pid_t pid;

    snprintf(state, sizeof state, "%s/state", b->bundle);
    snprintf(out, sizeof out, "%s/rootfs/out", b->bundle);
    snprintf(id, sizeof id, "alone-%zu", b->alone.count);
    unlink(out);
    began_ms = boot_ms();
    if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv,
                     environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0)
        figure_fail("crun failed on %s", b->bundle);
    samples_add(&b->alone, read_stamp_ms(out) - began_ms);
}

static void launch(struct bench *b, struct mezzo_scheduler *s)
{
    static const char *const argv[] = {"/stamp", "/proc/self/fd/1", NULL};
    const struct mezzo_container container = {.image = b->image};
    struct mezzo_task task = {
        .resources = {.cpu_milli = CPU_MILLI, .memory_mb = MEMORY_MB},
        .command.argv = argv,
        .container = &container};
    char id[24];

    snprintf(id, sizeof id, "c%zu", b->launched_count++);
    task.id = id;
    b->began_ms = boot_ms();
    if (mezzo_scheduler_accept(s, b->offer_id, &task, 1) < 0)
        figure_fail("accept: %s", mezzo_scheduler_explain(s));
    b->offer_id[0] = '\0';
    b->is_in_flight = true;
}

static void wait_quietly(struct mezzo_scheduler *s)
{
    mezzo_scheduler_set_alarm(s, mezzo_scheduler_now_ms(s) + QUIET_MS);
}

static void offers_cb(struct mezzo_scheduler *s,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct bench *b = arg;

    for (size_t i = 0; i < offers_count; i++)
        if (offers[i].resources.cpu_milli >= CPU_MILLI &&
            offers[i].resources.memory_mb >= MEMORY_MB)
            snprintf(b->offer_id, sizeof b->offer_id, "%s", offers[i].id);
    wait_quietly(s);
}

static void rescinded_cb(struct mezzo_scheduler *s,
                         const char *offer_id,
                         void *arg)
{
    struct bench *b = arg;

    (void)s;
    if (strcmp(b->offer_id, offer_id) == 0)
        b->offer_id[0] = '\0';
}

/* The first only brings the image. */
static void alarm_cb(struct mezzo_scheduler *s, void *arg)
{
    struct bench *b = arg;

    if (b->is_in_flight || b->offer_id[0] == '\0')
        return;
    if (b->launched_count > 0 && b->alone.count == b->tasks.count)
        run_alone(b);
    launch(b, s);
}

static void status_cb(struct mezzo_scheduler *s,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct bench *b = arg;
    char pattern[4096];

    if (!mezzo_task_has_ended(status->state))
        return;
    if (status->state != MEZZO_TASK_FINISHED)
        figure_fail("task %s: %s: %s", status->task_id,
                    mezzo_task_state_name(status->state),
                    status->message != NULL ? status->message : "");
    snprintf(pattern, sizeof pattern, "%s/sandboxes/*/%s/stdout", b->state,
             status->task_id);
    if (b->launched_count > 1)
        samples_add(&b->tasks, read_stamp_ms(pattern) - b->began_ms);
    b->is_in_flight = false;
    wait_quietly(s);
    if (b->tasks.count == b->count)
        mezzo_scheduler_teardown(s);
}

int main(int argc, char **argv)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb,
        .rescinded = rescinded_cb,
        .alarm = alarm_cb,
        .status = status_cb};
    const struct mezzo_scheduler_options options = {.name = "containers"};
    static struct bench b;
    struct mezzo_scheduler *s;
    double task, alone;

    b.count = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
    if (b.count == 0 || b.count > SAMPLES_MAX)
        figure_fail("usage: containers IMAGE STATE BUNDLE COUNT");
    b.image = argv[1];
    b.state = argv[2];
    b.bundle = argv[3];
    s = mezzo_scheduler_new(&options, &callbacks, &b);
    if (mezzo_scheduler_run(s) < 0)
        figure_fail("%s", mezzo_scheduler_explain(s));
    mezzo_scheduler_free(s);
    task = samples_quantile(&b.tasks, 0.5);
    alone = samples_quantile(&b.alone, 0.5);
    figure_print(&(struct figure){"container_over_runtime_ms", task - alone,
                                  "ms", "<= 5"},
                 "medians of %zu pairs: %.2f ms after accept, crun alone "
                 "%.2f ms after its start",
                 b.count, task, alone);
    return 0;
}
