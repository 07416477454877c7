#!/usr/bin/env bash
# deps.sh [run|test|ha|which]: Debian's packages, and a libmicrohttpd that refuses request smuggling.
#
# A machine that has everything does no apt work, needs no root and returns at once.
#   run    what building and running needs (packages.txt, part [run])
#   test   the same and what the tests need (the default)
#   ha     the same and what deploy/ha and deploy/drill need (packages-ha.txt)
#   which  installs nothing; prints "system" or "build": whose libmicrohttpd is to be linked
set -euo pipefail
cd "$(dirname "$0")/.."

readonly part=${1:-test}
readonly microhttpd_least=1.0.10
readonly deps=$PWD/build/deps

die() { echo "deps: $*" >&2; exit 1; }
say() { echo "deps: $*"; }

system_is_new_enough()
{
    pkg-config --atleast-version=$microhttpd_least libmicrohttpd 2>/dev/null
}

case $part in
run | test | ha) ;;
which)
    if system_is_new_enough; then echo system; else echo build; fi
    exit ;;
*) die "usage: deploy/deps.sh [run|test|ha|which]" ;;
esac

# ---- packages ------------------------------------------------------------------------------------

# The lines of one part of packages.txt, without comments and spaces: a|b|c
wanted()
{
    awk -v part="$part" '
        /^# \[/ { section = substr($2, 2, length($2) - 2); next }
        /^#/ || NF == 0 { next }
        section == "run" || section == part || part == "ha" { gsub(/ /, ""); print }' deploy/packages*.txt
}

