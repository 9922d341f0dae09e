/* resources_fuzz.c - any text as resources: what is read is written and read
 * again as the same. */

#include <assert.h>
#include <string.h>

#include "base/resources.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    char *text = arena_alloc(arena, size + 1);
    struct resources r = {0};
    struct resources again = {0};
    struct error err = {""};

    memcpy(text, data, size);
    if (resources_parse(&r, text, &err) == 0) {
        assert(resources_parse(&again, resources_format(&r, arena), &err) == 0);
        assert(resources_equal(&r, &again));
        assert(resources_contain(&r, &again));
        resources_subtract(&again, &r);
        assert(resources_is_empty(&again));
    } else {
        assert(r.count == 0 && err.text[0] != '\0');
    }
    resources_release(&r);
    resources_release(&again);
    arena_free(arena);
    return 0;
}
