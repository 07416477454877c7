/*
 * dossier_read: from the stored bytes of a dossier to the struct.
 *
 * Shape   PostgreSQL's binary record format, as schema/dossier.md lays it out.
 * Errors  FAULT_STORE_REFUSED bytes that break the layout: damage, or a format of another
 *         release
 *         FAULT_REQUEST_TOO_LARGE  the arena is full
 * Owner   spans point into the bytes; arrays live in the arena. The bytes must outlive the
 *         dossier.
 */
#ifndef WIRE_DOSSIER_READ_H
#define WIRE_DOSSIER_READ_H

#include "base/arena.h"
#include "base/fault.h"
#include "model/dossier.h"

MUST_USE enum fault dossier_read(struct span bytes, struct arena *arena,
                                 struct dossier *ret_dossier);

#endif
