# shellcheck shell=bash
# Finding and running PostgreSQL from scripts. Sourced, not run.

# The oldest major version that works; the server's own search has the same (commands/event-store/src/embedded).
readonly POSTGRES_MINIMUM=15

# Prints the folder of PostgreSQL's programs, or fails.
find_postgres() {
    local candidates candidate version
    if [ -n "${SOUK_POSTGRES_BIN:-}" ]; then
        candidates=$SOUK_POSTGRES_BIN
    else
        candidates=$(
            printf '%s\n' "$PATH" | tr ':' '\n'
            pg_config --bindir 2>/dev/null || true
            printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
                /usr/lib64/postgresql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin \
                /Applications/Postgres.app/Contents/Versions/*/bin /usr/local/pgsql*/bin | sort -rV
        )
    fi
    while IFS= read -r candidate; do
        if [ -x "$candidate/postgres" ] && [ -x "$candidate/initdb" ]; then
            # "postgres (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)"
            version=$("$candidate/postgres" --version 2>/dev/null | awk '{print $3}')
            version=${version%%[!0-9]*}
            if [ "${version:-0}" -ge "$POSTGRES_MINIMUM" ]; then
                printf '%s\n' "$candidate"
                return 0
            fi
        fi
    done <<<"$candidates"
    return 1
}

# Prints the user to run PostgreSQL as, which refuses root.
postgres_account() {
    local name
    if [ "$(id -u)" -ne 0 ]; then
        id -un
        return
    fi
    for name in postgres nobody; do
        if id -u "$name" >/dev/null 2>&1; then
            printf '%s\n' "$name"
            return
        fi
    done
    echo "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody" >&2
    return 1
}

# Replaces the shell by a program run as the account (call it in a subshell); the program keeps the process id, and
# is told to stop when this shell dies, where setpriv can arrange that.
exec_as_account() {
    local account=$1 as_account=()
    shift
    if setpriv --help 2>/dev/null | grep -q -- --pdeathsig; then
        if [ "$(id -u)" -eq 0 ]; then
            as_account=(--reuid "$account" --regid "$(id -g "$account")" --clear-groups)
        fi
        exec setpriv "${as_account[@]+"${as_account[@]}"}" --pdeathsig INT -- "$@"
    fi
    if [ "$(id -u)" -eq 0 ]; then
        # shellcheck disable=SC2016 # expanded by the inner shell
        exec su "$account" -s /bin/sh -c 'exec "$0" "$@"' -- "$@"
    fi
    exec "$@"
}
