/* launch.c - how long after its ACCEPT a task's first instruction is executed,
 * beside how long after posix_spawn() it is; and how long after that the task,
 * which ends at once, has what it had offered again.
 *
 * Each is done when nothing else happens: the offer is held for a while.  The
 * two take turns, so that what else goes on in the machine meets both.
 *
 * usage: launch STAMP FILE COUNT; STAMP is the program of that name, which
 * writes to FILE.  Prints figures. */

#include <fcntl.h>
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
    QUIET_MS = 25,
    CPU_MILLI = 100,
    MEMORY_MB = 64,
};

struct bench {
    const char *argv[3]; /* STAMP FILE NULL */
    int file;
    size_t count;
    char offer_id[MEZZO_ID_MAX + 1]; /* the last; empty: none */
    bool is_in_flight;
    double began_ms;   /* what is */
    double offered_ms; /* the last offer came */
    double ended_ms;   /* of which nothing is offered yet; 0: none is such */
    struct samples tasks, spawns, offers;
};

extern char **environ;

static double boot_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* What the program has written, and will again from the file's beginning. */
static double take_stamp_ms(struct bench *b)
{
    char text[32] = "";

    if (pread(b->file, text, sizeof text - 1, 0) <= 0 ||
        ftruncate(b->file, 0) < 0)
        figure_fail("%s wrote nothing", b->argv[0]);
    return strtod(text, NULL) / 1e6;
}

static void spawn(struct bench *b)
{
    double began_ms = boot_ms();
    int status;
    pid_t pid;

    if (posix_spawn(&pid, b->argv[0], NULL, NULL,
                    (char *const *)(uintptr_t)b->argv, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0)
        figure_fail("%s failed", b->argv[0]);
    samples_add(&b->spawns, take_stamp_ms(b) - began_ms);
}

static void launch(struct bench *b, struct mezzo_scheduler *s)
{
    struct mezzo_task task = {
        .resources = {.cpu_milli = CPU_MILLI, .memory_mb = MEMORY_MB},
        .command.argv = b->argv};
    char id[24];

    snprintf(id, sizeof id, "%zu", b->tasks.count);
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

/* The last is used; the others lie still until their lease ends. */
static void offers_cb(struct mezzo_scheduler *s,
                      const struct mezzo_offer *offers,
                      size_t offers_count,
                      void *arg)
{
    struct bench *b = arg;

    b->offered_ms = boot_ms();
    if (b->ended_ms > 0)
        samples_add(&b->offers, b->offered_ms - b->ended_ms);
    b->ended_ms = 0;
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

static void alarm_cb(struct mezzo_scheduler *s, void *arg)
{
    struct bench *b = arg;

    if (b->is_in_flight || b->offer_id[0] == '\0')
        return;
    if (b->spawns.count > b->tasks.count) {
        launch(b, s);
    } else {
        spawn(b);
        wait_quietly(s);
    }
}

static void status_cb(struct mezzo_scheduler *s,
                      const struct mezzo_status *status,
                      void *arg)
{
    struct bench *b = arg;

    if (!mezzo_task_has_ended(status->state))
        return;
    if (status->state != MEZZO_TASK_FINISHED)
        figure_fail("task %s: %s: %s", status->task_id,
                    mezzo_task_state_name(status->state),
                    status->message != NULL ? status->message : "");
    b->ended_ms = take_stamp_ms(b);
    samples_add(&b->tasks, b->ended_ms - b->began_ms);
    if (b->offered_ms > b->ended_ms) { /* on the way, this was overtaken */
        samples_add(&b->offers, b->offered_ms - b->ended_ms);
        b->ended_ms = 0;
    }
    b->is_in_flight = false;
    wait_quietly(s);
    if (b->tasks.count == b->count)
        mezzo_scheduler_teardown(s);
}

static void print(struct bench *b)
{
    static const struct {
        const char *name;
        double part;
        const char *against;
    } parts[] = {{"launch_over_spawn_ms_p50", 0.5, "<= 1"},
                 {"launch_over_spawn_ms_p99", 0.99, "<= 5"}};

    for (size_t i = 0; i < 2; i++) {
        double task = samples_quantile(&b->tasks, parts[i].part);
        double spawn = samples_quantile(&b->spawns, parts[i].part);

        figure_print(&(struct figure){parts[i].name, task - spawn, "ms",
                                      parts[i].against},
                     "of %zu tasks %.2f ms after accept, of as many "
                     "posix_spawn %.2f ms after the call",
                     b->count, task, spawn);
    }
    figure_print(&(struct figure){"ended_to_offered_ms_p99",
                                  samples_quantile(&b->offers, 0.99), "ms",
                                  "<= 10"},
                 "from a task's first instruction, its last, to the offer of "
                 "what it had: median %.2f ms of %zu",
                 samples_quantile(&b->offers, 0.5), b->offers.count);
}

int main(int argc, char **argv)
{
    static const struct mezzo_scheduler_callbacks callbacks = {
        .offers = offers_cb,
        .rescinded = rescinded_cb,
        .alarm = alarm_cb,
        .status = status_cb};
    const struct mezzo_scheduler_options options = {.name = "launch"};
    static struct bench b;
    struct mezzo_scheduler *s;

    b.count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
    if (b.count == 0 || b.count > SAMPLES_MAX)
        figure_fail("usage: launch STAMP FILE COUNT");
    b.argv[0] = argv[1];
    b.argv[1] = argv[2];
    b.file = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (b.file < 0)
        figure_fail("%s cannot be made", argv[2]);
    s = mezzo_scheduler_new(&options, &callbacks, &b);
    if (mezzo_scheduler_run(s) < 0)
        figure_fail("%s", mezzo_scheduler_explain(s));
    mezzo_scheduler_free(s);
    print(&b);
    return 0;
}
