/* manifest.c - jansson reads; every value is looked at before it is believed.
 */

#include "agent/fetch/manifest.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/auto.h"

enum {
    TEXTS_MAX = 4096, /* arguments, variables */
    TEXT_SIZE_MAX = 128 << 10,
    HEX_SIZE = MANIFEST_DIGEST_SIZE - 1,
};

#define BLOB_SIZE_MAX (INT64_C(1) << 40)

static void auto_json(json_t **json)
{
    json_decref(*json);
}

static json_t *parse(const char *bytes,
                     size_t size,
                     const char *what,
                     struct error *err)
{
    json_error_t why;
    json_t *root = NULL;

    if (size > MANIFEST_SIZE_MAX)
        error_set(err, -EINVAL, "its %s has more than %d bytes", what,
                  MANIFEST_SIZE_MAX);
    else if ((root = json_loadb(bytes, size, 0, &why)) == NULL)
        error_set(err, -EINVAL, "its %s is no JSON: line %d: %s", what,
                  why.line, why.text);
    else if (!json_is_object(root))
        error_set(err, -EINVAL, "its %s is no object", what);
    else
        return root;
    json_decref(root);
    return NULL;
}

const char *manifest_hex(const char *digest)
{
    if (digest == NULL || strncmp(digest, "sha256:", 7) != 0 ||
        strlen(digest) != 7 + HEX_SIZE ||
        strspn(digest + 7, "0123456789abcdef") != HEX_SIZE)
        return NULL;
    return digest + 7;
}

static int read_digest(const json_t *from,
                       const char *what,
                       char digest[MANIFEST_DIGEST_SIZE],
                       struct error *err)
{
    const char *hex = manifest_hex(json_string_value(from));

    if (hex == NULL)
        return error_set(err, -EINVAL, "a digest of its %s is no sha256", what);
    memcpy(digest, hex, MANIFEST_DIGEST_SIZE);
    return 0;
}

static int read_blob(const json_t *from,
                     const char *what,
                     struct manifest_blob *blob,
                     struct error *err)
{
    const json_t *size = json_object_get(from, "size");

    if (!json_is_integer(size) || json_integer_value(size) < 0 ||
        json_integer_value(size) > BLOB_SIZE_MAX)
        return error_set(err, -EINVAL, "a size of its %s is none", what);
    blob->size = json_integer_value(size);
    return read_digest(json_object_get(from, "digest"), what, blob->digest,
                       err);
}

int manifest_read_index(const char *bytes,
                        size_t size,
                        struct manifest_blob *manifest,
                        struct error *err)
{
    AUTO(auto_json) json_t *root = parse(bytes, size, "index", err);
    const json_t *list;

    if (root == NULL)
        return -EINVAL;
    list = json_object_get(root, "manifests");
    if (json_array_size(list) != 1)
        return error_set(err, -EINVAL, "its index has %zu images",
                         json_array_size(list));
    return read_blob(json_array_get(list, 0), "index", manifest, err);
}

int manifest_read(const char *bytes,
                  size_t size,
                  struct manifest *manifest,
                  struct error *err)
{
    AUTO(auto_json) json_t *root = parse(bytes, size, "manifest", err);
    const json_t *layers;
    int code;

    if (root == NULL)
        return -EINVAL;
    layers = json_object_get(root, "layers");
    if (!json_is_array(layers))
        return error_set(err, -EINVAL, "its manifest has no layers");
    if (json_array_size(layers) > MANIFEST_LAYERS_MAX)
        return error_set(err, -EINVAL,
                         "it has %zu layers, and may have %d: squash it",
                         json_array_size(layers), MANIFEST_LAYERS_MAX);
    manifest->layers_count = json_array_size(layers);
    code = read_blob(json_object_get(root, "config"), "manifest",
                     &manifest->config, err);
    for (size_t i = 0; code == 0 && i < manifest->layers_count; i++)
        code = read_blob(json_array_get(layers, i), "manifest",
                         &manifest->layers[i], err);
    return code;
}

static int read_text(const json_t *from,
                     const char *what,
                     struct arena *arena,
                     char **to,
                     struct error *err)
{
    if (from == NULL || json_is_null(from))
        return 0;
    if (!json_is_string(from) || json_string_length(from) > TEXT_SIZE_MAX)
        return error_set(err, -EINVAL, "%s of its configuration is no text",
                         what);
    *to = arena_strdup(arena, json_string_value(from));
    return 0;
}

static int read_texts(const json_t *from,
                      const char *what,
                      struct arena *arena,
                      char ***to,
                      size_t *to_count,
                      struct error *err)
{
    size_t count = json_array_size(from);
    int code = 0;

    if (from == NULL || json_is_null(from))
        return 0;
    if (!json_is_array(from) || count > TEXTS_MAX)
        return error_set(err, -EINVAL,
                         "%s of its configuration is no list of at most %d",
                         what, TEXTS_MAX);
    *to = arena_alloc(arena, count * sizeof **to);
    for (size_t i = 0; code == 0 && i < count; i++) {
        (*to)[i] = (char *)"";
        code = read_text(json_array_get(from, i), what, arena, &(*to)[i], err);
    }
    *to_count = count;
    return code;
}

static int read_diffs(const json_t *root,
                      size_t layers_count,
                      char (*diffs)[MANIFEST_DIGEST_SIZE],
                      struct error *err)
{
    const json_t *list =
        json_object_get(json_object_get(root, "rootfs"), "diff_ids");
    int code = 0;

    if (json_array_size(list) != layers_count)
        return error_set(err, -EINVAL,
                         "its configuration has %zu layers, its manifest %zu",
                         json_array_size(list), layers_count);
    for (size_t i = 0; code == 0 && i < layers_count; i++)
        code = read_digest(json_array_get(list, i), "configuration", diffs[i],
                           err);
    return code;
}

int manifest_read_config(const char *bytes,
                         size_t size,
                         size_t layers_count,
                         struct arena *arena,
                         Mezzo__Record__Image *image,
                         char (*diffs)[MANIFEST_DIGEST_SIZE],
                         struct error *err)
{
    AUTO(auto_json) json_t *root = parse(bytes, size, "configuration", err);
    const json_t *config;

    if (root == NULL || read_diffs(root, layers_count, diffs, err) < 0)
        return -EINVAL;
    config = json_object_get(root, "config");
    if (read_texts(json_object_get(config, "Entrypoint"), "Entrypoint", arena,
                   &image->entrypoint, &image->n_entrypoint, err) < 0 ||
        read_texts(json_object_get(config, "Cmd"), "Cmd", arena,
                   &image->command, &image->n_command, err) < 0 ||
        read_texts(json_object_get(config, "Env"), "Env", arena,
                   &image->environment, &image->n_environment, err) < 0 ||
        read_text(json_object_get(config, "User"), "User", arena, &image->user,
                  err) < 0 ||
        read_text(json_object_get(config, "WorkingDir"), "WorkingDir", arena,
                  &image->working_directory, err) < 0 ||
        read_text(json_object_get(config, "StopSignal"), "StopSignal", arena,
                  &image->stop_signal, err) < 0)
        return -EINVAL;
    return 0;
}
