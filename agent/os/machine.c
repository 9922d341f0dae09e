/* machine.c - each order to the part that carries it out. */

#include "config.h"

#include "agent/os/machine.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/os/cgroup.h"
#include "agent/os/containers.h"
#include "agent/os/detect.h"
#include "agent/os/files.h"
#include "agent/os/image_store.h"
#include "agent/os/journal_file.h"
#include "agent/os/lives.h"
#include "agent/os/networks.h"
#include "agent/os/sandbox.h"
#include "agent/os/tools.h"
#include "base/auto.h"

struct os {
    struct os_options options;
    struct journal_file *journal;
    struct sandboxes *sandboxes;
    struct cgroups *cgroups;
    struct files *files;
    struct tools *tools;
    struct image_store *images;
    struct networks *networks;
    struct containers *containers;
    struct lives *lives;
};

static void report_cb(void *arg, const struct report *report)
{
    struct os *os = arg;

    os->options.report(os->options.arg, report);
}

static void log_cb(void *arg, enum log_level level, const char *text)
{
    struct os *os = arg;

    os->options.log(os->options.arg, level, text);
}

static bool is_alive_cb(void *arg, const char *run)
{
    struct os *os = arg;

    return lives_is_alive(os->lives, run);
}

static void bound_cb(void *arg, const char *run, int64_t output_bytes_max)
{
    struct os *os = arg;

    files_bound(os->files, run, output_bytes_max);
}

static void gone_cb(void *arg, const char *run)
{
    struct os *os = arg;

    files_run_ended(os->files, run);
}

static void journaled_cb(void *arg, uint64_t ticket, const char *fault)
{
    struct os *os = arg;

    report_cb(os, &(struct report){.kind = REPORT_JOURNALED,
                                   .ticket = ticket,
                                   .fault = fault});
}

static const struct lives_cb lives_cb = {
    .report = report_cb,
    .bound = bound_cb,
    .gone = gone_cb,
    .log = log_cb,
};

static const struct files_cb files_cb = {
    .report = report_cb,
    .is_alive = is_alive_cb,
    .log = log_cb,
};

static int open_journal(struct os *os, struct error *err)
{
    AUTO(auto_free) char *path = NULL;

    if (asprintf(&path, "%s/journal", os->options.directory) < 0)
        abort();
    return journal_file_open(os->options.base, path, journaled_cb, os,
                             &os->journal, err);
}

static int open_sandboxes(struct os *os, struct error *err)
{
    AUTO(auto_free) char *path = NULL;

    if (asprintf(&path, "%s/sandboxes", os->options.directory) < 0)
        abort();
    return sandboxes_open(path, &os->sandboxes, err);
}

static int open_images(struct os *os, struct error *err)
{
    const struct os_options *o = &os->options;
    AUTO(auto_free) char *path = NULL;
    struct error text;
    int code;

    if (asprintf(&path, "%s/tools", o->directory) < 0)
        abort();
    code = tools_open(o->base, path, &os->tools, err);
    if (code == 0)
        code = image_store_open(
            &(struct image_store_options){
                .base = o->base,
                .tools = os->tools,
                .directory = o->directory,
                .fetch_program = o->fetch_program,
                .bytes_max = o->image_bytes_max,
                .report = report_cb,
                .log = log_cb,
                .arg = os,
            },
            &os->images, err);
    if (code == 0)
        code =
            networks_open(&(struct networks_options){.base = o->base,
                                                     .tools = os->tools,
                                                     .directory = o->directory,
                                                     .log = log_cb,
                                                     .arg = os},
                          &os->networks, err);
    if (code == 0)
        code = containers_open(
            &(struct containers_options){
                .base = o->base,
                .images = os->images,
                .networks = os->networks,
                .tools = os->tools,
                .directory = o->directory,
                .fetch_program = o->fetch_program,
                .runtime = o->oci_runtime,
                .host_paths = o->host_paths,
                .log = log_cb,
                .arg = os,
            },
            &os->containers, err);
    if (code < 0)
        return code;
    containers_describe(os->containers, &text);
    log_cb(os, LOG_LEVEL_NOTICE, text.text);
    return 0;
}

static int open_lives(struct os *os, struct error *err)
{
    const struct os_options *o = &os->options;

    os->cgroups = cgroups_open(&(struct cgroups_options){
        .directory = o->directory,
        .name = o->name,
        .is_off = o->has_no_cgroups,
        .devices = o->devices,
        .devices_count = o->devices_count,
    });
    log_cb(os, LOG_LEVEL_NOTICE, cgroups_describe(os->cgroups));
    return lives_new(
        &(struct lives_options){
            .base = o->base,
            .directory = o->directory,
            .launcher_program = o->launcher_program,
            .fetch_program = o->fetch_program,
            .output_bytes_max = o->output_bytes_max,
            .fetch_bytes_max = o->fetch_bytes_max,
            .fetch_ms = o->fetch_ms,
            .settle_ms = o->settle_ms,
            .sandboxes = os->sandboxes,
            .cgroups = os->cgroups,
            .containers = os->containers,
            .tools = os->tools,
            .cb = &lives_cb,
            .arg = os,
        },
        &os->lives, err);
}

