/* `shikaku pki issue-many`: thousands of certificates, for load. */
#include "command/pki_parts.h"
#include "crypto/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { SUBJECTS_BYTES_MAX = 16 << 20, FILE_NAME_SIZE = CA_WORD_MAX + 8 };

struct many {
    struct ca               ca;
    struct certificate_wish wish;
    struct pki_place        place;
    enum key_kind           key;                   /* of holders */
    struct key             *shared_key;            /* NULL: each has its own */
    char                    first[FILE_NAME_SIZE]; /* the shared key's first file */
    unsigned                flags;
};

static void
key_file_name(const char *subject, char *ret_name)
{
    struct text name = text_in(ret_name, FILE_NAME_SIZE);

    text_add_string(&name, subject);
    text_add_string(&name, ".key");
}

/* A shared key is one file with many names: it costs no space, and everyone finds NAME.key. */
static enum ca_fault
put_shared(struct many *many, const struct certificate *certificate)
{
    char          name[FILE_NAME_SIZE];
    bool          is_first = many->first[0] == '\0';
    enum ca_fault fault;

    key_file_name(many->place.name, name);
    if (!is_first && strcmp(name, many->first) != 0
        && !disk_alias(many->place.folder, many->first, name, many->flags)) {
        if (errno != EMLINK)
            return errno == EEXIST ? CA_TAKEN : CA_DISK;
        is_first = true; /* a file has only so many names: go on with another copy */
    }
    fault =
        pki_put_pair(&many->place, is_first ? many->shared_key : NULL, certificate, many->flags);
    if (fault == CA_DONE && is_first)
        memcpy(many->first, name, sizeof name);
    return fault;
}

static enum ca_fault
issue_one(struct many *many, const char *subject)
{
    struct ca_issued issued;
    enum ca_fault    fault = CA_WISH_REFUSED;

    many->wish.common_name = subject;
    many->place.name = subject;
    if ((many->flags & DISK_REPLACE) == 0 && pki_place_is_taken(&many->place))
        return CA_TAKEN;
    struct key *own = many->shared_key == NULL ? key_new(many->key) : NULL;
    if (own != NULL || many->shared_key != NULL)
        fault =
            ca_issue(&many->ca, &many->wish, own != NULL ? own : many->shared_key, true, &issued);
    if (fault == CA_DONE) {
        fault = own != NULL ? pki_put_pair(&many->place, own, issued.certificate, many->flags)
                            : put_shared(many, issued.certificate);
        if (fault == CA_DONE)
            pki_print_issued(&many->place, &many->wish, &issued.facts);
        certificate_free(issued.certificate);
    }
    key_free(own);
    return fault;
}

/* One subject per line; what is wrong is found before the first certificate is made. */
static bool
subjects_are_good(struct span subjects, size_t *ret_line)
{
    char   word[CA_WORD_MAX + 1];
    size_t line = 0;

    while (subjects.length > 0) {
        const char *end = memchr(subjects.bytes, '\n', subjects.length);
        size_t      length = end == NULL ? subjects.length : (size_t)(end - subjects.bytes);
        *ret_line = ++line;
        if (length > CA_WORD_MAX)
            return false;
        memcpy(word, subjects.bytes, length);
        word[length] = '\0';
        if (!ca_word_is_good(word))
            return false;
        size_t eaten = length + (end != NULL);
        subjects = span_make(subjects.bytes + eaten, subjects.length - eaten);
    }
    return line > 0;
}

static enum ca_fault
issue_all(struct many *many, struct span subjects)
{
    char          subject[CA_WORD_MAX + 1];
    enum ca_fault fault = CA_DONE;

    while (fault == CA_DONE && subjects.length > 0) {
        const char *end = memchr(subjects.bytes, '\n', subjects.length);
        size_t      length = end == NULL ? subjects.length : (size_t)(end - subjects.bytes);
        memcpy(subject, subjects.bytes, length);
        subject[length] = '\0';
        fault = issue_one(many, subject);
        size_t eaten = length + (end != NULL);
        subjects = span_make(subjects.bytes + eaten, subjects.length - eaten);
    }
    enum ca_fault synced = ca_sync(&many->ca, many->place.folder);
    return fault == CA_DONE ? synced : fault;
}

static int
run(struct many *many, const char *ca_path, struct span subjects)
{
    many->place.folder = pki_open_folder(many->place.path);
    if (many->place.folder < 0)
        return EX_CANTCREAT;
    enum ca_fault fault = ca_open(&many->ca, ca_path);
    if (fault == CA_DONE)
        fault = issue_all(many, subjects);
    int code = pki_complain(fault);
    ca_close(&many->ca);
    close(many->place.folder);
    return code;
}

int
pki_issue_many(const struct option_value *values)
{
    const struct pki_kind *kind = pki_kind_of(values[MANY_KIND].text);
    struct span            subjects = { 0 };
    size_t                 line = 0;
    struct pki_terms       terms = { &values[MANY_DAYS],    &values[MANY_NOT_BEFORE],
                                     &values[MANY_EXPIRED], &values[MANY_NOT_YET],
                                     &values[MANY_PURPOSE], &values[MANY_POLICY],
                                     &values[MANY_KEY_TYPE] };
    struct many            many = {
                   .wish.organisation = "Shikaku development",
                   .wish.unit = kind == NULL ? NULL : kind->name,
                   .place = { .folder = -1, .path = values[MANY_OUT].text },
                   .flags = DISK_SYNC_LATER | (values[MANY_FORCE].is_given ? DISK_REPLACE : 0u),
    };

    if (kind == NULL || !pki_read_terms(&terms, kind, &many.wish, &many.key))
        return EX_USAGE;
    if (!disk_read(AT_FDCWD, values[MANY_SUBJECTS].text, SUBJECTS_BYTES_MAX, &subjects)) {
        fputs("shikaku pki: the file of subjects cannot be read\n", stderr);
        return EX_NOINPUT;
    }
    int code = EX_DATAERR;
    if (!subjects_are_good(subjects, &line))
        fprintf(stderr, "shikaku pki: line %zu of the subjects is not a subject\n", line);
    else {
        many.shared_key = values[MANY_SHARE_KEY].is_given ? key_new(many.key) : NULL;
        code = values[MANY_SHARE_KEY].is_given && many.shared_key == NULL
                   ? EX_SOFTWARE
                   : run(&many, values[MANY_DIR].text, subjects);
    }
    key_free(many.shared_key);
    disk_drop(&subjects);
    return code;
}
