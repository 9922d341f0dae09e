/* keeper_address_test.c - the parts of where ZooKeeper is; only numbers are
 * looked up here, which asks nobody. */

#include "io/keeper_address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

static struct keeper_address a;
static struct error err;

static bool is_parsed(const char *text)
{
    return keeper_address_parse(text, &a, &err) == 0;
}

static void an_address_has_hosts_and_a_path(void)
{
    CHECK(keeper_is_address("zk://h/p"));
    CHECK(!keeper_is_address("zk:/h/p") && !keeper_is_address("ZK://h/p"));
    CHECK(is_parsed("zk://127.0.0.1:2182/mezzo"));
    CHECK(strcmp(a.hosts, "127.0.0.1:2182") == 0);
    CHECK(strcmp(a.path, "/mezzo") == 0 && a.credentials[0] == '\0');
    CHECK(is_parsed("zk://127.0.0.1,127.0.0.2:1,127.0.0.3:65535/a/b.c"));
    CHECK(strcmp(a.hosts, "127.0.0.1:2181,127.0.0.2:1,127.0.0.3:65535") == 0);
    CHECK(strcmp(a.path, "/a/b.c") == 0);
}

static void credentials_come_before(void)
{
    CHECK(is_parsed("zk://joe:a:b@127.0.0.1/m"));
    CHECK(strcmp(a.credentials, "joe:a:b") == 0);
    CHECK(strcmp(a.hosts, "127.0.0.1:2181") == 0);
    CHECK(!is_parsed("zk://joe@127.0.0.1/m"));
    CHECK(strstr(err.text, "user:password") != NULL);
}

static void what_is_malformed_is_refused(void)
{
    static const char *const bad[] = {
        "",
        "127.0.0.1/m",
        "zk://",
        "zk:///m",
        "zk://127.0.0.1",
        "zk://127.0.0.1/",
        "zk://127.0.0.1/m/",
        "zk://127.0.0.1//m",
        "zk://127.0.0.1/../m",
        "zk://127.0.0.1/m/.",
        "zk://,127.0.0.1/m",
        "zk://127.0.0.1,/m",
        "zk://:2181/m",
        "zk://127.0.0.1:/m",
        "zk://127.0.0.1:0/m",
        "zk://127.0.0.1:65536/m",
        "zk://127.0.0.1:-1/m",
        "zk://127.0.0.1:+1/m",
        "zk://127.0.0.1:21x/m",
        "zk://127.0.0.1:12345678901/m",
        "zk://u:p@/m",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bool is_refused = keeper_address_parse(bad[i], &a, &err) == -EINVAL;

        if (!is_refused)
            printf("# %s: %s\n", bad[i], a.hosts);
        CHECK(is_refused);
    }
}

static void what_is_too_long_is_refused(void)
{
    char *text = malloc(4096);

    snprintf(text, 4096, "zk://127.0.0.1/%0255d", 0);
    CHECK(!is_parsed(text)); /* with its slash it is one too long */
    snprintf(text, 4096, "zk://127.0.0.1/%0254d", 0);
    CHECK(is_parsed(text) && strlen(a.path) == KEEPER_PATH_MAX);
    snprintf(text, 4096, "zk://u:%0254d@127.0.0.1/m", 0);
    CHECK(!is_parsed(text));
    snprintf(text, 4096, "zk://u:%0253d@127.0.0.1/m", 0);
    CHECK(is_parsed(text));
    CHECK(strlen(a.credentials) == KEEPER_CREDENTIALS_SIZE - 1);
    snprintf(text, 4096, "zk://%01024d/m", 0);
    CHECK(!is_parsed(text));
    snprintf(text, 4096, "zk://%0300d/m", 0);
    CHECK(!is_parsed(text));
    CHECK(strlen(err.text) < sizeof err.text);
    free(text);
}

/* It is written to logs. */
static void a_fault_does_not_show_the_password(void)
{
    CHECK(!is_parsed("zk://joe:secret@127.0.0.1/"));
    CHECK(strstr(err.text, "secret") == NULL);
    CHECK(!is_parsed("zk://joe:secret@127.0.0.1:99999/m"));
    CHECK(strstr(err.text, "secret") == NULL);
}

int main(void)
{
    an_address_has_hosts_and_a_path();
    credentials_come_before();
    what_is_malformed_is_refused();
    what_is_too_long_is_refused();
    a_fault_does_not_show_the_password();
    return test_done();
}
