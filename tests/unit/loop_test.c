/* loop_test.c - schedulers in a real loop, as their authors have them; there is
 * no master. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mezzo/executor.h"
#include "mezzo/framework.h"
#include "mezzo/operator.h"
#include "tests/test.h"

#define NOBODY "127.0.0.1:1" /* listens there */

static int alarms, wakes, stored, entries;
static char value[32];

static void alarm_cb(struct mezzo_scheduler *s, void *arg)
{
    (void)arg;
    alarms++;
    mezzo_scheduler_stop(s);
}

static void woken_cb(struct mezzo_scheduler *s, void *arg)
{
    (void)arg;
    wakes++;
    mezzo_scheduler_stop(s);
}

static void stored_cb(struct mezzo_scheduler *s,
                      const struct mezzo_store_answer *answer,
                      void *arg)
{
    (void)arg;
    stored += answer->outcome == MEZZO_STORE_OK;
    entries = (int)answer->entries_count;
    if (entries == 1)
        snprintf(value, sizeof value, "%s=%.*s", answer->entries[0].key,
                 (int)answer->entries[0].size,
                 (const char *)answer->entries[0].value);
    mezzo_scheduler_stop(s);
}

static const struct mezzo_scheduler_callbacks callbacks = {
    .alarm = alarm_cb,
    .woken = woken_cb,
    .stored = stored_cb,
};

static struct mezzo_scheduler *make(struct mezzo_scheduler_options options)
{
    if (options.cluster.master == NULL)
        options.cluster.master = NOBODY;
    return mezzo_scheduler_new(&options, &callbacks, NULL);
}

static int run(struct mezzo_scheduler_options options, const char *why)
{
    struct mezzo_scheduler *s = make(options);
    int result = mezzo_scheduler_run(s);

    CHECK(strstr(mezzo_scheduler_explain(s), why) != NULL);
    mezzo_scheduler_free(s);
    return result;
}

static void options_that_cannot_be_are_told_by_run(void)
{
#define OPTIONS(...) ((struct mezzo_scheduler_options){__VA_ARGS__})
    CHECK(run(OPTIONS(.name = NULL), "name is missing") == -EINVAL);
    CHECK(run(OPTIONS(.name = "n", .cluster.master = "h"), "host:port") ==
          -EINVAL);
    CHECK(run(OPTIONS(.name = "n", .cluster.key_file = "/no/such"),
              "/no/such") == -ENOENT);
    CHECK(run(OPTIONS(.name = "n", .store = "/no/such/file"), "/no/such") < 0);
}

static void it_stops_when_told_before_it_runs(void)
{
    struct mezzo_scheduler *s = make(OPTIONS(.name = "n"));

    mezzo_scheduler_stop(s);
    CHECK(mezzo_scheduler_run(s) == 0);
    CHECK(mezzo_scheduler_run(s) == -ESHUTDOWN);
    mezzo_scheduler_free(s);
    s = make(OPTIONS(.name = "n"));
    CHECK(mezzo_scheduler_teardown(s) == 0); /* of what never was */
    CHECK(mezzo_scheduler_run(s) == 0);
    mezzo_scheduler_free(s);
    mezzo_scheduler_free(NULL);
}

static void an_alarm_wakes_the_loop(void)
{
    struct mezzo_scheduler *s = make(OPTIONS(.name = "n"));

    CHECK(mezzo_scheduler_process(s) == 1);
    mezzo_scheduler_set_alarm(s, mezzo_scheduler_now_ms(s) + 5);
    CHECK(mezzo_scheduler_run(s) == 0);
    CHECK(alarms == 1);
    mezzo_scheduler_free(s);
}

static void *wake(void *scheduler)
{
    mezzo_scheduler_wake(scheduler);
    return NULL;
}

static void a_host_loop_is_woken_from_another_thread(void)
{
    struct mezzo_scheduler *s = make(OPTIONS(.name = "n"));
    struct pollfd fd = {.fd = mezzo_scheduler_fd(s), .events = POLLIN};
    pthread_t thread;
    int result = 1;

    CHECK(fd.fd >= 0);
    CHECK(pthread_create(&thread, NULL, wake, s) == 0);
    while (result == 1 && poll(&fd, 1, 10000) == 1)
        result = mezzo_scheduler_process(s);
    CHECK(result == 0 && wakes == 1);
    pthread_join(thread, NULL);
    mezzo_scheduler_free(s);
}

static void what_is_stored_is_there_for_the_next_process(void)
{
    char file[] = "/tmp/loop_test.XXXXXX";
    const struct mezzo_store_op op = {.key = "/jobs/7",
                                      .value = "seven",
                                      .size = 5,
                                      .version = MEZZO_STORE_ABSENT};
    struct mezzo_scheduler *s;
    uint64_t request;

    close(mkstemp(file));
    unlink(file);
    s = make(OPTIONS(.name = "n", .store = file));
    CHECK(mezzo_scheduler_store(s, &op, 1, &request) == 0);
    CHECK(mezzo_scheduler_run(s) == 0);
    CHECK(stored == 1);
    mezzo_scheduler_free(s);
    s = make(OPTIONS(.name = "n", .store = file));
    CHECK(mezzo_scheduler_load(s, "/", &request) == 0);
    CHECK(mezzo_scheduler_run(s) == 0);
    CHECK(stored == 2 && strcmp(value, "/jobs/7=seven") == 0);
    mezzo_scheduler_free(s);
    unlink(file);
}

static void an_operator_is_told_that_nobody_listens(void)
{
    const struct mezzo_operator_options options = {.cluster.master = NOBODY};
    struct mezzo_operator *o = mezzo_operator_new(&options);
    const struct mezzo_answer *answer;

    CHECK(mezzo_operator_agents(o, &answer) == -ENOTCONN);
    CHECK(strstr(answer->text, "start one with: mezzo up") != NULL);
    CHECK(answer->exit_status == 1 && answer->agents_count == 0);
    CHECK(mezzo_operator_wait(o,
                              &(struct mezzo_question){.kind = MEZZO_KILL_TASK},
                              &answer) == -EINVAL);
    CHECK(answer->exit_status == 2);
    mezzo_operator_free(o);
    mezzo_operator_free(NULL);
}

static void an_executor_needs_an_agent(void)
{
    static const struct mezzo_executor_callbacks none;
    struct mezzo_executor *e = mezzo_executor_new(NULL, &none, NULL);

    unsetenv("MEZZO_EXECUTOR_ENDPOINT");
    CHECK(mezzo_executor_run(e) == -EINVAL);
    CHECK(strstr(mezzo_executor_explain(e), "started by an agent") != NULL);
    mezzo_executor_free(e);
    mezzo_executor_free(NULL);
}

int main(void)
{
    setenv("XDG_CONFIG_HOME", "/no/such", 1);
    unsetenv("MEZZO_STATE");
    unsetenv("MEZZO_KEY_FILE");
    options_that_cannot_be_are_told_by_run();
    it_stops_when_told_before_it_runs();
    an_alarm_wakes_the_loop();
    a_host_loop_is_woken_from_another_thread();
    what_is_stored_is_there_for_the_next_process();
    an_operator_is_told_that_nobody_listens();
    an_executor_needs_an_agent();
    return test_done();
}
