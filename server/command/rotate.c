/*
 * rotate: seals and indexes all personal numbers anew with the newest key of the vault.
 *
 * Shape   by the registrar's own settings: links in the order of their numbers, so many in one
 *         transaction, which says how far it has come; ended at any point it goes on from there.
 *         The registrar may be at work; it reads the new key from its vault when it meets it. One
 *         JSON object comes out. When nothing is left, no older key is needed any more.
 *         A rotation to an older key that was not finished is finished first.
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
    int               key;   /* the newest, which seals */
    int               index; /* the one that links are brought under */
    int               count;
    int64_t           sealed;
    int64_t           indexed;
    int64_t           unopened;
    int64_t           left;
    unsigned char     seals[AT_ONCE][SEALED_BYTES];
    unsigned char     olds[AT_ONCE][NUMBER_INDEX_BYTES];
    unsigned char     news[AT_ONCE][NUMBER_INDEX_BYTES];
    struct ask        asks[AT_ONCE];
    const struct ask *pointers[AT_ONCE];
};

static int
fail(const char *reason, int code)
{
    fprintf(stderr, "shikaku rotate: %s\n", reason);
    return code;
}

static void
put_start(struct rotation *rotation, int64_t id)
{
    int         at = rotation->count;
    struct ask *ask = &rotation->asks[at];

    ask_start(ask, STMT_ROTATE_PUT);
    ask_number(ask, rotation->index);
    ask_number(ask, rotation->key);
    ask_number(ask, id);
    ask_bytes(ask, span_make((const char *)rotation->seals[at], SEALED_BYTES));
    ask_bytes(ask, span_make((const char *)rotation->olds[at], NUMBER_INDEX_BYTES));
    ask_bytes(ask, span_make((const char *)rotation->news[at], NUMBER_INDEX_BYTES));
    rotation->pointers[at] = ask;
    rotation->count++;
}

/* What the newest key sealed already is kept. False when the link does not open. */
static bool
renew(struct rotation *rotation, int64_t id, int sealed_by, struct span sealed, struct span old)
{
    struct personal_number number;
    int                    at = rotation->count;
    const unsigned char   *bytes = (const unsigned char *)sealed.bytes;

    if (sealed.length != SEALED_BYTES || old.length != NUMBER_INDEX_BYTES
        || !vault_unseal(rotation->vault, sealed_by, id, bytes, &number))
        return false;
    bool has_key = vault_index_under(rotation->vault, rotation->index, &number, rotation->news[at]);
    memcpy(rotation->olds[at], old.bytes, NUMBER_INDEX_BYTES);
    memcpy(rotation->seals[at], bytes, SEALED_BYTES);
    if (has_key && sealed_by != rotation->key) {
        vault_seal(rotation->vault, id, &number, rotation->seals[at]);
        rotation->sealed++;
    }
    if (has_key && memcmp(rotation->olds[at], rotation->news[at], NUMBER_INDEX_BYTES) != 0)
        rotation->indexed++;
    personal_number_wipe(&number);
    return has_key;
}

/* Columns: 0 number_id, 1 sealed_by, 2 sealed, 3 number_index. */
static void
hear_links(void *owner, const struct rows *rows)
{
    struct rotation *rotation = owner;

    rotation->count = 0;
    for (int row = 0; row < rows_count(rows) && row < AT_ONCE; row++) {
        int64_t id = rows_number(rows, row, 0);
        if (renew(rotation, id, (int)rows_number(rows, row, 1), rows_bytes(rows, row, 2),
                  rows_bytes(rows, row, 3)))
            put_start(rotation, id);
        else
            rotation->unopened++;
    }
}

static void
hear_key(void *owner, const struct rows *rows)
{
    *(int *)owner = (int)rows_number(rows, 0, 0);
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
        ask_number(&ask, rotation->index);
        ask_number(&ask, AT_ONCE);
        fault = session_ask(rotation->session, &ask, hear_links, rotation);
        if (fault == FAULT_NONE && rotation->count > 0)
            fault = session_ask_set(rotation->session, STMT_ROTATE_PUT, rotation->pointers,
                                    rotation->count, NULL, NULL);
    } while (fault == FAULT_NONE && rotation->count > 0 && rotation->unopened == 0);
    if (fault != FAULT_NONE)
        return fault;
    ask_start(&ask, STMT_ROTATE_END);
    ask_number(&ask, rotation->index);
    return session_ask(rotation->session, &ask, hear_left, &rotation->left);
}

/* Brings all links under one key, from begin to end or from wherever it was ended. */
static enum fault
rotate_once(struct rotation *rotation)
{
    struct ask ask;

    ask_start(&ask, STMT_ROTATE_BEGIN);
    ask_number(&ask, rotation->key);
    enum fault fault = session_ask(rotation->session, &ask, hear_key, &rotation->index);
    rotation->left = 1;
    for (int i = 0; i < PASSES_MAX && fault == FAULT_NONE && rotation->left > 0; i++) {
        if (rotation->unopened > 0 || !vault_has(rotation->vault, rotation->index))
            break;
        fault = pass(rotation);
    }
    return fault;
}

static int
rotate(struct rotation *rotation)
{
    enum fault fault = session_connect(rotation->session);

    do {
        if (fault == FAULT_NONE)
            fault = rotate_once(rotation);
    } while (fault == FAULT_NONE && rotation->left == 0 && rotation->index < rotation->key);
    if (fault != FAULT_NONE)
        return fail("the database does not do its part", EX_UNAVAILABLE);
    if (!vault_has(rotation->vault, rotation->index))
        return fail("a key by which links are found is not in the vault", EX_DATAERR);
    printf("{\"key\":%d,\"sealed\":%lld,\"indexed\":%lld,\"unopened\":%lld,\"left\":%lld}\n",
           rotation->key, (long long)rotation->sealed, (long long)rotation->indexed,
           (long long)rotation->unopened, (long long)rotation->left);
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
             "Seals and indexes all personal numbers with the newest key of the vault, by the\n"
             "registrar's settings, which may be at work. Ended at any point, it goes on from\n"
             "there. When it says \"left\":0, start the registrar again without the older keys:\n"
             "they are needed no more, but for backups from before.");
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
