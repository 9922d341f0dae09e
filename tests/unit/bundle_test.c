/* bundle_test.c - what a runtime is told is JSON, whatever is in it; and which
 * subnet an agent takes. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/os/bundle.h"
#include "agent/os/subnet.h"
#include "tests/test.h"

static char path[] = "/tmp/mezzo-bundle.XXXXXX";

/* The text of a bundle with one argument; NULL: it was refused. */
static char *written(const char *argument)
{
    const char *const arguments[] = {"echo", argument, NULL};
    const char *const environment[] = {"A=1", NULL};
    const struct bundle_mount mount = {"/data", NULL, "/tmp", "ro,nosuid"};
    const struct bundle bundle = {
        .root = "/root",
        .hostname = "h",
        .arguments = arguments,
        .environment = environment,
        .working_directory = "/",
        .user = 7,
        .files = {64, 64},
        .mounts = &mount,
        .mounts_count = 1,
        .has_network = true,
    };
    static char text[16384];
    size_t size;
    FILE *file;

    if (bundle_write(path, &bundle, NULL) < 0)
        return NULL;
    file = fopen(path, "re");
    size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    fclose(file);
    return text;
}

static void text_is_escaped(void)
{
    const char *text = written("a\"b\\c\nd");

    CHECK(text != NULL && text[0] == '{' && text[strlen(text) - 1] == '}');
    CHECK(strstr(text, "[\"echo\",\"a\\u0022b\\u005cc\\u000ad\"]") != NULL);
    CHECK(strstr(text, "\"uid\":7") != NULL);
    CHECK(strstr(text, "[\"ro\",\"nosuid\",\"rbind\"]") != NULL);
    CHECK(strstr(text, "{\"type\":\"network\"}") != NULL);
    /* Who is not root has no capabilities, and may gain none. */
    CHECK(strstr(text, "\"effective\":[]") != NULL);
    CHECK(strstr(text, "\"noNewPrivileges\":true") != NULL);
    CHECK(strstr(text, "MKNOD") == NULL);
}

static void what_is_no_text_is_refused(void)
{
    CHECK(written("\xc3\xa9") != NULL);
    CHECK(written("\xff") == NULL);
    CHECK(written("\xc0\xaf") == NULL); /* longer than need be */
    CHECK(written("\xed\xa0\x80") == NULL);
    CHECK(written("\xc3") == NULL);
}

static void a_subnet_is_nobody_elses(void)
{
    bool is_taken[256] = {false};

    CHECK(subnet_choose(is_taken, 1) == 1);
    CHECK(subnet_choose(is_taken, 255) == 255);
    is_taken[255] = true;
    CHECK(subnet_choose(is_taken, 255) == 1);
    memset(is_taken, true, sizeof is_taken);
    CHECK(subnet_choose(is_taken, 3) == 0);
}

static void what_is_claimed_is_taken(void)
{
    struct subnet a = {.third = 9}, b = {.third = 9}, c;
    struct error err;

    CHECK(subnet_claim(&a, "none", &err) == 0);
    CHECK(subnet_claim(&b, "none", &err) == 0);
    CHECK(a.third > 0 && b.third > 0 && a.third != b.third);
    c = (struct subnet){.third = a.third};
    subnet_release(&a);
    CHECK(subnet_claim(&c, "none", &err) == 0 && c.third == a.third);
    subnet_release(&b);
    subnet_release(&c);
}

int main(void)
{
    int fd = mkstemp(path);

    close(fd);
    text_is_escaped();
    what_is_no_text_is_refused();
    a_subnet_is_nobody_elses();
    what_is_claimed_is_taken();
    unlink(path);
    return test_done();
}
