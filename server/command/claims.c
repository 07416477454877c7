/*
 * claims: takes receipts and electronic prescriptions in, from standard input, JSON lines or CSV.
 *
 * Shape   a feed (feed.h): each claim is replaced only by another version of itself. What is
 *         digested and stored is its content in one spelling, whatever form it came in.
 */
#include "command/command.h"

#include "command/claim_csv.h"
#include "command/feed.h"
#include "crypto/digest.h"
#include "model/day.h"
#include "query/stmt.h"
#include "wire/claim_feed.h"
#include "wire/out.h"

#include <errno.h>
#include <unistd.h>

_Static_assert((int)CLAIM_REASON_SIZE <= (int)FEED_REASON_SIZE, "a reason has room");

static bool
read_claim(struct span line, day_t today, struct arena *arena, struct text *element,
           char *ret_reason)
{
    struct claim_entry entry;
    unsigned char      digest[DIGEST_SHORT_BYTES];
    char               birth_date[DAY_ISO_SIZE];

    if (!claim_feed_read(line, today, arena, &entry, ret_reason))
        return false;
    digest_short(entry.content.bytes, entry.content.length, digest);
    day_format_iso(entry.birth_date, birth_date);
    text_add_string(element, "{\"card_key\":");
    out_quoted(element, entry.key.text);
    text_add_format(element, ",\"birth_date\":\"%s\",\"digest\":\"", birth_date);
    text_add_hex(element, digest, sizeof digest);
    text_add_string(element, "\",\"claim\":");
    text_add(element, entry.content);
    text_add_byte(element, '}');
    return true;
}

static ssize_t
pull_input(void *owner, char *place, size_t size)
{
    ssize_t got;

    (void)owner;
    do
        got = read(STDIN_FILENO, place, size);
    while (got < 0 && errno == EINTR);
    return got;
}

static void *
open_form(void)
{
    return claim_csv_open(pull_input, NULL);
}

static enum feed_step
next_of_form(void *source, struct feed_line *ret_line)
{
    return claim_csv_next(source, ret_line);
}

static void
close_form(void *source)
{
    claim_csv_close(source);
}

static const struct feed_form csv_form = { .open = open_form,
                                           .next = next_of_form,
                                           .close = close_form };

int
command_claims(int argc, char **argv)
{
    static const struct feed_duty duty = {
        .name = "claims",
        .help = "Takes receipts and electronic prescriptions in, one JSON object or CSV row a "
                "line; see\n"
                "schema/claim/README.md.",
        .stmt = STMT_CLAIMS_PUT,
        .line_bytes_max = CLAIM_FEED_BYTES_MAX,
        .csv = &csv_form,
        .outcomes = { { "unsound", false },
                      { "new", true },
                      { "known", true },
                      { "replaced", true },
                      { "nobody", false },
                      { "several", false },
                      { "said_again_later", true } },
        .read = read_claim,
    };

    return feed_run(&duty, argc, argv);
}
