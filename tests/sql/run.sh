#!/bin/sh
# run: builds a database from migrations/, runs all pgTAP tests in it, and drops what it made.
# Usage: run.sh URL   (a libpq connection string of a maintenance database, as a superuser)
set -eu
url=${1:?usage: run.sh connection-string-of-a-maintenance-database}
cd "$(dirname "$0")"
. ./database.sh

remember_roles
name=shikaku_tap_$$
trap 'drop_database "$name"; drop_new_roles' EXIT
trap 'exit 1' HUP INT TERM

create_database "$name"
load_migrations "$name"
run_sql "$name" <<SQL
CREATE SCHEMA tap;
CREATE EXTENSION pgtap SCHEMA tap;
GRANT USAGE ON SCHEMA tap TO PUBLIC;
ALTER DATABASE $name SET search_path = registry, tap, public;
SQL

# pg_prove cannot hand a connection string on to psql, so the place goes by the environment. A password, if there is
# one, must come from there too (PGPASSFILE).
place=$(printf '%s\n' '\echo :HOST' '\echo :PORT' '\echo :USER' | psql --no-psqlrc --quiet --dbname "$url")
PGHOST=$(printf '%s\n' "$place" | sed -n 1p)
PGPORT=$(printf '%s\n' "$place" | sed -n 2p)
PGUSER=$(printf '%s\n' "$place" | sed -n 3p)
PGDATABASE=$name
export PGHOST PGPORT PGUSER PGDATABASE
PGOPTIONS='-c client_min_messages=warning' pg_prove --comments --failures [0-9][0-9]_*.sql
./compare.sh "$url"
