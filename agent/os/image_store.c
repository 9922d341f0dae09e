/* image_store.c - three programs in a row: what does the name mean, bring it,
 * unpack it; the first step is all there is to do when the image is there
 * already. */

#include "config.h"

#include "agent/os/image_store.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/os/image_sweep.h"
#include "agent/os/tools.h"
#include "agent/os/trash.h"
#include "agent/os/worker.h"
#include "base/auto.h"
#include "base/message.h"
#include "io/file.h"

enum {
    PATH_SIZE = 4096,
    ARGUMENTS_MAX = 16,
    RECORD_SIZE_MAX = 8 << 20,
    HEX_SIZE = 64,
    DIGEST_SIZE = HEX_SIZE + sizeof "sha256:",
    FAULT_SIZE = 1024,
};

enum fetching_step {
    FETCHING_WAITING, /* for its turn */
    FETCHING_RESOLVING,
    FETCHING_COPYING,
    FETCHING_UNPACKING,
};

struct fetching {
    TAILQ_ENTRY(fetching) link;
    struct image_store *images;
    enum fetching_step step;
    uint64_t ticket;
    struct tool *tool;
    char *source;
    char *reference;
    char digest[DIGEST_SIZE]; /* "": not known yet */
    bool is_insecure;
};

struct image_store {
    struct image_store_options options;
    char *directory;
    char *layers;
    struct report_image *items; /* by digest */
    size_t count;
    TAILQ_HEAD(, fetching) fetching;
    unsigned active;
    bool is_sweep_due;
    bool is_sweeping; /* then nothing new is begun */
    struct trash *trash;
    struct worker *worker;
};

static char *format_path(const char *directory, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", directory, name) < 0)
        abort();
    return path;
}

/* ------------------------------------------------------------- what is here */

static bool is_digest(const char *text)
{
    return strncmp(text, "sha256:", 7) == 0 && strlen(text) == 7 + HEX_SIZE &&
           strspn(text + 7, "0123456789abcdef") == HEX_SIZE;
}

static void record_path(const struct image_store *s,
                        const char *digest,
                        char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/records/%s", s->directory, digest + 7);
}

Mezzo__Record__Image *image_store_read(const struct image_store *s,
                                       const char *digest)
{
    AUTO(auto_free) char *bytes = NULL;
    char path[PATH_SIZE];
    size_t size;

    if (!is_digest(digest))
        return NULL;
    record_path(s, digest, path);
    if (file_read(path, RECORD_SIZE_MAX, &bytes, &size, NULL) < 0)
        return NULL;
    return message_unpack(&mezzo__record__image__descriptor,
                          (const uint8_t *)bytes, size);
}

static struct report_image *find(const struct image_store *s,
                                 const char *digest)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->items[i].digest, digest) == 0)
            return &s->items[i];
    return NULL;
}

static void release(struct report_image *image)
{
    free((char *)(uintptr_t)image->digest);
    free((char *)(uintptr_t)image->reference);
}

/* As its record says; NULL when there is none that can be believed. */
static struct report_image *add(struct image_store *s, const char *digest)
{
    struct report_image *image = find(s, digest);
    Mezzo__Record__Image *record;

    if (image != NULL || s->count == IMAGE_STORE_MAX)
        return image;
    record = image_store_read(s, digest);
    if (record == NULL)
        return NULL;
    s->items = realloc(s->items, (s->count + 1) * sizeof *s->items);
    if (s->items == NULL)
        abort();
    image = &s->items[s->count++];
    *image = (struct report_image){
        .digest = strdup(digest),
        .reference = strdup(record->reference),
        .size = record->size,
    };
    protobuf_c_message_free_unpacked(&record->base, NULL);
    return image;
}

const struct report_image *image_store_list(const struct image_store *s,
                                            size_t *count)
{
    *count = s->count;
    return s->items;
}

const char *image_store_layers(const struct image_store *s)
{
    return s->layers;
}

