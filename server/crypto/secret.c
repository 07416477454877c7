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

static const char *
check_and_read(int file, unsigned char *key, size_t key_bytes)
{
    struct stat   about;
    unsigned char more;

    if (fstat(file, &about) != 0)
        return "cannot be read";
    if (!S_ISREG(about.st_mode))
        return "is not a regular file";
    if (about.st_uid != geteuid() && about.st_uid != 0)
        return "belongs to someone else";
    if ((about.st_mode & 0177) != 0)
        return "may be used by others; its mode must be 0600";
    if (read(file, key, key_bytes) != (ssize_t)key_bytes || read(file, &more, 1) != 0)
        return "has not the length of its key";
    return NULL;
}

const char *
key_file_read(const char *path, unsigned char *ret_key, size_t key_bytes)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (file < 0)
        return errno == ELOOP ? "is a symbolic link" : "cannot be opened";
    const char *reason = check_and_read(file, ret_key, key_bytes);
    close(file);
    if (reason != NULL)
        explicit_bzero(ret_key, key_bytes);
    return reason;
}
