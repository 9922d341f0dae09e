/* store_tree_test.c - batches whole or not at all, versions, and order. */

#include "base/store_tree.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "tests/test.h"

static struct arena *arena;
static struct store_tree *tree;

static struct store_op set(const char *key, const char *value, uint64_t version)
{
    return (struct store_op){.kind = STORE_SET,
                             .key = key,
                             .value = (const uint8_t *)value,
                             .size = strlen(value),
                             .version = version};
}

static struct store_op with(enum store_op_kind kind,
                            const char *key,
                            uint64_t version)
{
    return (struct store_op){.kind = kind, .key = key, .version = version};
}

static enum store_outcome apply(struct store_op op)
{
    return store_tree_apply(tree, &op, 1, arena).outcome;
}

/* What is below `path`, as "key=value@version ...". */
static const char *dump(const char *path)
{
    static char text[4096];
    struct store_answer answer = store_tree_load(tree, path, arena);

    text[0] = '\0';
    for (size_t i = 0; i < answer.entries_count; i++) {
        const struct store_entry *e = &answer.entries[i];

        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "%s%s=%.*s@%d", i > 0 ? " " : "", e->key, (int)e->size,
                 (const char *)e->value, (int)e->version);
    }
    return text;
}

static bool holds(const char *path, const char *expected)
{
    const char *text = dump(path);

    if (strcmp(text, expected) != 0)
        printf("# %s\n", text);
    return strcmp(text, expected) == 0;
}

static void set_up(void)
{
    store_tree_free(tree);
    arena_reset(arena);
    tree = store_tree_new();
}

static void versions_count_from_one(void)
{
    set_up();
    CHECK(apply(set("/a", "x", STORE_ABSENT)) == STORE_OK);
    CHECK(holds("/", "/a=x@1"));
    CHECK(apply(set("/a", "y", 1)) == STORE_OK);
    CHECK(apply(set("/a", "z", STORE_ANY)) == STORE_OK);
    CHECK(holds("/", "/a=z@3"));
    CHECK(apply(with(STORE_DELETE, "/a", 3)) == STORE_OK);
    CHECK(apply(set("/a", "", STORE_ANY)) == STORE_OK);
    CHECK(holds("/a", "/a=@1"));
}

static void another_version_is_a_conflict_and_changes_nothing(void)
{
    struct store_answer answer;
    struct store_op op;

    set_up();
    apply(set("/a", "x", STORE_ABSENT));
    CHECK(apply(set("/a", "y", STORE_ABSENT)) == STORE_CONFLICT);
    CHECK(apply(set("/a", "y", 2)) == STORE_CONFLICT);
    CHECK(apply(set("/b", "y", 1)) == STORE_CONFLICT);
    CHECK(apply(with(STORE_DELETE, "/a", 2)) == STORE_CONFLICT);
    CHECK(apply(with(STORE_CHECK, "/a", STORE_ABSENT)) == STORE_CONFLICT);
    CHECK(apply(with(STORE_CHECK, "/a", 1)) == STORE_OK);
    CHECK(apply(with(STORE_CHECK, "/b", STORE_ABSENT)) == STORE_OK);
    CHECK(apply(with(STORE_DELETE, "/b", STORE_ANY)) == STORE_OK);
    CHECK(holds("/", "/a=x@1"));
    op = set("/a", "y", 7);
    answer = store_tree_apply(tree, &op, 1, arena);
    CHECK(strcmp(answer.text, "/a: version 1, not 7") == 0);
}

static void a_batch_is_applied_whole_or_not_at_all(void)
{
    struct store_op ops[] = {
        set("/a", "1", STORE_ANY),
        set("/a", "2", 2), /* sees what came before it in the batch */
        with(STORE_DELETE, "/b", 1),
        set("/b", "new", STORE_ABSENT),
        set("/c", "3", STORE_ABSENT),
        with(STORE_CHECK, "/d", STORE_ABSENT),
    };

    set_up();
    apply(set("/a", "0", STORE_ABSENT));
    apply(set("/b", "0", STORE_ABSENT));
    ops[5].version = 9;
    CHECK(store_tree_apply(tree, ops, 6, arena).outcome == STORE_CONFLICT);
    CHECK(holds("/", "/a=0@1 /b=0@1"));
    ops[5].version = STORE_ABSENT;
    CHECK(store_tree_apply(tree, ops, 6, arena).outcome == STORE_OK);
    CHECK(holds("/", "/a=2@3 /b=new@1 /c=3@1"));
    CHECK(store_tree_apply(tree, NULL, 0, arena).outcome == STORE_OK);
}

