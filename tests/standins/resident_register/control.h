/*
 * control: the loopback port on which the stand-in is told how to be. Plain HTTP.
 *
 * Shape   GET  /          behaviour and counts, as JSON
 *         POST /          name=value pairs (behaviour.h); answers like GET
 * Errors  a reason to print, or NULL. 400 for what is not understood.
 * Owner   control_close().
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "https.h"

struct control {
    struct MHD_Daemon *daemon;
    struct https      *https;
};

MUST_USE const char *control_open(struct control *control, struct https *https, uint16_t port);
void                 control_close(struct control *control);

#endif
