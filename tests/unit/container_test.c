/* container_test.c - projects come up, roll, heal and go, in time moved by
 * hand. */

#include <string.h>

#include "tests/test.h"
#include "tests/unit/container_desk.h"

static bool says(const char *words)
{
    return strstr(desk.answer, words) != NULL;
}

static bool is(const char *summary)
{
    const char *text = desk_summary();

    if (strcmp(text, summary) == 0)
        return true;
    printf("# %s\n", text);
    return false;
}

static void a_project_comes_up_and_goes(void)
{
    desk_open();
    desk_up("'web':{'image':'i','replicas':2},'db':{'image':'j'}");
    CHECK(is("web 0/2 db 0/1"));
    CHECK(desk.asks_count == 3);
    CHECK(desk.launches_count == 0);
    desk_offer("h1");
    CHECK(desk.asks_count == 0 && desk.tasks_count == 3);
    desk_run(-1);
    CHECK(is("web 0/2 db 0/1"));
    desk_pass(1000); /* it looks well */
    CHECK(is("web 2/2 db 1/1"));
    desk_call(7, "{'call':'down','name':'p'}");
    CHECK(desk_count("p-web-1") + desk_count("p-db-1") == 0);
    desk_end_killed();
    CHECK(desk.tasks_count == 0);
    desk_call(7, "{'call':'get','name':'p'}");
    CHECK(says("there is no project"));
    desk_close();
}

static void what_is_needed_comes_first(void)
{
    desk_open();
    desk_up("'web':{'image':'i','depends_on':{'db':'service_healthy',"
            "'init':'service_completed_successfully'}},"
            "'db':{'image':'j','healthcheck':{'test':['CMD','x']}},"
            "'init':{'image':'k'}");
    desk_offer("h1");
    desk_run(-1);
    CHECK(desk.tasks_count == 2 && desk_count("p-web-1") == 0);
    desk_pass(60000);
    desk_status(desk_find("p-db-1")->id, MEZZO_TASK_RUNNING, 1);
    desk_offer("h1");
    CHECK(desk_count("p-web-1") == 0);
    desk_status(desk_find("p-init-1")->id, MEZZO_TASK_FINISHED, -1);
    desk_offer("h1");
    CHECK(desk_count("p-web-1") == 1);
    desk_settle();
    CHECK(is("db 1/1 init 1/1 web 1/1"));
    desk_call(7, "{'call':'down','name':'p'}");
    CHECK(desk_count("p-web-1") == 0 && desk_count("p-db-1") == 1);
    desk_end_killed();
    CHECK(desk_count("p-db-1") == 0); /* then what it needed */
    desk_close();
}

static void what_ends_is_started_again_later_and_later(void)
{
    desk_open();
    desk_up("'web':{'image':'i','restart':'always'}");
    for (msec_t wait = 1000; wait <= 64000; wait *= 2) {
        msec_t expected = wait > 60000 ? 60000 : wait;

        desk_offer("h1");
        desk_run(-1);
        desk_status(desk_find("p-web-1")->id, MEZZO_TASK_FAILED, -1);
        desk_pass(expected - 1);
        CHECK(desk.asks_count == 0);
        desk_pass(1);
        CHECK(desk.asks_count == 1);
    }
    desk_offer("h1");
    desk_run(-1);
    desk_pass(12000); /* it does well, and that is over */
    desk_status(desk_find("p-web-1")->id, MEZZO_TASK_FAILED, -1);
    desk_pass(1000);
    CHECK(desk.asks_count == 1);
    desk_close();
}

static void instances_spread_while_there_is_a_choice(void)
{
    desk_open();
    desk.has_more_hosts = true;
    desk_up("'web':{'image':'i','replicas':3}");
    desk_offer("h1");
    CHECK(desk.tasks_count == 1 && desk.asks_count == 2);
    desk_offer("h1");
    CHECK(desk.tasks_count == 1);
    desk_offer("h2");
    CHECK(desk.tasks_count == 2);
    desk_offer("h2");
    CHECK(desk.tasks_count == 2 && desk.asks_count == 1);
    desk_pass(1999);
    desk_offer("h1");
    CHECK(desk.tasks_count == 2);
    desk_pass(1); /* the third host does not come */
    desk_offer("h1");
    CHECK(desk.tasks_count == 3);
    desk_close();
}

