/* download.c - local files by copying, the rest by libcurl, which is told of
 * nothing but http and https, also where a server sends it elsewhere. */

#include "agent/fetch/download.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    REDIRECTIONS_MAX = 10,
    CONNECT_MS = 15000,
};

struct sink {
    int fd;
    int64_t written;
    int64_t bytes_max;
    int fault; /* errno that ended it, or 0 */
};

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static int take(struct sink *s, const char *bytes, size_t size)
{
    int rc;

    if ((int64_t)size > s->bytes_max - s->written)
        return -EFBIG;
    rc = write_all(s->fd, bytes, size);
    s->written += (int64_t)size;
    return rc;
}

static int copy_file(const char *path, struct sink *s, struct error *err)
{
    char bytes[65536];
    struct stat st;
    ssize_t n = 0;
    int rc = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return error_errno(err, "open %s", path);
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
        rc = error_set(err, -EINVAL, "%s is not a file", path);
    while (rc == 0 && (n = read(fd, bytes, sizeof bytes)) > 0) {
        rc = take(s, bytes, (size_t)n);
        if (rc == -EFBIG)
            error_set(err, rc, "larger than %lld bytes",
                      (long long)s->bytes_max);
        else if (rc < 0)
            error_set(err, rc, "write: %s", strerror(-rc));
    }
    if (n < 0)
        rc = error_errno(err, "read %s", path);
    else if (rc == 0 && (st.st_mode & 0111) != 0 && fchmod(s->fd, 0755) < 0)
        rc = error_errno(err, "chmod"); /* a program stays one */
    close(fd);
    return rc;
}

static size_t received_cb(char *bytes, size_t size, size_t count, void *arg)
{
    struct sink *s = arg;
    int rc = take(s, bytes, size * count);

    if (rc == 0)
        return size * count;
    s->fault = -rc;
    return 0; /* ends the transfer */
}

static void set_options(CURL *curl,
                        const char *uri,
                        struct sink *s,
                        const struct download_limits *limits,
                        char *text)
{
    curl_easy_setopt(curl, CURLOPT_URL, uri);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTIONS_MAX);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)limits->time_ms);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                     (long)((limits->stall_ms + 999) / 1000));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, received_cb);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "mezzo-fetch");
}

static int transfer(const char *uri,
                    struct sink *s,
                    const struct download_limits *limits,
                    struct error *err)
{
    char text[CURL_ERROR_SIZE] = "";
    CURL *curl = curl_easy_init();
    CURLcode code;

    if (curl == NULL)
        return error_set(err, -ENOMEM, "libcurl did not start");
    set_options(curl, uri, s, limits, text);
    code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    if (code == CURLE_OK)
        return 0;
    if (s->fault == EFBIG)
        return error_set(err, -EFBIG, "larger than %lld bytes",
                         (long long)s->bytes_max);
    if (s->fault != 0)
        return error_set(err, -s->fault, "write: %s", strerror(s->fault));
    return error_set(err, -EIO, "%s",
                     text[0] != '\0' ? text : curl_easy_strerror(code));
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

int download(const char *uri,
             int fd,
             const struct download_limits *limits,
             struct error *err)
{
    struct sink s = {.fd = fd, .bytes_max = limits->bytes_max};

    if (begins(uri, "file:///"))
        return copy_file(uri + strlen("file://"), &s, err);
    if (uri[0] == '/')
        return copy_file(uri, &s, err);
    if (begins(uri, "http://") || begins(uri, "https://"))
        return transfer(uri, &s, limits, err);
    return error_set(err, -EINVAL,
                     "not a URI that can be fetched: file:///PATH, /PATH, "
                     "http:// and https:// can");
}
