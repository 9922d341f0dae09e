/* pattern.c - Thompson's construction: a pattern becomes a small program, run
 * on all its branches at once (K. Thompson, "Regular expression search
 * algorithm", CACM 11, 1968).  x{2,4} is compiled as xxx?x?, by parsing x again
 * as often as it is needed. */

#include "master/alloc/pattern.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum operation {
    BYTES, /* one of a set */
    START, /* nothing before */
    END,   /* nothing after */
    FORK,  /* go on at both */
    GOTO,
    MATCH,
};

struct instruction {
    enum operation operation;
    uint16_t to;      /* FORK, GOTO */
    uint16_t or_to;   /* FORK */
    uint64_t bits[4]; /* BYTES */
};

struct pattern {
    struct instruction *program;
    uint16_t count;
};

struct parser {
    const char *text; /* the whole */
    const char *at;
    struct pattern *p;
    unsigned depth;
    unsigned looks;    /* at an atom; copies are parsed again */
    const char *wrong; /* NULL: nothing so far */
};

static void fail(struct parser *r, const char *wrong)
{
    if (r->wrong == NULL)
        r->wrong = wrong;
    r->at += strlen(r->at); /* and so everybody returns */
}

static struct instruction *emit(struct parser *r, enum operation operation)
{
    struct pattern *p = r->p;

    if (p->count == PATTERN_STEPS_MAX) {
        fail(r, "too large");
        p->count--; /* whatever is written there is never run */
    }
    p->program[p->count] = (struct instruction){.operation = operation};
    return &p->program[p->count++];
}

/* Make room for an instruction at `place`, before what has been emitted. */
static void insert(struct parser *r, uint16_t place, struct instruction i)
{
    struct pattern *p = r->p;

    emit(r, MATCH);
    if (r->wrong != NULL)
        return;
    for (uint16_t n = (uint16_t)(p->count - 1); n > place; n--) {
        p->program[n] = p->program[n - 1];
        if (p->program[n].operation == GOTO || p->program[n].operation == FORK)
            p->program[n].to += p->program[n].to >= place;
        if (p->program[n].operation == FORK)
            p->program[n].or_to += p->program[n].or_to >= place;
    }
    p->program[place] = i;
}

static void set_add(uint64_t bits[4], unsigned char byte)
{
    bits[byte / 64] |= (uint64_t)1 << byte % 64;
}

static bool set_has(const uint64_t bits[4], unsigned char byte)
{
    return bits[byte / 64] >> byte % 64 & 1;
}

static const struct {
    const char *name;
    int (*has)(int);
} classes[] = {
    {"[:alpha:]", isalpha}, {"[:digit:]", isdigit}, {"[:alnum:]", isalnum},
    {"[:upper:]", isupper}, {"[:lower:]", islower}, {"[:space:]", isspace},
    {"[:blank:]", isblank}, {"[:punct:]", ispunct}, {"[:print:]", isprint},
    {"[:graph:]", isgraph}, {"[:cntrl:]", iscntrl}, {"[:xdigit:]", isxdigit},
};

static void parse_class(struct parser *r, uint64_t bits[4])
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        size_t size = strlen(classes[i].name);

        if (strncmp(r->at, classes[i].name, size) != 0)
            continue;
        for (int byte = 1; byte < 128; byte++) {
            if (classes[i].has(byte))
                set_add(bits, (unsigned char)byte);
        }
        r->at += size;
        return;
    }
    fail(r, "unknown class in brackets");
}

