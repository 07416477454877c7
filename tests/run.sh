#!/usr/bin/env bash
# run.sh PART [PROGRAM...]: runs one part of the tests, or several, and counts.
#
#   unit PROGRAM...   cmocka programs
#   static            format, tidy, cppcheck, clang-tidy
#   sql               pgTAP, in a scratch PostgreSQL of its own
#   blackbox          pytest against the real server
#   fuzz              every fuzz target for FUZZ_SECONDS (default 60), as many at once as cores
#   check             static and unit: what needs no database
#   all               everything
#
# The last line is `N passed, N failed`; the exit status is 1 if anything failed. Raw output goes to
# build/test/PART.log. A part that breaks without counting anything counts as one failure.
set -uo pipefail
cd "$(dirname "$0")/.."

readonly logs=build/test
mkdir -p $logs
total_passed=0
total_failed=0

say() { printf '%s\n' "$*"; }

# tally PART PASSED FAILED SECONDS
tally()
{
    total_passed=$((total_passed + $2))
    total_failed=$((total_failed + $3))
    printf '%-12s %5d passed, %d failed  (%d s)\n' "$1" "$2" "$3" "$4"
}

count() { grep -cE "$1" "$2" || true; }

# ---- units ---------------------------------------------------------------------------------------

# unit LABEL PROGRAM...
unit()
{
    local label=$1 log program status ok bad passed=0 failed=0 start=$SECONDS
    log=$logs/$label.log
    shift
    : >"$log"
    for program in "$@"; do
        echo "# $program" >>"$log"
        CMOCKA_MESSAGE_OUTPUT=TAP timeout "${UNIT_SECONDS:-300}" "$program" >"$log.one" 2>&1
        status=$?
        cat "$log.one" >>"$log"
        ok=$(count '^ok ' "$log.one")
        bad=$(count '^not ok ' "$log.one")
        # Died half-way, or ran nothing: that is a failure no line speaks of.
        if [ $bad = 0 ] && { [ $status != 0 ] || [ "$ok" = 0 ]; }; then
            bad=1
            echo "not ok - $program ended with status $status after $ok tests" | tee -a "$log.one" >>"$log"
        fi
        if [ "$bad" != 0 ]; then
            say "  $program"
            grep -v '^ok ' "$log.one" | tail -n 40 | sed 's/^/    /'
        fi
        passed=$((passed + ok))
        failed=$((failed + bad))
    done
    rm -f "$log.one"
    [ $# -gt 0 ] || { say "  $label: there are no programs"; failed=1; }
    tally "$label" $passed $failed $((SECONDS - start))
}

finish()
{
    echo "$total_passed passed, $total_failed failed"
    [ $total_failed = 0 ]
}

part=${1:-all}
[ $# -gt 0 ] && shift
case $part in
unit) unit unit "$@" ;;
*) say "usage: tests/run.sh unit|static|sql|blackbox|fuzz|check|all"; exit 64 ;;
esac
finish
