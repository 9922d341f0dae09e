/* wild.h - messages of any content, made from the bytes of an input.
 *
 * Each byte decides something: which field is there, and which of a few values
 * it has.  What was learned from messages seen before, such as ids, comes back
 * in others, and commands, tasks and resources are mostly such as make sense:
 * so a fuzzer gets behind the first check. */

#ifndef TESTS_FUZZ_WILD_H
#define TESTS_FUZZ_WILD_H

#include <stdbool.h>

#include "base/arena.h"
#include "proto/frame.h"

enum {
    WILD_LEARNED_MAX = 32,
    WILD_TEXT_MAX = 100
};

struct wild {
    const uint8_t *bytes;
    size_t size;
    char texts[WILD_LEARNED_MAX][WILD_TEXT_MAX];
    const ProtobufCMessageDescriptor *kinds[WILD_LEARNED_MAX]; /* of ids */
    size_t texts_count; /* ever learned */
    uint8_t data[WILD_LEARNED_MAX][WILD_TEXT_MAX];
    size_t data_sizes[WILD_LEARNED_MAX];
    size_t data_count;
};

/* Below `bound`; 0 when there are no more bytes. */
unsigned wild_choose(struct wild *w, unsigned bound);
bool wild_is_over(const struct wild *w);

/* It is well formed, and its `type`, if it has one, often fits its content. */
ProtobufCMessage *wild_message(struct wild *w,
                               const ProtobufCMessageDescriptor *descriptor,
                               struct arena *arena);

/* Texts and bytes in it may come back. */
void wild_learn(struct wild *w, const ProtobufCMessage *message);
void wild_learn_text(struct wild *w, const char *text);

#endif
