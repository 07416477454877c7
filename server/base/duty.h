/*
 * duty: which of the programs that listen this process is.
 *
 * Shape   one bit each, so that a route or a setting can belong to several.
 * Owner   constant: a process has one duty from its start to its end.
 */
#ifndef BASE_DUTY_H
#define BASE_DUTY_H

enum duty {
    DUTY_SERVE = 1 << 0,     /* answers facilities */
    DUTY_REGISTRAR = 1 << 1, /* answers insurers, and works off their batches */
    DUTY_PORTAL = 1 << 2,    /* answers people, through the portal */
    DUTY_OFFICE = 1 << 3,    /* answers operators */
    DUTY_EVERY = DUTY_SERVE | DUTY_REGISTRAR | DUTY_PORTAL | DUTY_OFFICE
};

#endif
