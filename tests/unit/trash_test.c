/* trash_test.c - what is thrown away is out of sight at once, and goes whatever
 * its owner made of it. */

#include "agent/os/trash.h"

#include <errno.h>
#include <fcntl.h>

#include "tests/test.h"
#include "tests/unit/place.h"

enum {
    DEPTH = 3000 /* more levels than descriptors, more than PATH_MAX */
};

static struct trash *trash;
static int at;

static void a_tree_goes_with_all_that_is_in_it(void)
{
    struct error err = {""};

    place_mkdir("tree");
    place_mkdir("tree/a");
    place_mkdir("tree/a/b");
    place_write_text("tree/a/f", "x");
    place_write_text("tree/a/b/f", "x");
    CHECK(trash_move(trash, at, "tree") == 0);
    CHECK(!place_has("tree"));
    CHECK(trash_empty(trash, &err) == 0 && err.text[0] == '\0');
    CHECK(rmdir(place_path(".trash")) == 0); /* it is empty */
    place_mkdir(".trash");
    trash_close(trash);
    CHECK(trash_open(place, &trash, NULL) == 0);
}

static void what_is_not_there_cannot_be_moved(void)
{
    CHECK(trash_move(trash, at, "nothing") == -1 && errno == ENOENT);
}

static void links_are_deleted_and_not_followed(void)
{
    place_mkdir("kept");
    place_write_text("kept/f", "x");
    place_mkdir("linked");
    CHECK(symlink(place_path("kept"), place_path("linked/l")) == 0);
    CHECK(symlink(place_path("kept"), place_path("link")) == 0);
    CHECK(trash_move(trash, at, "linked") == 0);
    CHECK(trash_move(trash, at, "link") == 0);
    CHECK(trash_empty(trash, NULL) == 0);
    CHECK(place_has("kept/f"));
}

/* To us, who may be no more than the one who closed them. */
static void closed_directories_are_opened(void)
{
    place_mkdir("closed");
    place_mkdir("closed/in");
    place_mkdir("closed/in/deep");
    place_write_text("closed/in/deep/f", "x");
    CHECK(chmod(place_path("closed/in/deep"), 0) == 0);
    CHECK(chmod(place_path("closed/in"), 0) == 0);
    CHECK(chmod(place_path("closed"), 0500) == 0);
    CHECK(trash_move(trash, at, "closed") == 0);
    CHECK(trash_empty(trash, NULL) == 0);
    CHECK(rmdir(place_path(".trash")) == 0);
    place_mkdir(".trash");
    trash_close(trash);
    CHECK(trash_open(place, &trash, NULL) == 0);
}

static void no_depth_is_too_much(void)
{
    int fd = dup(at);

    for (int i = 0; i < DEPTH && fd >= 0; i++) {
        int next;

        mkdirat(fd, "d", 0700);
        next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    CHECK(fd >= 0);
    close(fd);
    CHECK(trash_move(trash, at, "d") == 0);
    CHECK(trash_empty(trash, NULL) == 0);
    CHECK(rmdir(place_path(".trash")) == 0);
    place_mkdir(".trash");
}

static void what_an_earlier_agent_left_is_not_overwritten(void)
{
    trash_close(trash);
    place_write_text(".trash/0", "x");
    place_mkdir(".trash/1");
    place_write_text("new", "y");
    CHECK(trash_open(place, &trash, NULL) == 0);
    CHECK(trash_move(trash, at, "new") == 0);
    CHECK(strcmp(place_text(".trash/0"), "x") == 0);
    CHECK(strcmp(place_text(".trash/2"), "y") == 0);
    CHECK(trash_empty(trash, NULL) == 0);
    CHECK(!place_has(".trash/0") && !place_has(".trash/1"));
}

static void one_in_a_hurry_leaves_the_rest(void)
{
    place_write_text("f", "x");
    CHECK(trash_move(trash, at, "f") == 0);
    trash_hurry(trash);
    CHECK(trash_empty(trash, NULL) == 0);
    CHECK(rmdir(place_path(".trash")) < 0 && errno == ENOTEMPTY);
    trash_close(trash);
    CHECK(trash_open(place, &trash, NULL) == 0);
    CHECK(trash_empty(trash, NULL) == 0);
    CHECK(rmdir(place_path(".trash")) == 0);
    trash_close(trash);
}

static void another_directory_is_not_taken_for_it(void)
{
    struct error err = {""};

    CHECK(symlink("kept", place_path(".trash")) == 0);
    CHECK(trash_open(place, &trash, &err) < 0);
    CHECK(strstr(err.text, ".trash") != NULL);
    CHECK(trash_open(place_path("none"), &trash, &err) == -ENOENT);
    trash_close(NULL);
}

int main(void)
{
    place_make();
    at = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(trash_open(place, &trash, NULL) == 0);
    a_tree_goes_with_all_that_is_in_it();
    what_is_not_there_cannot_be_moved();
    links_are_deleted_and_not_followed();
    closed_directories_are_opened();
    no_depth_is_too_much();
    what_an_earlier_agent_left_is_not_overwritten();
    one_in_a_hurry_leaves_the_rest();
    another_directory_is_not_taken_for_it();
    close(at);
    place_remove();
    return test_done();
}
