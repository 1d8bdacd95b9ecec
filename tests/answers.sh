#!/bin/sh
# answers.sh - imssim knobs, budget and diff: what they say against what explain, ladder and the results say.
. "${srcdir:-.}/tests/calls.sh"
tab=$(printf '\t')

# ---- knobs: where delays are constant, a ms more costs as many ms as the way to the end of the time crosses the link
# crossings SCENARIO: per link, the parts of the waterfall that are its propagation, as "NAME COUNT".
crossings()
{
    "$imssim" explain "$1" --format tsv | awk -F "$tab" '$2 ~ /propagation/ { n[$3]++ } END { for (i in n) print i, n[i] }' | sort
}
# slopes: of the last call, the links' slopes, those with a selector of their own added up.
slopes()
{
    sed -n 's/^link\[\([^],]*\)[^]]*\]\.latency'"$tab"'/\1'"$tab"'/p' "$out" |
        awk -F "$tab" '$4 + 0 != 0 { n[$1] += $4 } END { for (i in n) print i, n[i] }' | sort
}
for scenario in mmd-1 mmd-2 mmd-3 mmd-4 mmd-3-update mmd-4-prack volte-precondition-1; do
    good knobs "$scenario" --format tsv --by 10us
    slopes >slopes
    crossings "$scenario" >crossings
    test -s crossings || complain "$scenario: crosses nothing"
    cmp -s slopes crossings || complain "$scenario: other slopes than crossings: $(diff slopes crossings)"
done
# The same of the time that nodes take.
good knobs mmd-3 --format tsv
for node in P-CSCF1 I/S-CSCF1 I/S-CSCF2 P-CSCF2 HSS2; do
    visits=$("$imssim" explain mmd-3 --format tsv | awk -F "$tab" -v n="$node" '$2 ~ /service/ && $3 == n' | wc -l)
    slope=$(awk -F "$tab" -v n="node[$node].service" 'index($1, n) == 1 { s += $4 } END { print s + 0 }' "$out")
    test "$slope" -eq "$visits" || complain "$node: slope $slope, $visits visits"
done
good knobs mmd-3
shows 'link\[Gm\].latency  *20ms  *+8.000 .*+0.580 %'
shows 'have no effect'
shows_not '^sip'
good knobs mmd-3 --all --only 'sip*'
shows '^sip.core.T1 .*+0.000'
good knobs mmd-load --set run.until=100s --reps 3 --only 'link*Gm*' -j2
shows 'exp(20ms) .* \.\. '
cp "$out" two
good knobs mmd-load --set run.until=100s --reps 3 --only 'link*Gm*' -j1
cmp -s "$out" two || complain 'knobs differ between -j1 and -j2'
good knobs mmd-3 --format json --metric answer_delay
have jq && { jq -e '.knobs | length > 50' <"$out" >/dev/null || complain 'knobs: no JSON'; }
if have gnuplot; then
    good knobs mmd-3 -o tornado
    for ending in svg png gp dat; do
        test -s tornado/knobs.$ending || complain "knobs: no knobs.$ending"
    done
    # the first row is the first of the table: 8 crossings of 20 ms, of 276 ms
    awk '$1 == 11 { d = $2 - 8 * 20 / 276; exit !(d < 1e-6 && d > -1e-6) }' tornado/knobs.dat || complain 'knobs: another first bar'
fi
bad 2 'no knob of mmd-3 fits' knobs mmd-3 --only 'nothing*'
bad 2 'none of setup_time' knobs mmd-3 --metric nonsense
bad 2 'by: ' knobs mmd-3 --by soon
bad 2 'is no percentile' knobs mmd-3 --quantile 100
bad 2 'too few values' knobs mmd-3 --quantile 95
bad 2 'no such file' knobs no/such/scenario.xml

# ---- budget: mmd-3 takes 276 ms and crosses Gm 8 times, so that 300 ms are reached with 3 ms more
good budget mmd-3 --limit 300ms --vary 'link[Gm].latency' --within 0.01% --json
if have jq; then
    jq -e '.now == 20 and .met_up_to <= 23 and .met_up_to > 22.99 and .missed_from > 23 and .missed_from < 23.01' <"$out" >answer ||
        complain "budget: $(jq -c '[.met_up_to, .missed_from]' <"$out")"
fi
good budget mmd-3 --limit 300ms --vary 'link[Gm].latency'
shows 'It is met up to 22\.9.* ms: 2.9.* ms more than now'
shows 'It is missed from 23\.'
good budget mmd-3 --limit 300ms --vary 'link[Gm].latency' --to 21ms
shows 'It is met up to 21 ms'
shows 'Nothing that was tried is missed'
call 1 budget mmd-3 --limit 100ms --vary 'link[Gm].latency'
shows 'There is no budget'
good budget mmd-load --limit 700ms --quantile 95 --vary 'link[Mw].latency' --reps 4 --set run.until=100s -j2
shows '%.* interval'
shows ' \.\. '
cp "$out" two
good budget mmd-load --limit 700ms --quantile 95 --vary 'link[Mw].latency' --reps 4 --set run.until=100s -j1
cmp -s "$out" two || complain 'budget differs between -j1 and -j2'
bad 2 'limit TIME and --vary NAME' budget mmd-3
bad 2 'limit: ' budget mmd-3 --limit much --vary 'link[Gm].latency'
bad 2 'has no "link\[Xx\].latency"' budget mmd-3 --limit 1s --vary 'link[Xx].latency'
bad 2 'to: ' budget mmd-3 --limit 1s --vary 'link[Gm].latency' --to 3kB
bad 2 'within: ' budget mmd-3 --limit 1s --vary 'link[Gm].latency' --within none

