/* alloc_filters_test.c - what was declined is hidden from who declined it, for
 * so long, and nothing else is. */

#include "master/alloc/filters.h"

#include <stdlib.h>

#include "tests/test.h"

enum {
    COUNT_MAX = 8
};

static struct names names;
static struct filters *filters;
static struct agent *agents[2];
static struct client_filters clients[2];

static struct resources parsed(const char *text)
{
    struct resources r;

    resources_init(&r);
    if (resources_parse(&r, text, NULL) < 0)
        abort();
    return r;
}

static struct agent *add(int client, int agent, const char *text, msec_t until)
{
    struct resources r = parsed(text);
    struct agent *shown = filters_add(filters, &clients[client], agents[agent],
                                      &names, &r, until);

    resources_release(&r);
    return shown;
}

static bool hides(int client, int agent, const char *text)
{
    struct resources r = parsed(text);
    struct quantity q = names_sum(&names, &r);
    bool is_hidden = filters_hide(filters, &clients[client], agents[agent], &r);

    if (is_hidden) /* the quick look never misses one */
        CHECK(filters_may_hide(filters, &clients[client], agents[agent], &q));
    resources_release(&r);
    return is_hidden;
}

static void begin(void)
{
    struct resources total = parsed("cpus:8;mem:8000");

    names_init(&names);
    filters = filters_new(COUNT_MAX);
    for (int i = 0; i < 2; i++) {
        LIST_INIT(&clients[i]);
        agents[i] = agent_new(i == 0 ? "a" : "b", &total, &names);
    }
    resources_release(&total);
}

static void end(void)
{
    filters_free(filters);
    agent_free(agents[0]);
    agent_free(agents[1]);
}

static void only_what_was_declined_is_hidden(void)
{
    begin();
    add(0, 0, "cpus:4;mem:1000", 100);
    CHECK(hides(0, 0, "cpus:4;mem:1000"));
    CHECK(hides(0, 0, "cpus:1"));
    CHECK(!hides(0, 0, "cpus:4.001;mem:1000"));
    CHECK(!hides(0, 0, "cpus:1;disk:1"));
    CHECK(!hides(0, 0, "cpus(r):1")); /* reserved since */
    CHECK(!hides(1, 0, "cpus:1"));
    CHECK(!hides(0, 1, "cpus:1"));
    end();
}

static void two_do_not_add_up(void)
{
    begin();
    add(0, 0, "cpus:2", 100);
    add(0, 0, "mem:100", 100);
    CHECK(hides(0, 0, "cpus:2") && hides(0, 0, "mem:100"));
    CHECK(!hides(0, 0, "cpus:1;mem:1"));
    CHECK(filters_count(filters) == 2);
    end();
}

static void a_larger_one_takes_the_place_of_lesser_ones(void)
{
    begin();
    add(0, 0, "cpus:1", 50);
    add(0, 0, "cpus:2", 200);
    add(0, 1, "cpus:1", 50);
    CHECK(filters_count(filters) == 2);
    add(0, 0, "cpus:1", 300); /* is longer there */
    CHECK(filters_count(filters) == 3);
    add(0, 0, "cpus:3", 250);
    CHECK(filters_count(filters) == 3 && hides(0, 0, "cpus:3"));
    end();
}

static void they_expire_in_order(void)
{
    const struct client_filters *client = NULL;

    begin();
    CHECK(filters_deadline(filters) == MSEC_NEVER);
    add(0, 0, "cpus:1", 30);
    add(1, 1, "cpus:1", 10);
    add(1, 0, "cpus:1", 10); /* later than the one before */
    CHECK(filters_deadline(filters) == 10);
    CHECK(filters_expire(filters, 9, &client) == NULL);
    CHECK(filters_expire(filters, 10, &client) == agents[1]);
    CHECK(client == &clients[1] && !hides(1, 1, "cpus:1"));
    CHECK(filters_expire(filters, 10, &client) == agents[0]);
    CHECK(filters_expire(filters, 10, &client) == NULL);
    CHECK(filters_deadline(filters) == 30 && hides(0, 0, "cpus:1"));
    end();
}

static void at_the_most_the_first_to_expire_goes(void)
{
    struct client_filters others[COUNT_MAX];
    struct resources r = parsed("cpus:1");
    struct agent *shown = NULL;

    begin();
    for (int i = 0; i < COUNT_MAX; i++) {
        LIST_INIT(&others[i]);
        shown = filters_add(filters, &others[i], agents[i == 5], &names, &r,
                            i == 5 ? 10 : 100);
        CHECK(shown == NULL);
    }
    CHECK(add(1, 0, "cpus:1", 50) == agents[1]);
    CHECK(filters_count(filters) == COUNT_MAX && LIST_EMPTY(&others[5]));
    CHECK(add(1, 1, "cpus:1", 500) == agents[0]); /* not the new one */
    CHECK(!hides(1, 0, "cpus:1") && hides(1, 1, "cpus:1"));
    resources_release(&r);
    end();
}

static void all_of_a_client_or_an_agent_go(void)
{
    begin();
    add(0, 0, "cpus:1", 10);
    add(0, 1, "cpus:1", 20);
    add(1, 0, "cpus:1", 30);
    add(1, 1, "cpus:1", 40);
    filters_remove_of_client(filters, &clients[0]);
    CHECK(filters_count(filters) == 2 && LIST_EMPTY(&clients[0]));
    CHECK(hides(1, 0, "cpus:1") && filters_deadline(filters) == 30);
    filters_remove_of_agent(filters, agents[0]);
    CHECK(filters_count(filters) == 1 && !hides(1, 0, "cpus:1"));
    CHECK(hides(1, 1, "cpus:1") && filters_deadline(filters) == 40);
    end();
}

static void they_are_found_among_thousands(void)
{
    struct client_filters many[500];
    struct resources r = parsed("cpus:1");
    const struct client_filters *client;
    bool is_found = true, is_in_order = true;
    msec_t now = 0;

    begin();
    filters_free(filters);
    filters = filters_new(1000000);
    for (int i = 0; i < 500; i++) {
        LIST_INIT(&many[i]);
        filters_add(filters, &many[i], agents[i % 2], &names, &r,
                    (i * 37) % 500);
    }
    for (int i = 0; i < 500; i++)
        is_found = is_found &&
                   filters_hide(filters, &many[i], agents[i % 2], &r) &&
                   !filters_hide(filters, &many[i], agents[1 - i % 2], &r);
    for (; filters_count(filters) > 0; now++)
        is_in_order = is_in_order && filters_deadline(filters) == now &&
                      filters_expire(filters, now, &client) != NULL;
    CHECK(is_found && is_in_order && now == 500);
    resources_release(&r);
    end();
}

int main(void)
{
    only_what_was_declined_is_hidden();
    two_do_not_add_up();
    a_larger_one_takes_the_place_of_lesser_ones();
    they_expire_in_order();
    at_the_most_the_first_to_expire_goes();
    all_of_a_client_or_an_agent_go();
    they_are_found_among_thousands();
    return test_done();
}
