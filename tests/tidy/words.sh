#!/bin/sh
# words.sh: calls that write without a limit, guess at numbers, start a shell or wait blindly; and
# marks of unfinished work. Usage: words.sh FILE...
set -eu
bad=0
refuse() # PATTERN REASON FILE...
{
    pattern=$1
    reason=$2
    shift 2
    if grep -nHE "$pattern" "$@" | sed "s/\$/    <- $reason/" | grep .; then bad=1; fi
}
call='(^|[^A-Za-z0-9_.>])'
refuse "$call(v?sprintf|strcpy|strcat|stpcpy|gets)\(" 'writes without a limit' "$@"
refuse "$call(strncpy|strncat)\(" 'leaves text without an end, or guesses its room' "$@"
refuse "$call(strtok|asctime|ctime|gmtime|localtime)\(" 'keeps hidden state between threads' "$@"
refuse "${call}ato[ifl]+\(" 'takes anything for a number' "$@"
refuse "$call(alloca|system|popen|rand|srand|tmpnam|mktemp)\(" 'has no place in a server' "$@"
refuse "$call(u?sleep|nanosleep)\(" 'waits blindly' "$@"
refuse '\<(TODO|FIXME|XXX|HACK)\>|not implemented' 'marks unfinished work' "$@"
exit $bad
