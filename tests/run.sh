#!/usr/bin/env bash
# run.sh PART [PROGRAM...]: runs one part of the tests, or several, and counts.
#
#   unit PROGRAM...   cmocka programs
#   static            format, tidy, cppcheck, clang-tidy
#   sql               pgTAP, in a scratch PostgreSQL of its own
#   blackbox          pytest against the real server
#   blackbox-asan, blackbox-tsan
#                     the same against a server built with sanitizers
#   valgrind          units, and one server under every kind of request, under valgrind's memcheck
#   fuzz              every fuzz target for FUZZ_SECONDS (default 60), as many at once as cores
#   check             static and unit: what needs no database
#   all               everything
#   soak              the long forms: hours of fuzzing, tests/soak/*
#
# The last line is `N passed, N failed`; the exit status is 1 if anything failed. Raw output goes to
# build/test/PART.log. A part that breaks without counting anything counts as one failure.
set -uo pipefail
cd "$(dirname "$0")/.."

readonly logs=build/test
mkdir -p $logs
total_passed=0
total_failed=0
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$PWD/tests/lsan.supp:print_suppressions=0}

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
        # shellcheck disable=SC2086  # words before the program, such as valgrind's
        CMOCKA_MESSAGE_OUTPUT=TAP timeout "${UNIT_SECONDS:-300}" ${UNDER:-} "$program" >"$log.one" 2>&1
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

# Builds GOALS of one flavour. A build that fails is a failure of the part that needs it.
# build LABEL FLAVOUR GOAL...
build()
{
    local label=$1 flavour=$2 log=$logs/build-$1.log
    shift 2
    say "building: $label"
    make --no-print-directory -k -j"$(nproc)" FLAVOUR="$flavour" "$@" >"$log" 2>&1 && return
    grep -vE '^  (CC|AR|LD) ' "$log" | tail -n 40 | sed 's/^/    /'
    tally "$label" 0 1 0
    return 1
}

unit_programs() { find tests/unit -name 'test_*.c' | sort | sed "s|^\(.*\)\.c$|build/$1/\1|"; }

# Builds and runs the units of one flavour.
# units LABEL FLAVOUR
units()
{
    local programs
    mapfile -t programs < <(unit_programs "$2")
    build "$1" "$2" "${programs[@]}" && unit "$1" "${programs[@]}"
}

# ---- what is counted by its exit status ----------------------------------------------------------

# Each row: name, then a command. One row is one test.
c_files() { find server tests loadtest -name '*.[ch]' | sort; }
shell_files() { find deploy tests schema loadtest .ci -name '*.sh' -o -path '.ci/run' | sort; }
check_rooms() { find server -name '*.[ch]' | sort | xargs awk -f tests/tidy/rooms.awk server/ROOMS; }
check_lengths() { c_files | xargs tests/tidy/lengths.sh; }
check_words() { find server -name '*.[ch]' | sort | xargs tests/tidy/words.sh; }
check_shell() { shell_files | xargs -n 1 bash -n; }
check_layout() { make --no-print-directory format-check; }
check_cppcheck() { make --no-print-directory cppcheck; }
check_clang_tidy() { make --no-print-directory -k -j"$(nproc)" clang-tidy; }

static()
{
    local name log passed=0 failed=0 start=$SECONDS
    for name in rooms lengths words shell layout cppcheck clang_tidy; do
        log=$logs/static-$name.log
        if "check_$name" >"$log" 2>&1; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            say "  $name (all of it: $log)"
            tail -n 15 "$log" | cut -c 1-200 | sed 's/^/    /'
        fi
    done
    tally static $passed $failed $((SECONDS - start))
}

# ---- with a database -----------------------------------------------------------------------------

# A cluster for tests only, which need not survive a power cut.
readonly test_run_dir=$PWD/$logs/run
cluster() { RUN_DIR=$test_run_dir PG_SETTINGS='fsync = off' deploy/cluster.sh "$@"; }

