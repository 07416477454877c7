#!/usr/bin/env bash
# run.sh COMMAND: a whole registry on this machine, for trying and for development.
#
#   run    sets up what is missing, starts everything, asks the sample question, stays; Ctrl-C ends it
#   up     the same, but returns when the registry answers
#   down   ends what `up` (or `run`, elsewhere) started; nothing to end is fine
#   ask    asks the sample question again
#   card   shows the sample card
#   office [NAME [PATH]]  signs an operator in and looks (registrar-1, overview)
#
# Settings  RUN_DIR               where everything lives (.run); another one is another registry
#           SHIKAKU_PORT          HTTPS for facilities (8443)
#           SHIKAKU_METRICS_PORT  health and metrics on loopback (9464)
#           SHIKAKU_REGISTRAR_PORT, SHIKAKU_REGISTRAR_METRICS_PORT
#                                 the same for insurers (8444, 9465)
#           SHIKAKU_OFFICE_PORT, SHIKAKU_OFFICE_METRICS_PORT
#                                 the same for operators (8446, 9467)
#           SHIKAKU_REGISTER_PORT, SHIKAKU_REGISTER_CONTROL_PORT
#                                 of the stand-in for the resident register (8543, 8544)
#           SHIKAKU_BUDGETS       0: facilities may ask as much as they like, for load tests (1)
#           SHIKAKU_PEOPLE        invented people to load into an empty registry (100000)
#           SHIKAKU_SEED          the seed they come from (1)
#
# Set-up is done once and kept: running it again changes nothing that is there. `rm -rf .run` after
# `deploy/cluster.sh remove` starts from nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

run_dir=${RUN_DIR:-.run}
case $run_dir in "$PWD"/*) run_dir=${run_dir#"$PWD"/} ;; esac
case $run_dir in *[!A-Za-z0-9_./-]*) echo "run: RUN_DIR is of letters, digits, . _ - and /" >&2; exit 64 ;; esac
export RUN_DIR=$run_dir
readonly run_dir
readonly port=${SHIKAKU_PORT:-8443}
readonly metrics_port=${SHIKAKU_METRICS_PORT:-9464}
readonly registrar_port=${SHIKAKU_REGISTRAR_PORT:-8444}
readonly registrar_metrics_port=${SHIKAKU_REGISTRAR_METRICS_PORT:-9465}
readonly office_port=${SHIKAKU_OFFICE_PORT:-8446}
readonly office_metrics_port=${SHIKAKU_OFFICE_METRICS_PORT:-9467}
readonly register_port=${SHIKAKU_REGISTER_PORT:-8543}
readonly register_control_port=${SHIKAKU_REGISTER_CONTROL_PORT:-8544}
readonly people=${SHIKAKU_PEOPLE:-100000}
readonly seed=${SHIKAKU_SEED:-1}
readonly shikaku=build/release/shikaku
readonly database=shikaku
readonly ready_s=60
readonly stop_s=20

say() { printf '%s\n' "$*"; }

# ---- what is started: name, command, address that answers 200 when it is ready, ports it needs -----
# Started from the top, stopped from the bottom. One more service is one more row.
services=(
    "register|build/release/resident_register --port $register_port --control-port $register_control_port --certificate $run_dir/pki/server.pem --key $run_dir/pki/server.key --authority $run_dir/pki/ca.pem --truth $run_dir/register.tsv|http://127.0.0.1:$register_control_port/|$register_port $register_control_port"
    "serve|$shikaku serve --config $run_dir/serve.conf|http://127.0.0.1:$metrics_port/ready|$port $metrics_port"
    "registrar|$shikaku registrar --config $run_dir/registrar.conf|http://127.0.0.1:$registrar_metrics_port/ready|$registrar_port $registrar_metrics_port"
    "office|$shikaku office --config $run_dir/office.conf|http://127.0.0.1:$office_metrics_port/ready|$office_port $office_metrics_port"
)

# ---- what is set up before: name, one line for whoever waits -------------------------------------
steps=(
    "cluster|a private PostgreSQL under $run_dir"
    "schema|the registry's tables"
    "pki|a development authority and its certificates"
    "people|$people invented people (once; some seconds)"
    "operators|sample operators, with their second factors"
    "certificates|certificates of a sample facility and a sample insurer"
    "cards|an authority for cards, and the card of somebody with a receipt"
    "register|whom the stand-in for the resident register holds; keys of personal numbers"
    "newcomer|$run_dir/newcomer.csv: somebody to register"
    "settings|$run_dir/serve.conf and registrar.conf"
)

url() { deploy/cluster.sh url $database "$@"; }

sql() { psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname "$(url)" "$@"; }

step_cluster() { deploy/cluster.sh start; }

# There while an empty registry is being filled.
readonly loading=$run_dir/people.loading

# A filling that was cut short begins again in a new database, since a registry cannot be emptied: what is
# on record stays. Certificates name facilities and insurers of the old one.
step_schema()
{
    if [ -f "$loading" ]; then
        deploy/cluster.sh dropdb $database
        rm -f "$run_dir"/pki/{sample,insurer}.{pem,key}
    fi
    deploy/cluster.sh createdb $database
    $shikaku migrate --database "$(url)"
}

step_pki()
{
    [ -f "$run_dir/pki/ca.pem" ] || $shikaku pki init --dir "$run_dir/pki"
    [ -f "$run_dir/pki/document.key" ] ||    # a folder of an older release
        (umask 077 && openssl genpkey -algorithm ed25519 -out "$run_dir/pki/document.key" &&
            openssl pkey -in "$run_dir/pki/document.key" -pubout -out "$run_dir/pki/document.pub")
}

step_people()
{
    if [ "$(sql --command 'SELECT EXISTS (SELECT FROM registry.person)')" = t ]; then
        return
    fi
    touch "$loading"
    build/release/population --database "$(url)" --people "$people" --seed "$seed" \
        --questions "$run_dir/questions.txt"
    rm "$loading"
}

# Two registrars, since what is dangerous takes two.
step_operators()
{
    local name
    mkdir -p -m 700 "$run_dir/operators"
    for name in registrar-1 registrar-2 security_officer-1 auditor-1; do
        if [ ! -s "$run_dir/operators/$name.json" ]; then
            (umask 077 && $shikaku operator --database "$(url)" --office-key "$run_dir/pki/office.key" --name "$name" \
                --organisation sample --role "${name%-*}" >"$run_dir/operators/$name.part") || return 1
            mv "$run_dir/operators/$name.part" "$run_dir/operators/$name.json"
        fi
        [ -f "$run_dir/pki/$name.pem" ] || $shikaku pki issue --dir "$run_dir/pki" --kind operator \
            --subject "$(sed 's/.*"operator":\([0-9]*\).*/\1/' "$run_dir/operators/$name.json")" --out "$name"
    done
}

