# Where tests put what they throw away. Sourced.
# shellcheck shell=bash

# /dev/shm where there is room in it and programs may run from it, else the usual place: each test clones a database of
# some hundred files and starts servers that wait for the disk, and in memory both are cheap.
throwaway_folder() {
    local free
    free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${free:-0}" -ge 4000000 ] && ! findmnt -no OPTIONS -T /dev/shm 2>/dev/null | grep -q noexec; then
        echo /dev/shm
    else
        echo "${TMPDIR:-/tmp}"
    fi
}
