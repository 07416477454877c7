#include "spool/spool.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { NAME_BYTES = 32, READ_BYTES = 256 * 1024, NUMBER_DIGITS_MAX = 18 };

static const char suffix[] = ".batch";

static void
file_name(int64_t number, char place[NAME_BYTES])
{
    struct text text = text_in(place, NAME_BYTES);

    text_add_number(&text, number);
    text_add_string(&text, suffix);
}

/* The number of a file's name, -1 when it is none of ours. */
static int64_t
number_of(const char *name)
{
    const char *dot = strchr(name, '.');
    int64_t     number = 0;

    if (dot == NULL || strcmp(dot, suffix) != 0)
        return -1;
    struct span digits = span_make(name, (size_t)(dot - name));
    if (!span_is_digits(digits) || digits.length > NUMBER_DIGITS_MAX)
        return -1;
    for (size_t i = 0; i < digits.length; i++)
        number = number * 10 + (digits.bytes[i] - '0');
    return number;
}

static enum fault
fault_of(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? FAULT_SPOOL_FULL
                                                                : FAULT_SPOOL_FAILED;
}

const char *
spool_open(struct spool *spool, const char *path, int64_t reserve_bytes)
{
    struct stat facts;

    *spool = (struct spool){ .folder = -1, .reserve_bytes = reserve_bytes };
    if (path[0] == '\0')
        return "the setting spool names no folder";
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return "the folder of the setting spool cannot be made";
    spool->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spool->folder < 0 || fstat(spool->folder, &facts) != 0)
        return "the folder of the setting spool cannot be opened";
    if (facts.st_uid != geteuid() || (facts.st_mode & 077) != 0)
        return "the folder of the setting spool must be ours, and closed to others (mode 0700)";
    return NULL;
}

void
spool_close(struct spool *spool)
{
    if (spool->folder >= 0)
        close(spool->folder);
    spool->folder = -1;
}

enum fault
spool_has_room(const struct spool *spool, int64_t bytes)
{
    struct statvfs facts;

    if (fstatvfs(spool->folder, &facts) != 0)
        return FAULT_SPOOL_FAILED;
    uint64_t free_bytes = (uint64_t)facts.f_bavail * facts.f_frsize;
    return free_bytes < (uint64_t)bytes + (uint64_t)spool->reserve_bytes ? FAULT_SPOOL_FULL
                                                                         : FAULT_NONE;
}

enum fault
spool_file_open(const struct spool *spool, int64_t number, struct spool_file *ret_file,
                int64_t *ret_length)
{
    char        name[NAME_BYTES];
    struct stat facts;

    file_name(number, name);
    *ret_file = (struct spool_file){ .spool = spool, .file = -1, .number = number };
    int file =
        openat(spool->folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (file < 0)
        return fault_of(errno);
    enum fault fault = FAULT_NONE;
    if (flock(file, LOCK_EX | LOCK_NB) != 0)
        fault = errno == EWOULDBLOCK ? FAULT_UPLOAD_BUSY : FAULT_SPOOL_FAILED;
    else if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode))
        fault = FAULT_SPOOL_FAILED;
    if (fault != FAULT_NONE) {
        close(file);
        return fault;
    }
    ret_file->file = file;
    *ret_length = facts.st_size;
    return FAULT_NONE;
}

enum fault
spool_file_begin(struct spool_file *file, int64_t offset)
{
    if (ftruncate(file->file, offset) != 0)
        return fault_of(errno);
    /* That there is such a file is to survive as well. */
    if (offset == 0 && fsync(file->spool->folder) != 0)
        return FAULT_SPOOL_FAILED;
    file->length = offset;
    file->is_hashing = offset == 0;
    if (file->is_hashing)
        digest_start(&file->digest);
    return FAULT_NONE;
}

enum fault
spool_file_write(struct spool_file *file, struct span bytes)
{
    enum fault fault = spool_has_room(file->spool, (int64_t)bytes.length);
    if (fault != FAULT_NONE)
        return fault;
    for (size_t done = 0; done < bytes.length;) {
        ssize_t more = pwrite(file->file, bytes.bytes + done, bytes.length - done, file->length);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            return fault_of(more == 0 ? ENOSPC : errno);
        if (file->is_hashing)
            digest_add(&file->digest, bytes.bytes + done, (size_t)more);
        done += (size_t)more;
        file->length += more;
    }
    return FAULT_NONE;
}

enum fault
spool_file_sync(struct spool_file *file)
{
    return fdatasync(file->file) == 0 ? FAULT_NONE : fault_of(errno);
}

static enum fault
digest_again(const struct spool_file *file, unsigned char *ret_digest)
{
    char         *place = malloc(READ_BYTES);
    struct digest digest;
    int64_t       done = 0;
    ssize_t       more = place == NULL ? -1 : 1;

    digest_start(&digest);
    while (more > 0 && done < file->length) {
        more = pread(file->file, place, READ_BYTES, done);
        if (more > 0) {
            digest_add(&digest, place, (size_t)more);
            done += more;
        }
    }
    digest_end(&digest, ret_digest);
    if (place != NULL)
        explicit_bzero(place, READ_BYTES);
    free(place);
    return done == file->length ? FAULT_NONE : FAULT_SPOOL_FAILED;
}

enum fault
spool_file_digest(struct spool_file *file, unsigned char *ret_digest)
{
    if (!file->is_hashing)
        return digest_again(file, ret_digest);
    digest_end(&file->digest, ret_digest);
    file->is_hashing = false;
    return FAULT_NONE;
}

void
spool_file_close(struct spool_file *file)
{
    unsigned char unused[DIGEST_BYTES];

    if (file->is_hashing)
        digest_end(&file->digest, unused);
    file->is_hashing = false;
    if (file->file >= 0)
        close(file->file);
    file->file = -1;
}

int
spool_file_read(const struct spool *spool, int64_t number)
{
    char name[NAME_BYTES];

    file_name(number, name);
    return openat(spool->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
}

bool
spool_remove(const struct spool *spool, int64_t number)
{
    char name[NAME_BYTES];

    file_name(number, name);
    return unlinkat(spool->folder, name, 0) == 0 || errno == ENOENT;
}

/* Keeps the count_max least numbers, in order. */
static void
note_number(int64_t number, int64_t *numbers, size_t *count, size_t count_max)
{
    size_t at = *count;

    if (at == count_max && number >= numbers[at - 1])
        return;
    if (at == count_max)
        at--;
    else
        (*count)++;
    while (at > 0 && numbers[at - 1] > number) {
        numbers[at] = numbers[at - 1];
        at--;
    }
    numbers[at] = number;
}

size_t
spool_list(const struct spool *spool, int64_t after, int64_t *ret_numbers, size_t count_max)
{
    size_t         count = 0;
    int            again = openat(spool->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR           *folder = again < 0 ? NULL : fdopendir(again);
    struct dirent *entry;

    if (folder == NULL) {
        if (again >= 0)
            close(again);
        return 0;
    }
    while ((entry = readdir(folder)) != NULL) {
        int64_t number = number_of(entry->d_name);
        if (number > after)
            note_number(number, ret_numbers, &count, count_max);
    }
    closedir(folder);
    return count;
}
