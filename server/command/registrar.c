#include "batch/chores.h"
#include "command/command.h"
#include "command/server.h"

static struct spool           spool;
static struct chores_settings chores_settings;
static struct chores          chores;

static const char *
prepare(struct server *server)
{
    const struct settings *from = &server->settings;

    server->worker_settings.listener.stream.spool = &spool;
    return spool_open(&spool, from->spool, from->spool_reserve_bytes);
}

static const char *
start(struct server *server)
{
    const struct settings *from = &server->settings;

    chores_settings = (struct chores_settings){ .database_url = from->database,
                                                .spool = &spool,
                                                .every_ms = (uint32_t)from->chores_ms,
                                                .upload_age_s = (int32_t)from->upload_age_s };
    return chores_start(&chores, &chores_settings);
}

static void
drain(void)
{
    chores_drain(&chores);
}

static void
join(void)
{
    chores_join(&chores);
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
                                             .join = join };

    return server_run(&server, &duty, argc, argv);
}
