#!/bin/sh
# check_lists.sh - what exists is listed: each source file in a module.am (else it would be missing from
# `make dist`), each fragment in tests/tests.list, each test function in a fragment.
#
# From `make check`: srcdir is set. By hand, from the top:  sh tests/check_lists.sh
set -u
top=${srcdir:-.}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# missing WHAT LISTED: complains of every line of the sorted file $work/have that is not in LISTED.
missing()
{
    LC_ALL=C comm -23 "$work/have" "$2" >"$work/missing"
    sed "s|\$|: $1|" "$work/missing"
    ! test -s "$work/missing"
}

# check ROOT: complains of everything below ROOT that is in no list.
check()
{
    bad=0
    (cd "$1" && find sim models scenarios analysis app tests -type f \( -name '*.[ch]' -o -name '*.def' \
        -o -name '*.list' -o -name '*.xml' -o -name '*.xsd' -o -name '*.sh' \)) |
        LC_ALL=C sort >"$work/have"
    test -s "$work/have" || bad=1
    cat "$1"/*/module.am "$1/Makefile.am" | tr -s ' \t\\=' '[\n*]' | LC_ALL=C sort -u >"$work/listed"
    missing 'in no module.am' "$work/listed" || bad=1

    (cd "$1" && ls tests/*.list) | grep -v '^tests/tests.list$' | LC_ALL=C sort >"$work/have"
    sed -n 's/^#include "\(.*\)"$/\1/p' "$1/tests/tests.list" | LC_ALL=C sort -u >"$work/listed"
    missing 'not included in tests/tests.list' "$work/listed" || bad=1

    find "$1/tests" -name '*.c' -exec sed -n 's/^void \(test_[a-z0-9_]*\)(void).*$/\1/p' {} + |
        LC_ALL=C sort >"$work/have"
    sed -n 's/^TEST([^,]*, *\([a-z0-9_]*\)).*$/\1/p' "$1"/tests/*.list | LC_ALL=C sort -u >"$work/listed"
    missing 'no fragment has a TEST() line for it' "$work/listed" || bad=1
    return $bad
}

if ! check "$top"; then
    echo "check_lists.sh: what is in no list is not built, run or shipped" >&2
    exit 1
fi
functions=$(wc -l <"$work/have")

# The check must be able to fail: each of these, planted into a copy of the tree, has to be found.
must_find()
{
    mkdir "$work/copy"
    (cd "$top" && tar cf - Makefile.am sim models scenarios analysis app tests docs) |
        (cd "$work/copy" && tar xf -) || exit 1
    chmod -R u+w "$work/copy"
    printf '%s\n' "$2" >"$work/copy/$1"
    if check "$work/copy" >"$work/found" || ! grep -q "^$3: " "$work/found"; then
        echo "check_lists.sh: $1 with '$2' goes unseen: the check itself is broken" >&2
        exit 1
    fi
    rm -rf "$work/copy"
}
must_find sim/planted.c       'int planted;'             sim/planted.c
must_find tests/planted.list  'TEST(planted, test_a)'    tests/planted.list
must_find tests/planted.c     'void test_planted(void)'  test_planted

echo "check_lists.sh: every file is in a module.am, each of $functions tests in a fragment"
