/* master_info_test.c - what a master says of itself in ZooKeeper, as we write
 * it, as Mesos does, and as nobody should. */

#include "io/master_info.h"

#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

#define KEY "0123456789012345678901234567890123456789"

static struct master_info info;

static bool is_read(const char *json)
{
    return master_info_read(json, strlen(json), &info);
}

static void it_is_the_same_when_it_is_read(void)
{
    const struct master_info ours = {.endpoint = "tcp://10.1.2.3:5051",
                                     .key = KEY,
                                     .version = "1.0 \"x\"",
                                     .pid = 4000000000};
    char *json = master_info_write(&ours, "id-1", "host.example");

    CHECK(is_read(json));
    CHECK(strcmp(info.endpoint, ours.endpoint) == 0);
    CHECK(strcmp(info.key, ours.key) == 0);
    CHECK(strcmp(info.version, ours.version) == 0);
    CHECK(info.pid == ours.pid);
    free(json);
}

/* In the byte order of the net, as a number of this machine. */
static void clients_of_mesos_find_what_they_look_for(void)
{
    const struct master_info ours = {.endpoint = "tcp://1.0.0.2:5050"};
    char *json = master_info_write(&ours, "id-1", "h");

    CHECK(strstr(json, "\"id\":\"id-1\"") != NULL);
    CHECK(strstr(json, "\"ip\":33554433,") != NULL ||
          strstr(json, "\"ip\":16777218,") != NULL);
    CHECK(strstr(json, "\"port\":5050,") != NULL);
    CHECK(strstr(json, "\"address\":{\"hostname\":\"h\",\"ip\":\"1.0.0.2\","
                       "\"port\":5050}") != NULL);
    CHECK(strstr(json, "\"key\"") == NULL);
    CHECK(is_read(json) && info.key[0] == '\0');
    free(json);
}

static void one_of_mesos_is_read(void)
{
    CHECK(is_read("{\"address\":{\"hostname\":\"m\",\"ip\":\"10.0.0.1\","
                  "\"port\":5050},\"hostname\":\"m\",\"id\":\"x\","
                  "\"ip\":16777226,\"port\":5050,\"version\":\"1.11.0\"}"));
    CHECK(strcmp(info.endpoint, "tcp://10.0.0.1:5050") == 0);
    CHECK(strcmp(info.version, "1.11.0") == 0 && info.pid == 0);
}

static void what_is_no_master_is_refused(void)
{
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "{",
        "{}",
        "\"tcp://h:1\"",
        "{\"endpoint\":7}",
        "{\"endpoint\":\"tcp://h\"}",
        "{\"endpoint\":\"tcp://h:\"}",
        "{\"endpoint\":\"tcp://h:0\"}",
        "{\"endpoint\":\"tcp://h:-1\"}",
        "{\"endpoint\":\"tcp://h:65536\"}",
        "{\"endpoint\":\"tcp://h:99999999999999999999\"}",
        "{\"endpoint\":\"tcp://h:5050x\"}",
        "{\"endpoint\":\"tcp://h:5050\",\"endpoint\":\"tcp://g:1\"}",
        "{\"address\":{\"ip\":\"10.0.0.1\"}}",
        "{\"address\":{\"port\":5050}}",
        "{\"address\":{\"ip\":\"10.0.0.1\",\"port\":4294972346}}",
        "{\"address\":{\"ip\":\"10.0.0.1\",\"port\":\"5050\"}}",
        "{\"address\":\"10.0.0.1:5050\"}",
        "{\"endpoint\":\"tcp://h:5050\"} x",
        "{\"endpoint\":\"tcp://\xff:5050\"}",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        bool is_refused = !is_read(bad[i]);

        if (!is_refused)
            printf("# %s: %s\n", bad[i], info.endpoint);
        CHECK(is_refused);
    }
}

/* Nobody is to be talked to in plain who has said that he has a key. */
static void a_key_that_is_none_is_not_left_away(void)
{
    CHECK(is_read("{\"endpoint\":\"tcp://h:5050\",\"key\":\"" KEY "\"}"));
    CHECK(is_read("{\"endpoint\":\"tcp://h:5050\",\"key\":\"\"}"));
    CHECK(!is_read("{\"endpoint\":\"tcp://h:5050\",\"key\":\"short\"}"));
    CHECK(!is_read("{\"endpoint\":\"tcp://h:5050\",\"key\":\"" KEY "1\"}"));
    CHECK(!is_read("{\"endpoint\":\"tcp://h:5050\",\"key\":1}"));
}

static void what_is_too_long_is_refused(void)
{
    size_t size = MASTER_INFO_SIZE_MAX + 1;
    char *json = malloc(size + 1), text[600];
    const char *begin = "{\"endpoint\":\"tcp://h:5050\"}";

    memset(json, ' ', size);
    json[size] = '\0';
    memcpy(json, begin, strlen(begin));
    CHECK(!master_info_read(json, size, &info));
    CHECK(master_info_read(json, size - 1, &info));
    CHECK(!master_info_read(json, strlen(begin) - 1, &info));
    free(json);
    snprintf(text, sizeof text, "{\"endpoint\":\"tcp://%0256d:5050\"}", 0);
    CHECK(!is_read(text));
    snprintf(text, sizeof text,
             "{\"endpoint\":\"tcp://h:1\",\"version\":\"%0256d\"}", 0);
    CHECK(is_read(text) && strlen(info.version) == sizeof info.version - 1);
}

int main(void)
{
    it_is_the_same_when_it_is_read();
    clients_of_mesos_find_what_they_look_for();
    one_of_mesos_is_read();
    what_is_no_master_is_refused();
    a_key_that_is_none_is_not_left_away();
    what_is_too_long_is_refused();
    return test_done();
}
