/* sandbox_test.c - what a stranger puts into his sandbox shows nothing of
 * others, and makes nobody wait. */

#include "config.h"

#include "agent/os/sandbox.h"

#include <errno.h>
#include <fcntl.h>

#include "tests/test.h"
#include "tests/unit/place.h"

static struct sandboxes *s;
static char text[64]; /* what was read */

/* 0, or why not. */
static int take(const char *path, uint64_t offset, size_t size_max)
{
    struct sandbox_bytes bytes;
    int code = sandbox_read(s, "F/T", path, offset, size_max, &bytes, NULL);

    text[0] = '\0';
    if (code < 0)
        return code;
    snprintf(text, sizeof text, "%.*s", (int)bytes.size,
             bytes.bytes == NULL ? "" : (const char *)bytes.bytes);
    free(bytes.bytes);
    return 0;
}

static void one_is_made_anew_each_time(void)
{
    char path[SANDBOX_PATH_SIZE];
    struct stat status;

    CHECK(sandbox_make(s, "F/T", geteuid(), getegid(), NULL) == 0);
    CHECK(sandbox_path(s, "F/T", path, NULL) == 0);
    CHECK(strcmp(path, place_path("runs/F/T")) == 0);
    CHECK(stat(path, &status) == 0 && (status.st_mode & 077) == 0);
    place_write_text("runs/F/T/old", "x");
    CHECK(sandbox_make(s, "F/T", geteuid(), getegid(), NULL) == 0);
    CHECK(!place_has("runs/F/T/old"));
}

static void bytes_are_read_from_any_offset(void)
{
    uint64_t size;

    place_write_text("runs/F/T/f", "0123456789");
    CHECK(take("f", 0, 100) == 0 && strcmp(text, "0123456789") == 0);
    CHECK(take("f", 7, 2) == 0 && strcmp(text, "78") == 0);
    CHECK(take("f", 9, 0) == 0 && strcmp(text, "") == 0);
    CHECK(take("f", 10, 100) == 0 && strcmp(text, "") == 0);
    CHECK(take("f", UINT64_MAX, 100) == 0 && strcmp(text, "") == 0);
    CHECK(sandbox_size(s, "F/T", "f", &size, NULL) == 0 && size == 10);
    CHECK(take("none", 0, 1) == -ENOENT);
}

static void a_file_may_be_watched(void)
{
    int fd = sandbox_open_path(s, "F/T", "f");

    CHECK(fd >= 0 && (fcntl(fd, F_GETFL) & O_PATH) != 0);
    close(fd);
    CHECK(sandbox_open_path(s, "F/T", "none") == -ENOENT);
}

static void an_output_may_be_written_later(void)
{
    uint64_t size = 1;

    unlink(place_path("runs/F/T/stdout"));
    CHECK(take("stdout", 0, 100) == 0 && text[0] == '\0');
    CHECK(sandbox_size(s, "F/T", "stdout", &size, NULL) == 0 && size == 0);
}

static void nothing_outside_is_shown(void)
{
    place_write_text("secret", "s");
    place_write_text("runs/F/secret", "s");
    CHECK(symlink(place_path("secret"), place_path("runs/F/T/l")) == 0);
    CHECK(symlink("../secret", place_path("runs/F/T/up")) == 0);
    CHECK(symlink("/", place_path("runs/F/T/root")) == 0);
    CHECK(symlink("f", place_path("runs/F/T/inside")) == 0);
    CHECK(take("l", 0, 1) == -EXDEV);
    CHECK(take("up", 0, 1) == -EXDEV);
    CHECK(take("root/etc/passwd", 0, 1) == -EXDEV);
    CHECK(take("../secret", 0, 1) == -EXDEV);
    CHECK(take(place_path("secret"), 0, 1) == -EXDEV);
    CHECK(sandbox_open_path(s, "F/T", "up") == -EXDEV);
    CHECK(take("inside", 0, 1) == 0 && strcmp(text, "0") == 0);
    CHECK(symlink("loop", place_path("runs/F/T/loop")) == 0);
    CHECK(take("loop", 0, 1) == -ELOOP);
}

static void what_is_no_file_is_not_read(void)
{
    CHECK(mkfifo(place_path("runs/F/T/fifo"), 0600) == 0);
    CHECK(take("fifo", 0, 1) == -EINVAL);
    CHECK(take("", 0, 1) == -EISDIR);
    unlink(place_path("runs/F/T/stdout"));
    CHECK(mkfifo(place_path("runs/F/T/stdout"), 0600) == 0);
    CHECK(take("stdout", 0, 1) == -EINVAL);
    sandbox_bound_output(s, "F/T", 0); /* does not wait either */
    unlink(place_path("runs/F/T/stdout"));
}

/* A hard link of another's file is opened as the owner of the sandbox. */
static void what_its_owner_may_not_read_is_not_shown(void)
{
    if (geteuid() != 0) {
        printf("# skipped: links of another's files: not root\n");
        return;
    }
    CHECK(sandbox_make(s, "F/T", 65534, 65534, NULL) == 0);
    CHECK(chmod(place_path("secret"), 0600) == 0);
    CHECK(link(place_path("secret"), place_path("runs/F/T/hard")) == 0);
    CHECK(take("hard", 0, 1) == -EACCES);
    CHECK(chmod(place_path("secret"), 0644) == 0);
    CHECK(take("hard", 0, 1) == 0 && strcmp(text, "s") == 0);
    CHECK(sandbox_make(s, "F/T", geteuid(), getegid(), NULL) == 0);
}

