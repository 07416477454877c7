#!/usr/bin/env bash
# cluster.sh COMMAND: a private PostgreSQL under RUN_DIR (.run), beside any other on this machine.
#
#   start            makes the cluster if there is none, starts it, returns when it answers
#   stop             ends it in order (fast mode); nothing to stop is fine
#   restart          both
#   status           exit status 0 if it runs
#   url [DB [USER]]  prints its connection string; DB and USER are postgres unless said
#   createdb DB      makes a database unless there is one
#   dropdb DB        deletes a database with all that is in it, if there is one
#   ready MB         makes so much of write-ahead log ready beforehand, as a cluster has it that was busy yesterday
#   remove           stops it and deletes it with all its data
#
# Settings  RUN_DIR      where its state lives; every copy has its own, and its own cluster
#           PG_BIN       folder of initdb and postgres; unless said, the newest >= 15 of Debian's
#           PG_SETTINGS  more settings for `start`, one `name = value` per line; they win
#
# It is reached by a Unix socket only; there is no TCP port to collide or to guard. Every local role
# is trusted on that socket, which stands in a folder of mode 0700: who may enter it is decided by
# the file system, so the operating system's user is checked all the same. (`peer` would need an
# entry of pg_ident.conf for every pair of user and role, and roles come with the migrations.)
#
# PostgreSQL does not run as root. When we do, the cluster belongs to the user `postgres`, or else
# `nobody`; and if that user cannot reach RUN_DIR (a clone under /root, say) it stands in /var/tmp.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

die() { echo "cluster: $*" >&2; exit 1; }

run_dir=${RUN_DIR:-.run}
case $run_dir in /*) ;; *) run_dir=$PWD/$run_dir ;; esac
readonly run_dir
readonly socket_name=.s.PGSQL.5432
readonly socket_path_max=107

find_bin()
{
    local folder version best=0
    [ -z "${PG_BIN:-}" ] || { echo "$PG_BIN"; return; }
    for folder in /usr/lib/postgresql/*/bin; do
        version=${folder%/bin}
        version=${version##*/}
        [ -x "$folder/initdb" ] && [ "${version%%.*}" -ge 15 ] && [ "${version%%.*}" -gt $best ] || continue
        best=${version%%.*}
    done
    [ $best -gt 0 ] || die "no PostgreSQL >= 15 under /usr/lib/postgresql; run: make deps"
    echo "/usr/lib/postgresql/$best/bin"
}

# ---- whose it is, and where ----------------------------------------------------------------------

am_root() { [ "$(id -u)" = 0 ]; }

as_owner()
{
    if [ "$(id -un)" = "$owner" ]; then "$@"; else runuser -u "$owner" -- "$@"; fi
}

# Sets owner: whoever made the cluster, else who we are, else someone without privileges.
find_owner()
{
    if [ -d "$run_dir/pg" ]; then
        owner=$(stat -L -c %U "$run_dir/pg")
        [ "$owner" = "$(id -un)" ] || am_root ||
            die "$run_dir/pg belongs to $owner; be that user or root, or set RUN_DIR"
    elif ! am_root; then
        owner=$(id -un)
    elif id postgres >/dev/null 2>&1; then
        owner=postgres
    else
        owner=nobody
    fi
}

# A folder in a place where everyone may write is only ours if nobody else made it.
make_own_folder()
{
    mkdir -m 755 "$1" 2>/dev/null || true
    [ -d "$1" ] && [ ! -L "$1" ] && [ "$(stat -c %u "$1")" = "$(id -u)" ] ||
        die "$1 is there and not ours"
}

# Makes RUN_DIR/NAME, or a link of that name to WHERE/NAME, as the owner's, closed to all others.
make_place()
{
    local name=$1 where=$2
    mkdir -p "$where/$name"
    chmod 700 "$where/$name"
    ! am_root || chown "$owner:" "$where/$name"
    [ "$where" = "$run_dir" ] || ln -sfn "$where/$name" "$run_dir/$name"
}

