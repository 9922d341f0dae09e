/* error_test.c - text that is cut, and an errno that is kept. */

#include "base/error.h"

#include <errno.h>
#include <string.h>

#include "tests/test.h"

static void the_code_comes_back(void)
{
    struct error err;

    CHECK(error_set(&err, -EINVAL, "%s is %d", "x", 3) == -EINVAL);
    CHECK(strcmp(err.text, "x is 3") == 0);
    CHECK(error_set(NULL, -EPERM, "nobody reads it") == -EPERM);
}

static void errno_is_said_and_returned(void)
{
    struct error err;

    errno = ENOENT;
    CHECK(error_errno(&err, "open %s", "/x") == -ENOENT);
    CHECK(strcmp(err.text, "open /x: No such file or directory") == 0);
    errno = EACCES;
    CHECK(error_errno(NULL, "open %s", "/x") == -EACCES);
}

static void what_is_too_long_is_cut(void)
{
    struct error err;
    char text[1000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CHECK(error_set(&err, -EIO, "%s", text) == -EIO);
    CHECK(strlen(err.text) == sizeof err.text - 1);
    errno = EIO;
    CHECK(error_errno(&err, "%s", text) == -EIO);
    CHECK(strlen(err.text) == sizeof err.text - 1);
}

/* An error is passed up with more in front of it. */
static void it_may_be_made_of_another(void)
{
    struct error inner, err;

    errno = EBUSY;
    error_errno(&inner, "unmount %s", "/m");
    CHECK(error_set(&err, -EBUSY, "agent: %s", inner.text) == -EBUSY);
    CHECK(strcmp(err.text, "agent: unmount /m: Device or resource busy") == 0);
}

int main(void)
{
    the_code_comes_back();
    errno_is_said_and_returned();
    what_is_too_long_is_cut();
    it_may_be_made_of_another();
    return test_done();
}
