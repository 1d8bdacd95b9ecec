#!/bin/sh
# completion.sh - what bash offers at some command lines (app/imssim.bash-completion).
#
# From `make check`: srcdir and IMSSIM are set. By hand, from the top:  IMSSIM=build/imssim sh tests/completion.sh
set -u
top=$(cd "${srcdir:-.}" && pwd) || exit 1
imssim=${IMSSIM:-$top/build/imssim}
IMSSIM_DATADIR=$top
export IMSSIM_DATADIR
bash -c true 2>/dev/null || {
    echo 'completion.sh: no bash here'
    exit 77
}
count=0
failed=0

# offers EXPECTED WORD...: the words are a command line, the last of them is to be completed; EXPECTED is what
# is offered, separated by |, or the beginning of it when it ends in *.
offers()
{
    expected=$1
    shift
    count=$((count + 1))
    # shellcheck disable=SC2016 # for the inner shell
    got=$(cd "$top" && bash -c '
        . "$1"
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _imssim 2>&1
        IFS="|"
        printf "%s" "${COMPREPLY[*]}"' bash "$top/app/imssim.bash-completion" "$imssim" "$@")
    # shellcheck disable=SC2254 # a pattern it is
    case $got in
    $expected) ;;
    *)
        failed=$((failed + 1))
        echo "completion.sh: $*: offers $got, not $expected"
        ;;
    esac
}

offers 'ladder|list' l
offers 'run|*ladder|*|help|--help|--version' ''
offers '--version' --v
offers 'ladder|list' help l
offers '--format' ladder --fo
offers '--json' list --j
offers 'text|tsv' ladder --format t
offers 'svg' ladder --format = s
offers 'html|mermaid|plantuml|svg|text|tsv' ladder --format =
offers 'plantuml' ladder mmd-3 -f p
offers 'json|text|tsv' explain -f ''
offers 'message|time' ladder --order ''
offers 'setup_time' explain --interval setup
offers 'setup_time' explain -i setup
offers 'setup_time' knobs --metric setup
offers 'text|tsv' diff --format t
offers 'mmd-2|mmd-2-no183' budget mmd-2
offers 'DHCP|DNS|Diameter|GTP|NAS|RRC|S1AP|SIP' ladder --protocol ''
offers '180\\ Ringing' ladder --hide 180
offers '180\\ Ringing' ladder --hide '180\ R'
offers '180 Ringing' ladder --hide '"180 R'
offers 'mmd-2|mmd-2-no183' ladder mmd-2
offers 'latencies' sweep la
offers 'heatmap' plot he
offers 'p90|p95|p99' plot latencies heatmap --quantile p9
offers 'SDD|SDT' plot --metric SD
offers 'slurm' sweep latencies --engine = s
offers 'mmd-2|mmd-2-no183' ladder --all mmd-2
offers 'mmd-2|mmd-2-no183' run --color never mmd-2
offers 'scenarios/mmd-load.xml' ladder scenarios/mmd-l
offers 'scenarios' check scena
offers 'metrics|messages|marks' list m
offers 'sip-client' fsm sip-c
offers 'stations' validate sta
offers 'mmd-2|mmd-2-no183' validate mm1 mmd-2
offers 'json|markdown|text' validate --format ''
offers '--quick' validate --q
offers '' validate scena
offers '' ladder --width ''
offers '' ladder --no-such
offers '' frobnicate --fo
offers 'link\\\[INTERFACE\\\].loss-*' ladder --set 'link[INTERFACE].loss'

echo "completion.sh: $count command lines, $failed failed"
test "$failed" -eq 0
