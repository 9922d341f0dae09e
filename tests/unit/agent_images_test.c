/* agent_images_test.c - names of images, tasks that wait for one, and which may
 * go. */

#include <signal.h>
#include <string.h>

#include "agent/image_name.h"
#include "base/message.h"
#include "tests/test.h"
#include "tests/unit/agent_desk.h"

#define DIGEST                                                                 \
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER                                                                  \
    "sha256:ffff456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static bool is(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool is_state(const Mesos__V1__TaskStatus *status, enum task_state state)
{
    return status != NULL && (enum task_state)status->state == state;
}

static bool says(const Mesos__V1__TaskStatus *status, const char *text)
{
    return status != NULL && status->message != NULL &&
           strstr(status->message, text) != NULL;
}

static bool becomes(const char *reference, const char *source)
{
    struct arena *arena = arena_new();
    struct order_image image;
    bool is_so = image_name_read(reference, NULL, arena, &image) == NULL &&
                 is(image.source, source);

    arena_free(arena);
    return is_so;
}

static bool is_refused(const char *reference)
{
    struct arena *arena = arena_new();
    struct order_image image;
    bool is_so = image_name_read(reference, NULL, arena, &image) != NULL;

    arena_free(arena);
    return is_so;
}

static void names_become_what_skopeo_knows(void)
{
    CHECK(becomes("debian:12", "docker://debian:12"));
    CHECK(becomes("docker://h:5000/a/b:1", "docker://h:5000/a/b:1"));
    CHECK(becomes("h:5000/a@" DIGEST, "docker://h:5000/a@" DIGEST));
    CHECK(becomes("h:5000/a:1@" DIGEST, "docker://h:5000/a@" DIGEST));
    CHECK(becomes("oci:/images/web:1", "oci:/images/web:1"));
    CHECK(becomes("docker-archive:/a.tar", "docker-archive:/a.tar"));
    CHECK(is_refused(""));
    CHECK(is_refused("--help"));
    CHECK(is_refused("docker://--help"));
    CHECK(is_refused("oci:relative:1"));
    CHECK(is_refused("dir:/tmp"));
    CHECK(is_refused("docker-daemon:app"));
    CHECK(is_refused("https://h/a"));
    CHECK(is_refused("a@sha256:12"));
    CHECK(is_refused("a b"));
    CHECK(is_refused("oci:/a\nb"));
}

static void this_machine_and_those_listed_need_no_tls(void)
{
    static const char *const list[] = {"registry.lan", NULL};
    struct arena *arena = arena_new();
    struct order_image image;

    image_name_read("127.0.0.1:5000/a", list, arena, &image);
    CHECK(image.is_insecure);
    image_name_read("localhost/a", list, arena, &image);
    CHECK(image.is_insecure);
    image_name_read("registry.lan:80/a", list, arena, &image);
    CHECK(image.is_insecure);
    image_name_read("other.lan:80/a", list, arena, &image);
    CHECK(!image.is_insecure);
    image_name_read("registry.lan.evil.org/a", list, arena, &image);
    CHECK(!image.is_insecure);
    image_name_read("debian", list, arena, &image);
    CHECK(!image.is_insecure);
    arena_free(arena);
}

/* A task in an image. */
static Mesos__V1__TaskInfo *task_in(struct desk *d,
                                    const char *id,
                                    const char *image)
{
    struct arena *arena = desk_arena(d);
    Mesos__V1__TaskInfo *task = desk_task(d, id);

    task->container =
        message_new(arena, &mesos__v1__container_info__descriptor);
    task->container->type = MESOS__V1__CONTAINER_INFO__TYPE__DOCKER;
    task->container->docker =
        message_new(arena, &mesos__v1__container_info__docker_info__descriptor);
    task->container->docker->image = arena_strdup(arena, image);
    return task;
}

static struct desk *registered(void)
{
    struct desk *d = desk_new();

    desk_register(d);
    return d;
}

/* The next that is not sent again. */
static const Mesos__V1__TaskStatus *take_end(struct desk *d, const char *id)
{
    const Mesos__V1__TaskStatus *status;

    while ((status = desk_take_update(d, id)) != NULL)
        if (task_has_ended((enum task_state)status->state))
            break;
    return status;
}