# ---- diff of calls: the ladders' own messages, and explain's own phases
good diff mmd-3 mmd-4
shows 'waiting for resources .*+250.000'
shows '^9 messages .* 0 only in A (-), 2 only in B'
shows '^+  UPDATE  *UE-1 -> UE-2 '
for side in A B; do
    scenario=mmd-$(test $side = A && echo 3 || echo 4)
    sum=$("$imssim" explain $scenario --format tsv | awk -F "$tab" 'NR > 1 { t += $5 - $4 } END { printf "%.3f", t / 1e6 }')
    column=$(test $side = A && echo 2 || echo 3)
    test "$(awk -v c=$column '$1 == "all" { print $c }' "$out")" = "$sum" || complain "diff: $side takes $sum"
done
good diff mmd-3 mmd-4 --format tsv
cp "$out" both.tsv
"$imssim" ladder mmd-4 --format tsv | awk -F "$tab" 'NR > 1' | wc -l >hops
awk -F "$tab" 'NR > 1 && $1 != "-" { n += $6 } END { print n + 0 }' both.tsv >counted
test "$(cat counted)" -eq "$(cat hops)" || complain "diff: $(cat counted) hops of B, not $(cat hops)"
good diff mmd-4 mmd-4
shows '(11 alike)'
shows_not ' [+-][0-9]'
good diff mmd-3 --with 'link[Gm].latency=21ms'
shows 'all  *276.000  *284.000  *+8.000'
shows '0 only in A (-), 0 only in B'
good diff volte-call --with 'link[S1-MME].latency=20ms' --interval attach_time
shows '^A has no attach_time'
good diff volte-call --call all --with 'link[S1-MME].latency=20ms' --interval attach_time
shows '^phase of attach_time'
shows '^all  .*+90.000$' # which crosses S1 six times
# Another S-CSCF: the same message from the same phone is another message.
good diff registration --with 'group[UE].mandatory-capabilities=1 2 3' --with 'group[UE].s-cscf=S-CSCF3' --all
grep -q '^-  REGISTER  *UE -> S-CSCF2' "$out" && grep -q '^+  REGISTER  *UE -> S-CSCF3' "$out" || complain 'diff: REGISTER goes to the same S-CSCF'
good diff volte-call volte-hold --call 1
shows '^+  '
bad 2 'two scenarios or two results' diff mmd-3
bad 2 'none of setup_time' diff mmd-3 mmd-4 --interval nonsense
bad 2 'no call 7' diff mmd-3 mmd-4 --call 7
bad 2 'Xx' diff mmd-3 --with 'link[Xx].latency=1ms'

# ---- diff of results: paired where the random world is the same, and then narrower
for run in 'a 1 exp(5ms)' 'b 1 exp(7ms)' 'c 2 exp(7ms)'; do
    set -- $run
    call 0 run mmd-load --reps 5 --seed "$2" --set run.until=100s --set "link[Mw].latency=$3" -o "$1"
done
good diff a b
shows 'same random world: replications are compared in pairs'
shows '^setup_time  *ms .* \.\. '
shows '^INVITE transport '
shows '^SER .* \.\. '
shows '^link\[Mw\].latency  *exp(5ms)  *exp(7ms)$'
good diff a b --format tsv
cp "$out" paired
good diff a c --format tsv
cp "$out" apart
# width FILE: of setup_time's interval
width()
{
    awk -F "$tab" '$1 == "setup_time" { printf "%.0f", $6 - $5 }' "$1"
}
test "$(width paired)" -lt "$(width apart)" || complain "diff: $(width paired) ns in pairs, $(width apart) apart"
if have sqlite3; then
    mean=$(sqlite3 a/results.db "ATTACH 'b/results.db' AS b; SELECT printf('%.0f', b.metric.mean_ns - main.metric.mean_ns)
        FROM main.metric JOIN b.metric USING (point, replication, name) WHERE replication = 0 AND name = 'setup_time'")
    test "$(awk -F "$tab" '$1 == "setup_time" { printf "%.0f", $4 }' paired)" = "$mean" || complain "diff: not $mean"
fi
# Intervals have the level of the results, and those of two levels make none together.
call 0 run mmd-load --reps 5 --set run.until=100s --set run.confidence=80% -o d
good diff d d --interval setup_time
shows ' 80 % interval'
good diff a d
shows '^SER .*[0-9]  -  '
good diff a a --interval setup_time
shows '+0.000 \.\. +0.000'
shows 'All parameters are the same'
bad 2 'for scenarios' diff a b --set run.seed=1
bad 2 'no such folder' diff a nowhere.db
bad 2 'there are 1 points' diff 'a#2' b

finish
