#include "command/command.h"
#include "command/server.h"
#include "spool/spool.h"

static struct spool spool;

static const char *
prepare(struct server *server)
{
    const struct settings *from = &server->settings;

    server->worker_settings.listener.stream.spool = &spool;
    return spool_open(&spool, from->spool, from->spool_reserve_bytes);
}

static void
join(void)
{
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
                                             .join = join };

    return server_run(&server, &duty, argc, argv);
}
