/* framework_amounts_test.c - what a framework says it wants, what it is shown,
 * and which part of an offer it is given. */

#include "libframework/amounts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static struct arena *arena;
static struct error err;

static struct resources parsed(const char *text)
{
    struct resources r;

    resources_init(&r);
    if (resources_parse(&r, text, NULL) < 0)
        abort();
    return r;
}

static bool is_text(const struct resources *r, const char *expected)
{
    const char *text = resources_format(r, arena);

    if (strcmp(text, expected) != 0)
        printf("# %s\n", text);
    return strcmp(text, expected) == 0;
}

static int read_amounts(const struct mezzo_resources *amounts,
                        const char *expected)
{
    struct resources r;
    int code;

    resources_init(&r);
    code = amounts_read(&r, amounts, &err);
    CHECK(is_text(&r, code == 0 ? expected : ""));
    resources_release(&r);
    return code;
}

static void fields_and_text_are_read(void)
{
    const struct mezzo_range ports[] = {{80, 80}, {1000, 1999}};
    const struct mezzo_resources all = {.cpu_milli = 1500,
                                        .memory_mb = 64,
                                        .disk_mb = 1,
                                        .ports = ports,
                                        .ports_count = 2,
                                        .others = "gpus:{0};tapes:[1-4]"};

    CHECK(read_amounts(&all, "cpus:1.5;disk:1;gpus:{0};mem:64;"
                             "ports:[80-80,1000-1999];tapes:[1-4]") == 0);
    CHECK(read_amounts(&(struct mezzo_resources){.others = ""}, "") == 0);
}

static void what_cannot_be_is_refused_and_leaves_nothing(void)
{
    const struct mezzo_range backwards = {9, 8};
    const struct mezzo_range twice[] = {{1, 5}, {5, 6}};
    const struct mezzo_range unsorted[] = {{7, 8}, {1, 2}};
    const struct mezzo_resources bad[] = {
        {.cpu_milli = -1},
        {.memory_mb = INT64_MAX},
        {.cpu_milli = 1, .disk_mb = -5},
        {.cpu_milli = 1, .ports = &backwards, .ports_count = 1},
        {.cpu_milli = 1, .ports = twice, .ports_count = 2},
        {.cpu_milli = 1, .ports = unsorted, .ports_count = 2},
        {.cpu_milli = 1, .others = "gpus"},
        {.cpu_milli = 1, .others = "cpus:1"},
        {.cpu_milli = 1, .others = "ports:[1-2]"},
        {.cpu_milli = 1, .others = "gpus(r):1"},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(read_amounts(&bad[i], "") == -EINVAL && err.text[0] != '\0');
}

/* What is read as text and what is read of fields have the same bounds. */
static void ranges_are_bounded_as_text_is(void)
{
    const struct mezzo_range all = {0, UINT64_MAX};
    struct resources r;
    int as_text, as_field;

    resources_init(&r);
    as_text = resources_parse(&r, "ports:[0-18446744073709551615]", NULL);
    resources_release(&r);
    resources_init(&r);
    as_field = amounts_read(
        &r, &(struct mezzo_resources){.ports = &all, .ports_count = 1}, NULL);
    resources_release(&r);
    CHECK(as_text == as_field);
}

static void reservations_are_not_shown(void)
{
    struct resources r = parsed("cpus:1;cpus(r):0.5;cpus(r,dynamic):2;"
                                "mem(r):10.75;gpus(r):{1};gpus:{0};"
                                "ports:[1-2];ports(r):[3-4]");
    struct mezzo_resources shown;

    amounts_show(&shown, &r, arena);
    CHECK(shown.cpu_milli == 3500 && shown.memory_mb == 10);
    CHECK(shown.disk_mb == 0 && shown.ports_count == 1);
    CHECK(shown.ports[0].begin == 1 && shown.ports[0].end == 4);
    CHECK(strcmp(shown.others, "gpus:{0,1}") == 0);
    resources_release(&r);
}

/* What is granted of `offered`, and what is left; or the error. */
static bool grants(const char *offered,
                   const char *wanted,
                   const char *granted,
                   const char *rest)
{
    struct resources left = parsed(offered), want = parsed(wanted), got;
    bool is_good;
    int code;

    resources_init(&got);
    code = amounts_grant(&left, &want, &got, &err);
    is_good = code == 0 ? is_text(&got, granted) && is_text(&left, rest)
                        : code == -EINVAL && granted == NULL &&
                              is_text(&left, offered) && got.count == 0 &&
                              strstr(err.text, rest) != NULL;
    resources_release(&left);
    resources_release(&want);
    resources_release(&got);
    return is_good;
}

static void what_is_reserved_goes_first(void)
{
    CHECK(grants("cpus:2;cpus(r):1", "cpus:0.5", "cpus(r):0.5",
                 "cpus:2;cpus(r):0.5"));
    CHECK(grants("cpus:2;cpus(r):1", "cpus:1.5", "cpus:0.5;cpus(r):1",
                 "cpus:1.5"));
    CHECK(grants("ports:[1-9];ports(r):[20-29]", "ports:[5-5,25-26]",
                 "ports:[5-5];ports(r):[25-26]",
                 "ports:[1-4,6-9];ports(r):[20-24,27-29]"));
    CHECK(grants("gpus:{a,b};mem:5", "gpus:{b}", "gpus:{b}", "gpus:{a};mem:5"));
}

static void what_is_not_offered_is_said(void)
{
    CHECK(grants("cpus:1;cpus(r):0.5", "cpus:2", NULL,
                 "cpus: 2 asked, 1.5 offered"));
    CHECK(grants("cpus:1", "mem:1", NULL, "mem"));
    CHECK(grants("ports:[1-9]", "ports:[9-10]", NULL, "ports"));
    CHECK(grants("gpus:{a}", "gpus:1", NULL, "gpus")); /* of another kind */
}

int main(void)
{
    arena = arena_new();
    fields_and_text_are_read();
    what_cannot_be_is_refused_and_leaves_nothing();
    ranges_are_bounded_as_text_is();
    reservations_are_not_shown();
    what_is_reserved_goes_first();
    what_is_not_offered_is_said();
    arena_free(arena);
    return test_done();
}
