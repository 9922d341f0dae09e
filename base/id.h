/* id.h - what may name a framework, an agent, a task or an executor.
 *
 * Ids become the names of files, of cgroups and of keys in a store: 1 to
 * ID_SIZE_MAX printable ASCII characters, no blank, no '/', not "." or "..". */

#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>

enum {
    ID_SIZE_MAX = 200
};

bool id_is_valid(const char *id);

#endif
