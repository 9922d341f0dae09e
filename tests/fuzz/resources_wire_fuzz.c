/* resources_wire_fuzz.c - any resources of the wire: what is read is told again
 * as the same.  Input: two lists, each as of Offer.Operation.Unreserve, the
 * first behind its length, two bytes. */

#include <assert.h>

#include "base/message.h"
#include "base/resources.h"
#include "tests/fuzz/target.h"

static void read_list(struct resources *r,
                      const uint8_t *bytes,
                      size_t size,
                      struct arena *arena)
{
    Mesos__V1__Offer__Operation__Unreserve *list = message_unpack_in(
        arena, &mesos__v1__offer__operation__unreserve__descriptor, bytes,
        size);
    struct error err = {""};

    if (list != NULL &&
        resources_from_wire(r, list->resources, list->n_resources, &err) != 0)
        assert(r->count == 0 && err.text[0] != '\0');
}

static void tell_again(const struct resources *r, struct arena *arena)
{
    struct resources again = {0};
    Mesos__V1__Resource **wire;
    size_t count;

    wire = resources_to_wire(r, "role", arena, &count);
    assert(resources_from_wire(&again, wire, count, NULL) == 0);
    assert(resources_equal(r, &again));
    assert(resources_format(r, arena) != NULL);
    resources_release(&again);
}

/* Two lists may have a name in two kinds; that must do no harm either. */
static void count(struct resources *a, struct resources *b)
{
    struct error text = {""};
    bool is_lacking = resources_lack(a, b, &text);

    assert(is_lacking == !resources_contain(a, b));
    assert(is_lacking == (text.text[0] != '\0'));
    resources_add(a, b);
    assert(resources_contain(a, b));
    resources_subtract(a, b);
    resources_subtract_what_is_there(b, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct resources a = {0};
    struct resources b = {0};
    size_t first = size >= 2 ? data[0] | (size_t)data[1] << 8 : 0;

    if (size >= 2 && first <= size - 2) {
        read_list(&a, data + 2, first, arena);
        read_list(&b, data + 2 + first, size - 2 - first, arena);
        tell_again(&a, arena);
        count(&a, &b);
    }
    resources_release(&a);
    resources_release(&b);
    arena_free(arena);
    return 0;
}
