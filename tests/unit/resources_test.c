/* resources_test.c - resources as text, their errors and their algebra. */

#include "base/resources.h"

#include <errno.h>
#include <string.h>

#include "tests/test.h"

static struct arena *arena;

static bool parses_to(const char *text, const char *expected)
{
    struct resources r = {0};
    struct error err = {""};
    bool is_same = resources_parse(&r, text, &err) == 0 &&
                   strcmp(resources_format(&r, arena), expected) == 0;

    if (!is_same)
        printf("# %s gave %s %s\n", text, resources_format(&r, arena),
               err.text);
    resources_release(&r);
    return is_same;
}

static bool is_refused(const char *text, const char *why)
{
    struct resources r = {0};
    struct error err = {""};
    bool is_so;

    resources_set_milli(&r, "kept", 1);
    is_so = resources_parse(&r, text, &err) == -EINVAL &&
            strcmp(err.text, why) == 0 && resources_milli(&r, "kept") == 1;
    if (!is_so)
        printf("# %s gave %s\n", text, err.text);
    resources_release(&r);
    return is_so;
}

static struct resources make(const char *text)
{
    struct resources r = {0};
    struct error err = {""};

    if (resources_parse(&r, text, &err) != 0)
        CHECK(!err.text[0]);
    return r;
}

static void text_becomes_sorted_and_exact(void)
{
    CHECK(parses_to("", ""));
    CHECK(parses_to("  ", ""));
    CHECK(parses_to("cpus:0.1", "cpus:0.1"));
    CHECK(parses_to("mem:2048;cpus:4", "cpus:4;mem:2048"));
    CHECK(parses_to(" cpus : 1 ; mem : 2 ", "cpus:1;mem:2"));
    CHECK(parses_to("cpus:0;mem:1", "mem:1"));
    CHECK(parses_to("a:0.0005", "a:0.001"));
    CHECK(parses_to("a:0.00049999", ""));
    CHECK(parses_to("a:0.9999", "a:1"));
    CHECK(parses_to("a:1000000000", "a:1000000000"));
    CHECK(parses_to("a.b_c/d-e:007", "a.b_c/d-e:7"));
}

static void ranges_are_merged(void)
{
    CHECK(parses_to("ports:[5-9, 1-4]", "ports:[1-9]"));
    CHECK(parses_to("ports:[1-5,3-9,20-20]", "ports:[1-9,20-20]"));
    CHECK(parses_to("ports:[1-9,3-4]", "ports:[1-9]"));
    CHECK(parses_to("ports:[1-2,4-5]", "ports:[1-2,4-5]"));
    CHECK(parses_to("p:[0-18446744073709551615,5-6]",
                    "p:[0-18446744073709551615]"));
    CHECK(parses_to("ports:[]", ""));
}

static void sets_have_each_item_once(void)
{
    CHECK(parses_to("gpus:{1,0,1}", "gpus:{0,1}"));
    CHECK(parses_to("gpus:{ b , a }", "gpus:{a,b}"));
    CHECK(parses_to("gpus:{}", ""));
}

static void reservations_are_beside_what_is_free(void)
{
    CHECK(parses_to("cpus(batch):2;cpus:1", "cpus:1;cpus(batch):2"));
    CHECK(parses_to("cpus(a/b,dynamic):2;cpus(a/b):1",
                    "cpus(a/b):1;cpus(a/b,dynamic):2"));
    CHECK(parses_to("cpus(*):2", "cpus:2"));
}