static void list_records(struct image_store *s)
{
    AUTO(auto_free) char *path = format_path(s->directory, "records");
    DIR *stream = opendir(path);
    struct dirent *entry;
    char digest[DIGEST_SIZE];

    if (stream == NULL)
        return;
    while ((entry = readdir(stream)) != NULL) {
        if (strlen(entry->d_name) != HEX_SIZE)
            continue;
        snprintf(digest, sizeof digest, "sha256:%.64s", entry->d_name);
        if (is_digest(digest) && add(s, digest) == NULL)
            s->options.log(s->options.arg, LOG_LEVEL_ERROR,
                           "an image's record cannot be read, and is ignored");
    }
    closedir(stream);
}

/* -------------------------------------------------------------- sweeping */

struct sweep {
    struct job job;
    struct image_store *images;
};

static void start_waiting(struct image_store *s);

static void empty_run(struct job *job)
{
    trash_empty(((struct sweep *)job)->images->trash, NULL);
}

static void sweep_run(struct job *job)
{
    struct sweep *sweep = (struct sweep *)job;

    image_sweep(sweep->images->directory, sweep->images->trash);
}

static void sweep_done(struct job *job)
{
    struct image_store *s = ((struct sweep *)job)->images;
    struct sweep *rest = calloc(1, sizeof *rest);

    if (rest == NULL)
        abort();
    *rest = (struct sweep){.job = {.run = empty_run}, .images = s};
    worker_submit(s->worker, &rest->job);
    s->is_sweeping = false;
    start_waiting(s);
}

/* Nothing may come while it is decided what goes. */
static void sweep_when_idle(struct image_store *s)
{
    struct sweep *sweep;

    if (!s->is_sweep_due || s->is_sweeping || s->active > 0)
        return;
    s->is_sweep_due = false;
    s->is_sweeping = true;
    sweep = calloc(1, sizeof *sweep);
    if (sweep == NULL)
        abort();
    *sweep = (struct sweep){.job = {.run = sweep_run, .done = sweep_done},
                            .images = s};
    worker_submit(s->worker, &sweep->job);
}

void image_store_remove(struct image_store *s, const struct order *o)
{
    struct report_image *image = find(s, o->path);
    char path[PATH_SIZE];

    if (image == NULL)
        return;
    record_path(s, o->path, path);
    unlink(path);
    release(image);
    *image = s->items[--s->count];
    s->is_sweep_due = true;
    sweep_when_idle(s);
}

/* -------------------------------------------------------------- fetching */

static void fetching_free(struct fetching *f)
{
    TAILQ_REMOVE(&f->images->fetching, f, link);
    free(f->source);
    free(f->reference);
    free(f);
}

/* `image` NULL: `fault` says why. */
static void finish(struct fetching *f,
                   const struct report_image *image,
                   const char *fault)
{
    struct image_store *s = f->images;
    uint64_t ticket = f->ticket;

    s->active -= f->step != FETCHING_WAITING;
    s->is_sweep_due |= f->step > FETCHING_RESOLVING;
    fetching_free(f);
    start_waiting(s);
    s->options.report(s->options.arg,
                      &(struct report){.kind = REPORT_IMAGE,
                                       .ticket = ticket,
                                       .fault = fault,
                                       .images = image,
                                       .images_count = image != NULL});
    sweep_when_idle(s);
}

static void start(struct fetching *f,
                  const char *const *argv,
                  tool_done_f *done)
{
    f->tool = tool_start(f->images->options.tools,
                         &(struct tool_request){.argv = argv}, done, f);
    if (f->tool == NULL)
        finish(f, NULL, "too many programs are running on the agent");
}

/* What skopeo writes is a log line: time="..." level=fatal msg="...". */
static void unquote(char *text)
{
    size_t used = 0, size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] != '\\' && !(i == size - 1 && text[i] == '"'))
            text[used++] = text[i];
    text[used] = '\0';
}

static void fail(struct fetching *f, const char *what, const char *why)
{
    const char *message = strstr(why, "msg=\"");
    char fault[FAULT_SIZE];

    message = message != NULL ? message + strlen("msg=\"") : why;
    snprintf(fault, sizeof fault, "image %.200s cannot be %s: %.600s",
             f->reference, what, message);
    if (message != why)
        unquote(fault);
    finish(f, NULL, fault);
}

