#!/bin/sh
# cli.sh - the command as its users meet it: exit codes, what goes to stdout and what to stderr, --help,
# names of shipped scenarios, bad usage, interruption, a full disk.
. "${srcdir:-.}/tests/calls.sh"

# ---- help and version
good --help
shows '^Usage: imssim COMMAND'
shows '^Exit status'
good help
good --version
shows '^imssim [0-9]'
for command in run ladder explain check list fsm sweep merge knobs budget diff plot report export validate; do
    good "$command" --help
    shows "imssim $command"
    shows '^Options:'
    cp "$out" "$work/help"
    good help "$command"
    cmp -s "$out" "$work/help" || complain "help $command differs from $command --help"
    "$imssim" --help | grep -q "^  $command " || complain "--help does not name $command"
    bad 2 'there are --.*--help' "$command" --no-such-option
done

# ---- bad usage
bad 2 'Usage: imssim COMMAND'
bad 2 'the commands are run, ladder' frobnicate
bad 2 'the commands are run, ladder' help frobnicate
bad 2 'there is no option' --frobnicate
bad 2 'it takes SCENARIO' run
bad 2 'too much' run mmd-1 mmd-2
bad 2 'imssim list scenarios' run no-such-scenario
bad 2 'no such file' run /no/such/file.xml
bad 2 'no whole number' run mmd-1 --reps 0
bad 2 'no whole number' run mmd-1 --reps=-1
bad 2 'no whole number' run mmd-1 --reps 1.5
bad 2 'no whole number' run mmd-1 -j many
bad 2 'no whole number' run mmd-1 --seed 18446744073709551616
bad 2 'no-such-parameter' run mmd-1 --set no-such-parameter=1
bad 2 'none of text, tsv' ladder mmd-1 --format pdf
bad 2 'none of message, time' ladder mmd-1 --order random
bad 2 'none of auto, always, never' ladder mmd-1 --color blue
bad 2 'no whole number' ladder mmd-1 --width 3
bad 2 'imssim list messages' ladder mmd-1 --hide '999 Nothing'
bad 2 'imssim list messages' ladder mmd-1 --protocol H.323
bad 2 'is for --format text' ladder mmd-1 --format tsv --messages
bad 2 '1 call was dialled' ladder mmd-1 --call 2
bad 2 'no whole number' explain mmd-1 --call 0
bad 2 'none of setup_time' explain mmd-1 --interval no_such_time
bad 2 'none of text, tsv, json' explain mmd-1 --format svg
bad 2 'it was answered' explain mmd-1 --interval SRD_failed
bad 2 'did not come that far' explain mmd-1 --interval SDD
bad 2 'it takes FILE' check
bad 2 'none of table, xml' check mmd-1 --effective=pdf
bad 2 'one of scenarios, sweeps, parameters' list
bad 2 'none of scenarios, sweeps, parameters' list secrets
bad 2 'there are ue-call' fsm no-such-machine
bad 2 'none of text, dot' fsm --format svg
bad 2 'no validation and no group.*--list' validate no-such
bad 2 'no whole number' validate -j 0
bad 2 'none of text, markdown, json' validate --format xml
bad 2 'one of the two' validate --json --format json

# ---- input files
printf 'not XML' >"$work/broken.xml"
bad 2 'broken.xml:1' run "$work/broken.xml"
bad 2 'broken.xml:1' check "$work/broken.xml"
call 2 check mmd-1 "$work/broken.xml" mmd-2
shows '^mmd-1: valid$'
shows '^mmd-2: valid$'
good check "$top/scenarios/mmd-1.xml"
good check "$top"/scenarios/profiles/mmd.xml
shows 'valid profile'
good check mmd-1 --effective
shows '^run.seed '
good check mmd-1 --effective --set run.seed=42
shows '^run.seed .*42 .*--set'
good check mmd-1 --effective=xml

# ---- list and fsm
good list scenarios
for name in mmd-1 mmd-2 mmd-2-no183 mmd-3 mmd-3-update mmd-4 mmd-4-prack; do
    shows "^$name "
done
for what_list in parameters metrics messages timers interfaces marks; do
    good list "$what_list"
    good list "$what_list" --json
    shows '^\['
done
good fsm
shows 'RFC 3261'
good fsm sip-invite-client
good fsm sip-invite-client --format dot
shows '^digraph'