static void what_is_wrong_is_said(void)
{
    CHECK(is_refused("cpus:-1", "cpus:-1: is negative"));
    CHECK(
        is_refused("cpus:1e309", "cpus:1e309: is not a number like 2 or 0.5"));
    CHECK(is_refused("cpus:1000000001",
                     "cpus:1000000001: is more than 1000000000"));
    CHECK(is_refused("cpus:99999999999999999999",
                     "cpus:99999999999999999999: is more than 1000000000"));
    CHECK(is_refused("mem:1;cpus:nan",
                     "cpus:nan: is not a number like 2 or 0.5"));
    CHECK(is_refused("cpus:", "cpus:: is not a number like 2 or 0.5"));
    CHECK(is_refused("cpus:1.", "cpus:1.: is not a number like 2 or 0.5"));
    CHECK(is_refused("cpus:1.2.3", "cpus:1.2.3: has something behind its "
                                   "amount"));
    CHECK(is_refused("cpus", "cpus: is not name:amount"));
    CHECK(is_refused(":1", ":1: has no name"));
    CHECK(is_refused("cpus:1;", ": has no name"));
    CHECK(is_refused("c pus:1",
                     "c pus:1: has a name with other characters than "
                     "A-Z a-z 0-9 . _ / -"));
    CHECK(is_refused("cpus:1;mem:2;cpus:1", "cpus:1: is given twice"));
    CHECK(is_refused("cpus:1;cpus:{1}", "cpus:{1}: is given twice"));
    CHECK(is_refused("ports:[9-1]",
                     "ports:[9-1]: has a range that begins after its end"));
    CHECK(is_refused("ports:[1-9",
                     "ports:[1-9: is not a list of ranges like [1-9,20-29]"));
    CHECK(is_refused("ports:[7]",
                     "ports:[7]: is not a list of ranges like [1-9,20-29]"));
    CHECK(is_refused("ports:[1-99999999999999999999]",
                     "ports:[1-99999999999999999999]: is not a list of "
                     "ranges like [1-9,20-29]"));
    CHECK(is_refused("gpus:{a,}", "gpus:{a,}: has an empty item"));
    CHECK(is_refused("gpus:{a", "gpus:{a: is not a set like {a,b}"));
    CHECK(is_refused("gpus:{a} b",
                     "gpus:{a} b: has something behind its amount"));
    CHECK(is_refused("cpus(a//b):1",
                     "cpus(a//b):1: is reserved to what is no role"));
    CHECK(is_refused("cpus(a:1", "cpus(a:1: has no ) after its role"));
    CHECK(is_refused("cpus(a,x):1",
                     "cpus(a,x):1: is reserved neither (role) nor "
                     "(role,dynamic)"));
}

static void at_most_64_are_read(void)
{
    char text[1024] = "";

    for (int i = 0; i < 64; i++)
        snprintf(text + strlen(text), 16, "%sr%d:1", i > 0 ? ";" : "", i);
    {
        struct resources r = make(text);

        CHECK(r.count == 64);
        resources_release(&r);
    }
    strcat(text, ";r64:1");
    CHECK(is_refused(text, "r64:1: is one too many: at most 64 resources"));
}

static void a_long_entry_is_cut_in_the_message(void)
{
    char text[400];
    struct resources r = {0};
    struct error err;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CHECK(resources_parse(&r, text, &err) == -EINVAL);
    CHECK(strstr(err.text, ": has a name of more than 31 bytes") != NULL);
    CHECK(resources_parse(&r, text, NULL) == -EINVAL);
}

static bool contains(const char *all, const char *part)
{
    struct resources a = make(all);
    struct resources b = make(part);
    bool is_so = resources_contain(&a, &b);

    resources_release(&a);
    resources_release(&b);
    return is_so;
}

static void a_part_is_contained(void)
{
    CHECK(contains("cpus:1", "cpus:1"));
    CHECK(contains("cpus:1", ""));
    CHECK(!contains("cpus:1", "cpus:1.001"));
    CHECK(!contains("cpus:1", "mem:1"));
    CHECK(!contains("cpus(batch):1", "cpus:1"));
    CHECK(!contains("cpus(batch):1", "cpus(batch,dynamic):1"));
    CHECK(!contains("gpus:4", "gpus:{1}"));
    CHECK(contains("p:[1-9,20-29]", "p:[2-3,5-9,20-29]"));
    CHECK(!contains("p:[1-9,20-29]", "p:[9-10]"));
    CHECK(!contains("p:[1-9,20-29]", "p:[9-20]"));
    CHECK(!contains("p:[1-9,20-29]", "p:[30-30]"));
    CHECK(contains("g:{a,b,c}", "g:{a,c}"));
    CHECK(!contains("g:{a,c}", "g:{b}"));
    CHECK(!contains("g:{a,c}", "g:{d}"));
}

static bool lacks(const char *all, const char *part, const char *expected)
{
    struct resources a = make(all);
    struct resources b = make(part);
    struct error text = {""};
    bool is_so =
        resources_lack(&a, &b, &text) && strcmp(text.text, expected) == 0;

    if (!is_so)
        printf("# %s\n", text.text);
    resources_release(&a);
    resources_release(&b);
    return is_so;
}