/* After the opening bracket. */
static void parse_brackets(struct parser *r)
{
    uint64_t bits[4] = {0};
    bool is_inverse = *r->at == '^';
    const char *start = r->at += is_inverse;
    struct instruction *i;

    while (*r->at != '\0' && (*r->at != ']' || r->at == start)) {
        unsigned char from = (unsigned char)*r->at, to = from;

        if (r->at[0] == '[' && r->at[1] == ':') {
            parse_class(r, bits);
            continue;
        }
        if (r->at[1] == '-' && r->at[2] != ']' && r->at[2] != '\0') {
            to = (unsigned char)r->at[2];
            r->at += 2;
        }
        r->at++;
        if (to < from) {
            fail(r, "a range in brackets ends before it begins");
            return;
        }
        for (unsigned byte = from; byte <= to; byte++)
            set_add(bits, (unsigned char)byte);
    }
    if (*r->at != ']') {
        fail(r, "brackets are not closed");
        return;
    }
    r->at++;
    i = emit(r, BYTES);
    for (int n = 0; n < 4; n++)
        i->bits[n] = is_inverse ? ~bits[n] : bits[n];
}

static void parse_branches(struct parser *r);

static void parse_one(struct parser *r)
{
    struct instruction *i;
    char c = *r->at++;

    if (++r->looks > 4 * PATTERN_STEPS_MAX)
        fail(r, "too large");
    switch (c) {
    case '(':
        if (++r->depth > PATTERN_DEPTH_MAX) {
            fail(r, "too many parentheses in each other");
            return;
        }
        parse_branches(r);
        r->depth--;
        if (*r->at != ')')
            fail(r, "a parenthesis is not closed");
        else
            r->at++;
        return;
    case '[':
        parse_brackets(r);
        return;
    case '.':
        i = emit(r, BYTES);
        memset(i->bits, 0xff, sizeof i->bits);
        return;
    case '^':
        emit(r, START);
        return;
    case '$':
        emit(r, END);
        return;
    case '*':
    case '+':
    case '?':
    case '{':
        fail(r, "nothing to repeat");
        return;
    case '\\':
        c = *r->at;
        if (c == '\0' || isalnum((unsigned char)c)) {
            fail(r, "a backslash before nothing that needs it");
            return;
        }
        r->at++;
        break;
    }
    i = emit(r, BYTES);
    set_add(i->bits, (unsigned char)c);
}

static unsigned parse_number(struct parser *r)
{
    unsigned n = 0;

    if (!isdigit((unsigned char)*r->at))
        fail(r, "a number is missing in braces");
    while (isdigit((unsigned char)*r->at)) {
        n = n * 10 + (unsigned)(*r->at++ - '0');
        if (n > PATTERN_REPEATS_MAX)
            fail(r, "too many repetitions");
    }
    return n;
}

/* "*", "+", "?" or braces; once when there are none.  UINT32_MAX: no end. */
static void parse_times(struct parser *r, unsigned *least, unsigned *most)
{
    *least = *most = 1;
    switch (*r->at) {
    case '*':
        *least = 0;
        *most = UINT32_MAX;
        break;
    case '+':
        *most = UINT32_MAX;
        break;
    case '?':
        *least = 0;
        break;
    case '{':
        r->at++;
        *least = *most = parse_number(r);
        if (*r->at == ',') {
            r->at++;
            *most = *r->at == '}' ? UINT32_MAX : parse_number(r);
        }
        if (*r->at != '}' || *most < *least)
            fail(r, "wrong braces");
        break;
    default:
        return;
    }
    if (*r->at != '\0')
        r->at++;
}

/* x becomes x*: a fork before it, and after it back to the fork. */
static void close_loop(struct parser *r, uint16_t start)
{
    insert(r, start, (struct instruction){.operation = FORK});
    emit(r, GOTO)->to = start;
    r->p->program[start].to = (uint16_t)(start + 1);
    r->p->program[start].or_to = r->p->count;
}

/* x becomes x?. */
static void make_optional(struct parser *r, uint16_t start)
{
    insert(r, start, (struct instruction){.operation = FORK});
    r->p->program[start].to = (uint16_t)(start + 1);
    r->p->program[start].or_to = r->p->count;
}

