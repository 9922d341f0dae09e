/* program.c - programs found by PATH, and ELF files read. */

#include "frameworks/mpi/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

#define MPICH "libmpich.so.12"

/* ------------------------------------------------------------------- found */

static bool is_program(const char *path, const char **why)
{
    struct stat status;

    if (access(path, X_OK) < 0 || stat(path, &status) < 0) {
        if (errno == EACCES)
            *why = "may not be executed";
        return false;
    }
    return S_ISREG(status.st_mode);
}

bool program_find(const char *program,
                  const char *path,
                  const char *directory,
                  char full[PATH_MAX],
                  const char **why)
{
    AUTO(auto_free) char *copy = strdup(path != NULL ? path : "/usr/bin:/bin");
    char *rest = copy, *each;

    *why = "is not there";
    if (strchr(program, '/') != NULL) {
        snprintf(full, PATH_MAX, "%s%s%s", program[0] == '/' ? "" : directory,
                 program[0] == '/' ? "" : "/", program);
        return is_program(full, why);
    }
    while (copy != NULL && (each = strsep(&rest, ":")) != NULL) {
        snprintf(full, PATH_MAX, "%s/%s", *each != '\0' ? each : directory,
                 program);
        if (is_program(full, why))
            return true;
    }
    return false;
}

/* -------------------------------------------------------------------- read */

/* A file of this machine's kind that is linked dynamically. */
struct object {
    const uint8_t *bytes;
    size_t size;
    const Elf64_Dyn *dynamic;
    size_t dynamic_count;
    const char *strings; /* ends with a NUL */
    size_t strings_size;
};

static bool is_within(const struct object *o, uint64_t offset, uint64_t size)
{
    return offset <= o->size && size <= o->size - offset;
}

static const Elf64_Phdr *find_header(const struct object *o,
                                     uint32_t type,
                                     uint64_t address)
{
    const Elf64_Ehdr *e = (const void *)o->bytes;
    const Elf64_Phdr *headers = (const void *)(o->bytes + e->e_phoff);

    for (size_t i = 0; i < e->e_phnum; i++) {
        const Elf64_Phdr *h = &headers[i];

        if (h->p_type == type && is_within(o, h->p_offset, h->p_filesz) &&
            (type != PT_LOAD ||
             (address >= h->p_vaddr && address - h->p_vaddr < h->p_filesz)))
            return h;
    }
    return NULL;
}

static uint64_t find_entry(const struct object *o, int64_t tag)
{
    for (size_t i = 0; i < o->dynamic_count; i++)
        if (o->dynamic[i].d_tag == tag)
            return o->dynamic[i].d_un.d_val;
    return 0;
}

static bool read_headers(struct object *o)
{
    const Elf64_Ehdr *e = (const void *)o->bytes;
    const Elf64_Phdr *h;
    uint64_t at, size;

    if (o->size < sizeof *e || memcmp(e->e_ident, ELFMAG, SELFMAG) != 0 ||
        e->e_ident[EI_CLASS] != ELFCLASS64 ||
        e->e_phentsize != sizeof(Elf64_Phdr) || e->e_phoff % 8 != 0 ||
        !is_within(o, e->e_phoff, (uint64_t)e->e_phnum * sizeof(Elf64_Phdr)))
        return false;
    h = find_header(o, PT_DYNAMIC, 0);
    if (h == NULL || h->p_offset % 8 != 0)
        return false;
    o->dynamic = (const void *)(o->bytes + h->p_offset);
    o->dynamic_count = h->p_filesz / sizeof *o->dynamic;
    at = find_entry(o, DT_STRTAB);
    size = find_entry(o, DT_STRSZ);
    h = find_header(o, PT_LOAD, at);
    if (h == NULL || size == 0 || size > h->p_filesz - (at - h->p_vaddr))
        return false;
    o->strings = (const char *)o->bytes + h->p_offset + (at - h->p_vaddr);
    o->strings_size = size;
    return o->strings[size - 1] == '\0';
}

static void object_close(struct object *o)
{
    if (o->bytes != NULL)
        munmap((void *)(uintptr_t)o->bytes, o->size);
    o->bytes = NULL;
}

static bool object_open(struct object *o, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    void *bytes = MAP_FAILED;

    *o = (struct object){NULL};
    if (fd < 0)
        return false;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size > 0)
        bytes =
            mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return false;
    o->bytes = bytes;
    o->size = (size_t)status.st_size;
    if (read_headers(o))
        return true;
    object_close(o);
    return false;
}

/* ------------------------------------------------------------------ judged */

/* Is one of the texts in a name that it has or wants?  A text that is a part of
 * a harmless one makes us careful, and does no other harm. */
static bool has_name(const struct object *o, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (memmem(o->strings, o->strings_size, *texts, strlen(*texts)) != NULL)
            return true;
    return false;
}

static bool is_of_c(const char *library)
{
    static const char *const all[] = {"libc.so.6",       "libm.so.6",
                                      "libpthread.so.0", "librt.so.1",
                                      "libgcc_s.so.1",   NULL};

    for (const char *const *each = all; *each != NULL; each++)
        if (strcmp(library, *each) == 0)
            return true;
    return strncmp(library, "ld-linux", 8) == 0;
}

/* What it is linked to: the C library alone, or MPICH too. */
static bool reads_libraries(const struct object *o,
                            bool *is_plain,
                            bool *is_mpich)
{
    *is_plain = true;
    *is_mpich = false;
    for (size_t i = 0; i < o->dynamic_count; i++) {
        const Elf64_Dyn *d = &o->dynamic[i];

        if (d->d_tag == DT_RPATH || d->d_tag == DT_RUNPATH)
            return false; /* who knows what is there */
        if (d->d_tag != DT_NEEDED)
            continue;
        if (d->d_un.d_val >= o->strings_size)
            return false;
        if (strcmp(o->strings + d->d_un.d_val, MPICH) == 0)
            *is_mpich = true;
        else if (!is_of_c(o->strings + d->d_un.d_val))
            *is_plain = false;
    }
    return true;
}

static bool mpich_has_pmix(void)
{
    static const char *const directories[] = {
        "/usr/local/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        NULL,
    };
    static const char *const names[] = {"PMIx_", "libpmix", NULL};

    for (const char *const *each = directories; *each != NULL; each++) {
        struct object o;
        char path[PATH_MAX];
        bool has;

        snprintf(path, sizeof path, "%s/%s", *each, MPICH);
        if (!object_open(&o, path))
            continue;
        has = has_name(&o, names);
        object_close(&o);
        return has;
    }
    return true;
}

bool program_may_speak_pmix(const char *file, const struct words *environment)
{
    static const char *const becomes_another[] = {
        "dlopen", "dlmopen", "exec",    "spawn",
        "system", "popen",   "syscall", NULL,
    };
    struct object o;
    bool is_plain, is_mpich, may = true;

    if (words_get(environment, "LD_PRELOAD") != NULL ||
        words_get(environment, "LD_LIBRARY_PATH") != NULL ||
        words_get(environment, "LD_AUDIT") != NULL || !object_open(&o, file))
        return true;
    if (reads_libraries(&o, &is_plain, &is_mpich)) {
        if (is_mpich)
            may = mpich_has_pmix();
        else if (is_plain)
            may = has_name(&o, becomes_another);
    }
    object_close(&o);
    return may;
}