static void lists_are_sorted_and_tell_directories(void)
{
    struct sandbox_listing l;

    CHECK(sandbox_make(s, "F/L", geteuid(), getegid(), NULL) == 0);
    unlink(place_path("runs/F/L/stdout"));
    unlink(place_path("runs/F/L/stderr"));
    place_write_text("runs/F/L/b", "12345");
    place_mkdir("runs/F/L/c");
    CHECK(symlink("c", place_path("runs/F/L/a")) == 0);
    CHECK(sandbox_list(s, "F/L", "", &l, NULL) == 0 && l.count == 3);
    if (l.count != 3)
        return;
    CHECK(strcmp(l.entries[0].name, "a") == 0 && !l.entries[0].is_directory);
    CHECK(strcmp(l.entries[1].name, "b") == 0 && l.entries[1].size == 5);
    CHECK(strcmp(l.entries[2].name, "c") == 0 && l.entries[2].is_directory);
    sandbox_listing_release(&l);
    CHECK(sandbox_list(s, "F/L", "c", &l, NULL) == 0 && l.count == 0);
    sandbox_listing_release(&l);
    CHECK(sandbox_list(s, "F/L", "b", &l, NULL) == -ENOTDIR);
    CHECK(sandbox_list(s, "F/L", "..", &l, NULL) == -EXDEV);
    CHECK(sandbox_list(s, "F/none", "", &l, NULL) == -ENOENT);
}

static void old_output_is_given_back_and_offsets_stay(void)
{
    static char bytes[1 << 20];
    struct sandbox_bytes read;
    struct stat status;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)('a' + i / 4096 % 26);
    place_write("runs/F/T/stdout", bytes, sizeof bytes);
    sandbox_bound_output(s, "F/T", 64 << 10);
    CHECK(stat(place_path("runs/F/T/stdout"), &status) == 0);
    CHECK(status.st_size == sizeof bytes);
    if (status.st_blocks * 512 >= (off_t)sizeof bytes) {
        printf("# skipped: holes: not on this file system\n");
        return;
    }
    CHECK(status.st_blocks * 512 <= 128 << 10);
    CHECK(sandbox_read(s, "F/T", "stdout", 10, 100, &read, NULL) == 0);
    CHECK(read.offset > 10 && read.offset + (64 << 10) <= sizeof bytes);
    CHECK(read.size == 100 &&
          memcmp(read.bytes, bytes + read.offset, read.size) == 0);
    free(read.bytes);
}

static void another_name_of_a_file_is_not_bounded(void)
{
    static const char bytes[1 << 20] = "x";
    struct stat status;

    place_write("victim", bytes, sizeof bytes);
    unlink(place_path("runs/F/T/stderr"));
    CHECK(link(place_path("victim"), place_path("runs/F/T/stderr")) == 0);
    sandbox_bound_output(s, "F/T", 0);
    CHECK(stat(place_path("victim"), &status) == 0);
    CHECK(status.st_blocks > 0);
    unlink(place_path("runs/F/T/stderr"));
    CHECK(symlink("f", place_path("runs/F/T/stderr")) == 0);
    place_write("runs/F/T/f", bytes, sizeof bytes);
    sandbox_bound_output(s, "F/T", 0);
    CHECK(stat(place_path("runs/F/T/f"), &status) == 0);
    CHECK(status.st_blocks > 0);
}

static void a_task_of_an_executor_has_a_place_in_its(void)
{
    int fd = -1;
    struct stat status;

    CHECK(sandbox_make(s, "F/executor/E", geteuid(), getegid(), NULL) == 0);
    CHECK(sandbox_make_task(s, "F/executor/E", "t", geteuid(), getegid(), &fd,
                            NULL) == 0);
    CHECK(fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode));
    close(fd);
    CHECK(place_has("runs/F/executor/E/tasks/t/stdin"));
    unlink(place_path("runs/F/executor/E/tasks/t/stdin"));
    place_write_text("runs/F/executor/E/tasks/t/stdin", "x");
    CHECK(sandbox_make_task(s, "F/executor/E", "t", geteuid(), getegid(), &fd,
                            NULL) < 0);
}

static void runs_go_and_leave_those_of_others(void)
{
    CHECK(sandbox_make(s, "F/executor", geteuid(), getegid(), NULL) == 0);
    CHECK(sandbox_throw_away(s, "F/executor", NULL) == 0);
    CHECK(place_has("runs/F/executor/E"));
    CHECK(sandbox_throw_away(s, "F/executor/E", NULL) == 0);
    CHECK(!place_has("runs/F/executor"));
    CHECK(place_has("runs/F/T"));
    CHECK(sandbox_throw_away(s, "F/none", NULL) == 0);
    CHECK(sandbox_throw_away(s, "F/T", NULL) == 0);
    CHECK(sandbox_throw_away(s, "F/L", NULL) == 0);
    unlink(place_path("runs/F/secret"));
    CHECK(sandboxes_empty_trash(s, NULL) == 0);
}

int main(void)
{
    place_make();
    chmod(place, 0711);
    CHECK(sandboxes_open(place_path("runs"), &s, NULL) == 0);
    one_is_made_anew_each_time();
    bytes_are_read_from_any_offset();
    a_file_may_be_watched();
    an_output_may_be_written_later();
    nothing_outside_is_shown();
    what_is_no_file_is_not_read();
    what_its_owner_may_not_read_is_not_shown();
    lists_are_sorted_and_tell_directories();
    old_output_is_given_back_and_offsets_stay();
    another_name_of_a_file_is_not_bounded();
    a_task_of_an_executor_has_a_place_in_its();
    runs_go_and_leave_those_of_others();
    sandboxes_close(s);
    place_remove();
    return test_done();
}
