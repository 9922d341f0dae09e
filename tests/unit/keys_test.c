/* keys_test.c - keys come back as they were saved, or not at all. */

#include "io/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "tests/test.h"

static char directory[] = "/tmp/keys_test.XXXXXX";
static char path[64];
static struct error err;

static bool says(const char *part)
{
    if (strstr(err.text, part) != NULL)
        return true;
    printf("# %s\n", err.text);
    return false;
}

static int load_text(const char *text)
{
    struct keys keys;

    file_write(path, 0600, text, strlen(text), NULL);
    return keys_load(&keys, path, &err);
}

static void keys_come_back_as_they_were_saved(void)
{
    struct keys made, loaded;
    struct stat st;

    keys_make(&made);
    CHECK(keys_is_key(made.public_key) && keys_is_key(made.secret_key));
    CHECK(keys_save(&made, path, &err) == 0);
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(keys_load(&loaded, path, &err) == 0);
    CHECK(memcmp(&made, &loaded, sizeof made) == 0);
}

static void keys_are_never_overwritten(void)
{
    struct keys first, second, loaded;

    keys_make(&second);
    CHECK(keys_load(&first, path, &err) == 0);
    CHECK(keys_save(&second, path, &err) == -EEXIST);
    CHECK(keys_load(&loaded, path, &err) == 0);
    CHECK(strcmp(first.public_key, loaded.public_key) == 0);
}

static void a_secret_that_others_may_read_is_refused(void)
{
    struct keys keys = {"", ""};

    chmod(path, 0640);
    CHECK(keys_load(&keys, path, &err) == -EACCES && says("chmod 600"));
    CHECK(keys.secret_key[0] == '\0');
}

static void what_is_no_pair_of_keys_is_refused(void)
{
    struct keys a, b;
    char text[256];

    keys_make(&a);
    keys_make(&b);
    CHECK(load_text("") == -EINVAL && says("\"public KEY\""));
    CHECK(load_text("public x\nsecret y\n") == -EINVAL);
    snprintf(text, sizeof text, "public %s\nsecret \\%s\n", a.public_key, "x");
    CHECK(load_text(text) == -EINVAL);
    snprintf(text, sizeof text, "public %s\nsecret %s\n", a.public_key,
             b.secret_key);
    CHECK(load_text(text) == -EINVAL && says("do not belong together"));
    snprintf(text, sizeof text, "public %s\nsecret %s\n", a.public_key,
             a.secret_key);
    CHECK(load_text(text) == 0);
    CHECK(!keys_is_key("short") && !keys_is_key(text));
}

static void a_missing_file_names_the_remedy(void)
{
    struct keys keys;

    unlink(path);
    CHECK(keys_load(&keys, path, &err) == -ENOENT && says("mezzo keygen"));
}

int main(void)
{
    if (mkdtemp(directory) == NULL)
        return EXIT_FAILURE;
    snprintf(path, sizeof path, "%s/keys", directory);
    keys_come_back_as_they_were_saved();
    keys_are_never_overwritten();
    a_secret_that_others_may_read_is_refused();
    what_is_no_pair_of_keys_is_refused();
    a_missing_file_names_the_remedy();
    rmdir(directory);
    return test_done();
}
