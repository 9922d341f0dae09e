/* permission.h - the one place that says who may send what.
 *
 * Every message is checked against the principal of its link before a core
 * sees it, by the driver and by the simulator alike.  Deny by default. */

#ifndef BASE_PERMISSION_H
#define BASE_PERMISSION_H

#include "base/principal.h"
#include "proto/frame.h"

/* NULL if `principal` may send `message`, else why not, as a sentence for a
 * log, which lives in static memory or in `text`.  Only what the message
 * itself says is judged here (kind of principal, direction, roles it names,
 * users it names); whether a task or framework is its own is for the core. */
const char *permission_refuses(const struct principal *principal,
                               enum frame_type type,
                               const ProtobufCMessage *message,
                               struct error *text);

#endif
