#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* syncfs */
#endif
#include "crypto/ca.h"

#include "crypto/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { US_PER_S = 1000000, LINE_BYTES_MAX = 512, CRL_DAYS = 30, SECONDS_PER_DAY = 86400 };

static const char *const fault_texts[] = {
    [CA_DONE] = "done",
    [CA_ABSENT] = "there is no authority in that folder; `shikaku pki init` makes one",
    [CA_TAKEN] = "a file of that name is there already; --force replaces it",
    [CA_BROKEN] = "the authority's files do not fit together",
    [CA_SERIAL_UNKNOWN] = "no certificate has that serial number",
    [CA_REVOKED_BEFORE] = "that certificate is revoked already",
    [CA_WISH_REFUSED] = "a certificate like that cannot be made; look at --san, --policy, days",
    [CA_DISK] = "reading or writing a file failed",
};
_Static_assert(ARRAY_LEN(fault_texts) == CA_FAULT_COUNT, "every fault has a text");

const char *
ca_fault_text(enum ca_fault fault)
{
    return fault_texts[fault];
}

bool
ca_word_is_good(const char *word)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strlen(word);

    return length > 0 && length <= CA_WORD_MAX && strspn(word, letters) == length && word[0] != '.'
           && word[0] != '-';
}

static enum ca_fault
put(int folder, const char *name, const struct text *text, unsigned flags)
{
    if (text->is_full)
        return CA_BROKEN;
    if (disk_write(folder, name, text_span(text), flags))
        return CA_DONE;
    return errno == EEXIST ? CA_TAKEN : CA_DISK;
}

static enum ca_fault
put_authority(int folder, const struct key *key, const struct certificate *certificate,
              unsigned flags)
{
    char          place[PEM_BYTES_MAX];
    struct text   secret = text_in(place, sizeof place);
    enum ca_fault fault;

    key_write(key, &secret);
    fault = put(folder, "ca.key", &secret, flags | DISK_SECRET);
    explicit_bzero(place, sizeof place);
    struct text nothing = text_in(place, sizeof place);
    if (fault == CA_DONE)
        fault = put(folder, "index", &nothing, flags | DISK_SECRET);
    struct text pem = text_in(place, sizeof place);
    certificate_write(certificate, &pem);
    if (fault == CA_DONE)
        fault = put(folder, "ca.pem", &pem, flags);
    return fault;
}

enum ca_fault
ca_make(int folder, const char *name, enum key_kind kind, instant_t now, instant_t end,
        bool may_replace)
{
    struct certificate_wish wish = {
        .organisation = "Shikaku development",
        .common_name = name,
        .use = USE_AUTHORITY,
        .not_before = now - CA_BEFORE_US,
        .not_after = end,
    };
    static const char *const files[] = { "ca.pem", "ca.key", "index" };
    enum ca_fault            fault = CA_WISH_REFUSED;

    for (size_t i = 0; !may_replace && i < ARRAY_LEN(files); i++)
        if (disk_has(folder, files[i]))
            return CA_TAKEN;
    struct key         *key = key_new(kind);
    struct certificate *certificate = key == NULL ? NULL : certificate_new(&wish, key, NULL, key);
    if (certificate != NULL)
        fault = put_authority(folder, key, certificate, may_replace ? DISK_REPLACE : 0);
    certificate_free(certificate);
    key_free(key);
    return fault;
}

static enum ca_fault
load(struct ca *ca)
{
    struct span certificate = { 0 };
    struct span key = { 0 };

    if (disk_read(ca->folder, "ca.pem", PEM_BYTES_MAX, &certificate)
        && disk_read(ca->folder, "ca.key", PEM_BYTES_MAX, &key)) {
        ca->certificate = certificate_parse(certificate);
        ca->key = key_parse(key);
    }
    disk_drop(&certificate);
    disk_drop(&key);
    if (ca->certificate == NULL || ca->key == NULL || !certificate_fits(ca->certificate, ca->key))
        return CA_BROKEN;
    return CA_DONE;
}

enum ca_fault
ca_open(struct ca *ca, const char *path)
{
    *ca = (struct ca){ .folder = -1, .journal = -1 };
    ca->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ca->folder < 0)
        return CA_ABSENT;
    ca->journal = openat(ca->folder, "index", O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (ca->journal < 0 || !disk_has(ca->folder, "ca.pem"))
        return CA_ABSENT;
    while (flock(ca->journal, LOCK_EX) != 0)
        if (errno != EINTR)
            return CA_DISK;
    return load(ca);
}

void
ca_close(struct ca *ca)
{
    certificate_free(ca->certificate);
    key_free(ca->key);
    if (ca->journal >= 0)
        close(ca->journal);
    if (ca->folder >= 0)
        close(ca->folder);
    *ca = (struct ca){ .folder = -1, .journal = -1 };
}

