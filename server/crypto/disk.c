#include "crypto/disk.h"

#include "base/text.h"
#include "crypto/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NONCE_BYTES = 8, TEMPORARY_BYTES = DISK_NAME_MAX + 2 * NONCE_BYTES + 4 };

/* A name that no other writer has, hidden from those who list the folder for certificates. */
static bool
temporary_name(const char *name, char *ret_name)
{
    unsigned char nonce[NONCE_BYTES];
    struct text   text = text_in(ret_name, TEMPORARY_BYTES);

    random_bytes(nonce, sizeof nonce);
    text_add_byte(&text, '.');
    text_add_string(&text, name);
    text_add_byte(&text, '.');
    text_add_hex(&text, nonce, sizeof nonce);
    if (text.is_full || strlen(name) > DISK_NAME_MAX)
        errno = ENAMETOOLONG;
    return !text.is_full && strlen(name) <= DISK_NAME_MAX;
}

static bool
write_all(int file, struct span bytes)
{
    while (bytes.length > 0) {
        ssize_t written = write(file, bytes.bytes, bytes.length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes = span_make(bytes.bytes + written, bytes.length - (size_t)written);
    }
    return true;
}

/* A link fails where a name is taken, which a rename does not. */
static bool
move_into_place(int folder, const char *temporary, const char *name, unsigned flags)
{
    if ((flags & DISK_REPLACE) != 0)
        return renameat(folder, temporary, folder, name) == 0;
    return linkat(folder, temporary, folder, name, 0) == 0 && unlinkat(folder, temporary, 0) == 0;
}

static bool
fill(int file, struct span bytes, unsigned flags)
{
    mode_t mode = (flags & DISK_SECRET) != 0 ? 0600 : 0644;

    return write_all(file, bytes) && fchmod(file, mode) == 0
           && ((flags & DISK_SYNC_LATER) != 0 || fsync(file) == 0);
}

bool
disk_write(int folder, const char *name, struct span bytes, unsigned flags)
{
    char temporary[TEMPORARY_BYTES];

    if (!temporary_name(name, temporary))
        return false;
    int file =
        openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return false;
    bool is_whole = fill(file, bytes, flags);
    is_whole = close(file) == 0 && is_whole;
    if (!is_whole || !move_into_place(folder, temporary, name, flags)) {
        int why = errno;
        (void)unlinkat(folder, temporary, 0);
        errno = why;
        return false;
    }
    return (flags & DISK_SYNC_LATER) != 0 || fsync(folder) == 0;
}

bool
disk_alias(int folder, const char *name, const char *alias, unsigned flags)
{
    if ((flags & DISK_REPLACE) != 0 && unlinkat(folder, alias, 0) != 0 && errno != ENOENT)
        return false;
    return linkat(folder, name, folder, alias, 0) == 0
           && ((flags & DISK_SYNC_LATER) != 0 || fsync(folder) == 0);
}

static bool
read_all(int file, char *bytes, size_t length)
{
    size_t done = 0;

    while (done < length) {
        ssize_t got = read(file, bytes + done, length - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

bool
disk_read(int folder, const char *name, size_t bytes_max, struct span *ret_bytes)
{
    struct stat about;
    int         file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (file < 0)
        return false;
    char *bytes = NULL;
    if (fstat(file, &about) == 0 && S_ISREG(about.st_mode) && (size_t)about.st_size <= bytes_max)
        bytes = malloc((size_t)about.st_size + 1);
    bool is_read = bytes != NULL && read_all(file, bytes, (size_t)about.st_size);
    close(file);
    if (!is_read) {
        free(bytes);
        errno = EIO;
        return false;
    }
    bytes[about.st_size] = '\0';
    *ret_bytes = span_make(bytes, (size_t)about.st_size);
    return true;
}

void
disk_drop(struct span *bytes)
{
    char *memory = (char *)(uintptr_t)bytes->bytes;

    if (memory != NULL)
        explicit_bzero(memory, bytes->length);
    free(memory);
    *bytes = (struct span){ 0 };
}

bool
disk_has(int folder, const char *name)
{
    return faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
