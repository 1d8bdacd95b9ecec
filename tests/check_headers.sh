#!/bin/sh
# check_headers.sh - every header compiles alone, and twice in a row, without a warning. The lists that
# are declared once (.def, .list) are no headers.
#
# From `make check`: srcdir and TEST_COMPILE (compiler and flags) are set. By hand, from the top:
#   sh tests/check_headers.sh
set -u
top=${srcdir:-.}
compile=${TEST_COMPILE:-"${CC:-cc} -std=gnu11 -Wall -Wextra $(pkg-config --cflags glib-2.0 gsl libxml-2.0)"}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# headers_of ROOT: the headers below ROOT, named from there.
headers_of()
{
    (cd "$1" && find sim models scenarios analysis app tests -name '*.h' | LC_ALL=C sort)
}

# compiles ROOT HEADER: does a file compile that includes nothing but this header?
compiles()
{
    printf '#include "%s"\n#include "%s"\nextern int not_empty;\n' "$2" "$2" |
        $compile -I"$1" -Werror -fsyntax-only -x c -
}

# The check must be able to fail: a header that uses a type it does not include, one without a guard.
for folder in sim models scenarios analysis app tests; do
    mkdir "$work/$folder"
done
echo 'size_t needs_stddef(void);' >"$work/sim/leans.h"
echo 'struct twice { int defined; };' >"$work/sim/unguarded.h"
for header in $(headers_of "$work"); do
    if compiles "$work" "$header" 2>/dev/null; then
        echo "check_headers.sh: accepts the broken header $header: the check itself is broken" >&2
        exit 1
    fi
done
test "$(headers_of "$work" | wc -l)" -eq 2 || exit 1

failed=0
count=0
for header in $(headers_of "$top"); do
    count=$((count + 1))
    if ! compiles "$top" "$header" 2>"$work/errors"; then
        echo "$header does not compile alone:" >&2
        cat "$work/errors" >&2
        failed=$((failed + 1))
    fi
done
echo "check_headers.sh: $count headers, $failed broken"
test "$count" -gt 0 && test "$failed" -eq 0
