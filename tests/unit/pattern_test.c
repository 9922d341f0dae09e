/* pattern_test.c - expressions match whole values, and hostile ones are refused
 * before they cost anything. */

#include "master/alloc/pattern.h"

#include <string.h>

#include "tests/test.h"

static bool matches(const char *text, const char *value)
{
    struct pattern *p = pattern_new(text, NULL);
    bool is_match = p != NULL && pattern_matches(p, value);

    pattern_free(p);
    return is_match;
}

static bool refuses(const char *text, const char *why)
{
    struct error err = {""};
    struct pattern *p = pattern_new(text, &err);

    pattern_free(p);
    return p == NULL && strstr(err.text, why) != NULL;
}

static void the_whole_value_must_match(void)
{
    CHECK(matches("rack", "rack"));
    CHECK(!matches("rack", "rack1"));
    CHECK(!matches("ack", "rack"));
    CHECK(matches("", "") && !matches("", "a"));
    CHECK(matches("^rack$", "rack"));
    CHECK(!matches("ra^ck", "rack"));
}

static void sets_repetitions_and_branches(void)
{
    CHECK(matches("r[0-9]+", "r17") && !matches("r[0-9]+", "r"));
    CHECK(matches("[^a-c]", "d") && !matches("[^a-c]", "b"));
    CHECK(matches("[]-]", "-") && matches("[]-]", "]"));
    CHECK(matches("[[:digit:][:upper:]_]*", "A_9"));
    CHECK(matches("a{2,3}", "aa") && matches("a{2,3}", "aaa"));
    CHECK(!matches("a{2,3}", "a") && !matches("a{2,3}", "aaaa"));
    CHECK(matches("a{2,}", "aaaaa") && !matches("a{2,}", "a"));
    CHECK(matches("(ab|c(d|)){2}", "abcd") && matches("(ab|c(d|)){2}", "cc"));
    CHECK(matches("a?b?c?", "ac") && !matches("a?b?c?", "ca"));
    CHECK(matches("n\\.de", "n.de") && !matches("n\\.de", "n-de"));
    CHECK(matches("(a*)*b", "aaab") && !matches("(a*)*b", "aaa"));
    CHECK(matches(".", "\xff"));
}

static void what_is_malformed_is_refused(void)
{
    CHECK(refuses("a(", "not closed"));
    CHECK(refuses("a)", "too many"));
    CHECK(refuses("[a", "not closed"));
    CHECK(refuses("[b-a]", "ends before"));
    CHECK(refuses("[[:nope:]]", "class"));
    CHECK(refuses("*a", "nothing to repeat"));
    CHECK(refuses("a**", "repeated"));
    CHECK(refuses("a{3,2}", "braces"));
    CHECK(refuses("a{", "number"));
    CHECK(refuses("a{256}", "repetitions"));
    CHECK(refuses("a\\", "backslash"));
    CHECK(refuses("(a)\\1", "backslash")); /* no back-references */
}

static void what_would_explode_is_refused(void)
{
    char deep[200];

    CHECK(refuses("((a{255}){255}){255}", "too large"));
    CHECK(refuses("((((a{0}){255}){255}){255}){255}", "too large"));
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    CHECK(refuses(deep, "parentheses"));
    CHECK(!matches("(a|a)*(a|a)*(a|a)*(a|a)*b",
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
    the_whole_value_must_match();
    sets_repetitions_and_branches();
    what_is_malformed_is_refused();
    what_would_explode_is_refused();
    return test_done();
}
