/* address.h - where things listen: "tcp://127.0.0.1:5050", "ipc:///run/x". */

#ifndef IO_ADDRESS_H
#define IO_ADDRESS_H

#include <stdbool.h>

/* NULL, or what is wrong with it, as a part of a sentence. */
const char *address_refuses(const char *address);

/* Can nobody but this machine's own processes reach it? */
bool address_is_local(const char *address);

/* Is descriptor `fd` still the connection of which libzmq said that its other
 * end is `peer`? */
bool address_is_peer_of(int fd, const char *peer);

#endif