static void answer(struct desk *d, const struct order *order, const char *fault)
{
    const struct report_image image = {order->image.reference, DIGEST, 1000};

    desk_report(d, &(struct report){.kind = REPORT_IMAGE,
                                    .ticket = order->ticket,
                                    .fault = fault,
                                    .images = &image,
                                    .images_count = fault == NULL});
}

static void a_task_waits_for_its_image_and_says_so(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *status;
    const struct order *o;

    desk_launch(d, task_in(d, "t", "web:1"));
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_STARTING) &&
          says(status, "fetching image web:1"));
    CHECK(desk_take_order(d, ORDER_PREPARE, NULL) == NULL);
    answer(d, desk_take_order(d, ORDER_FETCH_IMAGE, NULL), NULL);
    o = desk_take_order(d, ORDER_PREPARE, "F/t");
    CHECK(o != NULL && is(o->prepare.container->digest, DIGEST));
    o = desk_take_order(d, ORDER_LAUNCH, "F/t");
    CHECK(o != NULL && is(o->launch.container->digest, DIGEST));
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_RUNNING) && status->container_status != NULL &&
          is(status->container_status->image_digest, DIGEST));
    desk_free(d);
}

static void an_image_is_asked_for_once(void)
{
    struct desk *d = registered();
    const struct order *o;

    desk_launch(d, task_in(d, "t", "web:1"));
    desk_launch(d, task_in(d, "u", "web:1"));
    o = desk_take_order(d, ORDER_FETCH_IMAGE, NULL);
    CHECK(desk_take_order(d, ORDER_FETCH_IMAGE, NULL) == NULL);
    answer(d, o, NULL);
    CHECK(desk_is_alive(d, "F/t") && desk_is_alive(d, "F/u"));
    /* A moment later its meaning is still known. */
    desk_launch(d, task_in(d, "v", "web:1"));
    CHECK(desk_take_order(d, ORDER_FETCH_IMAGE, NULL) == NULL);
    CHECK(desk_is_alive(d, "F/v"));
    /* Then it is asked about again, but not what names its digest. */
    desk_pass(d, 61000);
    desk_launch(d, task_in(d, "w", "web@" DIGEST));
    CHECK(desk_take_order(d, ORDER_FETCH_IMAGE, NULL) == NULL);
    CHECK(desk_is_alive(d, "F/w"));
    desk_exit(d, "F/v", 0); /* there is room for four */
    desk_launch(d, task_in(d, "x", "web:1"));
    CHECK(desk_take_order(d, ORDER_FETCH_IMAGE, NULL) != NULL);
    desk_free(d);
}

static void what_was_fetched_does_where_nobody_answers(void)
{
    struct desk *d = registered();

    desk_launch(d, task_in(d, "t", "web:1"));
    answer(d, desk_take_order(d, ORDER_FETCH_IMAGE, NULL), NULL);
    desk_pass(d, 61000);
    desk_launch(d, task_in(d, "u", "web:1"));
    answer(d, desk_take_order(d, ORDER_FETCH_IMAGE, NULL), "no route");
    CHECK(desk_is_alive(d, "F/u"));
    desk_free(d);
}

static void an_image_that_cannot_be_fetched_fails_its_task(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *status;

    desk_launch(d, task_in(d, "t", "web:1"));
    desk_take_update(d, "t");
    answer(d, desk_take_order(d, ORDER_FETCH_IMAGE, NULL), "no such image");
    status = desk_take_update(d, "t");
    CHECK(is_state(status, TASK_FAILED) && says(status, "no such image"));
    /* One that takes too long does so as well, and is given up. */
    desk_launch(d, task_in(d, "u", "web:2"));
    desk_take_update(d, "u");
    desk_pass(d, 10 * 60 * 1000);
    status = take_end(d, "u");
    CHECK(is_state(status, TASK_FAILED) && says(status, "--image-time"));
    CHECK(desk_take_order(d, ORDER_CANCEL_IMAGE, NULL) != NULL);
    desk_free(d);
}

