/* endpoint_test.c - nobody is let in in plain from where others can come. */

#include "io/endpoint.h"

#include <errno.h>
#include <string.h>

#include "tests/test.h"

static struct error err;

static int check(const char *address, enum driver_policy policy, bool has_keys)
{
    const struct driver_endpoint e = {.address = address, .policy = policy};

    err.text[0] = '\0';
    return endpoint_check(&e, has_keys, &err);
}

static void plain_is_for_this_machine_only(void)
{
    static const char *const good[] = {"tcp://127.0.0.1:5050",
                                       "tcp://127.9.9.9:1", "ipc:///run/x"};
    static const char *const bad[] = {
        "tcp://0.0.0.0:5050",   "tcp://10.0.0.1:5050",
        "tcp://*:5050",         "tcp://127.0.0.1.example.com:5050",
        "tcp://1270.0.0.1:505", "tcp://[::]:5050",
        "tcp://eth0:5050",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK(check(good[i], DRIVER_PLAIN, false) == 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(check(bad[i], DRIVER_PLAIN, false) == -EINVAL);
        CHECK(check(bad[i], DRIVER_PLAIN, true) == -EINVAL);
    }
    check("tcp://10.0.0.1:5050", DRIVER_PLAIN, false);
    CHECK(strstr(err.text, "mezzo keygen") != NULL);
}

static void others_need_our_keys(void)
{
    CHECK(check("tcp://10.0.0.1:5050", DRIVER_ALLOW_LIST, true) == 0);
    CHECK(check("tcp://0.0.0.0:5050", DRIVER_ANY_KEY, true) == 0);
    CHECK(check("tcp://127.0.0.1:5050", DRIVER_ALLOW_LIST, false) == -EINVAL);
    CHECK(strstr(err.text, "needs keys") != NULL);
    CHECK(check("ipc:///run/x", DRIVER_ANY_KEY, false) == -EINVAL);
}

static void what_is_malformed_is_refused_with_its_name(void)
{
    static const char *const bad[] = {
        "",           "127.0.0.1:5050",   "tcp://", "tcp://h",
        "udp://h:1",  "tcp://127.0.0.1:", "ipc://", "tcp://127.0.0.1:99999",
        "inproc://x", "tcp://127.0.0.1:x"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int code = check(bad[i], DRIVER_ANY_KEY, true);

        if (code == 0)
            printf("# %s\n", bad[i]);
        CHECK(code == -EINVAL && strstr(err.text, bad[i]) != NULL);
    }
}

int main(void)
{
    plain_is_for_this_machine_only();
    others_need_our_keys();
    what_is_malformed_is_refused_with_its_name();
    return test_done();
}
