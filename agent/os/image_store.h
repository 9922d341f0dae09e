/* image_store.h - the agent's store of images: skopeo brings them, mezzo-fetch
 * unpacks them, each layer once.
 *
 *     STATE/images/...   see agent/fetch/image.h
 *
 * What no record names is swept away, when nothing is being fetched. */

#ifndef AGENT_OS_IMAGE_STORE_H
#define AGENT_OS_IMAGE_STORE_H

#include "agent/orders.h"
#include "base/effect.h"
#include "base/error.h"
#include "proto/record.pb-c.h"

struct event_base;
struct image_store;
struct tools;

enum {
    IMAGE_STORE_MAX = 10000,
    IMAGE_STORE_FETCHED_AT_A_TIME = 4,
};

struct image_store_options {
    struct event_base *base;
    struct tools *tools;
    const char *directory; /* the state directory */
    const char *fetch_program;
    int64_t bytes_max; /* of one image; 0: as mezzo-fetch will have it */
    void (*report)(void *arg, const struct report *report);
    void (*log)(void *arg, enum log_level level, const char *text);
    void *arg;
};

int image_store_open(const struct image_store_options *options,
                     struct image_store **images,
                     struct error *err);

/* NULL is a no-op. */
void image_store_close(struct image_store *s);

void image_store_fetch(struct image_store *s, const struct order *order);
void image_store_cancel(struct image_store *s, const struct order *order);
void image_store_remove(struct image_store *s, const struct order *order);

/* Those there are, of which RECOVERED tells; valid until one comes or goes. */
const struct report_image *image_store_list(const struct image_store *s,
                                            size_t *count);

/* What is known of one, on the heap, for protobuf_c_message_free_unpacked();
 * NULL if it is not there. */
Mezzo__Record__Image *image_store_read(const struct image_store *s,
                                       const char *digest);

/* Where the layers are. */
const char *image_store_layers(const struct image_store *s);

#endif
