/*
 * credentials: what became of user certificates, from standard input, JSON lines.
 *
 * Shape   a feed (feed.h) of events by the authority that issues them: a certificate was
 *         replaced by another one, another one was added (a phone beside the card), or it ended.
 *         The new one leads to whom the old one led to. A serial never changes its person: one
 *         that leads to somebody else is refused, with an alarm.
 * Source  schema/claim/README.md, "Certificates"; domain facts, SR-035 to SR-040.
 */
#include "command/command.h"

#include "base/attr.h"
#include "command/feed.h"
#include "model/credential.h"
#include "query/stmt.h"
#include "wire/members.h"
#include "wire/out.h"

#include <stddef.h>
#include <stdio.h>

enum { ISSUER_BYTES_MAX = 400, SERIAL_BYTES_MAX = 64, LINE_BYTES = 2048, EVENT_ENDED = 3 };

static const char *const event_words[] = { "replaced", "added", "ended", NULL };

struct event {
    int16_t     event;
    struct span issuer;
    struct span serial;
    struct span new_issuer;
    struct span new_serial;
};

#define EVENT(field) offsetof(struct event, field)

/* clang-format off */
static const struct field event_fields[] = {
    { "event",      FIELD_WORD, EVENT(event),      12,               true,  event_words },
    { "issuer",     FIELD_TEXT, EVENT(issuer),     ISSUER_BYTES_MAX, true,  NULL },
    { "serial",     FIELD_TEXT, EVENT(serial),     SERIAL_BYTES_MAX, true,  NULL },
    { "new_issuer", FIELD_TEXT, EVENT(new_issuer), ISSUER_BYTES_MAX, false, NULL },
    { "new_serial", FIELD_TEXT, EVENT(new_serial), SERIAL_BYTES_MAX, false, NULL },
};
/* clang-format on */

static bool
complain(char *ret_reason, const char *reason)
{
    snprintf(ret_reason, FEED_REASON_SIZE, "%s", reason);
    return false;
}

static bool
is_serial(struct span form)
{
    for (size_t i = 0; i < form.length; i++)
        if ((form.bytes[i] < '0' || form.bytes[i] > '9')
            && (form.bytes[i] < 'A' || form.bytes[i] > 'F'))
            return false;
    return form.length > 0 && form.length <= 40;
}

static void
add_member(struct text *element, const char *name, struct span value)
{
    text_add_format(element, ",\"%s\":", name);
    out_quoted(element, value);
}

static bool
read_event(struct span line, day_t today, struct arena *arena, struct text *element,
           char *ret_reason)
{
    struct event event = { 0 };
    const char  *reason = members_read(line, event_fields, ARRAY_LEN(event_fields), arena, &event);

    (void)today;
    if (reason != NULL)
        return complain(ret_reason, reason);
    struct span old = credential_serial_form(event.serial, arena);
    struct span new = credential_serial_form(event.new_serial, arena);
    bool has_new = event.new_serial.bytes != NULL;
    if (!is_serial(old))
        return complain(ret_reason, "serial: not hexadecimal");
    if (has_new == (event.event == EVENT_ENDED))
        return complain(ret_reason, "new_serial: there where one is new, and only there");
    if (has_new && !is_serial(new))
        return complain(ret_reason, "new_serial: not hexadecimal");
    text_add_format(element, "{\"event\":%d", event.event);
    add_member(element, "issuer", event.issuer);
    add_member(element, "serial", old);
    if (has_new) {
        add_member(element, "new_issuer",
                   event.new_issuer.bytes == NULL ? event.issuer : event.new_issuer);
        add_member(element, "new_serial", new);
    }
    text_add_byte(element, '}');
    return true;
}

int
command_credentials(int argc, char **argv)
{
    static const struct feed_duty duty = {
        .name = "credentials",
        .help = "Takes in what became of user certificates, one JSON object a line; see\n"
                "schema/claim/README.md, \"Certificates\".",
        .stmt = STMT_CREDENTIALS_PUT,
        .line_bytes_max = LINE_BYTES,
        .outcomes = { { "unsound", false },
                      { "done", true },
                      { "known", true },
                      { "nobody", false },
                      { "no_such_issuer", false },
                      { "somebody_elses", false } },
        .read = read_event,
    };

    return feed_run(&duty, argc, argv);
}
