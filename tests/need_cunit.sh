#!/bin/sh
# need_cunit.sh - stands in for the test runner when configure found no CUnit, and fails.
echo "make check needs CUnit, and configure did not find it: install libcunit1-dev and configure again." >&2
exit 1
