#!/usr/bin/env bash
# restore.sh: a drill. A registry answers, is backed up, answers on, loses its whole database, and is brought back to a
# moment in between: every access record until then is there, none after it, and it answers again.
#
# It uses deploy/backup/pgbackrest.conf and deploy/run.sh on ports and in folders of its own; nothing of another registry
# is touched. Prints what it found and how long the database was away; ends with 1 where a promise is broken.
#
# Settings  SHIKAKU_PEOPLE  invented people in the registry (20000)
#           ASKED           questions before and after the moment, each (25)
#           SHIKAKU_PORT …  ports, as deploy/run.sh has them; unless said, free ones
set -euo pipefail
cd "$(dirname "$0")/../.."

die() { echo "drill: $*" >&2; exit 1; }
say() { echo "drill: $*"; }

command -v pgbackrest >/dev/null || die "there is no pgbackrest; run: make deps-ha"
folder=$(mktemp -d /tmp/shikaku-drill.XXXXXX)
chmod 755 "$folder"
export RUN_DIR=$folder/run
export SHIKAKU_PEOPLE=${SHIKAKU_PEOPLE:-20000}
readonly folder asked=${ASKED:-25}

finish()
{
    local status=$?
    trap '' INT TERM
    deploy/run.sh down >/dev/null 2>&1 || true
    deploy/cluster.sh remove >/dev/null 2>&1 || true
    if [ $status = 0 ]; then
        rm -rf "$folder"
    else
        say "what was left is in $folder"
    fi
}
trap finish EXIT
trap 'exit 130' INT TERM

free_ports()
{
    python3 - "$@" <<'END'
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in sys.argv[1:]]
for name, one in zip(sys.argv[1:], held):
    print(f"export {name}=${{{name}:-{one.getsockname()[1]}}}")
END
}
# Whatever ports deploy/run.sh has a setting for.
mapfile -t port_names < <(grep -o 'SHIKAKU_[A-Z_]*PORT' deploy/run.sh | sort -u)
eval "$(free_ports "${port_names[@]}")"

# ---- pgBackRest, as the owner of the cluster --------------------------------------------------------

deploy/cluster.sh start
data=$(readlink -f "$RUN_DIR/pg")
owner=$(stat -c %U "$data")
socket=$(readlink -f "$RUN_DIR/sock")
mkdir "$folder/backup" "$folder"/backup/{repository,spool,log,lock}
cp deploy/backup/pgbackrest.conf "$folder/backup/"
chown -R "$owner" "$folder/backup"
cat >"$folder/backup/environment" <<END
PGBACKREST_CONFIG=$folder/backup/pgbackrest.conf
PGBACKREST_STANZA=shikaku
PGBACKREST_PG1_PATH=$data
PGBACKREST_PG1_SOCKET_PATH=$socket
PGBACKREST_REPO1_PATH=$folder/backup/repository
PGBACKREST_REPO1_CIPHER_PASS=$(openssl rand -hex 24)
PGBACKREST_SPOOL_PATH=$folder/backup/spool
PGBACKREST_LOG_PATH=$folder/backup/log
PGBACKREST_LOCK_PATH=$folder/backup/lock
END
chmod 600 "$folder/backup/environment"
chown "$owner" "$folder/backup/environment"
mapfile -t places <"$folder/backup/environment"

pgbackrest_of_ours()
{
    local words=(env "${places[@]}" pgbackrest "$@")
    [ "$owner" = "$(id -un)" ] || words=(runuser -u "$owner" -- "${words[@]}")
    (cd / && "${words[@]}")
}

# What deploy/backup/postgresql.conf says, with the places before the command.
PG_SETTINGS=$(sed "s|= 'pgbackrest --stanza=shikaku|= 'set -a; . $folder/backup/environment; pgbackrest|" \
    deploy/backup/postgresql.conf)
export PG_SETTINGS

sql()
{
    psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 \
        --dbname "$(deploy/cluster.sh url shikaku)" --command "$1"
}
records() { sql 'SELECT request_id FROM registry.access_record ORDER BY 1'; }

# Asks the next N questions of the population, each about another person: the same one again and again is misuse.
next=1
ask_times()
{
    local line validity reason body pki=$RUN_DIR/pki
    while IFS= read -r line; do
        read -r validity reason body <<<"$line"
        curl --silent --show-error --fail --output "$folder/answer" --cacert "$pki/ca.pem" --cert "$pki/sample.pem" \
            --key "$pki/sample.key" --header 'Content-Type: application/json' \
            --header "X-Request-Id: $(cat /proc/sys/kernel/random/uuid)" --data "$body" \
            "https://localhost:$SHIKAKU_PORT/v1/eligibility/check" || die "a question was not answered"
        [ "$validity" = - ] || grep -q "\"validity\":\"$validity\"" "$folder/answer" || die "wrong, not $reason"
    done < <(sed -n "$next,$((next + $1 - 1))p" "$RUN_DIR/questions.txt")
    next=$((next + $1))
}
count() { wc -l <"$1" | tr -d ' '; }

# ---- the drill -----------------------------------------------------------------------------------

deploy/cluster.sh restart # now with the archive
deploy/run.sh up >"$folder/up.log" || { tail -n 20 "$folder/up.log"; die "the registry did not start"; }
ask_times "$asked"
pgbackrest_of_ours stanza-create
pgbackrest_of_ours --type=full backup
pgbackrest_of_ours check
say "backed up; the registry answers on"
ask_times "$asked"
records >"$folder/until"
coverages=$(sql 'SELECT count(*) FROM registry.coverage')
moment=$(sql 'SELECT clock_timestamp()')
ask_times "$asked"
records >"$folder/all"
sql 'SELECT pg_switch_wal()' >/dev/null
[ "$(count "$folder/all")" = $(($(count "$folder/until") + asked)) ] || die "questions were not recorded"

deploy/run.sh down >/dev/null
find "$data" -mindepth 1 -delete
say "the database is gone; it is brought back to $moment"
began=$SECONDS
pgbackrest_of_ours restore --type=time "--target=$moment" --target-action=promote \
    --recovery-option="restore_command=set -a; . $folder/backup/environment; pgbackrest archive-get %f \"%p\""
deploy/cluster.sh start
until [ "$(sql 'SELECT pg_is_in_recovery()')" = f ]; do
    [ $((SECONDS - began)) -lt 600 ] || die "the database does not end its recovery"
    sleep 0.2
done
away=$((SECONDS - began))
records >"$folder/restored"
cmp "$folder/until" "$folder/restored" || die "access records are not those of that moment"
[ "$(sql 'SELECT count(*) FROM registry.coverage')" = "$coverages" ] || die "coverages are missing"
deploy/run.sh up >"$folder/up.log" || { tail -n 20 "$folder/up.log"; die "the restored registry does not start"; }
deploy/run.sh ask >/dev/null || die "the restored registry does not answer"
records >"$folder/again"
[ "$(count "$folder/again")" -gt "$(count "$folder/restored")" ] || die "the restored registry does not record"
say "restored in $away s: $(count "$folder/restored") access records until the moment, none of the" \
    "$asked after it, $coverages coverages; it answers and records again"