static void policies_of_restart_are_kept(void)
{
    desk_open();
    desk_up("'no':{'image':'i'},'fail':{'image':'i','restart':'on-failure',"
            "'restarts_max':1},'lost':{'image':'i'}");
    desk_offer("h1");
    desk_run(-1);
    desk_status(desk_find("p-no-1")->id, MEZZO_TASK_FAILED, -1);
    desk_status(desk_find("p-fail-1")->id, MEZZO_TASK_FAILED, -1);
    desk_status(desk_find("p-lost-1")->id, MEZZO_TASK_LOST, -1);
    desk_pass(1000);
    CHECK(desk.asks_count == 2); /* of what was lost, whatever the policy */
    desk_offer("h1");
    CHECK(desk_count("p-no-1") == 0);
    desk_status(desk_find("p-fail-1")->id, MEZZO_TASK_FAILED, -1);
    desk_pass(100000);
    CHECK(desk_count("p-fail-1") == 0 && desk.asks_count == 0);
    desk_restart(); /* that they have ended is remembered */
    desk_pass(1000);
    CHECK(desk.asks_count == 0);
    desk_close();
}

static void the_unhealthy_are_replaced(void)
{
    desk_open();
    desk_up("'web':{'image':'i','healthcheck':{'test':['CMD','x']}}");
    desk_offer("h1");
    desk_run(1);
    CHECK(is("web 1/1"));
    desk_status(desk_find("p-web-1")->id, MEZZO_TASK_RUNNING, 0);
    CHECK(is("web 0/1") && desk_count("p-web-1") == 0);
    desk_end_killed();
    desk_pass(1000);
    desk_offer("h1");
    CHECK(desk_count("p-web-1") == 1);
    desk_close();
}

/* Two instances, both healthy, of version 1. */
static void two_of_web(void)
{
    desk_open();
    desk_up("'web':{'image':'i','replicas':2,'healthcheck':{'test':"
            "['CMD','x']}}");
    desk_offer("h1");
    desk_run(1);
    desk_pass(20000);
    CHECK(is("web 2/2"));
    desk_up("'web':{'image':'new','replicas':2,'healthcheck':{'test':"
            "['CMD','x']}}");
}

static void a_change_rolls_one_by_one_and_start_first(void)
{
    two_of_web();
    desk_offer("h1");
    CHECK(desk.tasks_count == 3 && desk_count("p-web-1") == 2);
    desk_pass(10000); /* nothing is stopped before it is healthy */
    CHECK(desk.tasks_count == 3 && desk_count("p-web-1") == 2);
    desk_run(1);
    CHECK(desk_count("p-web-1") == 2); /* out of the map, and then it drains */
    desk_pass(STATE_DRAIN_MS - 1);
    CHECK(desk_count("p-web-1") == 2 && desk.asks_count == 0);
    desk_pass(1);
    CHECK(desk_count("p-web-1") == 1 && desk_count("p-web-2") == 1);
    desk_end_killed();
    desk_offer("h1");
    CHECK(desk_count("p-web-2") == 2);
    desk_run(1);
    desk_pass(STATE_DRAIN_MS);
    desk_end_killed();
    CHECK(desk.tasks_count == 2 && is("web 2/2"));
    desk_close();
}

static void what_does_not_become_healthy_goes_back(void)
{
    two_of_web();
    desk_offer("h1");
    desk_run(-1); /* runs, but is not well */
    desk_pass(209000);
    CHECK(desk_count("p-web-1") == 2);
    desk_pass(2000); /* 30 s and 3 times 60 s */
    desk_end_killed();
    desk_call(7, "{'call':'get','name':'p'}");
    CHECK(says("did not become healthy in time"));
    CHECK(is("web 2/2") && desk.tasks_count == 2 && desk.asks_count == 0);
    desk_close();
}

static void what_fails_again_and_again_goes_back(void)
{
    two_of_web();
    for (int i = 0; i < 3; i++) {
        desk_offer("h1");
        CHECK(desk.tasks_count == 3);
        desk_status(desk.tasks[2].id, MEZZO_TASK_FAILED, -1);
        desk_pass(10000);
    }
    CHECK(desk.tasks_count == 2 && desk.asks_count == 0);
    CHECK(is("web 2/2"));
    desk_call(7, "{'call':'get','name':'p'}");
    CHECK(says("again and again"));
    desk_close();
}

static void volumes_stay_where_they_are(void)
{
    desk_open();
    desk_up("'db':{'image':'i','volumes':[{'type':'volume','source':'v',"
            "'target':'/v'}]}");
    CHECK(desk.ask_hosts[0][0] == '\0');
    desk_offer("h2");
    CHECK(strcmp(desk.tasks[0].volume, "7.p.v") == 0);
    desk_settle();
    desk_up("'db':{'image':'new','volumes':[{'type':'volume','source':'v',"
            "'target':'/v'}]}");
    CHECK(desk.asks_count == 0); /* the old one stops first */
    desk_pass(STATE_DRAIN_MS);
    CHECK(desk_count("p-db-1") == 0 && desk.asks_count == 0);
    desk_end_killed();
    CHECK(desk.asks_count == 1 && strcmp(desk.ask_hosts[0], "h2") == 0);
    desk_offer("h2");
    desk_run(-1);
    desk_pass(1000);
    /* While its agent is away nothing takes its place. */
    desk_status(desk_find("p-db-1")->id, MEZZO_TASK_UNREACHABLE, -1);
    desk_pass(60000);
    CHECK(desk.asks_count == 0 && is("db 0/1"));
    desk_close();
}

