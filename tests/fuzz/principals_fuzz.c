/* principals_fuzz.c - any text as an allow-list. */

#include <assert.h>
#include <string.h>

#include "base/principal.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct principals *list = NULL;
    struct error err = {""};

    if (principals_parse((const char *)data, size, &list, &err) == 0)
        assert(principals_find(list, "") == NULL); /* of links in plain */
    else
        assert(list == NULL && strncmp(err.text, "line ", 5) == 0);
    principals_free(list);
    return 0;
}
