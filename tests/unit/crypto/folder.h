/*
 * folder: a folder of its own for a test that needs files.
 *
 * Owner   folder_make() makes it under $TMPDIR or /tmp; folder_remove() takes it away with what is
 *         in it.
 */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include "../cases.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_PATH_SIZE = 200, FILE_PATH_SIZE = 600 };

static inline void
folder_make(char *ret_path)
{
    const char *base = getenv("TMPDIR");

    snprintf(ret_path, FOLDER_PATH_SIZE, "%s/unitXXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(ret_path));
}

static inline const char *
path_in(const char *folder, const char *name, char *ret_path)
{
    int length = snprintf(ret_path, FILE_PATH_SIZE, "%s/%s", folder, name);

    assert_in_range(length, 1, FILE_PATH_SIZE - 1);
    return ret_path;
}

static inline void
folder_remove(const char *path)
{
    char           inner[FILE_PATH_SIZE];
    DIR           *folder = opendir(path);
    struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlink(path_in(path, entry->d_name, inner)) != 0)
            folder_remove(inner);
    }
    closedir(folder);
    assert_int_equal(rmdir(path), 0);
}

static inline void
file_put(const char *path, const void *bytes, size_t length, mode_t mode)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, length), length);
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

static inline mode_t
file_mode(const char *path)
{
    struct stat about;

    assert_int_equal(stat(path, &about), 0);
    return about.st_mode & 07777;
}

static inline size_t
folder_count(const char *path)
{
    DIR   *folder = opendir(path);
    size_t count = 0;

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 2;
}

#endif