static void a_project_comes_back_to_its_data(void)
{
    const char *db = "'db':{'image':'i','volumes':[{'type':'volume','source':"
                     "'v','target':'/v'}]}";

    desk_open();
    desk_up(db);
    desk_offer("h2");
    desk_run(-1);
    desk_call(7, "{'call':'down','name':'p'}");
    desk_end_killed();
    desk_restart();
    desk_up(db);
    CHECK(desk.asks_count == 1 && strcmp(desk.ask_hosts[0], "h2") == 0);
    desk_close();
}

/* On its host, by a task; again when that fails, or we do; also when the
 * project has gone before. */
static void a_project_goes_with_its_data(void)
{
    const char *db = "'db':{'image':'i','volumes':[{'type':'volume','source':"
                     "'v','target':'/v'}]}";

    desk_open();
    desk_up(db);
    desk_offer("h2");
    desk_run(-1);
    desk_call(7, "{'call':'down','name':'p','volumes':true}");
    CHECK(desk.asks_count == 0); /* it runs */
    desk_end_killed();
    CHECK(desk.asks_count == 1 && strcmp(desk.ask_hosts[0], "h2") == 0);
    desk_offer("h2");
    CHECK(strcmp(desk_find("volumes")->removed, "7.p.v") == 0);
    desk_status(desk_find("volumes")->id, MEZZO_TASK_FAILED, -1);
    desk_pass(2000);
    CHECK(desk.asks_count == 1);
    desk_restart();
    desk_pass(1);
    CHECK(desk.asks_count == 1);
    desk_offer("h2");
    desk_call(7, "{'call':'get','name':'p'}");
    CHECK(!says("there is no project"));
    desk_status(desk_find("volumes")->id, MEZZO_TASK_FINISHED, -1);
    desk_call(7, "{'call':'get','name':'p'}");
    CHECK(says("there is no project"));
    desk_call(7, "{'call':'down','name':'p','volumes':true}");
    CHECK(says("there is no project"));

    desk_up(db); /* anywhere: there is no data */
    CHECK(desk.asks_count == 1 && desk.ask_hosts[0][0] == '\0');
    desk_offer("h1");
    desk_run(-1);
    desk_call(7, "{'call':'down','name':'p'}");
    desk_end_killed();
    desk_call(7, "{'call':'down','name':'p','volumes':true}");
    CHECK(desk.asks_count == 1 && strcmp(desk.ask_hosts[0], "h1") == 0);
    desk_offer("h1");
    desk_status(desk_find("volumes")->id, MEZZO_TASK_FINISHED, -1);
    CHECK(desk.asks_count == 0 && desk.tasks_count == 0);
    desk_close();
}

static void what_nobody_knows_may_still_be_where_its_data_is(void)
{
    char id[STATE_ID_SIZE];

    desk_open();
    desk_up("'db':{'image':'i','volumes':[{'type':'volume','source':'v',"
            "'target':'/v'}]}");
    desk_settle();
    snprintf(id, sizeof id, "%s", desk.tasks[0].id);
    desk_status(id, MEZZO_TASK_UNKNOWN, -1); /* a master that has just begun */
    desk_offer("h1");
    CHECK(desk.launches_count == 1); /* it is asked for first */
    desk_status(id, MEZZO_TASK_RUNNING, -1);
    desk_settle();
    CHECK(desk.launches_count == 1 && desk.asks_count == 0 && is("db 1/1"));
    desk_status(id, MEZZO_TASK_UNKNOWN, -1);
    desk_offer("h1");
    desk_status(id, MEZZO_TASK_UNKNOWN, -1); /* its agent does not know it */
    desk_settle();
    CHECK(desk.launches_count == 2 && is("db 1/1"));
    desk_close();
}

static void what_cannot_be_reached_is_replaced(void)
{
    char id[STATE_ID_SIZE];

    desk_open();
    desk_up("'web':{'image':'i'}");
    desk_settle();
    snprintf(id, sizeof id, "%s", desk.tasks[0].id);
    desk_status(id, MEZZO_TASK_UNREACHABLE, -1);
    desk_offer("h2");
    CHECK(desk.tasks_count == 2);
    desk_run(-1);
    desk_pass(1000);
    CHECK(desk_count("p-web-1") == 1); /* the other is to end, if it comes */
    desk_status(id, MEZZO_TASK_RUNNING, -1);
    desk_end_killed();
    CHECK(desk.tasks_count == 1 && is("web 1/1"));
    desk_close();
}