static void what_lacks_is_said_with_numbers(void)
{
    CHECK(lacks("cpus:1.5", "cpus:2", "cpus: 2 asked, 1.5 offered"));
    CHECK(lacks("cpus:1.5", "mem:2", "mem: 2 asked, 0 offered"));
    CHECK(lacks("cpus:1", "cpus(a):1", "cpus(a): 1 asked, 0 offered"));
    CHECK(lacks("p:[1-9]", "p:[5-12]", "p: [10-12] asked, not offered"));
    CHECK(lacks("", "p:[5-5]", "p: [5-5] asked, not offered"));
    CHECK(lacks("g:{a}", "g:{a,b}", "g: {b} asked, not offered"));
    CHECK(!lacks("cpus:2", "cpus:2", ""));
}

static bool sum_is(const char *a, const char *b, const char *expected)
{
    struct resources left = make(a);
    struct resources right = make(b);
    bool is_so;

    resources_add(&left, &right);
    is_so = strcmp(resources_format(&left, arena), expected) == 0;
    resources_release(&left);
    resources_release(&right);
    return is_so;
}

static void sums(void)
{
    CHECK(sum_is("cpus:1", "cpus:0.5;mem:3", "cpus:1.5;mem:3"));
    CHECK(sum_is("", "a:1", "a:1"));
    CHECK(sum_is("p:[1-3,8-9]", "p:[4-5,7-7]", "p:[1-5,7-9]"));
    CHECK(sum_is("g:{a,c}", "g:{b,c,d}", "g:{a,b,c,d}"));
    CHECK(sum_is("g:1", "g:{b}", "g:1;g:{b}"));
}

static bool rest_is(const char *a, const char *b, const char *expected)
{
    struct resources left = make(a);
    struct resources right = make(b);
    bool is_so;

    resources_subtract_what_is_there(&left, &right);
    is_so = strcmp(resources_format(&left, arena), expected) == 0;
    resources_release(&left);
    resources_release(&right);
    return is_so;
}

static void differences(void)
{
    CHECK(rest_is("cpus:1", "cpus:1", ""));
    CHECK(rest_is("cpus:1", "cpus:3;mem:2", ""));
    CHECK(rest_is("cpus:1;mem:4", "mem:1", "cpus:1;mem:3"));
    CHECK(rest_is("p:[1-9]", "p:[3-4,6-6]", "p:[1-2,5-5,7-9]"));
    CHECK(rest_is("p:[1-3,5-9]", "p:[2-6]", "p:[1-1,7-9]"));
    CHECK(rest_is("p:[1-3,5-9]", "p:[0-20]", ""));
    CHECK(rest_is("p:[0-18446744073709551615]",
                  "p:[0-0,18446744073709551615-18446744073709551615]",
                  "p:[1-18446744073709551614]"));
    CHECK(rest_is("g:{a,b,c}", "g:{b,x}", "g:{a,c}"));
}

static void scalars_are_found_over_all_reservations(void)
{
    struct resources r = make("cpus:1;cpus(a):2;cpus(a,dynamic):4;p:[1-2]");

    CHECK(resources_milli(&r, "cpus") == 7000);
    CHECK(resources_milli(&r, "p") == 0);
    CHECK(resources_find(&r, "cpus", "a")->milli == 2000);
    CHECK(resources_find(&r, "cpus", NULL)->milli == 1000);
    CHECK(resources_find(&r, "cpus", "b") == NULL);
    resources_set_milli(&r, "cpus", 500);
    CHECK(resources_find(&r, "cpus", NULL)->milli == 500);
    resources_set_milli(&r, "cpus", 0);
    CHECK(resources_find(&r, "cpus", NULL) == NULL);
    resources_release(&r);
}

int main(void)
{
    arena = arena_new();
    text_becomes_sorted_and_exact();
    ranges_are_merged();
    sets_have_each_item_once();
    reservations_are_beside_what_is_free();
    what_is_wrong_is_said();
    at_most_64_are_read();
    a_long_entry_is_cut_in_the_message();
    a_part_is_contained();
    what_lacks_is_said_with_numbers();
    sums();
    differences();
    scalars_are_found_over_all_reservations();
    arena_free(arena);
    return test_done();
}
