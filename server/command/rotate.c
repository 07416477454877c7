/*
 * rotate: seals all personal numbers anew with the newest key of the vault.
 *
 * Shape   by the registrar's own settings: links in the order of their numbers, so many in one
 *         transaction, which says how far it has come; ended at any point it goes on from there.
 *         The registrar may be at work; it must have been started again since the key was added,
 *         or it cannot open what is sealed here. One JSON object comes out.
 *         What links are found by stays as it is: they are indexed by the key of the first one.
 * Errors  EX_USAGE, EX_DATAERR a link does not open, EX_UNAVAILABLE the database is not there.
 */
#include "command/command.h"

#include "config/settings.h"
#include "crypto/vault.h"
#include "query/session.h"
#include "query/stmt.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { AT_ONCE = 1000, PASSES_MAX = 10 };

struct rotation {
    struct vault     *vault;
    struct session   *session;
    int               key;
    int               count;
    int64_t           sealed;
    int64_t           unopened;
    int64_t           left;
    unsigned char     seals[AT_ONCE][SEALED_BYTES];
    struct ask        asks[AT_ONCE];
    const struct ask *pointers[AT_ONCE];
};

static int
fail(const char *reason, int code)
{
    fprintf(stderr, "shikaku rotate: %s\n", reason);
    return code;
}

/* Columns: 0 number_id, 1 sealed_by, 2 sealed. What the newest key sealed already is kept. */
static void
hear_links(void *owner, const struct rows *rows)
{
    struct rotation *rotation = owner;

    rotation->count = 0;
    for (int row = 0; row < rows_count(rows) && row < AT_ONCE; row++) {
        struct personal_number number;
        int64_t                id = rows_number(rows, row, 0);
        int                    sealed_by = (int)rows_number(rows, row, 1);
        struct span            old = rows_bytes(rows, row, 2);
        unsigned char         *sealed = rotation->seals[rotation->count];
        if (old.length != SEALED_BYTES
            || !vault_unseal(rotation->vault, sealed_by, id, (const unsigned char *)old.bytes,
                             &number)) {
            rotation->unopened++;
            continue;
        }
        memcpy(sealed, old.bytes, SEALED_BYTES);
        if (sealed_by != rotation->key) {
            vault_seal(rotation->vault, id, &number, sealed);
            rotation->sealed++;
        }
        personal_number_wipe(&number);
        struct ask *ask = &rotation->asks[rotation->count];
        ask_start(ask, STMT_ROTATE_PUT);
        ask_number(ask, rotation->key);
        ask_number(ask, id);
        ask_bytes(ask, span_make((const char *)sealed, SEALED_BYTES));
        rotation->pointers[rotation->count++] = ask;
    }
}

static void
hear_left(void *owner, const struct rows *rows)
{
    *(int64_t *)owner = rows_number(rows, 0, 0);
}

/* From where the last one ended to the last link there is. */
static enum fault
pass(struct rotation *rotation)
{
    enum fault fault = FAULT_NONE;
    struct ask ask;

    do {
        ask_start(&ask, STMT_ROTATE_TAKE);
        ask_number(&ask, rotation->key);
        ask_number(&ask, AT_ONCE);
        fault = session_ask(rotation->session, &ask, hear_links, rotation);
        if (fault == FAULT_NONE && rotation->count > 0)
            fault = session_ask_set(rotation->session, STMT_ROTATE_PUT, rotation->pointers,
                                    rotation->count, NULL, NULL);
    } while (fault == FAULT_NONE && rotation->count > 0 && rotation->unopened == 0);
    if (fault != FAULT_NONE)
        return fault;
    ask_start(&ask, STMT_ROTATE_END);
    ask_number(&ask, rotation->key);
    return session_ask(rotation->session, &ask, hear_left, &rotation->left);
}

static int
rotate(struct rotation *rotation)
{
    enum fault fault = session_connect(rotation->session);

    rotation->left = 1;
    for (int i = 0; i < PASSES_MAX && fault == FAULT_NONE && rotation->left > 0; i++) {
        if (rotation->unopened > 0)
            break;
        fault = pass(rotation);
    }
    if (fault != FAULT_NONE)
        return fail("the database does not do its part", EX_UNAVAILABLE);
    printf("{\"key\":%d,\"sealed\":%lld,\"unopened\":%lld,\"left\":%lld}\n", rotation->key,
           (long long)rotation->sealed, (long long)rotation->unopened, (long long)rotation->left);
    return rotation->unopened > 0 || rotation->left > 0 ? EX_DATAERR : EX_OK;
}

int
command_rotate(int argc, char **argv)
{
    static struct settings settings;
    static struct rotation rotation;
    char                   reason[SETTINGS_REASON_BYTES];
    const char            *trouble = NULL;

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        puts("usage: shikaku rotate [--config FILE] [--key value ...]\n\n"
             "Seals all personal numbers with the newest key of the vault, by the registrar's\n"
             "settings. Start the registrar again first. Ended at any point, it goes on from "
             "there.");
        return EX_OK;
    }
    settings_preset(&settings, DUTY_REGISTRAR);
    if (!settings_read_arguments(&settings, argc, argv, reason))
        return fail(reason, EX_USAGE);
    rotation.vault = vault_open(settings.vault, &trouble);
    if (rotation.vault == NULL)
        return fail(trouble, EX_USAGE);
    rotation.key = vault_newest(rotation.vault);
    rotation.session = session_new(settings.database, (uint32_t)settings.batch_statement_ms);
    int code = rotation.session == NULL ? EX_OSERR : rotate(&rotation);
    session_free(rotation.session);
    vault_close(rotation.vault);
    return code;
}
