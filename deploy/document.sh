#!/usr/bin/env bash
# document.sh: a 資格確認書 from the running registry, and a check of it that needs OpenSSL and nothing of ours.
#
#   issue [reason]                    issues one to the first person of the sample insurer who needs one (lost),
#                                     and leaves certificate.json, payload.txt, page.pdf, document.pub in $RUN_DIR/document
#   verify PUBLIC-KEY < payload.txt   offline: says whether the registry signed it, and prints the fifteen lines of
#                                     schema/document/README.md; 1 if not. Days are for whoever reads them.
#
# Settings  RUN_DIR, SHIKAKU_REGISTRAR_PORT, as of run.sh
set -euo pipefail

say() { printf '%s\n' "$*"; }

call()
{
    curl --silent --show-error --fail-with-body \
        --cacert "$pki/ca.pem" --cert "$pki/insurer.pem" --key "$pki/insurer.key" \
        --header "X-Request-Id: $(cat /proc/sys/kernel/random/uuid)" --header 'X-User-Id: clerk-1' "${@:2}" \
        "https://localhost:${SHIKAKU_REGISTRAR_PORT:-8444}/v1/enrolment/certificates$1"
}

# issue REASON: a list of one, and what stands in it back again, with a reason.
issue()
{
    local pki=${RUN_DIR:-.run}/pki out=${RUN_DIR:-.run}/document card
    mkdir -p "$out"
    card=$(call '/needed?limit=1' | python3 -c '
import json, sys
people = json.load(sys.stdin)["people"] or sys.exit("nobody needs one")
names = "symbol", "number", "branch_number", "birth_date"
print(json.dumps({**{name: people[0][name] for name in names if name in people[0]}, "reason": sys.argv[1]}))' "$1")
    (umask 077 && call '' --header 'Content-Type: application/json' --data "$card" >"$out/certificate.json")
    (umask 077 && python3 - "$out" <<'END'
import base64, json, pathlib, sys
out = pathlib.Path(sys.argv[1])
document = json.loads((out / "certificate.json").read_text())["document"]
(out / "payload.txt").write_text(document["payload"] + "\n")
(out / "page.pdf").write_bytes(base64.b64decode(document["pdf"]))
END
    )
    cp "$pki/document.pub" "$out"
    say "$out/page.pdf"
    say "checked without the registry:"
    verify "$out/document.pub" <"$out/payload.txt"
}

# Base32 without padding.
unbase32() { printf %s======== "$1" | cut -c "1-$(((${#1} + 7) / 8 * 8))" | base32 -d; }

verify()
{
    local text folder
    read -r text
    folder=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf '$folder'" EXIT
    [ "${text%%:*}" = SHIKAKU1 ] || { say "malformed"; return 1; }
    printf %s "${text%:*}" >"$folder/signed"
    unbase32 "${text##*:}" >"$folder/signature" 2>/dev/null || { say "malformed"; return 1; }
    openssl pkeyutl -verify -rawin -pubin -inkey "$1" -in "$folder/signed" -sigfile "$folder/signature" || return 1
    unbase32 "$(printf %s "$text" | cut -d : -f 3)"
}

case ${1:-} in
issue) issue "${2:-lost}" ;;
verify) verify "${2:?PUBLIC-KEY}" ;;
*)
    say "usage: deploy/document.sh issue [reason] | verify PUBLIC-KEY <payload.txt"
    exit 64 ;;
esac
