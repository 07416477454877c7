#include "base/attr.h"
#include "base/text.h"
#include "command/command.h"
#include "command/options.h"
#include "crypto/digest.h"
#include "query/script.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { MIGRATE_DATABASE, MIGRATE_FOLDER, MIGRATE_COUNT };

/* clang-format off */
static const struct option_row rows[] = {
    [MIGRATE_DATABASE] = { "--database", OPTION_TEXT, true, NULL, "URL",
        "libpq connection string; the first step needs a superuser" },
    [MIGRATE_FOLDER]   = { "--folder", OPTION_TEXT, false, "migrations", "DIR",
        "where the numbered steps are" },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(rows) == MIGRATE_COUNT, "every option has a row");

static int
is_step(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 8 && strspn(entry->d_name, "0123456789") == 4 && entry->d_name[4] == '_'
           && strcmp(entry->d_name + length - 4, ".sql") == 0;
}

static char *
read_step(const char *folder, const char *name, size_t *ret_length)
{
    char   path[4096];
    char  *bytes = NULL;
    FILE  *file = NULL;
    size_t room = 0;

    if (snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path)
        file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    ssize_t length = getdelim(&bytes, &room, '\0', file);
    fclose(file);
    if (length < 0) {
        free(bytes);
        return NULL;
    }
    *ret_length = (size_t)length;
    return bytes;
}

static int
run_step(struct script *script, const char *folder, const char *name)
{
    unsigned char digest[DIGEST_BYTES];
    char          hex[2 * DIGEST_BYTES + 1];
    struct text   text = text_in(hex, sizeof hex);
    size_t        length = 0;
    char         *sql = read_step(folder, name, &length);

    if (sql == NULL) {
        fprintf(stderr, "shikaku migrate: %s cannot be read\n", name);
        return EX_NOINPUT;
    }
    digest_whole(sql, length, digest);
    text_add_hex(&text, digest, sizeof digest);
    enum script_outcome outcome = script_run_step(script, name, hex, sql);
    free(sql);
    switch (outcome) {
    case SCRIPT_DONE:
        fprintf(stderr, "shikaku migrate: %s applied\n", name);
        return EX_OK;
    case SCRIPT_WAS_DONE:
        return EX_OK;
    case SCRIPT_CHANGED:
        fprintf(stderr, "shikaku migrate: %s was changed after it had been applied\n", name);
        return EX_DATAERR;
    case SCRIPT_FAILED:
    default:
        fprintf(stderr, "shikaku migrate: %s failed: %s\n", name, script_trouble(script));
        return EX_SOFTWARE;
    }
}

static int
run_all(struct script *script, const char *folder)
{
    struct dirent **entries = NULL;
    int             count = scandir(folder, &entries, is_step, alphasort);
    int             code = count > 0 ? EX_OK : EX_NOINPUT;

    if (count <= 0)
        fprintf(stderr, "shikaku migrate: no steps in %s\n", folder);
    for (int i = 0; i < count; i++) {
        if (code == EX_OK)
            code = run_step(script, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return code;
}

int
command_migrate(int argc, char **argv)
{
    struct option_value values[MIGRATE_COUNT];

    switch (options_read("shikaku migrate", rows, MIGRATE_COUNT, argc, argv, values)) {
    case OPTIONS_HELP:
        puts("usage: shikaku migrate --database URL [--folder DIR]\n"
             "Runs the numbered steps that the database has not had yet, each in one "
             "transaction.\n");
        options_print(stdout, rows, MIGRATE_COUNT);
        return EX_OK;
    case OPTIONS_WRONG:
        return EX_USAGE;
    case OPTIONS_RUN:
        break;
    }
    struct script *script = script_open(values[MIGRATE_DATABASE].text);
    if (script == NULL || script_trouble(script)[0] != '\0') {
        fprintf(stderr, "shikaku migrate: no connection: %s\n",
                script == NULL ? "out of memory" : script_trouble(script));
        script_close(script);
        return EX_UNAVAILABLE;
    }
    int code = run_all(script, values[MIGRATE_FOLDER].text);
    script_close(script);
    return code;
}
