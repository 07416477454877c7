/*
 * uuid: reading, writing and making UUIDs.
 *
 * Shape   16 bytes; the text form has 36 characters, hex digits of either case.
 * Source  RFC 9562. Any version is accepted; what we make is version 4.
 */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/span.h"

enum { UUID_SIZE = 16, UUID_TEXT_LENGTH = 36 };

bool uuid_parse(struct span text, unsigned char *ret_uuid);
void uuid_format(const unsigned char *uuid, char *ret_text); /* UUID_TEXT_LENGTH + 1 bytes */
void uuid_make(unsigned char *ret_uuid);

#endif
