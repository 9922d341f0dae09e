/* directory_test.c - names, and who may ask for them. */

#include "frameworks/container/directory.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/test.h"

static struct directory *directory;
static const char *addresses[DIRECTORY_ADDRESSES_MAX];
static size_t count;

static bool update(const char *text)
{
    char *copy = memory_strdup(text);
    json_t *json;
    bool is;

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    json = json_loads(copy, 0, NULL);
    is = directory_update(directory, json);
    json_decref(json);
    free(copy);
    return is;
}

static enum directory_result find(const char *name, const char *source)
{
    return directory_find(directory, name, source, addresses, &count);
}

static void open_two(void)
{
    directory = directory_new(1);
    CHECK(
        update("{'project':'1.shop','name':'shop','version':5,'names':"
               "{'web':['10.0.0.1','10.0.0.2'],'db':[],'shop-web-1':"
               "['10.0.0.1']},'members':['10.0.0.1','10.0.0.2','10.0.0.9']}"));
    CHECK(update("{'project':'2.shop','name':'shop','version':6,'names':"
                 "{'web':['10.0.0.3']},'members':['10.0.0.3']}"));
}

static void names_are_those_of_whoever_asks(void)
{
    open_two();
    CHECK(find("web", "10.0.0.9") == DIRECTORY_FOUND && count == 2);
    CHECK(find("WEB.", "10.0.0.3") == DIRECTORY_FOUND && count == 1 &&
          strcmp(addresses[0], "10.0.0.3") == 0);
    CHECK(find("shop-web-1", "10.0.0.1") == DIRECTORY_FOUND && count == 1);
    CHECK(find("db", "10.0.0.1") == DIRECTORY_EMPTY && count == 0);
    CHECK(find("db", "10.0.0.3") == DIRECTORY_OTHERS);
    CHECK(find("debian.org", "10.0.0.1") == DIRECTORY_OTHERS);
    CHECK(find("web.shop.mezzo", "10.0.0.3") == DIRECTORY_FOUND && count == 1);
    CHECK(find("db.shop.mezzo", "10.0.0.9") == DIRECTORY_EMPTY);
    CHECK(find("x.shop.mezzo", "10.0.0.9") == DIRECTORY_NO_NAME);
    CHECK(find("web.other.mezzo", "10.0.0.9") == DIRECTORY_NO_NAME);
    CHECK(find("shop.mezzo", "10.0.0.9") == DIRECTORY_NO_NAME);
    CHECK(find("", "10.0.0.9") == DIRECTORY_OTHERS);
    directory_free(directory);
}

static void who_is_not_known_yet_may_wait(void)
{
    open_two();
    CHECK(find("web", "10.0.0.7") == DIRECTORY_STRANGER);
    CHECK(find("debian.org", "10.0.0.7") == DIRECTORY_OTHERS);
    CHECK(find("x.shop.mezzo", "10.0.0.7") == DIRECTORY_STRANGER);
    CHECK(find("web.shop.mezzo", "10.0.0.7") == DIRECTORY_FOUND);
    directory_free(directory);
}

static void what_is_older_changes_nothing(void)
{
    open_two();
    CHECK(update("{'project':'1.shop','name':'shop','version':4,'names':{},"
                 "'members':[]}"));
    CHECK(find("web", "10.0.0.9") == DIRECTORY_FOUND);
    CHECK(update("{'project':'1.shop','version':7}")); /* gone */
    CHECK(find("web", "10.0.0.9") == DIRECTORY_STRANGER);
    CHECK(update("{'project':'1.shop','name':'shop','version':5,'names':"
                 "{'web':['10.0.0.1']},'members':['10.0.0.9']}"));
    CHECK(find("web", "10.0.0.9") == DIRECTORY_STRANGER);
    CHECK(!update("{'hello':true}"));
    CHECK(!update("[]"));
    directory_free(directory);
}

static void the_order_is_random(void)
{
    unsigned first = 0;

    open_two();
    for (int i = 0; i < 1000; i++) {
        find("web", "10.0.0.9");
        first += strcmp(addresses[0], "10.0.0.1") == 0;
    }
    CHECK(first > 400 && first < 600);
    directory_free(directory);
}

static void an_answer_is_bounded(void)
{
    char text[4000] = "{'project':'p','name':'p','version':1,'members':"
                      "['10.0.0.9'],'names':{'web':['10.1.0.0'";

    directory = directory_new(1);
    for (int i = 1; i < 100; i++)
        snprintf(text + strlen(text), 20, ",'10.1.0.%d'", i);
    strcat(text, "]}}");
    CHECK(update(text));
    CHECK(find("web", "10.0.0.9") == DIRECTORY_FOUND);
    CHECK(count == DIRECTORY_ADDRESSES_MAX);
    directory_free(directory);
}

int main(void)
{
    names_are_those_of_whoever_asks();
    who_is_not_known_yet_may_wait();
    what_is_older_changes_nothing();
    the_order_is_random();
    an_answer_is_bounded();
    return test_done();
}