int os_new(const struct os_options *options, struct os **os, struct error *err)
{
    struct os *new = calloc(1, sizeof *new);
    int code;

    if (new == NULL)
        abort();
    new->options = *options;
    code = open_journal(new, err);
    if (code == 0)
        code = open_sandboxes(new, err);
    if (code == 0)
        code = open_images(new, err);
    if (code == 0)
        code = open_lives(new, err);
    if (code < 0) {
        os_free(new);
        return code;
    }
    new->files = files_new(&(struct files_options){
        .base = options->base,
        .sandboxes = new->sandboxes,
        .cb = &files_cb,
        .arg = new,
    });
    *os = new;
    return 0;
}

void os_free(struct os *os)
{
    if (os == NULL)
        return;
    files_free(os->files);
    if (os->lives != NULL)
        lives_part(os->lives);
    lives_free(os->lives);
    containers_close(os->containers);
    networks_close(os->networks);
    image_store_close(os->images);
    tools_close(os->tools);
    cgroups_close(os->cgroups);
    journal_file_close(os->journal);
    sandboxes_close(os->sandboxes);
    free(os);
}

static void recover(struct os *os, const struct order *o)
{
    AUTO(auto_free) uint8_t *bytes = NULL;
    char boot_id[DETECT_BOOT_ID_SIZE];
    struct error err = {""};
    size_t size = 0, images_count;
    const struct report_image *images =
        image_store_list(os->images, &images_count);
    int code = journal_file_read(os->journal, &bytes, &size, &err);

    if (code == 0)
        code = detect_boot_id(boot_id, &err);
    report_cb(os, &(struct report){
                      .kind = REPORT_RECOVERED,
                      .ticket = o->ticket,
                      .fault = code < 0 ? err.text : NULL,
                      .bytes = bytes,
                      .size = size,
                      .boot_id = code < 0 ? NULL : boot_id,
                      .journal = journal_file_path(os->journal),
                      .images = images,
                      .images_count = images_count,
                  });
    lives_recovered(os->lives);
}

const char *os_containers_fault(const struct os *os)
{
    const struct runtime *r = containers_runtime(os->containers);

    return r->program != NULL ? NULL : r->why.text;
}

const char *os_bridge_address(const struct os *os)
{
    return networks_gateway(os->networks);
}

static void image_order(struct os *os, const struct order *o)
{
    if (o->kind == ORDER_FETCH_IMAGE)
        image_store_fetch(os->images, o);
    else if (o->kind == ORDER_CANCEL_IMAGE)
        image_store_cancel(os->images, o);
    else
        image_store_remove(os->images, o);
}

void os_order(struct os *os, const struct order *o)
{
    switch (o->kind) {
    case ORDER_RECOVER:
        recover(os, o);
        break;
    case ORDER_JOURNAL:
        journal_file_append(os->journal, o->ticket, o->bytes, o->size,
                            o->is_synced);
        break;
    case ORDER_REWRITE:
        journal_file_rewrite(os->journal, o->ticket, o->bytes, o->size);
        break;
    case ORDER_PREPARE:
        lives_prepare(os->lives, o);
        break;
    case ORDER_LAUNCH:
        lives_launch(os->lives, o);
        break;
    case ORDER_ADOPT:
        lives_adopt(os->lives, o);
        break;
    case ORDER_SIGNAL:
        lives_signal(os->lives, o);
        break;
    case ORDER_REAP:
        lives_reap(os->lives, o);
        files_stock_up(os->files); /* not while something is launched */
        break;
    case ORDER_REMOVE:
        files_remove(os->files, o);
        break;
    case ORDER_READ:
        files_read(os->files, o);
        break;
    case ORDER_WATCH:
        files_watch(os->files, o);
        break;
    case ORDER_LIST:
        files_list(os->files, o);
        break;
    case ORDER_SPAWN:
        lives_spawn(os->lives, o);
        break;
    case ORDER_TAKE:
    case ORDER_FEED:
    case ORDER_END_INPUT:
    case ORDER_RESIZE:
        lives_bytes(os->lives, o);
        break;
    case ORDER_TASK:
        lives_task(os->lives, o);
        break;
    case ORDER_RELEASE:
        lives_release(os->lives, o);
        break;
    case ORDER_CHECK:
        lives_check(os->lives, o);
        break;
    case ORDER_NETWORK:
        networks_configure(os->networks, o);
        break;
    case ORDER_FETCH_IMAGE:
    case ORDER_CANCEL_IMAGE:
    case ORDER_REMOVE_IMAGE:
        image_order(os, o);
        break;
    }
}
