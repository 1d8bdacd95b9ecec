# calls.sh - what the tests of the command share; they read it in with `. "${srcdir:-.}/tests/calls.sh"`.
#
# Works in a folder of its own, $work, which is removed at the end. $top is the source tree, $imssim the program,
# $me the test's name; $out and $err are what the last call said; `finish` ends the test with its counts.
#
# From `make check`: srcdir and IMSSIM are set. By hand, from the top:  IMSSIM=build/imssim sh tests/cli.sh
# shellcheck shell=sh
set -u
me=$(basename "$0")
top=$(cd "${srcdir:-.}" && pwd) || exit 1
imssim=${IMSSIM:-$top/build/imssim}
case $imssim in /*) ;; *) imssim=$(pwd)/$imssim ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP TERM
cd "$work" || exit 1 # runs leave results
IMSSIM_DATADIR=$top
export IMSSIM_DATADIR
out=$work/out err=$work/err
count=0
failed=0

complain()
{
    failed=$((failed + 1))
    echo "$me: $*"
    sed 's/^/    stdout: /' "$out" | head -n 5
    sed 's/^/    stderr: /' "$err" | head -n 5
}

# call CODE ARGUMENT...: runs imssim, which has to end with this code.
call()
{
    expected=$1
    shift
    what="imssim $*"
    count=$((count + 1))
    "$imssim" "$@" >"$out" 2>"$err" </dev/null
    status=$?
    test "$status" -eq "$expected" || complain "$what: exit code $status, not $expected"
}
# Data on stdout and nothing on stderr.
good()
{
    call 0 "$@"
    test -s "$out" || complain "$what: says nothing"
    test ! -s "$err" || complain "$what: talks on stderr"
}
# bad CODE TEXT ARGUMENT...: the complaint, with this text, on stderr; nothing on stdout.
bad()
{
    code=$1 text=$2
    shift 2
    call "$code" "$@"
    test ! -s "$out" || complain "$what: writes to stdout"
    grep -q -e "$text" "$err" || complain "$what: does not say '$text'"
}
# shows TEXT: the last call's stdout has this text.
shows()
{
    grep -q -e "$1" "$out" || complain "$what: does not show '$1'"
}
shows_not()
{
    grep -q -e "$1" "$out" && complain "$what: shows '$1'"
}
# refuses TEXT ARGUMENT...: bad usage or bad input.
refuses()
{
    text=$1
    shift
    bad 2 "$text" "$@"
}
# check TEXT COMMAND...: the command has to succeed.
check()
{
    text=$1
    shift
    count=$((count + 1))
    "$@" >"$out" 2>"$err" || complain "$text"
}
have()
{
    command -v "$1" >/dev/null 2>&1 || { echo "$me: no $1 here: left out"; return 1; }
}
# ask RESULTS SQL: what SQLite says; RESULTS is a database or a folder with one.
ask()
{
    case $1 in
    *.db) sqlite3 -batch "$1" "$2" 2>>"$err" ;;
    *) sqlite3 -batch "$1/results.db" "$2" 2>>"$err" ;;
    esac
}
# says RESULTS SQL EXPECTED
says()
{
    count=$((count + 1))
    answer=$(ask "$1" "$2")
    test "$answer" = "$3" || complain "$1: $2: '$answer', not '$3'"
}
finish()
{
    echo "$me: $count checks, $failed complaints"
    test "$failed" -eq 0
    exit
}
