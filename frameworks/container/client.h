/* client.h - a user's way to mezzo-container: one request, one answer. */

#ifndef CONTAINER_CLIENT_H
#define CONTAINER_CLIENT_H

#include <jansson.h>
#include <stdint.h>

struct client;

/* By the socket, or by the cluster's state directory, either of which may be
 * NULL; NULL after a line on stderr. */
struct client *client_open(const char *socket, const char *state);
void client_close(struct client *c);

/* `request` is taken.  The answer; NULL after a line on stderr, which is what
 * the framework has refused. */
json_t *client_call(struct client *c, json_t *request);

/* The same in two steps, for a loop: client_fd() is readable when there is an
 * answer. */
void client_send(struct client *c, json_t *request);
json_t *client_receive(struct client *c);
int client_fd(const struct client *c);

/* Wait no longer for an answer; then it is NULL, without a word, and errno is
 * EAGAIN. */
void client_set_timeout(struct client *c, int64_t ms);

/* An archive of files that a project needs, by its digest; sent only if it is
 * not there.  0, or -1 after a line on stderr. */
int client_send_files(struct client *c,
                      const char *digest,
                      const void *bytes,
                      size_t size);

#endif