is_installed()
{
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Prints one choice list per line for which nothing is installed.
missing()
{
    local choices choice
    for choices in $(wanted); do
        for choice in ${choices//|/ }; do
            is_installed "$choice" && continue 2
        done
        echo "$choices"
    done
}

is_known_to_apt() { [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]; }

first_known()
{
    local choice
    for choice in ${1//|/ }; do
        if is_known_to_apt "$choice"; then echo "$choice"; return; fi
    done
    die "apt knows none of: ${1//|/, }"
}

as_root()
{
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Packages of servers would start a service and make a database cluster on installation. Neither is
# ours to have on this machine, so both are forbidden while apt runs, and only then.
readonly policy=/usr/sbin/policy-rc.d
readonly no_cluster=/etc/postgresql-common/createcluster.d/shikaku.conf
guards=()

guards_lift()
{
    [ ${#guards[@]} = 0 ] || as_root rm -f "${guards[@]}"
    guards=()
}

guards_set()
{
    trap guards_lift EXIT
    if [ ! -e $policy ]; then
        guards+=("$policy")
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
    fi
    if ! is_installed postgresql-common && [ ! -e $no_cluster ]; then
        guards+=("$no_cluster")
        as_root mkdir -p "${no_cluster%/*}"
        echo 'create_main_cluster = false' | as_root tee $no_cluster >/dev/null
    fi
}

install_packages()
{
    local choices names=() fresh=() service
    command -v apt-get >/dev/null || die "no apt here; install by hand: $*"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        die "as root, or with sudo installed, install: $*"
    say "installing: $*"
    as_root apt-get -qq update || die "apt-get update failed"
    for choices in "$@"; do names+=("$(first_known "$choices")"); done
    for service in nginx etcd haproxy patroni prometheus; do
        command -v "$service" >/dev/null || fresh+=("$service")
    done
    guards_set
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 \
        --no-install-recommends install "${names[@]}" >/dev/null || die "apt-get install failed"
    guards_lift
    # They are here for tests, not to be services after the next boot.
    [ -d /run/systemd/system ] || return 0
    for service in "${fresh[@]}"; do
        systemctl cat "$service" >/dev/null 2>&1 || continue
        as_root systemctl disable --quiet "$service" || true
    done
}

# ---- libmicrohttpd -------------------------------------------------------------------------------

# Prints the URI this machine takes Debian itself from, so that mirrors and proxies stay in force.
debian_mirror()
{
    apt-get indextargets --format '$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)' \
        'Identifier: Packages' | awk -F '|' -v codename="$(. /etc/os-release; echo "${VERSION_CODENAME:-}")" '
        $3 != "main" || $4 ~ /security/ { next }
        $1 == "Debian" && !known { known = $4 }
        $2 == codename && !likely { likely = $4 }
        END { print known ? known : likely }'
}

# apt with lists, cache and sources of its own. The system's settings (proxies, say) are read first.
apt_private() { APT_CONFIG=$deps/apt/apt.conf "$@"; }

apt_prepare()
{
    local mirror=$1 suite=$2
    rm -rf "$deps/apt"
    mkdir -p "$deps"/apt/{lists/partial,cache/archives/partial,parts,source}
    cat >"$deps/apt/apt.conf" <<END
Dir::Etc::SourceList "$deps/apt/sources.list";
Dir::Etc::SourceParts "$deps/apt/parts";
Dir::Etc::PreferencesParts "$deps/apt/parts";
Dir::State::Lists "$deps/apt/lists";
Dir::Cache "$deps/apt/cache";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
END
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "$mirror $suite main" >"$deps/apt/sources.list"
    apt_private apt-get -qq --error-on=any update
}

# Prints the newest source version of the 1.x line that the private lists know.
newest_version()
{
    local version newest=
    for version in $(apt_private apt-cache madison libmicrohttpd |
        awk -F '|' '{ gsub(/ /, "", $2); print $2 }'); do
        dpkg --compare-versions "$version" lt 2~ || continue
        if [ -z "$newest" ] || dpkg --compare-versions "$version" gt "$newest"; then
            newest=$version
        fi
    done
    echo "$newest"
}

microhttpd_fetch()
{
    local mirror suite version
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || die "apt names no Debian mirror to take libmicrohttpd's source from"
    for suite in sid forky; do
        apt_prepare "$mirror" $suite || continue
        version=$(newest_version)
        if [ -n "$version" ] && dpkg --compare-versions "$version" ge $microhttpd_least; then
            say "libmicrohttpd $version from Debian $suite"
            (cd "$deps/apt/source" &&
                apt_private apt-get -qq source --download-only "libmicrohttpd=$version" >/dev/null)
            return
        fi
    done
    die "Debian carries no source of libmicrohttpd >= $microhttpd_least that can be reached"
}

# A patch that no longer fits a later release must not stop a build: the tests tell what it costs.
microhttpd_patch()
{
    local patch
    for patch in "$PWD"/deploy/patches/microhttpd-*.patch; do
        if patch -d "$1" -p1 --dry-run -s <"$patch" >/dev/null; then
            patch -d "$1" -p1 -s <"$patch"
        else
            say "warning: ${patch##*/} does not fit this release and was left out"
        fi
    done
}

microhttpd_build()
{
    local source=$deps/apt/source/microhttpd log=$deps/microhttpd.log
    # The signature was checked by apt, down to the digest of each file of the source package.
    dpkg-source --no-check -x "$deps"/apt/source/libmicrohttpd_*.dsc "$source" >"$log"
    microhttpd_patch "$source"
    say "building libmicrohttpd (log: ${log#"$PWD"/})"
    (
        cd "$source"
        CFLAGS='-O2 -g -fstack-protector-strong' CPPFLAGS='-D_FORTIFY_SOURCE=2' \
            ./configure --prefix="$deps" --disable-shared --enable-static --with-pic \
            --disable-doc --disable-examples --disable-tools --disable-curl --enable-https
        # The generated build files are newer than their sources or not, as the unpacking left
        # them; without automake at hand make must not try to renew them.
        make -j2 AUTOMAKE=: ACLOCAL=: AUTOCONF=: AUTOHEADER=:
        make AUTOMAKE=: ACLOCAL=: AUTOCONF=: AUTOHEADER=: install
    ) >>"$log" 2>&1 || { tail -n 20 "$log" >&2; die "libmicrohttpd does not build"; }
    rm -rf "$deps/apt" "$deps/share" "$deps"/lib/*.la
}

microhttpd_is_there()
{
    system_is_new_enough && return
    [ -f "$deps/lib/libmicrohttpd.a" ] && [ "$(cat "$deps/recipe" 2>/dev/null)" = "$recipe" ]
}

# ---- all of it -----------------------------------------------------------------------------------

if command -v dpkg-query >/dev/null; then
    mapfile -t absent < <(missing)
    [ ${#absent[@]} = 0 ] || install_packages "${absent[@]}"
else
    say "warning: not a Debian system; packages.txt is yours to provide"
fi

mkdir -p "$deps"
exec 9>"$deps/lock"
flock 9
# Built again when how it is built has changed.
recipe=$(sed -n '/^# ---- libmicrohttpd/,/^# ---- all/p' deploy/deps.sh |
    cat - deploy/patches/*.patch | sha256sum | cut -c 1-64)
if ! microhttpd_is_there; then
    microhttpd_fetch
    microhttpd_build
    echo "$recipe" >"$deps/recipe"
fi
