#!/bin/sh
# compare: builds one database from schema/ and one from migrations/ (taken twice, since each step must be safe to
# repeat), and compares everything in them: definitions, comments, rights, and the rows that are part of the schema.
# Usage: compare.sh URL   (a libpq connection string of a maintenance database, as a superuser)
set -eu
url=${1:?usage: compare.sh connection-string-of-a-maintenance-database}
cd "$(dirname "$0")"
. ./database.sh

remember_roles
from_schema=shikaku_compare_schema_$$
from_migrations=shikaku_compare_migrations_$$
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"; drop_database "$from_schema"; drop_database "$from_migrations"; drop_new_roles' EXIT
trap 'exit 1' HUP INT TERM

# Partitions depend on the day; \restrict is a random word that newer pg_dump writes.
describe() {
    pg_dump --dbname "$(url_of "$1")" --schema-only --exclude-table 'registry.access_record_*[0-9]' |
        grep -v -e '^\\restrict' -e '^\\unrestrict'
    for table in policy_parameter holiday code_table; do
        echo "rows of $table"
        run_sql "$1" --command "COPY (SELECT * FROM registry.$table AS t ORDER BY t::text) TO STDOUT"
    done
    echo "settings of roles"
    run_sql "$1" --tuples-only --command "
        SELECT r.rolname, s.setconfig
        FROM pg_db_role_setting AS s
        LEFT JOIN pg_roles AS r ON r.oid = s.setrole
        WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY 1"
    echo "rights of the database"
    run_sql "$1" --tuples-only --command "
        SELECT coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), a.privilege_type
        FROM pg_database, aclexplode(datacl) AS a
        WHERE datname = current_database()
        ORDER BY 1, 2"
}

create_database "$from_schema"
run_sql "$from_schema" --single-transaction --file ../../schema/all.sql >/dev/null
create_database "$from_migrations"
load_migrations "$from_migrations"
load_migrations "$from_migrations"
describe "$from_schema" >"$scratch/schema"
describe "$from_migrations" >"$scratch/migrations"
[ "$(wc -l <"$scratch/schema")" -gt 1000 ] || { echo "compare: the description is too short" >&2; exit 1; }
diff -u "$scratch/schema" "$scratch/migrations"
echo "compare: schema and migrations give the same database"
