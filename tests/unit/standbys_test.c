/* standbys_test.c - the masters that stand by are kept until others do. */

#include <string.h>

#include "master/standbys.h"
#include "tests/test.h"

static void the_list_is_a_copy(void)
{
    struct standbys *s = standbys_new();
    char address[] = "tcp://10.0.0.1:5050";
    struct master_standby item = {.address = address, .version = "1", .pid = 7};

    standbys_set(s, &(struct master_standbys){&item, 1});
    address[0] = item.pid = 0;
    CHECK(standbys_list(s)->count == 1);
    CHECK(strcmp(standbys_list(s)->items[0].address, "tcp://10.0.0.1:5050") ==
          0);
    CHECK(standbys_list(s)->items[0].pid == 7);
    standbys_free(s);
}

static void another_takes_its_place(void)
{
    const struct master_standby items[] = {
        {.address = "a", .version = "1"},
        {.address = "b", .version = "2"},
    };
    struct standbys *s = standbys_new();

    CHECK(standbys_list(s)->count == 0);
    standbys_set(s, &(struct master_standbys){items, 2});
    standbys_set(s, &(struct master_standbys){items + 1, 1});
    CHECK(standbys_list(s)->count == 1);
    CHECK(strcmp(standbys_list(s)->items[0].address, "b") == 0);
    standbys_set(s, &(struct master_standbys){NULL, 0});
    CHECK(standbys_list(s)->count == 0);
    standbys_free(s);
}

int main(void)
{
    the_list_is_a_copy();
    another_takes_its_place();
    return test_done();
}
