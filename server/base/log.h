/*
 * log: one JSON object a line on standard error, for machines first.
 *
 * Shape   {"time":"…Z","level":"info","event":"…", fields…}. An event is a fixed name; fields are
 *         numbers or texts of ours. No function takes what a peer sent as free text.
 * Errors  a line longer than LOG_LINE_BYTES_MAX is cut at a field, never inside one.
 * Owner   borrows its arguments. Only listen, line, batch, command and main log.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

enum { LOG_LINE_BYTES_MAX = 1024 };

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *name;
    const char *text; /* NULL: the number counts */
    int64_t     number;
};

#define LOG_TEXT(field_name, value) ((struct log_field){ .name = (field_name), .text = (value) })
#define LOG_NUMBER(field_name, value) \
    ((struct log_field){ .name = (field_name), .number = (value) })

void log_set_least(enum log_level least);
void log_event(enum log_level level, const char *event, const struct log_field *fields,
               size_t field_count);

/* log_say(LOG_INFO, "drained", LOG_NUMBER("requests", n), ...) with at least one field. */
#define log_say(level, event, ...)                                         \
    log_event((level), (event), (const struct log_field[]){ __VA_ARGS__ }, \
              sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

#endif