# ---- run
good run mmd-3 -j2
shows '^setup_time  *ms  *1 '
good run mmd-3
shows '^setup_time  *ms  *1 '
shows 'caller sends INVITE -> caller receives 180'
cp "$out" "$work/first"
good run "$top/scenarios/mmd-3.xml"
cmp -s "$out" "$work/first" || complain "$what: another table than that of: run mmd-3"
good run mmd-3 --json
shows '"mean_ns"'
good run mmd-3 --messages
shows '180 Ringing'
random='--set group[UE-1].reservation-time=exp(100ms) --set link[Gm].latency=exp(20ms) --reps 40'
# shellcheck disable=SC2086 # a list of words
for threads in 1 2 7; do
    good run mmd-3 $random -j "$threads"
    shows '^40 replications'
    cp "$out" "$work/threads$threads"
    cmp -s "$work/threads1" "$work/threads$threads" || complain "$what: another table than with -j 1"
done
# shellcheck disable=SC2086
good run mmd-3 $random --seed 2
cmp -s "$out" "$work/threads1" && complain "$what: the seed changes nothing"

# ---- validate
good validate --list
shows '^mm1  *stations  *M/M/1 '
shows '^as-heavy  *measured '
good validate --list lte mm1
shows '^s1-slope '
shows_not '^mmd-1 '
good validate flows lte
shows '^mmd-1  *hops  *30 hops  *30 hops  *pass '
shows 'together: 76 ms and twice S1  *86 ms  *86 ms  *pass'
shows '^[0-9]* checks: [0-9]* passed, 0 missed; 1 more is shown and not judged$'
cp "$out" "$work/one"
good validate lte flows -j 1
cmp -s "$out" "$work/one" || complain "$what: another table than with more threads"
mkdir "$work/mmd-1" # what lies in the working directory is none of its business
good validate mmd-1 --json
rmdir "$work/mmd-1"
shows '"kind": "exact"'
shows '"missed": 0'
good validate mmd-4 --format markdown
shows '^| hops | 55 hops | 55 hops |'
call 1 validate as-heavy --quick
shows '^MISS: as-heavy: set-up'
shows ' 0 passed, 1 missed'
shows '^A quick look'
good run validation/quiet
good check validation/node --effective
shows '^node.HSS..servers'
# it has to be able to fail: another value in a profile, a scenario that is gone
mkdir "$work/data"
cp -r "$top/scenarios" "$work/data"
chmod -R u+w "$work/data"
sed 's/ue-setup="15ms"/ue-setup="16ms"/' "$top/scenarios/profiles/tr36912.xml" >"$work/data/scenarios/profiles/tr36912.xml"
rm "$work/data/scenarios/mmd-1.xml"
IMSSIM_DATADIR=$work/data
call 1 validate idle-to-connected attach-rows mmd-1 mmd-2 --json
shows '"why": "off by 1000000 ns"'
call 1 validate idle-to-connected attach-rows mmd-1 mmd-2
shows '^MISS: idle-to-connected: 9: phone: off by 1000000 ns$'
shows '^MISS: attach-rows: '
shows '^FAILED: mmd-1: mmd-1'
shows '^mmd-2  *hops  *35 hops  *35 hops  *pass'
shows '; 1 validation did not come to an end$'
IMSSIM_DATADIR=$top
rm -r "$work/data"
"$imssim" list scenarios | grep -q validation && complain 'list scenarios: shows those of validate'

# ---- limits end a run with a failure, what there is is printed
call 1 run mmd-3 --set run.max-events=20
shows '^INCOMPLETE: limit on events'
grep -q 'limit on events' "$err" || complain "$what: does not say why on stderr"
call 1 run mmd-3 --set run.max-events=20 --json
shows '"incomplete": "limit on events'

# ---- ladder and explain
good ladder mmd-3
cp "$out" "$work/plain"
good ladder mmd-3 --color never
cmp -s "$out" "$work/plain" || complain 'ladder: colour without a terminal'
escape=$(printf '\033\\[')
good ladder mmd-3 --color always
shows "$escape"
good ladder mmd-3 --ascii
LC_ALL=C grep -q '[^ -~]' "$out" && complain 'ladder --ascii: not only ASCII'
good ladder mmd-3 --all
shows '100 Trying'
good ladder mmd-3 --hide PRACK
shows_not ' PRACK'
good ladder mmd-3 --protocol Diameter --format tsv
shows 'LIR'
shows_not 'INVITE'
good ladder mmd-3 --messages
shows 'INVITE sip:'
good ladder mmd-3 --changes
good ladder mmd-3 --clauses
shows 'RFC 3261'
good ladder mmd-3 --preconditions
good ladder mmd-3 --order time
good ladder mmd-3 --format tsv
header='step sent_ns received_ns interface protocol from to message offer_answer detail clause'
test "$(head -n 1 "$out" | tr '\t' ' ')" = "$header" || complain 'ladder --format tsv: another header row'
good explain mmd-3
good explain mmd-3 --format json
good explain mmd-3 --interval alert_time
good explain mmd-3 --format tsv
test "$(head -n 1 "$out" | tr '\t' ' ')" = 'phase part where start_ns end_ns' ||
    complain 'explain --format tsv: another header row'