static void who_is_killed_waits_no_more(void)
{
    struct desk *d = registered();
    const struct order *o;

    desk_launch(d, task_in(d, "t", "web:1"));
    desk_launch(d, task_in(d, "u", "web:1"));
    o = desk_take_order(d, ORDER_FETCH_IMAGE, NULL);
    desk_take_update(d, "t");
    desk_kill(d, "t");
    CHECK(is_state(desk_take_update(d, "t"), TASK_KILLED));
    CHECK(desk_take_order(d, ORDER_CANCEL_IMAGE, NULL) == NULL);
    desk_kill(d, "u");
    CHECK(desk_take_order(d, ORDER_CANCEL_IMAGE, NULL)->ticket == o->ticket);
    answer(d, o, NULL); /* crossed */
    CHECK(!desk_is_alive(d, "F/u"));
    desk_free(d);
}

static void a_container_that_does_not_start_is_given_up(void)
{
    struct desk *d = registered();
    const Mesos__V1__TaskStatus *status;

    desk_hold(d, ORDER_LAUNCH);
    desk_launch(d, task_in(d, "t", "web:1"));
    desk_take_update(d, "t");
    answer(d, desk_take_order(d, ORDER_FETCH_IMAGE, NULL), NULL);
    desk_pass(d, 60000);
    status = take_end(d, "t");
    CHECK(is_state(status, TASK_FAILED) && says(status, "within 60 s"));
    CHECK(desk_take_order(d, ORDER_REAP, "F/t") != NULL);
    desk_free(d);
}

static void the_least_used_goes_when_there_is_too_much(void)
{
    struct desk *d;
    const struct order *o;
    struct report_image image = {"web:1", OTHER, 700};

    d = desk_new();
    desk_options(d)->images_bytes_max = 1500;
    desk_restart(d);
    desk_register(d);
    desk_launch(d, task_in(d, "t", "web:1"));
    o = desk_take_order(d, ORDER_FETCH_IMAGE, NULL);
    answer(d, o, NULL); /* 1000 bytes */
    desk_launch(d, task_in(d, "u", "app:1"));
    o = desk_take_order(d, ORDER_FETCH_IMAGE, NULL);
    image.reference = "app:1";
    desk_report(d, &(struct report){.kind = REPORT_IMAGE,
                                    .ticket = o->ticket,
                                    .images = &image,
                                    .images_count = 1});
    CHECK(desk_take_order(d, ORDER_REMOVE_IMAGE, NULL) == NULL); /* in use */
    desk_exit(d, "F/t", 0);
    desk_launch(d, task_in(d, "v", "app:2"));
    o = desk_take_order(d, ORDER_FETCH_IMAGE, NULL);
    desk_report(d, &(struct report){.kind = REPORT_IMAGE,
                                    .ticket = o->ticket,
                                    .images = &image,
                                    .images_count = 1});
    o = desk_take_order(d, ORDER_REMOVE_IMAGE, NULL);
    CHECK(o != NULL && is(o->path, DIGEST));
    desk_free(d);
}

static void what_is_not_whole_is_refused(void)
{
    struct desk *d = registered();
    Mesos__V1__TaskInfo *task = task_in(d, "t", "web:1");

    task->container->stop_signal = (char *)"SIGNOTHING";
    desk_launch(d, task);
    CHECK(says(desk_take_update(d, "t"), "stop signal"));
    task = task_in(d, "u", "web:1");
    task->command->working_directory = (char *)"relative";
    desk_launch(d, task);
    CHECK(says(desk_take_update(d, "u"), "not absolute"));
    desk_free(d);
}

int main(void)
{
    names_become_what_skopeo_knows();
    this_machine_and_those_listed_need_no_tls();
    a_task_waits_for_its_image_and_says_so();
    an_image_is_asked_for_once();
    what_was_fetched_does_where_nobody_answers();
    an_image_that_cannot_be_fetched_fails_its_task();
    who_is_killed_waits_no_more();
    a_container_that_does_not_start_is_given_up();
    the_least_used_goes_when_there_is_too_much();
    what_is_not_whole_is_refused();
    return test_done();
}
