/*
 * vault: makes keys for personal numbers.
 *
 * Shape   shikaku vault --dir DIR adds the next key to the folder, and makes the folder when it is
 *         missing. The registrar seals with the newest key once it is started again.
 * Errors  EX_USAGE, EX_CANTCREAT.
 */
#include "command/command.h"

#include "command/options.h"
#include "crypto/disk.h"
#include "crypto/random.h"
#include "crypto/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

enum { OPTION_DIR, OPTION_COUNT, NAME_SIZE = 16 };

static const struct option_row option_rows[OPTION_COUNT] = {
    [OPTION_DIR] = { "--dir", OPTION_TEXT, true, NULL, "DIR", "folder of the keys" },
};

static int
fail(const char *what)
{
    fprintf(stderr, "shikaku vault: %s: %s\n", what, strerror(errno));
    return EX_CANTCREAT;
}

/* The highest number there is: an older key may have been taken away, and its number means that key
 * for ever. */
static int
last_number(int folder)
{
    char        name[NAME_SIZE];
    struct stat about;
    int         number = VAULT_KEYS_MAX;

    for (; number > 0; number--) {
        snprintf(name, sizeof name, "%d.key", number);
        if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0)
            break;
    }
    return number;
}

/* The number behind the last one; 0 when there is none. */
static int
add_key(int folder)
{
    unsigned char key[VAULT_KEY_BYTES];
    char          name[NAME_SIZE];
    int           number = last_number(folder) + 1;

    random_bytes(key, sizeof key);
    for (; number <= VAULT_KEYS_MAX; number++) {
        snprintf(name, sizeof name, "%d.key", number);
        if (disk_write(folder, name, span_make((const char *)key, sizeof key), DISK_SECRET))
            break;
        if (errno != EEXIST) {
            number = 0;
            break;
        }
    }
    explicit_bzero(key, sizeof key);
    return number > VAULT_KEYS_MAX ? 0 : number;
}

int
command_vault(int argc, char **argv)
{
    struct option_value  values[OPTION_COUNT];
    enum options_verdict verdict =
        options_read("shikaku vault", option_rows, OPTION_COUNT, argc, argv, values);

    if (verdict == OPTIONS_WRONG)
        return EX_USAGE;
    if (verdict == OPTIONS_HELP) {
        puts(
            "usage: shikaku vault --dir DIR\n\nAdds the next key for personal numbers to a folder, "
            "and makes the folder when it is missing.\n\noptions:");
        options_print(stdout, option_rows, OPTION_COUNT);
        return EX_OK;
    }
    const char *path = values[OPTION_DIR].text;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return fail("the folder cannot be made");
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail("the folder cannot be opened");
    int number = add_key(folder);
    close(folder);
    if (number == 0)
        return fail("no key can be added");
    printf("{\"key\":%d}\n", number);
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}
