#!/usr/bin/env bash
# yield.sh URL [PID...]: on a machine that runs PostgreSQL, lets batches have what questions leave of its cores.
#
# A question needs a core five times, each time for some microseconds. When all are taken by sessions of batches,
# which never pause, the kernel lets each of those go on until its next tick, up to 4 ms, before the question is
# let in. So every session that calls itself `shikaku batch` is made one that gives way at once (SCHED_IDLE), within
# a second of its coming; and where control groups for processors can be written to, it is put into one that gives
# way as a whole (cpu.idle), since otherwise each session is a group of its own to the kernel (autogroup), and among
# groups the class of their members does not count. A batch on idle cores is as fast as before; on cores that
# questions fill it waits.
#
#   URL              connection string of a superuser, or a member of pg_read_all_stats, who sees all sessions
#   PID              of a program of batches on the same machine, put into the group as well; a unit says CPUWeight=idle
#   YIELD_GROUPS     folder in which groups are made; unless said, where the kernel has them; empty: none is made
#
# Runs until it is ended (status 0), or the database ends (status 1; start it again). Run it as the user of
# PostgreSQL, or as root, who may use groups.
set -euo pipefail

die() { echo "yield: $*" >&2; exit 1; }

if [ $# -lt 1 ] || [ "$1" = --help ]; then
    sed -n '2,/^set/{/^set/d; s/^# \{0,1\}//; p}' "$0" >&2
    [ "${1:-}" = --help ] && exit 0
    exit 64
fi
readonly url=$1 name='shikaku batch' idle_class=5 patience_s=30
owner=postgres
[ "$(id -u)" = 0 ] || owner=$(id -un)
readonly owner

groups_of_kernel()
{
    if [ -e /sys/fs/cgroup/cpu/cpu.shares ]; then
        echo /sys/fs/cgroup/cpu
    elif grep -qsw cpu /sys/fs/cgroup/cgroup.subtree_control; then
        echo /sys/fs/cgroup
    fi
}

# One for all databases of this machine; it stays, since it costs nothing.
group=
open_group()
{
    local all=${YIELD_GROUPS-$(groups_of_kernel)}

    [ -n "$all" ] || return 0
    mkdir -p "$all/shikaku-batch" 2>/dev/null && echo 1 2>/dev/null >"$all/shikaku-batch/cpu.idle" || return 0
    group=$all/shikaku-batch
}

give_way()
{
    local pid=$1 fields

    read -r fields <"/proc/$pid/stat" || return 0
    [[ $fields == "$pid (postgres) "* ]] || return 0 # of another machine, or gone
    fields=${fields##*) }
    # shellcheck disable=SC2086
    set -- $fields
    [ "${39}" != "$idle_class" ] || return 0
    [ -z "$group" ] || echo "$pid" >"$group/cgroup.procs" || true
    chrt --idle --pid 0 "$pid" || return 0
    echo "session $pid gives way"
}

as_owner() { if [ "$(id -u)" = 0 ]; then runuser -u "$owner" -- "$@"; else "$@"; fi; }

command -v psql >/dev/null || die "psql is missing"
command -v chrt >/dev/null || die "chrt is missing"
open_group
echo "groups: ${group:-none, sessions only}"
for pid in "${@:2}"; do
    [ -z "$group" ] || echo "$pid" >"$group/cgroup.procs" || die "process $pid cannot be put into $group"
done
trap 'exit 0' TERM INT
trap 'kill "${session:-}" 2>/dev/null || true' EXIT
trap '' PIPE
coproc SESSIONS { cd / && as_owner psql --no-psqlrc --no-align --tuples-only --quiet --set=ON_ERROR_STOP=1 "$url"; }
exec 3<&"${SESSIONS[0]}" 4>&"${SESSIONS[1]}"
session=$SESSIONS_PID
while printf '%s\n' "SELECT pid FROM pg_stat_activity WHERE application_name = '$name';" '\echo that is all' >&4 2>/dev/null; do
    while read -r -t "$patience_s" pid <&3 || die "the database ended, or does not answer"; do
        [ "$pid" != "that is all" ] || break
        give_way "$pid" 2>/dev/null
    done
    sleep 1
done
die "the database ended, or does not answer"
