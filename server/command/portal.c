#include "command/command.h"
#include "command/server.h"

int
command_portal(int argc, char **argv)
{
    static struct server            server;
    static const struct server_duty duty = { .duty = DUTY_PORTAL,
                                             .name = "portal",
                                             .help =
                                                 "Answers people, through a portal, over mutual "
                                                 "TLS.",
                                             .running = "portal_open" };

    return server_run(&server, &duty, argc, argv);
}
