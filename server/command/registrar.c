#include "batch/batch.h"
#include "batch/chores.h"
#include "batch/recheck.h"
#include "command/command.h"
#include "command/server.h"

#include <string.h>

static struct spool           spool;
static struct chores_settings chores_settings;
static struct chores          chores;
static struct batch_settings  batch_settings;
static struct batch           batch;
static struct recheck         recheck;
static bool                   works_off_files;
static _Atomic bool           has_batch; /* it has started */

/* Called by workers, which are gone before the batch line is joined. */
static void
wake(void)
{
    if (has_batch)
        batch_wake(&batch);
}

static const char *
prepare(struct server *server)
{
    const struct settings *from = &server->settings;

    server->worker_settings.listener.stream.received = wake;
    server->worker_settings.listener.stream.spool = &spool;
    return spool_open(&spool, from->spool, from->spool_reserve_bytes);
}

static const char *
start_batch(const struct settings *from)
{
    works_off_files = from->vault[0] != '\0';
    if (!works_off_files)
        return NULL;
    batch_settings = (struct batch_settings){ .database_url = from->database,
                                              .spool = &spool,
                                              .vault = from->vault,
                                              .numbers_are_synthetic =
                                                  strcmp(from->personal_numbers, "synthetic") == 0,
                                              .has_register = from->register_url[0] != '\0',
                                              .reg = register_settings_of(from),
                                              .small_bytes = (uint32_t)from->batch_small_bytes,
                                              .step_rows = (uint32_t)from->batch_step_rows,
                                              .lanes = (uint32_t)from->batch_lanes,
                                              .idle_ms = (uint32_t)from->batch_idle_ms,
                                              .statement_ms = (uint32_t)from->batch_statement_ms,
                                              .recheck_ms = (uint32_t)from->recheck_ms };
    const char *reason = batch_start(&batch, &batch_settings);
    has_batch = reason == NULL;
    return reason == NULL ? recheck_start(&recheck, &batch_settings) : reason;
}

static const char *
start(struct server *server)
{
    const struct settings *from = &server->settings;

    const char *reason = start_batch(from);
    if (reason != NULL)
        return reason;

    chores_settings = (struct chores_settings){ .database_url = from->database,
                                                .pseudonym_key = from->pseudonym_key,
                                                .spool = &spool,
                                                .every_ms = (uint32_t)from->chores_ms,
                                                .upload_age_s = (int32_t)from->upload_age_s };
    return chores_start(&chores, &chores_settings);
}

static void
drain(void)
{
    chores_drain(&chores);
    if (works_off_files)
        batch_drain(&batch);
    recheck_drain(&recheck);
}

static void
tell(struct text *text)
{
    if (works_off_files)
        batch_tell(&batch, text);
}

static void
join(void)
{
    chores_join(&chores);
    if (works_off_files)
        batch_join(&batch);
    recheck_join(&recheck);
    spool_close(&spool);
}

int
command_registrar(int argc, char **argv)
{
    static struct server            server;
    static const struct server_duty duty = { .duty = DUTY_REGISTRAR,
                                             .name = "registrar",
                                             .help = "Answers insurers over mutual TLS.",
                                             .running = "registering",
                                             .prepare = prepare,
                                             .start = start,
                                             .drain = drain,
                                             .join = join,
                                             .tell = tell };

    return server_run(&server, &duty, argc, argv);
}
