/* amounts_test.c - resources as people write and read them. */

#include "cli/amounts.h"

#include <string.h>

#include "tests/test.h"

static void decimals_are_exact(void)
{
    CHECK(amounts_read_milli("0.1") == 100);
    CHECK(amounts_read_milli("2") == 2000);
    CHECK(amounts_read_milli(".5") == 500);
    CHECK(amounts_read_milli("1.") == 1000);
    CHECK(amounts_read_milli("0.125") == 125);
    CHECK(amounts_read_milli("1000000") == 1000000000);
}

static void what_is_no_amount_is_refused(void)
{
    static const char *const bad[] = {
        "",    ".",    "-1", "1e3", "1,5", "0.1234",  "1.2.3",
        "nan", "0x10", " 1", "1 ",  "inf", "1000001", "99999999999999999999",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(amounts_read_milli(bad[i]) == -1);
}

static void text_has_what_is_there(void)
{
    const struct mezzo_range ports[] = {{31000, 31999}, {32100, 32100}};
    const struct mezzo_resources r = {.cpu_milli = 1250,
                                      .memory_mb = 2048,
                                      .ports = ports,
                                      .ports_count = 2,
                                      .others = "gpus:{0,1}"};
    char text[AMOUNTS_TEXT_SIZE];

    amounts_format(&r, text);
    CHECK(strcmp(text, "cpus:1.25;mem:2048;ports:[31000-31999,32100-32100];"
                       "gpus:{0,1}") == 0);
    amounts_format(&(struct mezzo_resources){.cpu_milli = 4000}, text);
    CHECK(strcmp(text, "cpus:4;mem:0") == 0);
}

static void text_that_is_too_long_is_cut(void)
{
    char others[1000], text[AMOUNTS_TEXT_SIZE];

    memset(others, 'x', sizeof others - 1);
    others[sizeof others - 1] = '\0';
    amounts_format(&(struct mezzo_resources){.others = others}, text);
    CHECK(strlen(text) == AMOUNTS_TEXT_SIZE - 1);
}

static void json_has_numbers_and_others(void)
{
    const struct mezzo_resources r = {
        .cpu_milli = 500, .memory_mb = 64, .others = "gpus:{0};licences:3"};
    json_t *json = amounts_json(&r);

    CHECK(json_real_value(json_object_get(json, "cpus")) == 0.5);
    CHECK(json_integer_value(json_object_get(json, "mem")) == 64);
    CHECK(json_object_get(json, "ports") == NULL);
    CHECK(strcmp(json_string_value(json_object_get(json, "gpus")), "{0}") == 0);
    CHECK(strcmp(json_string_value(json_object_get(json, "licences")), "3") ==
          0);
    json_decref(json);
}

int main(void)
{
    decimals_are_exact();
    what_is_no_amount_is_refused();
    text_has_what_is_there();
    text_that_is_too_long_is_cut();
    json_has_numbers_and_others();
    return test_done();
}
