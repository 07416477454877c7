# database: making, filling and dropping scratch databases. Sourced by the scripts beside it; they set $url.

# url_of NAME: the connection string for another database of the same cluster. A later dbname wins.
url_of() {
    case $url in
    postgres://*\?* | postgresql://*\?*) printf '%s&dbname=%s' "$url" "$1" ;;
    postgres://* | postgresql://*) printf '%s?dbname=%s' "$url" "$1" ;;
    *) printf '%s dbname=%s' "$url" "$1" ;;
    esac
}

# run_sql NAME [options]: psql that stops at the first error and says nothing else.
run_sql() {
    run_sql_name=$1
    shift
    PGOPTIONS='-c client_min_messages=warning' \
        psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname "$(url_of "$run_sql_name")" "$@"
}

maintain() {
    PGOPTIONS='-c client_min_messages=warning' \
        psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname "$url" "$@"
}

create_database() {
    maintain --command "CREATE DATABASE $1 TEMPLATE template0 ENCODING 'UTF8'"
}

drop_database() {
    maintain --command "DROP DATABASE IF EXISTS $1 WITH (FORCE)"
}

load_migrations() {
    for file in ../../migrations/[0-9]*.sql; do
        run_sql "$1" --single-transaction --file "$file" >/dev/null
    done
}

list_roles() {
    maintain --command "SELECT rolname FROM pg_roles WHERE rolname LIKE 'shikaku\_%' ORDER BY 1"
}

remember_roles() {
    roles_before=$(list_roles)
}

# Roles belong to the cluster: only those go that were not there before, and that nobody else uses by now.
drop_new_roles() {
    for role in $(list_roles); do
        printf '%s\n' "$roles_before" | grep -qx "$role" && continue
        maintain --command "DROP ROLE $role" 2>/dev/null || echo "role $role is in use and stays" >&2
    done
}
