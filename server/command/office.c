#include "command/command.h"
#include "command/server.h"

static const char *
prepare(struct server *server)
{
    return server->settings.office_key[0] == '\0' ? "office_key must be set" : NULL;
}

int
command_office(int argc, char **argv)
{
    static struct server            server;
    static const struct server_duty duty = { .duty = DUTY_OFFICE,
                                             .name = "office",
                                             .help = "Answers operators over mutual TLS, each "
                                                     "behind a second factor.",
                                             .running = "office_open",
                                             .prepare = prepare };

    return server_run(&server, &duty, argc, argv);
}
