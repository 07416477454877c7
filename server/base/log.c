#include "base/log.h"

#include "base/clock.h"
#include "base/text.h"

#include <time.h>
#include <unistd.h>

static const char *const level_names[] = { "debug", "info", "warn", "error" };

static _Atomic enum log_level least_level = LOG_INFO; /* threads may be logging when it changes */

void
log_set_least(enum log_level least)
{
    least_level = least;
}

static void
add_quoted(struct text *text, const char *value)
{
    text_add_byte(text, '"');
    for (; *value != '\0'; value++) {
        unsigned char byte = (unsigned char)*value;
        if (byte < 0x20)
            text_add_format(text, "\\u%04x", byte);
        else if (byte == '"' || byte == '\\')
            text_add_format(text, "\\%c", byte);
        else
            text_add_byte(text, *value);
    }
    text_add_byte(text, '"');
}

static void
add_field(struct text *line, const struct log_field *field)
{
    struct text tried = *line;
    text_add_byte(&tried, ',');
    add_quoted(&tried, field->name);
    text_add_byte(&tried, ':');
    if (field->text != NULL)
        add_quoted(&tried, field->text);
    else
        text_add_number(&tried, field->number);
    if (!tried.is_full)
        *line = tried;
}

void
log_event(enum log_level level, const char *event, const struct log_field *fields,
          size_t field_count)
{
    enum { CLOSING_BYTES = 3 };
    char        place[LOG_LINE_BYTES_MAX];
    struct text line = text_in(place, sizeof place - CLOSING_BYTES);
    instant_t   now = clock_now();
    time_t      seconds = (time_t)(now / 1000000);
    struct tm   utc;

    if (level < least_level)
        return;
    gmtime_r(&seconds, &utc);
    text_add_format(&line, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06dZ\",\"level\":\"%s\"",
                    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                    utc.tm_sec, (int)(now % 1000000), level_names[level]);
    add_field(&line, &LOG_TEXT("event", event));
    for (size_t i = 0; i < field_count; i++)
        add_field(&line, &fields[i]);
    line.size_bytes = sizeof place;
    line.is_full = false;
    text_add_string(&line, "}\n");
    /* A log that cannot be written must not stop an answer. */
    ssize_t written = write(STDERR_FILENO, line.bytes, line.length);
    (void)written;
}