step_certificates()
{
    local code number
    if [ ! -f "$run_dir/pki/sample.pem" ]; then
        code=$(sql --command 'SELECT facility_code FROM registry.facility
            WHERE status = 3 AND rights_profile = 1 AND kind = 1 AND valid_to IS NULL
            ORDER BY facility_id LIMIT 1')
        $shikaku pki issue --dir "$run_dir/pki" --kind facility --subject "$code" --out sample
    fi
    if [ ! -f "$run_dir/pki/insurer.pem" ]; then
        number=$(sql --command 'SELECT insurer_number FROM registry.insurer
            WHERE valid_to IS NULL AND kind = 1 ORDER BY insurer_number LIMIT 1')
        $shikaku pki issue --dir "$run_dir/pki" --kind insurer --subject "$number" --out insurer
    fi
    $shikaku admit --database "$(url)" --pki "$run_dir/pki"
    sql --file deploy/sample.sql >"$run_dir/sample.json"
    [ -s "$run_dir/sample.json" ] || { say "nobody in the registry has a card in force"; return 1; }
}

# An authority that issues cards, and one card, of the person of the sample question, with a receipt behind it; with RSA keys, as
# the real ones have.
step_cards()
{
    local cards=$run_dir/cards serial issuer
    [ -f "$cards/ca.pem" ] || $shikaku pki init --dir "$cards" --name 'Shikaku development cards' --key-type rsa
    [ -f "$cards/card.pem" ] || $shikaku pki issue --dir "$cards" --kind card --key-type rsa --subject card-1 --out card
    serial=$(openssl x509 -in "$cards/card.pem" -noout -serial)
    issuer=$(openssl x509 -in "$cards/ca.pem" -noout -subject -nameopt RFC2253)
    sql --set "sample=$(cat "$run_dir/sample.json")" --set "serial=${serial#*=}" --set "issuer=${issuer#*=}" --file deploy/card.sql |
        $shikaku claims --database "$(url shikaku_claims)"
}

# The register holds everybody in the registry, and one who is not in it yet.
step_register()
{
    if [ ! -f "$run_dir/register.tsv" ]; then
        build/release/population --people "$people" --seed "$seed" --register "$run_dir/register.part"
        cat deploy/newcomer.tsv >>"$run_dir/register.part"
        mv "$run_dir/register.part" "$run_dir/register.tsv"
    fi
    [ -f "$run_dir/pki/registry.pem" ] ||
        $shikaku pki issue --dir "$run_dir/pki" --kind registry --subject shikaku --out registry
    [ -f "$run_dir/vault/1.key" ] || $shikaku vault --dir "$run_dir/vault"
}

# Somebody began to work three days ago, and the employer said so yesterday.
step_newcomer()
{
    local number name kana birth sex address began told
    IFS=$'\t' read -r number name kana birth sex address <deploy/newcomer.tsv
    began=$(TZ=Asia/Tokyo date --date '3 days ago' +%F)
    told=$(TZ=Asia/Tokyo date --date yesterday +%F)
    {
        echo operation,symbol,number,branch_number,personal_number,personal_number_source,name,name_kana,sex1,birth_date,address,relation,event_on,notice_received_on,acquired_on,burden_ratio
        echo "acquire,10101010,9000001,00,$number,submitted,$name,$kana,$sex,$birth,$address,1,$began,$told,$began,30"
    } >"$run_dir/newcomer.csv"
}

# settings_of ROLE PORT METRICS_PORT
settings_of()
{
    cat <<END
# Written by deploy/run.sh at each start.
database = $(url "$1")
port = $2
admin_port = $3
tls_certificate = $run_dir/pki/server.pem
tls_key = $run_dir/pki/server.key
tls_authority = $run_dir/pki/ca.pem
tls_ticket_key = $run_dir/pki/ticket.key
pseudonym_key = $run_dir/pki/pseudonym.key
END
}

step_settings()
{
    settings_of shikaku_lookup "$port" "$metrics_port" >"$run_dir/serve.conf"
    cat >>"$run_dir/serve.conf" <<END
card_authorities = $run_dir/cards/ca.pem
card_revocations = $run_dir/cards/crl.pem
challenge_key = $run_dir/pki/challenge.key
END
    echo "budgets = ${SHIKAKU_BUDGETS:-1}" >>"$run_dir/serve.conf"
    # A worker and its session of the database take turns, so that one of each fits on a core.
    echo "workers = $(nproc)" >>"$run_dir/serve.conf"
    settings_of shikaku_office "$office_port" "$office_metrics_port" >"$run_dir/office.conf"
    echo "office_key = $run_dir/pki/office.key" >>"$run_dir/office.conf"
    echo 'workers = 1' >>"$run_dir/office.conf"
    settings_of shikaku_registrar "$registrar_port" "$registrar_metrics_port" >"$run_dir/registrar.conf"
    cat >>"$run_dir/registrar.conf" <<END
spool = $run_dir/spool
vault = $run_dir/vault
document_key = $run_dir/pki/document.key
personal_numbers = synthetic
register_url = https://localhost:$register_port
register_authority = $run_dir/pki/ca.pem
register_certificate = $run_dir/pki/registry.pem
register_key = $run_dir/pki/registry.key
END
}

# ---- failing -------------------------------------------------------------------------------------

# fail WHAT LOG: says which step failed, shows the end of its log; the exit trap stops the rest.
fail()
{
    say "run: $1 failed"
    [ ! -f "$2" ] || { say "run: the end of $2:"; tail -n 15 "$2" | cut -c 1-200 | sed 's/^/    /'; }
    exit 1
}

# ---- processes -----------------------------------------------------------------------------------
# A pid file holds the number and the start time of a process, since numbers come again.

# Without any process of its own: Ctrl-C ends those of the whole group, and what had been started would be forgotten.
# The name of a program may hold blanks and brackets, so the fields are counted from its last bracket.

# Sets state and started of a process.
look_at()
{
    local text fields
    { IFS= read -r -d '' text || [ -n "$text" ]; } 2>/dev/null <"/proc/$1/stat" || return 1
    read -r -a fields <<<"${text##*) }"
    state=${fields[0]}
    started=${fields[19]}
}

note_pid()
{
    local state started=
    look_at "$2" || true
    echo "$2 $started" >"$run_dir/pids/$1"
}

# Sets pid, if that process lives.
live_pid()
{
    local state started noted
    read -r pid noted 2>/dev/null <"$run_dir/pids/$1" || return 1
    look_at "$pid" && [ "$state" != Z ] && [ "$started" = "$noted" ]
}

# Ends one process: asks, waits for an orderly end, insists.
end_process()
{
    local pid deadline=$((SECONDS + stop_s))
    if live_pid "$1"; then
        kill -TERM "$pid" 2>/dev/null || true
        while live_pid "$1" && [ $SECONDS -lt $deadline ]; do sleep 0.05; done
        if live_pid "$1"; then
            say "run: $1 did not end within $stop_s s and was killed"
            kill -KILL "$pid" 2>/dev/null || true
        fi
    fi
    rm -f "$run_dir/pids/$1"
}

# What has been started but is not noted yet would be forgotten; so that comes first.
is_noting=
ending=
end_by_signal()
{
    ending=$1
    [ -n "$is_noting" ] || exit "$1"
}

stop_all()
{
    local i
    trap '' INT TERM HUP # a second Ctrl-C does not leave half of it running
    for ((i = ${#services[@]} - 1; i >= 0; i--)); do end_process "${services[i]%%|*}"; done
    deploy/cluster.sh stop
    rm -f "$run_dir/pids/supervisor"
}

# Fails, and says how to go on, when another program has a port of ours.
need_ports()
{
    local number
    for number in $1; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$number") 2>/dev/null; then
            say "run: port $number is in use by another program;" \
                "set another one; the head of deploy/run.sh names the settings"
            exit 1
        fi
    done
}

start_service()
{
    local name=$1 command=$2 ready=$3 log=$run_dir/log/$1.log deadline=$((SECONDS + ready_s))
    is_noting=yes
    # In a session of its own: Ctrl-C is for this script, which then ends all in order.
    # shellcheck disable=SC2086  # a command of the table is words
    setsid $command >"$log" 2>&1 </dev/null 8>&- &
    note_pid "$name" $!
    is_noting=
    [ -z "$ending" ] || exit "$ending"
    until curl -fs -o /dev/null --max-time 2 "$ready"; do
        live_pid "$name" || fail "$name" "$log"
        [ $SECONDS -lt $deadline ] || fail "$name (not ready within $ready_s s)" "$log"
        sleep 0.1
    done
}

start_all()
{
    local row name text log command ready ports
    mkdir -p "$run_dir/log" "$run_dir/pids"
    # Held while starting, so that two do not start one registry at the same time.
    exec 8>"$run_dir/run.lock"
    flock -n 8 || { say "run: another run.sh is starting a registry in $run_dir"; exit 1; }
    for row in "${services[@]}" supervisor; do
        if live_pid "${row%%|*}"; then
            say "run: a registry runs in $run_dir already (${row%%|*}); end it by: make down"
            exit 1
        fi
    done
    for row in "${services[@]}"; do need_ports "${row##*|}"; done

    trap stop_all EXIT
    trap 'end_by_signal 130' INT
    trap 'end_by_signal 143' TERM HUP
    note_pid supervisor $$
    for row in "${steps[@]}"; do
        IFS='|' read -r name text <<<"$row"
        log=$run_dir/log/setup-$name.log
        printf '  %-13s %s\n' "$name" "$text"
        # In a subshell of its own with -e, which a condition around it would switch off.
        set +e
        (set -e; "step_$name") >"$log" 2>&1 8>&-
        [ $? = 0 ] || fail "step $name" "$log"
        set -e
    done
    for row in "${services[@]}"; do
        IFS='|' read -r name command ready ports <<<"$row"
        printf '  %-13s %s\n' "$name" "$command"
        start_service "$name" "$command" "$ready"
    done
    exec 8>&-
}

# ---- asking --------------------------------------------------------------------------------------

# The question as a shell would take it. Each asking has a request id of its own; with the same one the
# registry would give the same answer again, and write no second access record.
question()
{
    local pki=$run_dir/pki
    cat <<END
    curl --silent --show-error --fail-with-body \\
      --cacert $pki/ca.pem --cert $pki/sample.pem --key $pki/sample.key \\
      --header 'Content-Type: application/json' \\
      --header "X-Request-Id: \$(cat /proc/sys/kernel/random/uuid)" \\
      --data @$run_dir/sample.json https://localhost:$port/v1/eligibility/check
END
}

ask()
{
    local answer status=0
    answer=$(eval "$(question)") || status=$?
    # Laid out for reading where it is JSON; as it came where not.
    python3 -m json.tool --no-ensure-ascii <<<"$answer" 2>/dev/null || say "$answer"
    return $status
}

# A card that is shown, as a shell would take it: a challenge, which the card signs, and what it opens.
card()
{
    local pki=$run_dir/pki
    cat <<END
    call() { curl --silent --show-error --fail-with-body \\
      --cacert $pki/ca.pem --cert $pki/sample.pem --key $pki/sample.key \\
      --header 'Content-Type: application/json' \\
      --header "X-Request-Id: \$(cat /proc/sys/kernel/random/uuid)" --data @- https://localhost:$port\$1; }
    challenge=\$(echo '{}' | call /v1/card-sessions | sed 's/.*"challenge":"\([^"]*\)".*/\1/')
    tests/standins/card/card --certificate $run_dir/cards/card.pem --key $run_dir/cards/card.key \\
      --challenge "\$challenge" --consents drugs --items drugs --role physician | call /v1/visits
END
}

# An operator signs in with the second factor, and looks.
look_in_office()
{
    local base=https://localhost:$office_port/v1/admin token
    call_office()
    {
        curl --silent --show-error --cacert "$run_dir/pki/ca.pem" --cert "$run_dir/pki/$1.pem" --key "$run_dir/pki/$1.key" \
            --header "X-Request-Id: $(cat /proc/sys/kernel/random/uuid)" "${@:2}"
    }
    token=$(call_office "$1" --header 'Content-Type: application/json' \
        --data "{\"code\":\"$(deploy/authenticator.py "$run_dir/operators/$1.json")\"}" "$base/sessions" |
        sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
    [ -n "$token" ] || { say "no session: each code opens one; the next comes within 30 s"; return 1; }
    call_office "$1" --header "Authorization: Bearer $token" "$base/$2"
    echo
}

show_card()
{
    local answer status=0
    printf 'A card is shown like this:\n\n%s\n\nwhich is answered:\n\n' "$(card)"
    answer=$(eval "$(card)") || status=$?
    python3 -m json.tool --no-ensure-ascii <<<"$answer" 2>/dev/null || say "$answer"
    return $status
}

# What an insurer sends, as a shell would take it.
registration()
{
    local pki=$run_dir/pki
    cat <<END
    curl --silent --show-error --fail-with-body \\
      --cacert $pki/ca.pem --cert $pki/insurer.pem --key $pki/insurer.key \\
      --header 'Content-Type: text/csv' --header 'X-User-Id: clerk-1' \\
      --header "X-Request-Id: \$(cat /proc/sys/kernel/random/uuid)" \\
      --header "Idempotency-Key: \$(cat /proc/sys/kernel/random/uuid)" \\
      --header "Repr-Digest: sha-256=:\$(openssl dgst -sha256 -binary $run_dir/newcomer.csv | base64):" \\
      --data-binary @$run_dir/newcomer.csv https://localhost:$registrar_port/v1/enrolment/batches
END
}

show()
{
    printf '\nThe registry answers. Ask it:\n\n%s\n\nwhich is answered:\n\n' "$(question)"
    ask || fail "the sample question" "$run_dir/log/serve.log"
    printf '\nAn insurer registers somebody like this:\n\n%s\n\n' "$(registration)"
}

# ---- commands ------------------------------------------------------------------------------------

# Stays until a signal comes or a service ends by itself.
stay()
{
    local row name
    say "Facilities: https://localhost:$port   Metrics: http://127.0.0.1:$metrics_port/metrics"
    say "Insurers:   https://localhost:$registrar_port   Metrics: http://127.0.0.1:$registrar_metrics_port/metrics"
    say "Operators:  https://localhost:$office_port   Metrics: http://127.0.0.1:$office_metrics_port/metrics"
    say "Resident register (stand-in): https://localhost:$register_port   Told how to be at: http://127.0.0.1:$register_control_port"
    say "Ctrl-C ends it."
    wait -n || true
    for row in "${services[@]}"; do
        name=${row%%|*}
        live_pid "$name" || fail "$name (it ended by itself)" "$run_dir/log/$name.log"
    done
}

down()
{
    local pid
    [ -d "$run_dir" ] || return 0
    if live_pid supervisor && [ "$pid" != $$ ]; then
        end_process supervisor
    fi
    stop_all
}

case ${1:-} in
run)
    start_all
    show
    stay ;;
up)
    start_all
    show
    trap - EXIT
    rm -f "$run_dir/pids/supervisor"
    say 'It runs on; ask again by `make ask`, end it by `make down`.' ;;
down) down ;;
ask)
    [ -f "$run_dir/sample.json" ] || { say "run: no registry was started in $run_dir; see make run"; exit 1; }
    ask || { say "run: no answer; is it running? see make up"; exit 1; } ;;
office)
    [ -f "$run_dir/office.conf" ] || { say "run: no registry was started in $run_dir; see make run"; exit 1; }
    look_in_office "${2:-registrar-1}" "${3:-overview}" || { say "run: no answer; is it running? see make up"; exit 1; } ;;
card)
    [ -f "$run_dir/cards/card.pem" ] || { say "run: no registry was started in $run_dir; see make run"; exit 1; }
    show_card || { say "run: no answer; is it running? see make up"; exit 1; } ;;
*)
    say "usage: deploy/run.sh run|up|down|ask|card|office"
    exit 64 ;;
esac
