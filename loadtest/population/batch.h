/*
 * batch: a file of acquisitions as an insurer sends it, with what is wrong in it known beforehand.
 *
 * Shape   CSV with a header line (schema/batch): one row for each person, all with one insurer, in
 *         an order shuffled by the seed. The name of a row says what the register ought to make of
 *         it, and then the person's number in the population:
 *             plain-17    the register holds the same
 *             spelt-17    it writes name or reading otherwise
 *             wrong-17    the personal number is that of wrong-N, another of the file
 *         Every number stands in one row only, and every row passes the rules of rows.
 * Errors  false; what went wrong has been said on standard error.
 * Owner   all rows are in memory until they have been written: 300 bytes for each person.
 * Source  links to another person are made where lists slip by a line, so here each wrong row has
 *         the number of the next: domain facts, part 13.1.
 */
#ifndef BATCH_H
#define BATCH_H

#include "load.h"

struct batch_wish {
    const char           *path; /* NULL: no file is wanted */
    struct insurer_number insurer;
    int64_t               wrong_links;
};

MUST_USE bool batch_write(const struct batch_wish *wish, const struct plan *plan,
                          const struct roster *roster);

#endif
