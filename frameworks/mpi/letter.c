/* letter.c - what executors of a job write to each other. */

#include "frameworks/mpi/letter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    HEAD_SIZE = 20,
    FLAG_MORE = 1,
};

static void put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get32(const uint8_t *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

int letter_write(const struct letter *letter, letter_send_f *send, void *arg)
{
    uint8_t piece[HEAD_SIZE + LETTER_PIECE_MAX] = {0};
    size_t sent = 0;

    do {
        size_t size = letter->size - sent;
        int rc;

        if (size > LETTER_PIECE_MAX)
            size = LETTER_PIECE_MAX;
        piece[0] = (uint8_t)letter->kind;
        piece[1] = sent + size < letter->size ? FLAG_MORE : 0;
        put32(piece + 4, letter->from);
        put32(piece + 8, letter->step);
        put32(piece + 12, letter->rank);
        put32(piece + 16, letter->number);
        if (size > 0)
            memcpy(piece + HEAD_SIZE, (const uint8_t *)letter->bytes + sent,
                   size);
        sent += size;
        rc = send(arg, piece, HEAD_SIZE + size);
        if (rc < 0)
            return rc;
    } while (sent < letter->size);
    return 0;
}

int letter_read(struct letter_inbox *inbox,
                const void *piece,
                size_t size,
                struct letter *letter)
{
    const uint8_t *head = piece;

    if (size < HEAD_SIZE || head[0] == 0 || head[0] >= LETTER_KINDS_COUNT ||
        inbox->size + size > LETTER_SIZE_MAX)
        return -EBADMSG;
    inbox->bytes = memory_resize(inbox->bytes, inbox->size + size, 1);
    memcpy(inbox->bytes + inbox->size, head + HEAD_SIZE, size - HEAD_SIZE);
    inbox->size += size - HEAD_SIZE;
    if ((head[1] & FLAG_MORE) != 0)
        return 0;
    *letter = (struct letter){
        .kind = (enum letter_kind)head[0],
        .from = get32(head + 4),
        .step = get32(head + 8),
        .rank = get32(head + 12),
        .number = get32(head + 16),
        .bytes = inbox->bytes,
        .size = inbox->size,
    };
    inbox->size = 0;
    return 1;
}

void letter_inbox_release(struct letter_inbox *inbox)
{
    free(inbox->bytes);
    *inbox = (struct letter_inbox){0};
}

unsigned letter_parent(unsigned node)
{
    return (node - 1) / LETTER_DEGREE;
}

unsigned letter_children_first(unsigned node)
{
    return node * LETTER_DEGREE + 1;
}

unsigned letter_children_count(unsigned node, unsigned nodes_count)
{
    unsigned first = letter_children_first(node);

    if (first >= nodes_count)
        return 0;
    return nodes_count - first < LETTER_DEGREE ? nodes_count - first
                                               : LETTER_DEGREE;
}