# ---- LTE
good explain volte-call --set radio.slots=yes
shows 'radio: scheduling request'
shows 'radio: HARQ'
good list parameters
shows '^radio\[NODE\]\.sr-period  *10ms'
bad 2 'did you mean radio.sr-period' check volte-call --set radio.slots=yes --set radio.sr-perod=10ms
bad 2 'drx-on is above 0s and at most drx-cycle' check volte-call --set radio.drx-on=50ms
bad 2 'that node is no eNB' check volte-call --set 'radio[MME1].slots=no'
good ladder volte-call
shows '183 (A1)'
good ladder volte-call --call all --all --format tsv
shows 'ATTACH ACCEPT'
shows 'Create Bearer Request'
shows 'DETACH REQUEST'
good ladder volte-call --call all --nodes UE-A,eNB1,MME1 --width 140
shows '^everything, in order of time'
shows '\[ATTACH ACCEPT\]'
shows_not 'MME2'
good ladder volte-call --call all --nodes UE-A,eNB1 --format mermaid
shows 'DLInformationTransfer \[AUTHENTICATION REQUEST\]'
good ladder volte-call --call all --nodes UE-A,eNB1 --format svg
shows '\[AUTHENTICATION REQUEST\]'
bad 2 'there is no node "UE-Z"' ladder volte-call --nodes UE-Z,eNB1
good run volte-call --calls -o lte
good export lte --table call
shows '^1,1,1,UE-A,UE-B,' # the first call, though two attaches came before
bad 2 "call" explain volte-call --call all
good explain volte-call
shows 'propagation  *Uu UE-A'
shows "^policy and bearer, caller's side  "
good explain volte-call --interval attach_time --ue UE-B
shows 'both at UE-B'
shows '^session creation  '
good explain volte-call --interval bearer_setup_time --ue UE-B
shows 'bearer_setup_time_called: .* at P-CSCF2 for UE-B'
good explain volte-call --interval registration_time --format tsv
test "$(awk -F '\t' 'NR > 1 && start != "" && $4 != start { print } { start = $5 }' "$out" | wc -l)" -le 1 ||
    complain 'explain --format tsv: parts do not touch'
good explain registration --interval reregistration_time --nth 1
bad 2 'there is no phone "UE-Z"' explain volte-call --interval attach_time --ue UE-Z
bad 2 'there is no phone "eNB1"' explain volte-call --ue eNB1
bad 2 'there is no attach_time 1' explain mmd-1 --interval attach_time
bad 2 'there is no attach_time 2 .* of UE-A: 1 came to its end' explain volte-call --interval attach_time --ue UE-A --nth 2
bad 2 '--ue and --nth say which' explain volte-call --interval attach_time --call 1
bad 2 '--call says which' explain volte-call --nth 2
good fsm mme-attach

# ---- output that cannot be written
if test -w /dev/full; then
    count=$((count + 1))
    "$imssim" list timers >/dev/full 2>"$err"
    status=$?
    test "$status" -eq 2 || complain "list timers >/dev/full: exit code $status, not 2"
    grep -q 'cannot write' "$err" || complain 'list timers >/dev/full: says nothing'
fi

# ---- interruption: a run that would take long ends, and what there is is printed
count=$((count + 1))
: >"$err"
# A shell without job control starts background jobs with SIGINT ignored, hence env.
env --default-signal=INT "$imssim" run mmd-3 --reps 1000000 >"$out" 2>"$err" &
pid=$!
sleep 1
kill -s INT "$pid"
wait "$pid"
status=$?
test "$status" -eq 3 || complain "interrupted run: exit code $status, not 3"
what='interrupted run'
shows '^INCOMPLETE: interrupted'
shows '^setup_time '

count=$((count + 1))
: >"$err"
env --default-signal=INT "$imssim" validate network mmd-1 -j 1 >"$out" 2>"$err" &
pid=$!
sleep 1
kill -s INT "$pid"
wait "$pid"
status=$?
test "$status" -eq 3 || complain "interrupted validate: exit code $status, not 3"
what='interrupted validate'
shows '^INCOMPLETE: ten-hours'
shows 'INCOMPLETE: interrupted$'

finish
