#include "crypto/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void *
secret_new(size_t bytes)
{
    void *secret = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (secret == MAP_FAILED)
        return NULL;
    /* Both are a second line of defence: RLIMIT_MEMLOCK may be too small to lock anything. */
    (void)mlock(secret, bytes);
    (void)madvise(secret, bytes, MADV_DONTDUMP);
    return secret;
}

void
secret_free(void *secret, size_t bytes)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, bytes);
    munmap(secret, bytes);
}

/* NULL, or why nobody should use what is in the file. */
static const char *
check(int file)
{
    struct stat about;

    if (fstat(file, &about) != 0)
        return "cannot be read";
    if (!S_ISREG(about.st_mode))
        return "is not a regular file";
    if (about.st_uid != geteuid() && about.st_uid != 0)
        return "belongs to someone else";
    if ((about.st_mode & 0177) != 0)
        return "may be used by others; its mode must be 0600";
    return NULL;
}

const char *
key_file_read_form(const char *path, unsigned char *ret_form, size_t bytes_max, size_t *ret_length)
{
    int           file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    unsigned char more;

    if (file < 0)
        return errno == ELOOP ? "is a symbolic link" : "cannot be opened";
    const char *reason = check(file);
    ssize_t     length = reason != NULL ? 0 : read(file, ret_form, bytes_max);
    if (reason == NULL && (length <= 0 || read(file, &more, 1) != 0))
        reason = "has not the length of its key";
    close(file);
    if (reason != NULL)
        explicit_bzero(ret_form, bytes_max);
    else
        *ret_length = (size_t)length;
    return reason;
}

const char *
key_file_read(const char *path, unsigned char *ret_key, size_t key_bytes)
{
    size_t      length = 0;
    const char *reason = key_file_read_form(path, ret_key, key_bytes, &length);

    if (reason != NULL || length == key_bytes)
        return reason;
    explicit_bzero(ret_key, key_bytes);
    return "has not the length of its key";
}
