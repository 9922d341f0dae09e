/* principal_test.c - the allow-list, line by line, and its faults. */

#include "base/principal.h"

#include <errno.h>
#include <string.h>

#include "tests/test.h"

#define KEY_1 "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define KEY_2 "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"

static struct principals *parse(const char *text)
{
    struct principals *p = NULL;
    struct error err;

    if (principals_parse(text, strlen(text), &p, &err) != 0)
        printf("# %s\n", err.text);
    return p;
}

static bool is_refused(const char *text, size_t size, const char *why)
{
    struct principals *p = NULL;
    struct error err = {""};
    int result = principals_parse(text, size, &p, &err);

    if (strcmp(err.text, why) != 0)
        printf("# %s\n", err.text);
    return result == -EINVAL && p == NULL && strcmp(err.text, why) == 0;
}

static bool line_is_refused(const char *text, const char *why)
{
    return is_refused(text, strlen(text), why);
}

static void a_key_finds_its_line(void)
{
    struct principals *list =
        parse("# who may\n"
              "\n"
              "agent-1 " KEY_1 " agent - -\n"
              "  \tbatch\t" KEY_2 "  framework  hpc,web  alice,bob  ");
    const struct principal *agent = principals_find(list, KEY_1);
    const struct principal *batch = principals_find(list, KEY_2);

    CHECK(agent != NULL && strcmp(agent->name, "agent-1") == 0);
    CHECK(agent->kind == PRINCIPAL_AGENT);
    CHECK(agent->roles_count == 0 && agent->users_count == 0);
    CHECK(batch != NULL && strcmp(batch->name, "batch") == 0);
    CHECK(batch->kind == PRINCIPAL_FRAMEWORK);
    CHECK(strcmp(batch->key, KEY_2) == 0);
    CHECK(batch->roles_count == 2 && strcmp(batch->roles[1], "web") == 0);
    CHECK(batch->users_count == 2 && strcmp(batch->users[0], "alice") == 0);
    CHECK(principals_find(list, "") == NULL);
    CHECK(principals_find(list, "xq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7") ==
          NULL);
    principals_free(list);
}

static void an_empty_list_permits_nobody(void)
{
    struct principals *list = parse("");

    CHECK(list != NULL && principals_find(list, KEY_1) == NULL);
    principals_free(list);
}

static void a_role_permits_those_below_it(void)
{
    struct principals *list = parse("b " KEY_1 " framework hpc/a,web alice\n"
                                    "o " KEY_2 " operator * *\n");
    const struct principal *b = principals_find(list, KEY_1);
    const struct principal *o = principals_find(list, KEY_2);

    CHECK(principal_may_use_role(b, "hpc/a"));
    CHECK(principal_may_use_role(b, "hpc/a/night"));
    CHECK(principal_may_use_role(b, "web"));
    CHECK(!principal_may_use_role(b, "hpc"));
    CHECK(!principal_may_use_role(b, "hpc/ab"));
    CHECK(!principal_may_use_role(b, "*"));
    CHECK(principal_may_use_role(o, "*") && principal_may_use_role(o, "x"));
    CHECK(principal_may_run_as(b, "alice") && !principal_may_run_as(b, "ali"));
    CHECK(!principal_may_run_as(b, "root") && principal_may_run_as(o, "root"));
    principals_free(list);
}

static void a_dash_permits_nothing(void)
{
    struct principals *list = parse("b " KEY_1 " framework - -\n");
    const struct principal *b = principals_find(list, KEY_1);

    CHECK(!principal_may_use_role(b, "*") && !principal_may_use_role(b, "-"));
    CHECK(!principal_may_run_as(b, "-") && !principal_may_run_as(b, ""));
    principals_free(list);
}

static void a_fault_is_told_with_its_line(void)
{
    CHECK(line_is_refused("\n#\nb " KEY_1 " agent -\n",
                          "line 3: it does not have five fields: name key "
                          "kind roles users"));
    CHECK(line_is_refused("b " KEY_1 " agent - - -",
                          "line 1: it does not have five fields: name key "
                          "kind roles users"));
    CHECK(line_is_refused("b short agent - -",
                          "line 1: the key has not 40 characters"));
    CHECK(line_is_refused("b ~q:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7 agent "
                          "- -",
                          "line 1: the key has a character that is not of "
                          "Z85"));
    CHECK(line_is_refused("b ########################################"
                          " agent - -",
                          "line 1: the key is not of Z85"));
    CHECK(line_is_refused("b " KEY_1 " guest - -",
                          "line 1: the kind is not agent, framework, operator "
                          "or master"));
    CHECK(line_is_refused("b " KEY_1 " framework a,*  -",
                          "line 1: the roles are not * or - or a list like "
                          "hpc,web/shop"));
    CHECK(line_is_refused("b " KEY_1 " framework a, -",
                          "line 1: the roles are not * or - or a list like "
                          "hpc,web/shop"));
    CHECK(line_is_refused("b " KEY_1 " framework a -rf",
                          "line 1: the users are not * or - or a list like "
                          "alice,bob"));
    CHECK(line_is_refused("b " KEY_1 " agent - -\nc " KEY_1 " agent - -\n",
                          "line 2: the key is in an earlier line already"));
    CHECK(line_is_refused("b\r " KEY_1 " agent - -",
                          "line 1: it has a character that is not printable "
                          "ASCII"));
    CHECK(is_refused("a\0b", 3,
                     "line 1: it has a character that is not printable "
                     "ASCII"));
}

static void kinds_have_the_words_of_the_list(void)
{
    CHECK(strcmp(principal_kind_name(PRINCIPAL_OPERATOR), "operator") == 0);
    CHECK(strcmp(principal_kind_name(PRINCIPAL_MASTER), "master") == 0);
}

int main(void)
{
    a_key_finds_its_line();
    an_empty_list_permits_nobody();
    a_role_permits_those_below_it();
    a_dash_permits_nothing();
    a_fault_is_told_with_its_line();
    kinds_have_the_words_of_the_list();
    return test_done();
}