static void a_load_has_all_below_in_order(void)
{
    set_up();
    apply(set("/a/z", "1", STORE_ANY));
    apply(set("/a-b", "2", STORE_ANY));
    apply(set("/a", "3", STORE_ANY));
    apply(set("/a/b/c", "4", STORE_ANY));
    apply(set("/ab/c", "5", STORE_ANY));
    apply(set("/A", "6", STORE_ANY));
    CHECK(holds("/a", "/a=3@1 /a/b/c=4@1 /a/z=1@1"));
    CHECK(holds("/a/b", "/a/b/c=4@1"));
    CHECK(holds("/x", ""));
    CHECK(holds("/", "/A=6@1 /a=3@1 /a-b=2@1 /a/b/c=4@1 /a/z=1@1 /ab/c=5@1"));
    CHECK(store_tree_load(tree, "a", arena).outcome == STORE_FAILED);
}

static void what_was_loaded_stays_as_it_was(void)
{
    struct store_answer answer;

    set_up();
    apply(set("/a", "old", STORE_ANY));
    answer = store_tree_load(tree, "/a", arena);
    apply(set("/a", "new", STORE_ANY));
    CHECK(memcmp(answer.entries[0].value, "old", 3) == 0);
}

static void a_key_is_a_path(void)
{
    char key[STORE_KEY_MAX + 2] = "/";

    CHECK(store_key_refuses("/a") == NULL);
    CHECK(store_key_refuses("/a/b c/@~") == NULL);
    CHECK(store_key_refuses("") != NULL);
    CHECK(store_key_refuses("a") != NULL);
    CHECK(store_key_refuses("/") != NULL);
    CHECK(store_key_refuses("/a/") != NULL);
    CHECK(store_key_refuses("/a//b") != NULL);
    CHECK(store_key_refuses("/a/./b") != NULL);
    CHECK(store_key_refuses("/a/..") != NULL);
    CHECK(store_key_refuses("/a/...") == NULL);
    CHECK(store_key_refuses("/a\nb") != NULL);
    CHECK(store_key_refuses("/\xc3\xa4") != NULL);
    memset(key + 1, 'x', STORE_KEY_MAX - 1);
    CHECK(store_key_refuses(key) == NULL);
    key[STORE_KEY_MAX] = 'x';
    CHECK(store_key_refuses(key) != NULL);
    set_up();
    CHECK(apply(set("/a/", "x", STORE_ANY)) == STORE_FAILED);
    CHECK(holds("/", ""));
}

static void too_large_a_value_is_refused(void)
{
    struct store_op op = set("/a", "", STORE_ANY);

    set_up();
    op.size = STORE_VALUE_MAX + 1; /* its bytes are not looked at */
    CHECK(apply(op) == STORE_FAILED);
    CHECK(holds("/", ""));
}

/* Against a plain array of 20 values. */
static void many_random_batches_agree_with_a_model(void)
{
    struct random random = {5};
    int versions[20] = {0};
    bool is_same = true;

    set_up();
    for (int round = 0; round < 3000 && is_same; round++) {
        struct store_op ops[4];
        char keys[4][8];
        int after[20];
        bool is_expected = true;
        size_t count = 1 + random_below(&random, 4);

        memcpy(after, versions, sizeof after);
        for (size_t i = 0; i < count; i++) {
            int k = (int)random_below(&random, 20);
            bool is_right = random_below(&random, 8) > 0;
            int kind = (int)random_below(&random, 3);

            snprintf(keys[i], sizeof keys[i], "/%d", k);
            ops[i] = set(keys[i], "v", (uint64_t)(after[k] + !is_right));
            ops[i].kind = (enum store_op_kind)kind;
            is_expected = is_expected && is_right;
            if (is_right && ops[i].kind != STORE_CHECK)
                after[k] = ops[i].kind == STORE_SET ? after[k] + 1 : 0;
        }
        is_same = (store_tree_apply(tree, ops, count, arena).outcome ==
                   STORE_OK) == is_expected;
        if (is_expected)
            memcpy(versions, after, sizeof versions);
        for (int k = 0; k < 20; k++) {
            char text[32] = "";

            snprintf(keys[0], sizeof keys[0], "/%d", k);
            if (versions[k] > 0)
                snprintf(text, sizeof text, "/%d=v@%d", k, versions[k]);
            is_same = is_same && holds(keys[0], text);
        }
        arena_reset(arena);
    }
    CHECK(is_same);
}

int main(void)
{
    arena = arena_new();
    versions_count_from_one();
    another_version_is_a_conflict_and_changes_nothing();
    a_batch_is_applied_whole_or_not_at_all();
    a_load_has_all_below_in_order();
    what_was_loaded_stays_as_it_was();
    a_key_is_a_path();
    too_large_a_value_is_refused();
    many_random_batches_agree_with_a_model();
    store_tree_free(tree);
    arena_free(arena);
    return test_done();
}
