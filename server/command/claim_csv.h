/*
 * claim_csv: claims out of a CSV file, each as the JSON object that it would have been.
 *
 * Shape   behind the form `csv` of the feed of claims (feed.h). A header line names the columns,
 *         which are the members of schema/claim/README.md and `list`; each row is one line of a
 *         claim, with the claim's head before it, and rows of one claim and source that follow each
 *         other are one claim. An empty cell is a member that is not there.
 * Units   lines of the file from 1; a row of at most 64 KiB, a claim as JSON of at most 256 KiB.
 * Errors  a claim of which a row is not as it has to be is not sound as a whole. A row that cannot
 *         be read may belong to the claim before it or to the one behind it: neither is. Where the
 *         structure is lost (quotation marks that are never closed), the feed ends.
 * Owner   claim_csv_open() gives, claim_csv_close() wipes and takes back; NULL: out of memory.
 * Source  RFC 4180, in UTF-8.
 */
#ifndef COMMAND_CLAIM_CSV_H
#define COMMAND_CLAIM_CSV_H

#include "command/feed.h"
#include "intake/unpack.h"

struct claim_csv;

MUST_USE struct claim_csv *claim_csv_open(intake_pull *pull, void *owner);
void                       claim_csv_close(struct claim_csv *csv); /* accepts NULL */
enum feed_step             claim_csv_next(struct claim_csv *csv, struct feed_line *ret_line);

#endif
