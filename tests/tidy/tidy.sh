#!/bin/sh
# tidy.sh: who includes whom, how long things are, what must not be called. Needs nothing but awk.
set -eu
cd "$(dirname "$0")/../.."
bad=0
server=$(find server -name '*.[ch]' | sort)
every=$(find server tests loadtest -name '*.[ch]' | sort)
# shellcheck disable=SC2086  # file names of this repository hold no spaces
{
    awk -f tests/tidy/rooms.awk server/ROOMS $server || bad=1
    tests/tidy/lengths.sh $every || bad=1
    tests/tidy/words.sh $server || bad=1
}
exit $bad
