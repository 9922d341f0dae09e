/* image_name.c - what goes on skopeo's command line is looked at here, so that
 * no name is an option, a file next to us, or a door that was not meant. */

#include "config.h"

#include "agent/image_name.h"

#include <stdio.h>
#include <string.h>

#define DOCKER "docker://"

/* Those of skopeo's that bring bytes from where the name says. */
static const char *const archives[] = {
    "oci:", "oci-archive:", "docker-archive:"};

bool image_name_is_digest(const char *text)
{
    return strlen(text) == IMAGE_DIGEST_SIZE &&
           strncmp(text, "sha256:", 7) == 0 &&
           strspn(text + 7, "0123456789abcdef") == IMAGE_DIGEST_SIZE - 7;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || strchr("._-/:[]", c) != NULL;
}

/* Up to the port; "" when the name has no host. */
static void read_host(const char *name, size_t size, char host[256])
{
    const char *slash = memchr(name, '/', size);
    size_t length = slash == NULL ? 0 : (size_t)(slash - name);
    const char *colon;

    host[0] = '\0';
    if (length == 0 || length > 255)
        return;
    memcpy(host, name, length);
    host[length] = '\0';
    colon = strrchr(host, ':');
    if (colon == NULL && strchr(host, '.') == NULL &&
        strcmp(host, "localhost") != 0) {
        host[0] = '\0'; /* a part of the name */
        return;
    }
    if (colon != NULL && strchr(colon, ']') == NULL)
        host[colon - host] = '\0';
}

static bool is_insecure(const char *host, const char *const *insecure)
{
    if (strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
        strcmp(host, "[::1]") == 0)
        return true;
    for (; insecure != NULL && *insecure != NULL; insecure++)
        if (strcmp(host, *insecure) == 0)
            return true;
    return false;
}

static const char *read_docker(const char *name,
                               const char *const *insecure,
                               struct arena *arena,
                               struct order_image *image)
{
    const char *at = strchr(name, '@');
    size_t size = at != NULL ? (size_t)(at - name) : strlen(name);
    const char *slash, *colon;
    char host[256];
    char *source;

    if (size == 0 || name[0] == '-' || name[0] == '/' || name[0] == ':')
        return "its image has no name";
    for (size_t i = 0; i < size; i++)
        if (!is_name_character(name[i]))
            return "its image's name has a character that none can have";
    if (at != NULL && !image_name_is_digest(at + 1))
        return "its image's digest is not sha256: and 64 digits";
    read_host(name, size, host);
    image->is_insecure = is_insecure(host, insecure);
    if (at != NULL) { /* then a tag says nothing, and skopeo wants none */
        image->digest = arena_strdup(arena, at + 1);
        slash = memrchr(name, '/', size);
        colon = memrchr(name, ':', size);
        if (colon != NULL && (slash == NULL || colon > slash))
            size = (size_t)(colon - name);
    }
    source = arena_alloc(arena, strlen(DOCKER) + strlen(name) + 1);
    snprintf(source, strlen(DOCKER) + strlen(name) + 1, DOCKER "%.*s%s",
             (int)size, name, at != NULL ? at : "");
    image->source = source;
    return NULL;
}

/* Another of skopeo's transports, which begin so; a port does not. */
static bool has_scheme(const char *reference)
{
    static const char *const others[] = {
        "containers-storage:",
        "dir:",
        "docker-daemon:",
        "ostree:",
        "sif:",
        "tarball:",
        "http:",
        "https:",
    };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strncmp(reference, others[i], strlen(others[i])) == 0)
            return true;
    return strstr(reference, "://") != NULL;
}

const char *image_name_read(const char *reference,
                            const char *const *insecure,
                            struct arena *arena,
                            struct order_image *image)
{
    *image = (struct order_image){.reference = arena_strdup(arena, reference)};
    if (strlen(reference) > IMAGE_NAME_MAX)
        return "its image's name has more than 2048 bytes";
    for (const char *c = reference; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return "its image's name has a control character";
    for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++) {
        size_t size = strlen(archives[i]);

        if (strncmp(reference, archives[i], size) != 0)
            continue;
        if (reference[size] != '/')
            return "its image is a file or directory, and needs an absolute "
                   "path, such as oci:/images/web:latest";
        image->source = image->reference;
        return NULL;
    }
    if (strncmp(reference, DOCKER, strlen(DOCKER)) == 0)
        return read_docker(reference + strlen(DOCKER), insecure, arena, image);
    if (has_scheme(reference))
        return "its image is of a kind that agents do not fetch: use a "
               "registry's name, oci:, oci-archive: or docker-archive:";
    return read_docker(reference, insecure, arena, image);
}