/* The same text is parsed once for each copy that is needed. */
static void parse_repeated(struct parser *r)
{
    const char *one = r->at, *after;
    uint16_t start = r->p->count;
    unsigned least, most, copies;

    parse_one(r);
    if (r->wrong != NULL)
        return;
    parse_times(r, &least, &most);
    after = r->at;
    if (*after != '\0' && strchr("*+?{", *after) != NULL)
        fail(r, "a repetition is repeated");
    r->p->count = start;
    copies = most == UINT32_MAX ? least + 1 : most;
    for (unsigned i = 0; i < copies && r->wrong == NULL; i++) {
        start = r->p->count;
        r->at = one;
        parse_one(r);
        if (i >= least && most == UINT32_MAX)
            close_loop(r, start);
        else if (i >= least)
            make_optional(r, start);
    }
    if (r->wrong == NULL)
        r->at = after;
}

static void parse_branches(struct parser *r)
{
    uint16_t start = r->p->count, past;

    while (*r->at != '\0' && *r->at != '|' && *r->at != ')')
        parse_repeated(r);
    if (*r->at != '|')
        return;
    r->at++;
    make_optional(r, start);
    emit(r, GOTO);
    past = (uint16_t)(r->p->count - 1);
    r->p->program[start].or_to = r->p->count;
    parse_branches(r);
    r->p->program[past].to = r->p->count;
}

struct pattern *pattern_new(const char *text, struct error *err)
{
    struct pattern *p = memory_new(1, sizeof *p);
    struct parser r = {.text = text, .at = text, .p = p};

    p->program = memory_new(PATTERN_STEPS_MAX, sizeof *p->program);
    parse_branches(&r);
    if (*r.at == ')')
        fail(&r, "a parenthesis too many");
    emit(&r, MATCH);
    if (r.wrong != NULL) {
        error_set(err, -EINVAL, "pattern \"%.100s\": %s", text, r.wrong);
        pattern_free(p);
        return NULL;
    }
    p->program = memory_resize(p->program, p->count, sizeof *p->program);
    return p;
}

void pattern_free(struct pattern *p)
{
    if (p == NULL)
        return;
    free(p->program);
    free(p);
}

unsigned pattern_size(const struct pattern *p)
{
    return p->count;
}

/* The instructions that wait for the next byte, each at most once. */
struct threads {
    uint16_t places[PATTERN_STEPS_MAX];
    uint16_t count;
    bool is_in[PATTERN_STEPS_MAX];
};

/* Follow everything that needs no byte.  Is MATCH among it? */
static bool follow(const struct pattern *p,
                   struct threads *t,
                   uint16_t place,
                   bool is_at_start,
                   bool is_at_end)
{
    uint16_t stack[PATTERN_STEPS_MAX * 2];
    unsigned depth = 0;
    bool is_match = false;

    stack[depth++] = place;
    while (depth > 0) {
        uint16_t n = stack[--depth];
        const struct instruction *i = &p->program[n];

        if (t->is_in[n])
            continue;
        t->is_in[n] = true;
        switch (i->operation) {
        case BYTES:
            t->places[t->count++] = n;
            break;
        case START:
            if (is_at_start)
                stack[depth++] = (uint16_t)(n + 1);
            break;
        case END:
            if (is_at_end)
                stack[depth++] = (uint16_t)(n + 1);
            break;
        case FORK:
            stack[depth++] = i->or_to;
            stack[depth++] = i->to;
            break;
        case GOTO:
            stack[depth++] = i->to;
            break;
        case MATCH:
            is_match = true;
            break;
        }
    }
    return is_match;
}

bool pattern_matches(const struct pattern *p, const char *value)
{
    struct threads here = {.count = 0}, next;
    bool is_match = follow(p, &here, 0, true, *value == '\0');

    for (; *value != '\0' && here.count > 0; value++) {
        next.count = 0;
        memset(next.is_in, 0, p->count);
        is_match = false;
        for (uint16_t i = 0; i < here.count; i++) {
            uint16_t n = here.places[i];

            if (set_has(p->program[n].bits, (unsigned char)*value))
                is_match |= follow(p, &next, (uint16_t)(n + 1), false,
                                   value[1] == '\0');
        }
        here.count = next.count;
        memcpy(here.places, next.places, next.count * sizeof *next.places);
    }
    return is_match && *value == '\0';
}