/* What a crash left of a line goes first, or the new line would be glued to it. */
static bool
cut_torn_line(int journal)
{
    char  tail[LINE_BYTES_MAX];
    off_t size = lseek(journal, 0, SEEK_END);

    if (size <= 0)
        return size == 0;
    size_t  length = size < (off_t)sizeof tail ? (size_t)size : sizeof tail;
    ssize_t got = pread(journal, tail, length, size - (off_t)length);
    if (got != (ssize_t)length)
        return false;
    while (length > 0 && tail[length - 1] != '\n')
        length--;
    return length == (size_t)got || ftruncate(journal, size - got + (off_t)length) == 0;
}

static enum ca_fault
append(struct ca *ca, const struct text *line, bool is_one_of_many)
{
    if (line->is_full)
        return CA_BROKEN;
    if (!cut_torn_line(ca->journal)
        || write(ca->journal, line->bytes, line->length) != (ssize_t)line->length)
        return CA_DISK;
    return is_one_of_many || fsync(ca->journal) == 0 ? CA_DONE : CA_DISK;
}

enum ca_fault
ca_issue(struct ca *ca, const struct certificate_wish *wish, const struct key *holder_key,
         bool is_one_of_many, struct ca_issued *ret_issued)
{
    char             place[LINE_BYTES_MAX];
    struct text      line = text_in(place, sizeof place);
    struct ca_issued issued = { 0 };
    enum ca_fault    fault = CA_WISH_REFUSED;

    if (wish->not_before >= wish->not_after)
        return CA_WISH_REFUSED;
    issued.certificate = certificate_new(wish, holder_key, ca->certificate, ca->key);
    if (issued.certificate != NULL && certificate_read_facts(issued.certificate, &issued.facts)) {
        text_add_format(&line, "issued\t%s\t%s\t%s\t%lld\t%lld\t", issued.facts.serial, wish->unit,
                        wish->common_name, (long long)(wish->not_before / US_PER_S),
                        (long long)(wish->not_after / US_PER_S));
        text_add_hex(&line, issued.facts.fingerprint, FINGERPRINT_BYTES);
        text_add_byte(&line, '\n');
        fault = append(ca, &line, is_one_of_many);
    }
    if (fault == CA_DONE)
        *ret_issued = issued;
    else
        certificate_free(issued.certificate);
    return fault;
}

enum ca_fault
ca_sync(struct ca *ca, int folder)
{
    return fsync(ca->journal) == 0 && syncfs(folder) == 0 ? CA_DONE : CA_DISK;
}

enum ca_fault
ca_revoke(struct ca *ca, const char *serial, int reason, instant_t now)
{
    char           place[LINE_BYTES_MAX];
    struct text    line = text_in(place, sizeof place);
    struct ca_list list;
    enum ca_fault  fault = ca_read(ca, &list);

    if (fault != CA_DONE)
        return fault;
    fault = CA_SERIAL_UNKNOWN;
    for (size_t i = 0; i < list.count; i++)
        if (strcasecmp(list.entries[i].serial, serial) == 0) {
            fault = list.entries[i].is_revoked ? CA_REVOKED_BEFORE : CA_DONE;
            text_add_format(&line, "revoked\t%s\t%lld\t%d\n", list.entries[i].serial,
                            (long long)(now / US_PER_S), reason);
        }
    ca_list_close(&list);
    if (fault == CA_DONE)
        fault = append(ca, &line, false);
    return fault == CA_DONE ? ca_write_revocations(ca, now) : fault;
}

static size_t
revocations_of(const struct ca_list *list, struct revocation *revocations)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct ca_entry *entry = &list->entries[i];
        if (!entry->is_revoked)
            continue;
        revocations[count] =
            (struct revocation){ .at = entry->revoked_at, .reason = entry->reason };
        memcpy(revocations[count++].serial, entry->serial, SERIAL_SIZE);
    }
    return count;
}

enum ca_fault
ca_write_revocations(struct ca *ca, instant_t now)
{
    struct ca_list list;
    enum ca_fault  fault = ca_read(ca, &list);
    instant_t      next = now + (instant_t)CRL_DAYS * SECONDS_PER_DAY * US_PER_S;
    char          *pem = NULL;
    size_t         length = 0;

    if (fault != CA_DONE)
        return fault;
    struct revocation *revocations = calloc(list.count + 1, sizeof *revocations);
    size_t             count = revocations == NULL ? 0 : revocations_of(&list, revocations);
    if (revocations == NULL
        || !revocations_write(ca->certificate, ca->key, revocations, count, now - CA_BEFORE_US,
                              next, now, &pem, &length))
        fault = CA_BROKEN;
    else if (!disk_write(ca->folder, "crl.pem", span_make(pem, length), DISK_REPLACE))
        fault = CA_DISK;
    free(pem);
    free(revocations);
    ca_list_close(&list);
    return fault;
}
