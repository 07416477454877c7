#include "command/command.h"
#include "command/server.h"

int
command_registrar(int argc, char **argv)
{
    static struct server            server;
    static const struct server_duty duty = { .duty = DUTY_REGISTRAR,
                                             .name = "registrar",
                                             .help = "Answers insurers over mutual TLS.",
                                             .running = "registering" };

    return server_run(&server, &duty, argc, argv);
}
