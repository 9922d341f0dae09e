/* layout.c - which ranks are where. */

#include "frameworks/mpi/layout.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/memory.h"
#include "frameworks/mpi/nodelist.h"

void layout_add(struct layout *l,
                const char *host,
                const char *agent_id,
                unsigned ranks_count)
{
    l->nodes = memory_resize(l->nodes, l->count + 1, sizeof *l->nodes);
    l->nodes[l->count++] = (struct layout_node){
        .host = memory_strdup(host),
        .agent_id = memory_strdup(agent_id),
        .ranks_count = ranks_count,
        .first_rank = l->ranks_count,
    };
    l->ranks_count += ranks_count;
}

void layout_release(struct layout *l)
{
    for (size_t i = 0; i < l->count; i++) {
        free(l->nodes[i].host);
        free(l->nodes[i].agent_id);
    }
    free(l->nodes);
    *l = (struct layout){0};
}

size_t layout_node_of(const struct layout *l, unsigned rank)
{
    size_t first = 0, end = l->count;

    assert(rank < l->ranks_count);
    while (end - first > 1) {
        size_t middle = first + (end - first) / 2;

        if (l->nodes[middle].first_rank <= rank)
            first = middle;
        else
            end = middle;
    }
    return first;
}

char *layout_hosts(const struct layout *l)
{
    AUTO(auto_free)
    const char **names = memory_new(l->count + 1, sizeof *names);

    for (size_t i = 0; i < l->count; i++)
        names[i] = l->nodes[i].host;
    return nodelist_compress(names, l->count);
}

char *layout_counts(const struct layout *l, unsigned times)
{
    AUTO(auto_free)
    unsigned *numbers = memory_new(l->count + 1, sizeof *numbers);

    for (size_t i = 0; i < l->count; i++)
        numbers[i] = l->nodes[i].ranks_count * times;
    return nodelist_counts(numbers, l->count);
}

/* The number of each node's place. */
static unsigned *number_places(const struct layout *l,
                               const char *const *places)
{
    unsigned *numbers = memory_new(l->count + 1, sizeof *numbers);
    unsigned next = 0;

    for (size_t i = 0; i < l->count; i++) {
        size_t j = 0;

        while (strcmp(places[j], places[i]) != 0)
            j++;
        numbers[i] = j < i ? numbers[j] : next++;
    }
    return numbers;
}

char *layout_mapping(const struct layout *l, const char *const *places)
{
    AUTO(auto_free) unsigned *numbers = number_places(l, places);
    AUTO(auto_free) unsigned *sizes = memory_new(l->count + 1, sizeof *sizes);
    char *text = NULL;
    size_t size, blocks = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    /* Neighbours on one place are one block. */
    for (size_t i = 0; i < l->count; i++) {
        if (l->nodes[i].ranks_count == 0)
            continue;
        if (blocks == 0 || numbers[i] != numbers[blocks - 1])
            numbers[blocks++] = numbers[i];
        sizes[blocks - 1] += l->nodes[i].ranks_count;
    }
    fputs("(vector", out);
    for (size_t i = 0; i < blocks;) {
        size_t end = i + 1;

        while (end < blocks && sizes[end] == sizes[i] &&
               numbers[end] == numbers[end - 1] + 1)
            end++;
        fprintf(out, ",(%u,%zu,%u)", numbers[i], end - i, sizes[i]);
        i = end;
    }
    fputc(')', out);
    fclose(out);
    if (text == NULL)
        abort();
    return text;
}
