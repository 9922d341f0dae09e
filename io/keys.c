/* keys.c - libzmq makes the pairs and tells whether two belong together. */

#include "io/keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

#include "base/auto.h"
#include "io/file.h"

enum {
    FILE_SIZE_MAX = 1024,
};

void keys_make(struct keys *keys)
{
    if (zmq_curve_keypair(keys->public_key, keys->secret_key) < 0)
        abort();
}

bool keys_is_key(const char *text)
{
    uint8_t bytes[32];

    return strlen(text) == PRINCIPAL_KEY_SIZE - 1 &&
           zmq_z85_decode(bytes, text) != NULL;
}

static bool belong_together(const struct keys *keys)
{
    char public_key[PRINCIPAL_KEY_SIZE];

    return zmq_curve_public(public_key, keys->secret_key) == 0 &&
           strcmp(public_key, keys->public_key) == 0;
}

static bool parse(const char *text, struct keys *keys)
{
    /* 40 is PRINCIPAL_KEY_SIZE - 1 */
    return sscanf(text, "public %40s secret %40s", keys->public_key,
                  keys->secret_key) == 2 &&
           keys_is_key(keys->public_key) && keys_is_key(keys->secret_key);
}

int keys_load(struct keys *keys, const char *path, struct error *err)
{
    AUTO(auto_free) char *text = NULL;
    struct keys read = {"", ""};
    struct stat st;
    size_t size;
    int rc = 0;

    if (stat(path, &st) < 0 && errno == ENOENT)
        return error_set(err, -ENOENT,
                         "no keys at %s; make some with: mezzo keygen %s", path,
                         path);
    rc = file_read(path, FILE_SIZE_MAX, &text, &size, err);
    if (rc < 0)
        return rc;
    if ((st.st_mode & 077) != 0)
        rc = error_set(err, -EACCES,
                       "%s may be read by others; mend it with: chmod 600 %s",
                       path, path);
    else if (!parse(text, &read))
        rc = error_set(err, -EINVAL,
                       "%s has not the lines \"public KEY\" and \"secret KEY\"",
                       path);
    else if (!belong_together(&read))
        rc = error_set(err, -EINVAL, "%s: the two keys do not belong together",
                       path);
    else
        *keys = read;
    explicit_bzero(&read, sizeof read);
    explicit_bzero(text, size);
    return rc;
}

int keys_save(const struct keys *keys, const char *path, struct error *err)
{
    char text[FILE_SIZE_MAX];
    int size = snprintf(text, sizeof text, "public %s\nsecret %s\n",
                        keys->public_key, keys->secret_key);
    int rc = file_create(path, 0600, text, (size_t)size, err);

    explicit_bzero(text, sizeof text);
    return rc;
}
