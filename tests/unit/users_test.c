/* users_test.c - who is looked up, who is remembered, and who is nobody. */

#include "agent/os/users.h"

#include <event2/event.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/test.h"

static struct {
    int count;
    struct user user; /* a copy */
    char fault[256];
} last;

static void found(void *arg, const struct user *user, const char *fault)
{
    *(int *)arg += 1;
    last.count++;
    user_release(&last.user);
    if (user != NULL)
        user_copy(&last.user, user);
    snprintf(last.fault, sizeof last.fault, "%s", fault == NULL ? "" : fault);
}

static void we_are_known_at_once(struct users *u)
{
    int calls = 0;

    users_find(u, NULL, found, &calls);
    CHECK(calls == 1 && last.user.uid == geteuid());
    CHECK(users_self(u)->uid == geteuid());
    users_find(u, users_self(u)->name, found, &calls);
    CHECK(calls == 2 && last.user.uid == geteuid());
    CHECK(last.fault[0] == '\0');
}

/* The last of those in /etc/passwd is not us in most places. */
static void others_are_looked_up_once(struct event_base *base, struct users *u)
{
    const struct passwd *entry = getpwnam("nobody");
    int calls = 0;

    if (entry == NULL || entry->pw_uid == geteuid()) {
        printf("# no other user here\n");
        return;
    }
    users_find(u, "nobody", found, &calls);
    CHECK(calls == 0);
    while (calls == 0)
        event_base_loop(base, EVLOOP_ONCE);
    CHECK(last.user.uid == entry->pw_uid && last.user.gid == entry->pw_gid);
    CHECK(strcmp(last.user.home, entry->pw_dir) == 0);
    CHECK(strcmp(last.user.shell, entry->pw_shell) == 0);
    CHECK(last.user.groups_count >= 1 && last.user.groups[0] == entry->pw_gid);
    users_find(u, "nobody", found, &calls);
    CHECK(calls == 2 && last.user.uid == entry->pw_uid);
}

static void a_fault_says_who_is_not_there(struct event_base *base,
                                          struct users *u)
{
    int calls = 0;

    users_find(u, "no-such-user", found, &calls);
    while (calls == 0)
        event_base_loop(base, EVLOOP_ONCE);
    CHECK(last.user.name == NULL);
    CHECK(strstr(last.fault, "no-such-user") != NULL);
    CHECK(strstr(last.fault, "there is none of that name") != NULL);
    users_find(u, "no-such-user", found, &calls);
    CHECK(calls == 1); /* who is not there is not remembered: he may come */
    while (calls == 1)
        event_base_loop(base, EVLOOP_ONCE);
}

static void nothing_is_found_after_the_end(struct event_base *base,
                                           struct users *u)
{
    int calls = 0;

    users_find(u, "daemon-of-nobody", found, &calls);
    users_free(u);
    event_base_loop(base, EVLOOP_NONBLOCK);
    CHECK(calls == 0);
    users_free(NULL);
}

int main(void)
{
    struct event_base *base = event_base_new();
    struct users *u = users_new(base);

    we_are_known_at_once(u);
    others_are_looked_up_once(base, u);
    a_fault_says_who_is_not_there(base, u);
    nothing_is_found_after_the_end(base, u);
    user_release(&last.user);
    event_base_free(base);
    return test_done();
}