cluster_end() { [ ! -d "$test_run_dir" ] || cluster remove; }

sql()
{
    local log=$logs/sql.log passed failed status start=$SECONDS
    if ! cluster start; then tally sql 0 1 0; return; fi
    PATH=$PATH:$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1) \
        tests/sql/run.sh "$(cluster url)" >"$log" 2>&1
    status=$?
    # pg_prove says `Files=12, Tests=345, ...` and, per file, `Failed 1/20 subtests`.
    passed=$(sed -n 's/^Files=[0-9]*, Tests=\([0-9]*\),.*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    failed=$(sed -n 's|^ *Failed \([0-9]*\)/[0-9]* subtests.*|\1|p' "$log" | awk '{ n += $1 } END { print n + 0 }')
    passed=$((passed > failed ? passed - failed : 0))
    # What follows the pgTAP files, the comparison of schema and migrations, is one test more.
    if [ $status = 0 ]; then passed=$((passed + 1)); elif [ "$failed" = 0 ]; then failed=1; fi
    [ $status = 0 ] || { say "  tests/sql/run.sh (all of it: $log)"; tail -n 40 "$log" | sed 's/^/    /'; }
    tally sql $passed $failed $((SECONDS - start))
}

# pytest against the server of one flavour; the arguments are pytest's, all of tests/blackbox unless said.
# The sanitizers' reports, as whatever else a server says beside its log, fail the test that ran it.
# blackbox_of LABEL FLAVOUR [ARGUMENT...]
blackbox_of()
{
    local label=$1 flavour=$2 log=$logs/$1.log xml=$logs/$1.xml
    local counts status passed failed skipped start=$SECONDS
    shift 2
    [ $# -gt 0 ] || set -- tests/blackbox
    build "$label" "$flavour" all node || return
    if ! cluster start; then tally "$label" 0 1 0; return; fi
    rm -f "$xml"
    SHIKAKU_TEST_DATABASE=$(cluster url) FLAVOUR=$flavour \
        /usr/bin/python3 -B -m pytest -n "$(nproc)" -p no:cacheprovider \
        --junitxml="$xml" "$@" >"$log" 2>&1
    status=$?
    # passed, failed (errors are failures), skipped
    counts=$(/usr/bin/python3 - "$xml" 2>/dev/null <<'END'
import sys
import xml.etree.ElementTree as tree
suites = list(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
total, bad, skipped = (sum(int(suite.get(name, 0)) for suite in suites for name in names)
                       for names in (("tests",), ("failures", "errors"), ("skipped",)))
print(max(total - bad - skipped, 0), bad, skipped)
END
    ) || counts='0 1 0'
    read -r passed failed skipped <<<"$counts"
    [ $status = 0 ] || [ "$failed" != 0 ] || failed=1
    [ "$failed" = 0 ] || { say "  pytest (all of it: $log)"; tail -n 60 "$log" | sed 's/^/    /'; }
    [ "$skipped" = 0 ] || { say "  $skipped skipped:"; grep -E '^SKIPPED' "$log" | sed 's/^/    /'; }
    tally "$label" "$passed" "$failed" $((SECONDS - start))
}

blackbox() { blackbox_of blackbox release "$@"; }
blackbox_asan() { blackbox_of blackbox-asan asan "$@"; }
blackbox_tsan() { blackbox_of blackbox-tsan tsan "$@"; }

# ---- valgrind ------------------------------------------------------------------------------------

# What is still reachable at the end is no leak: the libraries keep tables for the life of a program.
readonly memcheck='valgrind --quiet --error-exitcode=99 --leak-check=full
    --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible
    --suppressions=tests/memcheck.supp'
readonly valgrind_slowness=10

valgrind_all()
{
    UNDER=$memcheck units valgrind-unit release
    SHIKAKU_UNDER=$memcheck SLOWNESS=$valgrind_slowness \
        blackbox_of valgrind release tests/blackbox/test_session.py
}

# ---- fuzzing -------------------------------------------------------------------------------------

# fuzz_one PROGRAM: one target for $FUZZ_SECONDS, from its seeds and what it found before.
fuzz_one()
{
    local name=${1##*/fuzz_} seeds
    seeds=tests/fuzz/corpus/$name
    mkdir -p "build/fuzz/corpus/$name" build/fuzz/found
    [ -d "$seeds" ] || seeds=
    "$1" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/found/$name-" "build/fuzz/corpus/$name" $seeds \
        >"$logs/fuzz-$name.log" 2>&1 && echo "ok $name" || echo "not ok $name"
}

fuzz()
{
    local log=$logs/fuzz.log name start=$SECONDS
    build fuzz fuzz fuzz-programs || return
    export -f fuzz_one
    export FUZZ_SECONDS=${FUZZ_SECONDS:-60} logs
    say "fuzzing each target for $FUZZ_SECONDS s"
    find build/fuzz -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x | sort |
        xargs -P "$(nproc)" -I PROGRAM bash -c 'fuzz_one PROGRAM' >"$log" 2>&1
    for name in $(sed -n 's/^not ok //p' "$log"); do
        say "  fuzz_$name (all of it: $logs/fuzz-$name.log; input: build/fuzz/found/$name-*)"
        grep -m 1 -A 12 -E 'ERROR|runtime error|Assertion' "$logs/fuzz-$name.log" | sed 's/^/    /'
    done
    tally fuzz "$(count '^ok ' "$log")" "$(count '^not ok ' "$log")" $((SECONDS - start))
}

# ---- the long forms ------------------------------------------------------------------------------

# Programs of tests/soak, each of which is one test by its exit status.
soak_programs()
{
    local program log passed=0 failed=0 start=$SECONDS
    [ -d tests/soak ] || return 0
    for program in $(find tests/soak -maxdepth 1 -type f -perm -u+x | sort); do
        log=$logs/soak-${program##*/}.log
        say "  $program"
        if SHIKAKU_TEST_DATABASE=$(cluster url) "$program" >"$log" 2>&1; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            tail -n 20 "$log" | sed 's/^/    /'
        fi
    done
    tally soak $passed $failed $((SECONDS - start))
}

# ---- all of it -----------------------------------------------------------------------------------

finish()
{
    echo "$total_passed passed, $total_failed failed"
    [ $total_failed = 0 ]
}

part=${1:-all}
[ $# -eq 0 ] || shift
trap cluster_end EXIT
trap 'exit 130' INT TERM HUP
case $part in
unit) unit unit "$@" ;;
static) static ;;
sql) sql ;;
blackbox) blackbox "$@" ;;
blackbox-asan) blackbox_asan "$@" ;;
blackbox-tsan) blackbox_tsan "$@" ;;
valgrind) valgrind_all ;;
fuzz) fuzz ;;
check)
    units unit release
    static ;;
all)
    units unit release
    units unit-asan asan
    sql
    blackbox
    blackbox_asan tests/blackbox/test_session.py
    blackbox_tsan tests/blackbox/test_session.py
    fuzz
    static ;;
soak)
    MUTANTS=${MUTANTS:-200000} units unit-asan asan
    units unit-tsan tsan
    cluster start && build soak release all && soak_programs
    KILLS=${KILLS:-1000} DATABASE_KILLS=${DATABASE_KILLS:-100} MUTATED=${MUTATED:-10000} blackbox
    blackbox_asan
    blackbox_tsan
    valgrind_all
    FUZZ_SECONDS=${FUZZ_SECONDS:-3600} fuzz ;;
*)
    say "usage: tests/run.sh unit PROGRAM...|static|sql|blackbox[-asan|-tsan]|valgrind|fuzz|check|all|soak"
    exit 64 ;;
esac
finish