static void layout_path(const struct fetching *f, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/layouts/%" PRIu64, f->images->directory,
             f->ticket);
}

static void unpacked(void *arg, const struct tool_result *result)
{
    struct fetching *f = arg;
    struct report_image *image;

    f->tool = NULL;
    if (result->fault != NULL) {
        fail(f, "unpacked", result->fault);
        return;
    }
    image = add(f->images, f->digest);
    if (image == NULL)
        fail(f, "kept", "its record cannot be read");
    else
        finish(f, image, NULL);
}

static void copied(void *arg, const struct tool_result *result)
{
    struct fetching *f = arg;
    const struct image_store_options *o = &f->images->options;
    const char *argv[ARGUMENTS_MAX];
    char layout[PATH_SIZE], bytes[48];
    size_t n = 0;

    f->tool = NULL;
    if (result->fault != NULL) {
        fail(f, "fetched", result->fault);
        return;
    }
    f->step = FETCHING_UNPACKING;
    layout_path(f, layout);
    argv[n++] = o->fetch_program;
    argv[n++] = "--image";
    argv[n++] = layout;
    argv[n++] = "--store";
    argv[n++] = f->images->directory;
    argv[n++] = "--digest";
    argv[n++] = f->digest;
    if (o->bytes_max > 0) {
        snprintf(bytes, sizeof bytes, "--size-max=%" PRId64, o->bytes_max);
        argv[n++] = bytes;
    }
    argv[n++] = "--";
    argv[n++] = f->reference;
    argv[n] = NULL;
    start(f, argv, unpacked);
}

/* "docker://HOST/NAME:TAG" by its digest, which is what was resolved. */
static void pin(const struct fetching *f, char source[PATH_SIZE])
{
    size_t size = strlen(f->source);
    const char *slash, *colon;

    if (strncmp(f->source, "docker://", 9) != 0 ||
        strchr(f->source, '@') != NULL) {
        snprintf(source, PATH_SIZE, "%s", f->source);
        return;
    }
    slash = strrchr(f->source, '/');
    colon = strrchr(f->source, ':');
    if (colon != NULL && colon > slash)
        size = (size_t)(colon - f->source);
    snprintf(source, PATH_SIZE, "%.*s@%s", (int)size, f->source, f->digest);
}

static size_t begin_skopeo(const struct fetching *f,
                           const char **argv,
                           const char *command)
{
    size_t n = 0;

    argv[n++] = "skopeo";
    /* Where the machine has no policy, digests are what there is. */
    if (access("/etc/containers/policy.json", F_OK) < 0)
        argv[n++] = "--insecure-policy";
    argv[n++] = "--tmpdir";
    argv[n++] = f->images->directory;
    argv[n++] = command;
    return n;
}

static void copy(struct fetching *f)
{
    const char *argv[ARGUMENTS_MAX];
    char source[PATH_SIZE], layout[PATH_SIZE], to[PATH_SIZE + 16],
        blobs[PATH_SIZE];
    size_t n = begin_skopeo(f, argv, "copy");

    f->step = FETCHING_COPYING;
    pin(f, source);
    layout_path(f, layout);
    snprintf(to, sizeof to, "oci:%s:image", layout);
    snprintf(blobs, sizeof blobs, "%s/blobs", f->images->directory);
    argv[n++] = "--quiet";
    argv[n++] = "--dest-shared-blob-dir";
    argv[n++] = blobs;
    if (f->is_insecure)
        argv[n++] = "--src-tls-verify=false";
    argv[n++] = source;
    argv[n++] = to;
    argv[n] = NULL;
    start(f, argv, copied);
}

static void go_on(struct fetching *f)
{
    struct report_image *image = add(f->images, f->digest);

    if (image != NULL)
        finish(f, image, NULL);
    else
        copy(f);
}

static void resolved(void *arg, const struct tool_result *result)
{
    struct fetching *f = arg;
    char text[DIGEST_SIZE + 1];

    f->tool = NULL;
    snprintf(text, sizeof text, "%s", result->output);
    text[strcspn(text, "\n")] = '\0';
    if (result->fault != NULL) {
        fail(f, "found", result->fault);
    } else if (!is_digest(text)) {
        fail(f, "found", "skopeo names no digest of it");
    } else {
        memcpy(f->digest, text, sizeof f->digest);
        go_on(f);
    }
}

