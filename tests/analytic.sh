#!/bin/sh
# analytic.sh - the suites that compare long simulations with closed forms, beside the other tests: they take the longest.
#
# From `make check`: the test runner stands in tests/ of the build folder.
set -u
test -x tests/imssim-tests || {
    echo 'analytic.sh: no test runner here'
    exit 77
}
unset IMSSIM_TESTS_BUT
# shellcheck disable=SC2046 # names of suites
exec tests/imssim-tests $(tests/imssim-tests --list | sed -n 's|^\(analytic[a-z_]*\)/.*|\1|p' | sort -u)
