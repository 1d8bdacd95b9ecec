#!/bin/sh
# determinism.sh - one seed gives the same bytes: at -O0 and -O3, with gcc and clang, with one thread and
# with two, and with the build at hand, however that was made.
#
# Builds the program with each compiler that is there, straight from the lists of sources in the
# module.am files, and compares all that ladder, explain and run print: of the seven flows, of one where
# every sort of distribution, loss and queue takes part, of a call over LTE, and of the load scenarios.
#
# From `make check`: srcdir and IMSSIM are set. By hand, from the top:  sh tests/determinism.sh
set -u
top=$(cd "${srcdir:-.}" && pwd) || exit 1
built=${IMSSIM:-}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$top" || exit 1

fail()
{
    echo "determinism.sh: $*" >&2
    exit 1
}

# ---- The builds ----------------------------------------------------------------------------------

sources=$(sed -n 's/^lib[a-z]*_a_SOURCES += \(.*\.c\)$/\1/p' ./*/module.am)
flags=$(sed -n 's/^IMSSIM_APPEND_FLAGS(\[BASE_CFLAGS\], \[\(.*\)\])$/\1/p' configure.ac)
version=$(sed -n 's/^AC_INIT(\[imssim\], \[\(.*\)\])$/\1/p' configure.ac)
{ test -n "$sources" && test -n "$flags" && test -n "$version"; } ||
    fail 'cannot read the lists of sources and flags'

# The pages of reports, built in.
for kind in source header; do
    mkdir -p "$work/analysis"
    glib-compile-resources --sourcedir=analysis/report --c-name=report --internal --generate-$kind \
        --target="$work/analysis/report_resources.$(test $kind = source && echo c || echo h)" analysis/report/report.gresource.xml ||
        fail 'cannot make the pages of reports'
done

# build COMPILER LEVEL: makes $work/COMPILER-LEVEL/imssim; two compilers run at a time.
cat >"$work/build.sh" <<EOF
mkdir -p "$work/\$1-\$2" && cd "$work/\$1-\$2" || exit 1
exec \$1 \$2 $flags -w -I"$top" -I"$work" -DPACKAGE_VERSION='"$version"' -DIMSSIM_PKGDATADIR='"/nonexistent"' \
    -DIMSSIM_SRCDIR='"$top"' -DIMSSIM_BUILDDIR='"$top"' $(pkg-config --cflags gio-2.0 gsl libxml-2.0 sqlite3 nettle) \
    -o imssim $(for source in app/main.c $sources; do printf "'%s' " "$top/$source"; done) "$work/analysis/report_resources.c" \\
    $(pkg-config --libs sqlite3 nettle libxml-2.0 gsl gio-2.0)
EOF
compilers=
for compiler in gcc clang; do
    if command -v "$compiler" >/dev/null 2>&1; then
        compilers="$compilers $compiler"
    else
        echo "determinism.sh: no $compiler here: left out"
    fi
done
test -n "$compilers" || fail 'neither gcc nor clang is here'
begin=$(date +%s)
for compiler in $compilers; do
    printf '%s -O3\n' "$compiler" # the long ones first
done >"$work/wanted"
for compiler in $compilers; do
    printf '%s -O0\n' "$compiler"
done >>"$work/wanted"
xargs -P 2 -L 1 sh "$work/build.sh" <"$work/wanted" || fail 'a build failed'
builds=$(sed "s|^\(.*\) \(.*\)\$|$work/\1-\2/imssim|" "$work/wanted")
end=$(date +%s)

# ---- What they print -----------------------------------------------------------------------------

# 40 calls, 50 ms apart: phones that share links with queues, loss and every sort of distribution.
{
    cat <<'EOF'
<?xml version="1.0" encoding="UTF-8"?>
<scenario xmlns="urn:imssim:scenario:1" name="random">
  <profile href="profiles/mmd.xml"/>
  <link interface="Gm" latency="exp(20ms)" loss="0.05" rate="200kbit/s"/>
  <link interface="Mw" latency="lognormal(5ms,2ms)" loss-model="gilbert-elliott" ge-p="0.02" ge-r="0.3" ge-loss-bad="0.5"/>
  <link interface="Mw" from="I/S-CSCF1" to="I/S-CSCF2" latency="gamma(10ms,4ms)"/>
  <link interface="Mw" from="I/S-CSCF2" to="I/S-CSCF1" latency="weibull(10ms,1.5)"/>
  <link interface="Cx" latency="pareto(1ms,2.5)"/>
  <network id="home1">
    <node id="P-CSCF1" servers="1"><service protocol="SIP" time="erlang(3,1ms)"/></node>
    <node id="I/S-CSCF1" servers="2"><service protocol="SIP" time="exp(2ms)"/></node>
  </network>
  <subscribers>
    <group id="UE-1" reservation="from-answer" reservation-time="uniform(50ms,500ms)" think="exp(5ms)"/>
    <group id="UE-2" reservation="from-invite" reservation-time="normal(200ms,60ms)" think="uniform(1ms,9ms)"/>
  </subscribers>
  <script>
EOF
    i=0
    while test $i -lt 40; do
        echo "    <call at=\"$((i * 50))ms\" from=\"UE-1\" to=\"UE-2\" answer=\"lognormal(3s,1s)\" hold=\"exp(20s)\" cancel=\"30s\"/>"
        i=$((i + 1))
    done
    echo '  </script>'
    echo '</scenario>'
} >"$work/random.xml"

IMSSIM_DATADIR=$top
export IMSSIM_DATADIR

# run_one PROGRAM OUT ARGUMENT...: appends what the command prints to OUT.
run_one()
{
    program=$1
    out=$2
    shift 2
    printf '$ imssim %s\n' "$*" >>"$out"
    "$program" "$@" >>"$out" || fail "$program $*: exit code $?"
}

# all_of PROGRAM OUT: everything that is compared.
all_of()
{
    : >"$2"
    for scenario in scenarios/mmd-[1-4]*.xml scenarios/volte-call.xml scenarios/volte-precondition-*.xml; do
        run_one "$1" "$2" ladder "$scenario" --format tsv --all
        run_one "$1" "$2" ladder "$scenario" --all --messages
        run_one "$1" "$2" explain "$scenario" --format tsv
        run_one "$1" "$2" run "$scenario" --json --no-results
    done
    run_one "$1" "$2" ladder scenarios/volte-call.xml --set radio.slots=yes --call all --format tsv --all
    run_one "$1" "$2" explain scenarios/volte-call.xml --set radio.slots=yes --set 'radio.ul-bler=30%' --format tsv
    run_one "$1" "$2" explain scenarios/volte-call.xml --set radio.slots=no --set radio.gbr-share=33% --format tsv
    for call in 1 7 40; do
        run_one "$1" "$2" ladder "$work/random.xml" --call "$call" --format tsv --all
        run_one "$1" "$2" ladder "$work/random.xml" --call "$call" --all --messages
    done
    run_one "$1" "$2" run "$work/random.xml" --no-results --json
    run_one "$1" "$2" run scenarios/mmd-load.xml --no-results --json --set run.until=120s
    for threads in 1 2; do
        : >"$2.j$threads"
        run_one "$1" "$2.j$threads" run "$work/random.xml" --no-results --json --reps 6 -j "$threads"
        run_one "$1" "$2.j$threads" run scenarios/volte-load.xml --no-results --json --reps 3 -j "$threads" \
            --set 'group[*].count=500' --set run.until=70s --set run.warmup=5s
        run_one "$1" "$2.j$threads" run scenarios/volte-load.xml --no-results --json --reps 3 -j "$threads" \
            --set 'group[*].count=500' --set run.until=70s --set run.warmup=5s --set radio.slots=no \
            --set 'group[*].state=registered-connected' --set 'timer[enb.inactivity].value=0s'
        sed '/^\$ imssim/d' "$2.j$threads" >"$2.reps$threads"
    done
    cmp "$2.reps1" "$2.reps2" || fail "$1: run --reps differs between -j 1 and -j 2"
    cat "$2.reps1" >>"$2"
}

first=
count=0
for program in $built $builds; do
    all_of "$program" "$work/out"
    count=$((count + 1))
    if test -z "$first"; then
        first=$program
        mv "$work/out" "$work/first"
    elif ! cmp "$work/first" "$work/out"; then
        diff "$work/first" "$work/out" | head -n 20
        fail "$program prints something else than $first"
    fi
done

# The comparison must be able to fail: another seed is another run.
run_one "$first" "$work/seed1" run "$work/random.xml" --no-results --json --seed 1
run_one "$first" "$work/seed2" run "$work/random.xml" --no-results --json --seed 2
sed 1d "$work/seed1" >"$work/one"
sed 1d "$work/seed2" | sed 's/"seed": 2,/"seed": 1,/' >"$work/two"
if cmp -s "$work/one" "$work/two"; then
    fail 'another seed gives the same numbers: nothing random was compared'
fi

echo "determinism.sh: the same $(wc -c <"$work/first") bytes from $count programs" \
    "(built in $((end - begin)) s, run in $(($(date +%s) - end)) s)"
