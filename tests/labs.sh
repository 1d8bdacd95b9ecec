#!/bin/sh
# labs.sh - every command of the class sheets runs, and their answers are what docs/labs/answers/ says.
#
# From `make check`: srcdir and IMSSIM are set. `labs.sh --update` writes the answers anew (make update-labs).
set -u
top=$(cd "${srcdir:-.}" && pwd) || exit 1
imssim=${IMSSIM:-$top/build/imssim}
command -v jq >/dev/null 2>&1 || {
    echo 'labs.sh: no jq here'
    exit 77
}
PATH=$(cd "$(dirname "$imssim")" && pwd):$PATH
IMSSIM_DATADIR=$top
export PATH IMSSIM_DATADIR
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP TERM
failed=0
count=0
for sheet in "$top"/docs/labs/[0-9]*.md; do
    name=$(basename "$sheet")
    mkdir "$work/$name.d"
    (cd "$work/$name.d" && sh "$top/docs/labs/answers.sh" "$sheet") >"$work/$name" || {
        echo "labs.sh: $name: a command fails"
        failed=1
        continue
    }
    count=$((count + 1))
    if test "${1:-}" = --update; then
        cp "$work/$name" "$top/docs/labs/answers/$name"
    else
        diff -u "$top/docs/labs/answers/$name" "$work/$name" || {
            echo "labs.sh: $name: other answers (make update-labs, and read the change)"
            failed=1
        }
    fi
done
echo "labs.sh: $count sheets"
exit $failed