static void resolve(struct fetching *f)
{
    const char *argv[ARGUMENTS_MAX];
    size_t n;

    f->step = FETCHING_RESOLVING;
    if (f->digest[0] != '\0') {
        go_on(f);
        return;
    }
    n = begin_skopeo(f, argv, "inspect");
    argv[n++] = "--no-tags";
    argv[n++] = "--format";
    argv[n++] = "{{.Digest}}";
    if (f->is_insecure)
        argv[n++] = "--tls-verify=false";
    argv[n++] = f->source;
    argv[n] = NULL;
    start(f, argv, resolved);
}

static void start_waiting(struct image_store *s)
{
    struct fetching *f = TAILQ_FIRST(&s->fetching), *next;

    for (; f != NULL && !s->is_sweeping &&
           s->active < IMAGE_STORE_FETCHED_AT_A_TIME;
         f = next) {
        next = TAILQ_NEXT(f, link);
        if (f->step != FETCHING_WAITING)
            continue;
        s->active++;
        resolve(f);
        next = TAILQ_FIRST(&s->fetching); /* others may have come or gone */
    }
}

void image_store_fetch(struct image_store *s, const struct order *o)
{
    struct fetching *f = calloc(1, sizeof *f);

    if (f == NULL)
        abort();
    f->images = s;
    f->ticket = o->ticket;
    f->source = strdup(o->image.source);
    f->reference = strdup(o->image.reference);
    if (f->source == NULL || f->reference == NULL)
        abort();
    f->is_insecure = o->image.is_insecure;
    if (o->image.digest != NULL && is_digest(o->image.digest))
        memcpy(f->digest, o->image.digest, sizeof f->digest);
    TAILQ_INSERT_TAIL(&s->fetching, f, link);
    start_waiting(s);
}

void image_store_cancel(struct image_store *s, const struct order *o)
{
    struct fetching *f;

    TAILQ_FOREACH (f, &s->fetching, link)
        if (f->ticket == o->ticket)
            break;
    if (f == NULL)
        return;
    tool_cancel(f->tool);
    s->active -= f->step != FETCHING_WAITING;
    s->is_sweep_due |= f->step > FETCHING_RESOLVING;
    fetching_free(f);
    start_waiting(s);
    sweep_when_idle(s);
}

int image_store_open(const struct image_store_options *options,
                     struct image_store **images,
                     struct error *err)
{
    static const char *const names[] = {"blobs", "layers", "layers/empty",
                                        "layouts", "records"};
    struct image_store *s = calloc(1, sizeof *s);
    int code;

    if (s == NULL)
        abort();
    s->options = *options;
    TAILQ_INIT(&s->fetching);
    s->directory = format_path(options->directory, "images");
    s->layers = format_path(s->directory, "layers");
    code = file_make_directories(s->directory, 0700, err);
    for (size_t i = 0; code == 0 && i < sizeof names / sizeof names[0]; i++) {
        AUTO(auto_free) char *path = format_path(s->directory, names[i]);

        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            code = error_errno(err, "make %s", path);
    }
    if (code == 0)
        code = trash_open(s->directory, &s->trash, err);
    if (code < 0) {
        image_store_close(s);
        return code;
    }
    list_records(s);
    s->worker = worker_new(options->base, "images");
    s->is_sweep_due = true;
    sweep_when_idle(s);
    *images = s;
    return 0;
}

void image_store_close(struct image_store *s)
{
    struct fetching *f;

    if (s == NULL)
        return;
    while ((f = TAILQ_FIRST(&s->fetching)) != NULL)
        fetching_free(f);
    if (s->trash != NULL)
        trash_hurry(s->trash);
    worker_free(s->worker);
    trash_close(s->trash);
    for (size_t i = 0; i < s->count; i++)
        release(&s->items[i]);
    free(s->items);
    free(s->directory);
    free(s->layers);
    free(s);
}