make_places()
{
    local where=$run_dir hash socket_where
    mkdir -p "$run_dir/log"
    if ! as_owner test -x "$run_dir"; then
        hash=$(printf %s "$run_dir" | sha256sum | cut -c 1-12)
        where=/var/tmp/shikaku-$hash
        make_own_folder "$where"
    fi
    if [ ! -e "$run_dir/pg" ]; then
        rm -rf "$run_dir/pg" "$where/pg.new"
        # Made beside and moved when whole, so that a half-made cluster is never taken for one.
        mkdir "$where/pg.new"
        ! am_root || chown "$owner:" "$where/pg.new"
        initialise "$where/pg.new"
        mv -T "$where/pg.new" "$where/pg"
        make_place pg "$where"
    fi
    # A link of an earlier time may dangle after /tmp was swept.
    [ -d "$run_dir/sock" ] || rm -f "$run_dir/sock"
    if [ ! -e "$run_dir/sock" ]; then
        socket_where=$where
        if [ $((${#where} + ${#socket_name} + 6)) -gt $socket_path_max ]; then
            socket_where=$(mktemp -d /tmp/shikaku.XXXXXX)
            chmod 755 "$socket_where"
        fi
        make_place sock "$socket_where"
    fi
}

initialise()
{
    local locale=C
    ! locale -a 2>/dev/null | grep -qix 'C\.utf-\?8' || locale=C.UTF-8
    (cd / && as_owner "$bin/initdb" --pgdata="$1" --username=postgres --auth=trust --data-checksums \
        --encoding=UTF8 --locale=$locale --no-instructions) >"$run_dir/log/initdb.log" 2>&1 || {
        tail -n 20 "$run_dir/log/initdb.log" >&2
        die "initdb failed"
    }
    echo "include 'shikaku.conf'" | as_owner tee -a "$1/postgresql.conf" >/dev/null
}

# ---- starting and stopping -----------------------------------------------------------------------

# A quarter of the memory, at most 2 GB: a million people with their indexes.
shared_buffers_mb()
{
    awk '/^MemTotal:/ { mb = int($2 / 4096); print mb < 2048 ? mb : 2048 }' /proc/meminfo
}

write_settings()
{
    as_owner tee "$data/shikaku.conf" >/dev/null <<END
# Written by deploy/cluster.sh at each start.
listen_addresses = ''
unix_socket_directories = '$(readlink -f "$run_dir/sock" | sed "s/'/''/g")'
unix_socket_permissions = 0700
port = 5432
shared_buffers = $(shared_buffers_mb)MB
max_connections = 100
synchronous_commit = on
wal_level = replica
# A file of the log that has to be made takes 20 ms, in which nobody's commit ends: those of a busy day are kept and used again.
min_wal_size = 4GB
max_wal_size = 8GB
wal_compression = lz4
checkpoint_timeout = 15min
jit = off
timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
${PG_SETTINGS:-}
END
}

is_running()
{
    local pid
    pid=$(as_owner head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 1
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$data" ]
}

# One that runs may be starting still, or have been killed a moment ago and not be gone yet.
answers()
{
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        as_owner "$bin/pg_isready" --quiet --host="$(readlink -f "$run_dir/sock")" && return
        is_running || return 1
        sleep 0.1
    done
    die "PostgreSQL runs and does not answer; its log is $data/postgres.log"
}

pg_ctl() { (cd / && as_owner "$bin/pg_ctl" --pgdata="$data" "$@"); }

start()
{
    local log socket tries
    make_places
    data=$(readlink -f "$run_dir/pg")
    log=$data/postgres.log
    exec 9>"$run_dir/cluster.lock"
    flock 9
    if is_running && answers; then return; fi
    # After a kill, lock files name a process number that some other program may have by now, and
    # PostgreSQL would refuse to start. Backends that still live are found by their shared memory.
    socket=$(readlink -f "$run_dir/sock")/$socket_name
    as_owner rm -f "$data/postmaster.pid" "$socket" "$socket.lock"
    write_settings
    as_owner tee "$log" </dev/null >/dev/null
    ln -sfn "$log" "$run_dir/log/postgres.log"
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        pg_ctl --silent --wait --timeout=120 --log="$log" start >/dev/null 2>&1 9>&- && return
        # Backends of a killed postmaster notice its death within moments; until then they hold on.
        as_owner grep -q 'still in use' "$log" || break
        [ "$tries" = 10 ] || sleep 0.5
    done
    as_owner tail -n 20 "$log" >&2
    die "PostgreSQL does not start; its log is $log"
}

stop()
{
    [ -d "$run_dir/pg" ] || return 0
    if is_running; then
        pg_ctl --silent --wait --timeout=120 --mode=fast stop || die "PostgreSQL does not stop"
    fi
}

remove()
{
    local name target
    stop
    for name in pg sock; do
        [ -L "$run_dir/$name" ] || { rm -rf "${run_dir:?}/$name"; continue; }
        target=$(readlink "$run_dir/$name")
        case $target in
        /var/tmp/shikaku-*/"$name" | /tmp/shikaku.*/"$name")
            rm -rf "$target"
            rmdir "${target%/*}" 2>/dev/null || true ;;
        esac
        rm -f "$run_dir/$name"
    done
    rm -f "$run_dir/cluster.lock" "$run_dir/log/postgres.log"
}

url()
{
    local socket
    [ -d "$run_dir/sock" ] || die "there is no cluster under $run_dir; start it first"
    socket=$(readlink -f "$run_dir/sock" | sed 's/%/%25/g; s/ /%20/g; s/&/%26/g; s/#/%23/g; s/?/%3F/g')
    echo "postgresql:///${1:-postgres}?host=$socket&user=${2:-postgres}"
}

ask_postgres()
{
    "$bin/psql" --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname "$(url)" --command "$1"
}

check_name()
{
    case ${1:-} in '' | *[!a-z0-9_]*) die "a database's name is of a-z, 0-9 and _" ;; esac
}

createdb()
{
    check_name "$@"
    [ "$(ask_postgres "SELECT 1 FROM pg_database WHERE datname = '$1'")" = 1 ] || ask_postgres "CREATE DATABASE $1"
}

dropdb()
{
    check_name "$@"
    ask_postgres "DROP DATABASE IF EXISTS $1 WITH (FORCE)"
}

# Fills files of the log with nothing; the checkpoint then lays them ready, up to min_wal_size.
make_ready()
{
    case ${1:-} in '' | *[!0-9]*) die "ready: how many MB?" ;; esac
    ask_postgres "DO \$\$ BEGIN FOR i IN 1 .. $1::bigint * 1048576 / pg_size_bytes(current_setting('wal_segment_size')) LOOP
                          PERFORM pg_logical_emit_message(false, 'ready', ''), pg_switch_wal(); END LOOP; END \$\$" >/dev/null
    ask_postgres CHECKPOINT
}

bin=$(find_bin)
find_owner
data=$(readlink -f "$run_dir/pg" 2>/dev/null || true)
case ${1:-} in
start) start ;;
stop) stop ;;
restart) stop; start ;;
status) [ -d "$run_dir/pg" ] && is_running ;;
url) url "${@:2}" ;;
createdb) createdb "${2:-}" ;;
dropdb) dropdb "${2:-}" ;;
ready) make_ready "${2:-}" ;;
remove) remove ;;
*) die "usage: deploy/cluster.sh start|stop|restart|status|url|createdb|dropdb|ready|remove" ;;
esac