static void a_new_process_touches_nothing(void)
{
    char id[STATE_ID_SIZE];

    desk_open();
    desk_up("'web':{'image':'i'},'db':{'image':'i','replicas':2}");
    desk_settle();
    snprintf(id, sizeof id, "%s", desk.tasks[0].id);
    desk_restart();
    desk_pass(60000);
    CHECK(desk.asks_count == 0 && desk.tasks_count == 3);
    CHECK(is("web 0/1 db 0/2")); /* not known yet */
    for (int i = 0; i < 3; i++)
        desk_status(desk.tasks[i].id, MEZZO_TASK_RUNNING, -1);
    desk_pass(1000);
    CHECK(is("web 1/1 db 2/2"));
    CHECK(desk.launches_count == 3 && strcmp(desk.tasks[0].id, id) == 0);
    /* One that nobody knows any more is made again. */
    desk_restart();
    desk_status(id, MEZZO_TASK_UNKNOWN, -1);
    desk_pass(1000);
    CHECK(desk.asks_count == 1);
    /* One that nobody wants is ended. */
    snprintf(desk.tasks[2].id, sizeof desk.tasks[2].id, "stranger");
    desk_status("stranger", MEZZO_TASK_RUNNING, -1);
    CHECK(desk.tasks[2].is_killed);
    desk_close();
}

static void counts_change_in_place(void)
{
    desk_open();
    desk_up("'web':{'image':'i'}");
    desk_settle();
    desk_call(7, "{'call':'scale','name':'p','services':{'web':3}}");
    desk_settle();
    CHECK(is("web 3/3") && desk.launches_count == 3);
    desk_call(7, "{'call':'scale','name':'p','services':{'web':1}}");
    desk_settle();
    CHECK(is("web 1/1") && desk.tasks_count == 1);
    CHECK(strcmp(desk.tasks[0].name, "p-web-1") == 0);
    desk_call(7, "{'call':'scale','name':'p','services':{'no':1}}");
    CHECK(says("no service no"));
    desk_call(7, "{'call':'scale','name':'p','services':{'web':100000}}");
    CHECK(says("replicas"));
    desk_call(7, "{'call':'restart','name':'p'}");
    desk_settle();
    CHECK(is("web 1/1") && desk.launches_count == 4);
    desk_up("'db':{'image':'i'}"); /* what is in no file goes */
    desk_settle();
    CHECK(is("db 1/1") && desk.tasks_count == 1);
    desk_close();
}

static void users_see_their_own(void)
{
    desk_open();
    desk_up("'web':{'image':'i'}");
    desk_settle();
    desk_call(8, "{'call':'get','name':'p'}");
    CHECK(says("there is no project"));
    desk_call(8, "{'call':'down','name':'p'}");
    CHECK(says("there is no project"));
    desk_call(8, "{'call':'list'}");
    CHECK(strcmp(desk.answer, "{\"projects\":[]}") == 0);
    desk_call(8, "{'call':'ticket','task':'7.p.web.1.1-1','verb':'output',"
                 "'key':'k'}");
    CHECK(says("there is no task"));
    desk_call(7, "{'call':'ticket','task':'7.p.web.1.1-1','verb':'output',"
                 "'key':'k'}");
    CHECK(desk.answer[0] == '\0'); /* the master is asked */
    desk_call(0, "{'call':'list'}");
    CHECK(says("\"name\":\"p\""));
    desk_call(0, "{'call':'get','name':'p'}");
    CHECK(says("\"user\":\"someone\""));
    desk_call(7, "{'call':'nonsense'}");
    CHECK(says("not known"));
    desk_call(7, "[]");
    CHECK(says("not known"));
    desk_call(7, "{'call':'up','project':{'name':'p','services':{'a':{}}}}");
    CHECK(says("image: is missing"));
    desk_close();
}

int main(void)
{
    a_project_comes_up_and_goes();
    what_is_needed_comes_first();
    what_ends_is_started_again_later_and_later();
    policies_of_restart_are_kept();
    instances_spread_while_there_is_a_choice();
    the_unhealthy_are_replaced();
    a_change_rolls_one_by_one_and_start_first();
    what_does_not_become_healthy_goes_back();
    what_fails_again_and_again_goes_back();
    volumes_stay_where_they_are();
    a_project_comes_back_to_its_data();
    a_project_goes_with_its_data();
    what_nobody_knows_may_still_be_where_its_data_is();
    what_cannot_be_reached_is_replaced();
    a_new_process_touches_nothing();
    counts_change_in_place();
    users_see_their_own();
    return test_done();
}
