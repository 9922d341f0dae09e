/* yaml_test.c - documents as trees, and those that nobody should read. */

#include "frameworks/container/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/test.h"

static struct arena *arena;
static struct error why;

static struct yaml_node *parse(const char *text, int *rc)
{
    struct yaml_node *root = NULL;

    why.text[0] = '\0';
    *rc = yaml_parse(arena, text, strlen(text), &root, &why);
    return *rc == 0 ? root : NULL;
}

static bool is_refused(const char *text, int code, const char *words)
{
    int rc;

    parse(text, &rc);
    return rc == code && strstr(why.text, words) != NULL;
}

static bool text_is(struct yaml_node *root, const char *key, const char *text)
{
    struct yaml_node *node = yaml_find(root, key);

    return node != NULL && node->kind == YAML_SCALAR &&
           strcmp(node->text, text) == 0;
}

static void scalars_stay_as_they_are_written(void)
{
    struct yaml_node *root;
    bool value;
    int rc;

    root = parse("port: 2222:22\nmode: 0777\nanswer: yes\nnothing: ~\n"
                 "quoted: \"null\"\nis: true\nempty:\n",
                 &rc);
    CHECK(rc == 0);
    CHECK(text_is(root, "port", "2222:22"));
    CHECK(text_is(root, "mode", "0777"));
    CHECK(text_is(root, "answer", "yes"));
    CHECK(!yaml_is_bool(yaml_find(root, "answer"), &value));
    CHECK(yaml_is_bool(yaml_find(root, "is"), &value) && value);
    CHECK(yaml_is_null(yaml_find(root, "nothing")));
    CHECK(yaml_is_null(yaml_find(root, "empty")));
    CHECK(!yaml_is_null(yaml_find(root, "quoted")));
    CHECK(yaml_find(root, "is")->line == 6);
    CHECK(yaml_find(root, "other") == NULL);
}

static void anchors_are_followed_and_merged(void)
{
    struct yaml_node *root, *web;
    int rc;

    root = parse("x-base: &base\n  image: a\n  user: b\n"
                 "more: &more {user: d, port: e}\n"
                 "web:\n  <<: [*base, *more]\n  image: c\n"
                 "other: *base\n",
                 &rc);
    CHECK(rc == 0);
    web = yaml_find(root, "web");
    CHECK(text_is(web, "image", "c")); /* its own wins, wherever it stands */
    CHECK(text_is(web, "user", "b"));  /* then the first that is merged */
    CHECK(text_is(web, "port", "e"));
    CHECK(web->items_count == 3);
    CHECK(yaml_find(root, "other") == yaml_find(root, "x-base"));
}

static void nonsense_is_refused_with_its_line(void)
{
    CHECK(is_refused("a: [1, 2", -EINVAL, "did not find"));
    CHECK(is_refused("a: 1\na: 2\n", -EINVAL, "2: a is here twice"));
    CHECK(is_refused("a: 1\n---\nb: 2\n", -EINVAL, "second document"));
    CHECK(is_refused("a: *b\n", -EINVAL, "no anchor &b"));
    CHECK(is_refused("a: &b [*b]\n", -EINVAL, "inside of itself"));
    CHECK(is_refused("a: !!binary aGk=\n", -EINVAL, "tags"));
    CHECK(is_refused("? [a]\n: 1\n", -EINVAL, "a key must be a text"));
    CHECK(is_refused("a:\n  <<: 3\n", -EINVAL, "merges mappings"));
    CHECK(is_refused("a: \"x\\0y\"\n", -EINVAL, "NUL"));
    CHECK(is_refused("a: 1\n\tb: 2\n", -EINVAL, "2: "));
}

static void an_empty_document_is_an_empty_mapping(void)
{
    struct yaml_node *root;
    int rc;

    root = parse("# nothing\n", &rc);
    CHECK(rc == 0 && root->kind == YAML_MAPPING && root->items_count == 0);
}

static void a_billion_laughs_are_not_laughed(void)
{
    char text[4096] = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol]\n";

    for (int i = 1; i < 10; i++) {
        char line[200];

        snprintf(line, sizeof line,
                 "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n",
                 i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
        strcat(text, line);
    }
    CHECK(is_refused(text, -E2BIG, "aliases written out"));
}

static void depth_and_size_are_bounded(void)
{
    char *text = memory_new(YAML_SIZE_MAX + 2, 1);

    memset(text, '[', 1000);
    CHECK(is_refused(text, -E2BIG, "nested deeper"));
    memset(text, ' ', YAML_SIZE_MAX + 1);
    CHECK(is_refused(text, -E2BIG, "larger than"));
    memset(text, '\0', YAML_SIZE_MAX + 1);
    for (size_t i = 0; i < 4 * 60000; i += 4)
        memcpy(text + i, "- a\n", 4);
    CHECK(is_refused(text, -E2BIG, "values"));
    free(text);
}

int main(void)
{
    arena = arena_new();
    scalars_stay_as_they_are_written();
    anchors_are_followed_and_merged();
    nonsense_is_refused_with_its_line();
    an_empty_document_is_an_empty_mapping();
    a_billion_laughs_are_not_laughed();
    depth_and_size_are_bounded();
    arena_free(arena);
    return test_done();
}
