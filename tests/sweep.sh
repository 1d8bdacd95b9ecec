#!/bin/sh
# sweep.sh - parameter studies as users meet them: the same results for any number of threads, interrupted, killed, resumed,
# extended, split into parts and merged; and what goes wrong.
#
# SQLite's own shell reads the databases; a check whose tool is missing is left out, and said so.
. "${srcdir:-.}/tests/calls.sh"

# same DIR OTHER: both export the same.
same()
{
    count=$((count + 1))
    for folder in "$1" "$2"; do
        test -s "$folder.json" || "$imssim" export "$folder" >"$folder.json" 2>err || complain "$folder: cannot be exported"
    done
    cmp -s "$1.json" "$2.json" || {
        complain "$1 and $2 differ"
        diff "$1.json" "$2.json" | head -n 6
    }
}
# made: how many runs the last call made.
made()
{
    sed -n 's/^imssim: \([0-9]*\) runs in .*/\1/p' err
}
# sweep NAME SCENARIO BODY: a sweep file.
sweep()
{
    printf '<sweep xmlns="urn:imssim:sweep:1" name="%s" scenario="%s">%s</sweep>\n' "$1" "$2" "$3" >"$1.sweep.xml"
}
have sqlite3 || exit 77

# ---- 3 factors, 100 points, 10 replications each: with one thread and with two
call 0 sweep latencies -j 1 -o whole
cp out whole.txt
test "$(made)" = 1000 || complain "1000 runs were to be made"
call 0 sweep latencies -j 2 -o two
same whole two
cmp -s out whole.txt || complain 'what is printed depends on -j'
says whole 'SELECT count(*), min(id), max(id) FROM point' '100|1|100'
says whole 'SELECT count(*) FROM replication' 1000
says whole 'SELECT state, replications_planned_count, replications_finished_count FROM run' 'finished|1000|1000'
says whole 'SELECT DISTINCT state, replications_finished_count FROM point' 'finished|10'
says whole "SELECT value, number, unit FROM factor WHERE point = 100 ORDER BY position" \
    "$(printf '25ms|25.0|ms\n20ms|20.0|ms\n400ms|400.0|ms')"
# Factors that move together, and the form.
says whole "SELECT value FROM parameter_in_effect WHERE point = 100 AND name IN ('link[Mw].latency', 'link[Cx].latency') ORDER BY name" \
    "$(printf 'exp(8ms)\nexp(20ms)')"
says whole 'SELECT count(*) FROM (SELECT point, name, value FROM parameter_in_effect GROUP BY point, name HAVING count(*) > 1)' 0
says whole 'SELECT DISTINCT count(*) FROM parameter_in_effect GROUP BY point' \
    "$(ask whole 'SELECT count(*) FROM parameter WHERE point = 0')"
# Totals are the sums of replications, and what they say is what a run of the point says.
says whole 'SELECT count(*) FROM (SELECT point, name, sum(values_count) s FROM metric WHERE replication > 0 GROUP BY point, name)
            JOIN metric m USING (point, name) WHERE m.replication = 0 AND m.values_count <> s' 0
call 0 run mmd-4 --set 'link[Gm].latency=exp(25ms)' --set 'link[Mw].latency=exp(20ms)' --set 'link[Cx].latency=exp(8ms)' \
    --set 'group[*].reservation-time=exp(400ms)' --reps 10 -o alone
says whole "SELECT name, sum_ns, square_ns2, ci_low_ns, p50_low_ns FROM metric WHERE point = 100 AND replication = 0 AND name = 'setup_time'" \
    "$(ask alone "SELECT name, sum_ns, square_ns2, ci_low_ns, p50_low_ns FROM metric WHERE replication = 0 AND name = 'setup_time'")"
says whole 'SELECT hash FROM point WHERE id = 100' "$(ask alone 'SELECT hash FROM point')"
# Common random numbers: every point has the seed.
says whole 'SELECT count(DISTINCT seed) FROM point' 1
test "$(wc -l <whole/summary.csv)" -gt 500 || complain 'summary.csv: too short'
call 0 export whole --list
grep -q '^pack' out && complain 'export --list: shows what is not exported'

# ---- interrupted, again and again, and resumed
# start ARGUMENT...: imssim sweep in the background, as $pid; a shell without job control ignores SIGINT there.
start()
{
    env --default-signal=INT "$imssim" sweep "$@" >out 2>err </dev/null &
    pid=$!
}
# await DIR N: until there are N replications, at most 30 s.
await()
{
    tries=0
    until test "$(sqlite3 -batch "$1/results.db" 'SELECT count(*) >= '"$2"' FROM replication' 2>/dev/null)" = 1; do
        tries=$((tries + 1))
        test $tries -lt 600 || { complain "$1: never $2 replications"; return; }
        sleep 0.05
    done
}
start latencies -o stopped
await stopped 1
kill -s INT $pid
wait $pid
status=$?
count=$((count + 1))
if test $status -eq 3; then
    says stopped 'SELECT state FROM run' interrupted
else
    test $status -eq 0 || complain "interrupted: exit code $status"
    echo 'sweep.sh: the sweep was faster than Ctrl-C'
fi
says stopped 'PRAGMA integrity_check' ok
refuses 'resume goes on' sweep latencies -o stopped
there=$(ask stopped 'SELECT count(*) FROM replication')
call 0 sweep latencies -o stopped --resume
test "$(made)" = $((1000 - there)) || test "$there" = 1000 || complain "resumed: $(made) runs, though $there were there"
same whole stopped
call 0 sweep latencies -o stopped --resume
test -z "$(made)" || complain 'a finished sweep was run again'
same whole stopped
call 0 sweep latencies -o stopped --restart
test "$(made)" = 1000 || complain 'restart: not all anew'

# ---- killed at several moments, and resumed
# sound DIR: what a killed sweep left is whole.
sound()
{
    test -s "$1/results.db" || return
    says "$1" 'PRAGMA integrity_check' ok
    # It may have been killed before its tables were there: all of them come in one transaction.
    test "$(ask "$1" 'SELECT count(*) FROM sqlite_schema')" -gt 0 || return
    says "$1" 'SELECT count(*) FROM replication r WHERE NOT EXISTS (SELECT 1 FROM pack p WHERE p.point = r.point
               AND r.number BETWEEN max(p.replication, 1) AND p.through)' 0
    says "$1" 'SELECT count(*) FROM replication r WHERE (SELECT count(*) FROM metric m WHERE m.point = r.point
               AND m.replication = r.number) = 0' 0
}
for delay in 0.02 0.11 0.23 0.31 0.47; do
    start latencies -o killed --resume -j 2
    sleep $delay
    kill -s KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    sound killed
done
call 0 sweep latencies -o killed --resume
same whole killed
# Fewer runs that take longer, so that some are committed and others are not.
sweep heavy mmd-load '<set parameter="run.until" value="150s"/><set parameter="run.warmup" value="30s"/>
<factor name="load" parameter="calls[1].arrivals" values="18 20 22" form="poisson({}/s)"/><run replications="6"/>'
midway=0
for delay in 0.1 0.3 0.2; do
    n=$(ask heavy 'SELECT count(*) FROM replication' 2>/dev/null)
    test "${n:-0}" -lt 18 || break
    start heavy.sweep.xml -o heavy --resume -j 1
    await heavy $((${n:-0} + 1))
    sleep $delay
    kill -s KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    sound heavy
    n=$(ask heavy 'SELECT count(*) FROM replication')
    test "$n" -gt 0 && test "$n" -lt 18 && midway=$((midway + 1))
done
test $midway -gt 0 || complain 'no sweep was killed in its middle'
n=$(ask heavy 'SELECT count(*) FROM replication')
call 0 sweep heavy.sweep.xml -o heavy --resume
test "$(made)" = $((18 - n)) || test "$n" -eq 18 || complain "after kills: $(made) runs, though $n were there"
call 0 sweep heavy.sweep.xml -o heavy2
same heavy heavy2

# What a run keeps beside, over time, changes no number: a sweep keeps it not.
call 0 run mmd-load --set run.until=150s --set run.warmup=30s --set 'calls[1].arrivals=poisson(20/s)' --reps 6 -o beside
for table in replication metric station counter ratio; do
    order=$(ask heavy "SELECT group_concat(name) FROM pragma_table_info('$table') WHERE name NOT IN ('point', 'exact')")
    says heavy "SELECT $order FROM $table WHERE point = 2 ORDER BY 1, 2, 3" "$(ask beside "SELECT $order FROM $table ORDER BY 1, 2, 3")"
done
says heavy 'SELECT (SELECT count(*) FROM series), (SELECT count(*) FROM occupancy)' '0|0'

# ---- parts, by hand and by GNU Parallel
parts=
for k in 3 1 7 2 6 4 5; do
    call 0 sweep latencies --shard $k/7 -o part-$k.db
    parts="$parts part-$k.db"
done
call 0 sweep latencies --shard 3/7 -o part-3.db
grep -q 'is there already' err || complain 'a part was made twice'
# shellcheck disable=SC2086 # a list of words
{
    call 0 merge -o merged $parts
    same whole merged
    cmp -s out whole.txt || complain 'merge prints something else'
    refuses 'resume goes on' merge -o merged $parts
    refuses 'each once' merge -o twice $parts part-4.db
    test ! -e twice || complain 'a merge that cannot begin leaves a folder'
}
rm part-4.db
call 1 merge -o lacking part-*.db
grep -q 'missing: 4/7' err || complain 'merge: does not say what is missing'
test ! -e lacking || complain 'a merge that lacks a part leaves a folder'
call 1 merge --partial -o lacking part-*.db
says lacking 'SELECT state FROM run' interrupted
call 0 sweep latencies -o lacking --resume
same whole lacking
call 0 sweep latencies --shard 4/8 -o part-4.db
refuses 'another study' merge -o mixed part-*.db
call 0 sweep latencies --shard 4/7 -o part-4.db --set run.confidence=90%
refuses 'another study' merge -o mixed part-*.db
refuses 'is no part' merge -o mixed whole/results.db
sweep gone mmd-3 '<factor name="a" parameter="run.seed" values="1 2"/>'
test -z "$(ls -- *.db.* 2>/dev/null)" || complain 'parts leave something behind'
if have parallel; then
    # the one-liner of docs/cluster.md
    count=$((count + 1))
    PATH=$(dirname "$imssim"):$PATH
    export PATH
    mkdir tasks
    (
        eval "$(sed -n '/^    seq .*parallel/p' "$top/docs/cluster.md" | sed 's/SWEEP/latencies/g')"
    ) >out 2>err || complain 'GNU Parallel: failed'
    call 0 merge -o parallel tasks/part-*.db
    same whole parallel
fi

# ---- extended: more values, more replications, and nothing is made twice
sweep small mmd-4 '<factor name="gm" parameter="link[Gm].latency" values="5ms 15ms" form="exp({})"/><run replications="3"/>'
call 0 sweep small.sweep.xml -o grown
test "$(made)" = 6 || complain 'small: 6 runs were to be made'
sweep small mmd-4 '<factor name="gm" parameter="link[Gm].latency" values="5ms..25ms step 5ms" form="exp({})"/>
<factor name="load" parameter="link[Cx].latency" values="2ms 4ms"/><run replications="5"/>'
call 0 sweep small.sweep.xml -o grown --resume
test "$(made)" = 44 || complain "extended: $(made) runs, not 44"
call 0 sweep small.sweep.xml -o fresh
test "$(made)" = 50 || complain 'fresh: 50 runs were to be made'
same grown fresh
call 0 sweep small.sweep.xml -o grown --resume --reps 7
test "$(made)" = 20 || complain "more replications: $(made) runs, not 20"
call 0 sweep small.sweep.xml -o fresh --restart --reps 7
rm -f grown.json fresh.json
same grown fresh
# A design that has lost a point keeps what it had, after the rest.
sweep small mmd-4 '<factor name="gm" parameter="link[Gm].latency" values="10ms" form="exp({})"/><run replications="5"/>'
call 0 sweep small.sweep.xml -o grown --resume
test -z "$(made)" || complain 'a smaller design made something'
says grown "SELECT count(*), (SELECT value FROM factor WHERE point = 1 AND name = 'gm') FROM point" '10|10ms'
says grown 'SELECT count(*) FROM replication' 70

# ---- parts of a design
call 0 sweep latencies -o some --filter 'gm = 5ms and core <= 3ms'
says some 'SELECT state, (SELECT count(*) FROM point) FROM run' 'partial|8'
says some 'SELECT group_concat(id) FROM point' 1,2,3,4,5,6,7,8
call 0 sweep latencies -o some --filter 'not (gm = 5ms and core <= 3ms)' --resume
test "$(made)" = 920 || complain 'the rest: not 920 runs'
says some 'SELECT state FROM run' finished
same whole some
call 0 sweep latencies --list --filter 'gm gt 20ms and ready eq 50ms'
test "$(wc -l <out)" = 7 || complain '--list: not 5 points'
refuses 'neither' sweep latencies --filter 'load = 5' -o never
refuses 'cannot be compared' sweep latencies --filter 'gm < 5' -o never
rm -rf never

# ---- each point its own random numbers
sweep own mmd-4 '<factor name="gm" parameter="link[Gm].latency" values="5ms 6ms 7ms" form="exp({})"/>
<run replications="2" common-random-numbers="no"/>'
call 0 sweep own.sweep.xml -o own
says own 'SELECT count(DISTINCT seed) FROM point' 3
sweep own mmd-4 '<factor name="gm" parameter="link[Gm].latency" values="4ms 5ms 6ms 7ms" form="exp({})"/>
<run replications="2" common-random-numbers="no"/>'
call 0 sweep own.sweep.xml -o own --resume
test "$(made)" = 2 || complain 'seeds of points depend on their place'

# ---- until the mean is known well enough
sweep until mmd-load '<set parameter="run.until" value="20s"/><set parameter="run.warmup" value="5s"/>
<set parameter="run.precision" value="4%"/><set parameter="run.min-replications" value="4"/>
<set parameter="run.max-replications" value="12"/>
<factor name="load" parameter="calls[1].arrivals" values="5 20" form="poisson({}/s)"/>'
call 0 sweep until.sweep.xml -o until -j 1
call 0 sweep until.sweep.xml -o until2 -j 2
same until until2
says until 'SELECT count(*) FROM point WHERE replications_finished_count BETWEEN 4 AND 12' 2
says until 'SELECT count(*) FROM replication' "$(ask until 'SELECT sum(replications_finished_count) FROM point')"
call 0 run mmd-load --set run.until=20s --set run.warmup=5s --set run.precision=4% --set run.min-replications=4 \
    --set run.max-replications=12 --set 'calls[1].arrivals=poisson(20/s)' -o precise
says until 'SELECT replications_finished_count FROM point WHERE id = 2' "$(ask precise 'SELECT replications_finished_count FROM run')"
call 0 sweep until.sweep.xml --shard 1/2 -o until-1.db
call 0 sweep until.sweep.xml --shard 2/2 -o until-2.db
call 0 merge -o until3 until-1.db until-2.db
same until until3
call 0 sweep until.sweep.xml -o until --resume
test -z "$(made)" || complain 'precise enough, and yet it went on'

# ---- one long run for each point, with batch means; a warm-up that is found
sweep long mmd-load '<set parameter="run.until" value="60s"/><set parameter="run.warmup" value="auto"/>
<factor name="load" parameter="calls[1].arrivals" values="10 20" form="poisson({}/s)"/><run replications="1"/>'
call 0 sweep long.sweep.xml -o long -j 1
call 0 sweep long.sweep.xml -o long2 -j 2
same long long2
says long "SELECT count(*) FROM metric WHERE name = 'setup_time' AND replication = 0 AND ci_low_ns < mean_ns AND mean_ns < ci_high_ns" 2
for k in 1 2; do call 0 sweep long.sweep.xml --shard $k/2 -o long-$k.db; done
call 0 merge -o long3 long-1.db long-2.db
same long long3

# ---- profiles as a factor
sweep profile mmd-4 '<factor name="network"><level name="as it is"/><level name="no latency"><profile href="profiles/zero.xml"/></level>
<level name="slow"><set parameter="link[Gm].latency" value="50ms"/></level></factor>'
call 0 sweep profile.sweep.xml -o profile
says profile "SELECT group_concat(value) FROM factor" 'as it is,no latency,slow'
says profile "SELECT mean_ns FROM metric WHERE point = 1 AND replication = 0 AND name = 'setup_time'" \
    "$(call 0 run mmd-4 -o plain; ask plain "SELECT mean_ns FROM metric WHERE replication = 0 AND name = 'setup_time'")"
says profile "SELECT (SELECT mean_ns FROM metric WHERE point = 2 AND replication = 0 AND name = 'alert_time') <
    (SELECT mean_ns FROM metric WHERE point = 1 AND replication = 0 AND name = 'alert_time')" 1

# ---- what fails is recorded, and the rest goes on
sweep wrong mmd-load '<set parameter="run.until" value="10s"/><set parameter="run.warmup" value="2s"/>
<set parameter="run.max-events" value="20000"/>
<factor name="load" parameter="calls[1].arrivals" values="poisson(5/s) poisson(40/s) poisson(-5/s) poisson(6/s)"/>
<run replications="2"/>'
for j in 1 2; do
    call 1 sweep wrong.sweep.xml -o wrong$j -j $j
    grep -q 'points failed; the first: point' err || complain 'failures are not told'
done
same wrong1 wrong2
says wrong1 'SELECT state, why LIKE "2 of 4 points failed; the first: point 2, replication 1: %event%" FROM run' 'failed|1'
says wrong1 'SELECT group_concat(state) FROM point' finished,failed,failed,finished
says wrong1 'SELECT point, replication FROM problem' "$(printf '2|1\n2|2\n3|0')"
says wrong1 "SELECT count(*) FROM problem WHERE point = 3 AND why LIKE '%poisson(-5/s)%'" 1
for k in 1 2 3; do "$imssim" sweep wrong.sweep.xml --shard $k/3 -o wrong-$k.db 2>>err; done
call 1 merge -o wrong3 wrong-1.db wrong-2.db wrong-3.db
same wrong1 wrong3
# Put right, it goes on.
sed -i 's/(-5/(4/; s/20000"/1000000000"/' wrong.sweep.xml
call 0 sweep wrong.sweep.xml -o wrong1 --resume
call 0 sweep wrong.sweep.xml -o right
rm wrong1.json
same wrong1 right
# Points that are the same are made once.
sweep twins mmd-4 '<factor name="a" parameter="link[Gm].latency" values="5ms 0.005s 6ms"/>'
call 0 sweep twins.sweep.xml -o twins
says twins 'SELECT group_concat(id) FROM point' 1,2,3 # "5ms" and "0.005s" are different texts
sweep twins mmd-4 '<factor name="a"><level name="x"/><level name="y"/></factor>'
call 0 sweep twins.sweep.xml -o twins --restart
says twins 'SELECT group_concat(id) FROM point' 1
grep -q 'left out' err || complain 'twins: not told'
for k in 1 2; do call 0 sweep twins.sweep.xml --shard $k/2 -o twins-$k.db; done
call 0 merge -o twins2 twins-1.db twins-2.db
same twins twins2

# ---- in the way
call 0 run mmd-1 -o single
refuses 'holds runs of scenario' sweep latencies -o single
refuses 'holds another sweep' sweep readiness -o whole
refuses 'holds the sweep' run mmd-4 -o whole
refuses 'holds the sweep' run mmd-4 -o whole --append
says whole 'SELECT count(*) FROM point' 100
refuses 'one of the two' sweep latencies -o x --resume --restart
refuses 'no K/N' sweep latencies -o x --shard 3
refuses 'no K/N' sweep latencies -o x --shard 0/2
refuses 'no K/N' sweep latencies -o x --shard 3/2
refuses 'where the part goes' sweep latencies --shard 1/2
refuses 'goes with none' sweep latencies -o x --shard 1/2 --resume
refuses 'no-such' sweep no-such.sweep.xml
refuses 'has to be' sweep gone.sweep.xml --set run.max-replications=5 -o x
refuses 'no parameter' sweep latencies --set no-such=1 -o x
refuses 'cannot be made' sweep latencies --shard 1/2 -o nowhere/part.db
refuses 'says where' merge part-1.db
test ! -e x || complain 'a sweep that cannot begin leaves a folder'
for file in "$top"/scenarios/*.sweep.xml; do
    call 0 sweep "$file" --list
    if have xmllint >/dev/null; then
        count=$((count + 1))
        xmllint --noout --schema "$top/scenarios/sweep.xsd" "$file" 2>err || complain "$file: not valid"
    fi
done
call 0 sweep readiness -o readiness --json
if have jq; then
    jq -e 'length == 81 and all(.[]; .state == "finished" and .setup_time.n == 1)' out >/dev/null 2>err || complain 'sweep --json: wrong'
fi

# ---- percentiles against a factor
if have gnuplot; then
    sweep axis mmd-load '<set parameter="run.until" value="20s"/><set parameter="run.warmup" value="5s"/>
<factor name="gm" parameter="link[Gm].latency" values="10ms 20ms 40ms" form="exp({})"/>
<factor name="kind"><level name="only"/></factor><run replications="2"/>'
    call 0 sweep axis.sweep.xml -o axis
    call 0 plot axis percentiles --x gm -o axis/graphs
    test "$(awk '/p50/ { on = 1; next } /^$/ { on = 0 } on { printf "%s ", $1 }' axis/graphs/percentiles-setup_time.dat)" = '10 20 40 ' ||
        complain 'plot --x FACTOR: other places on the axis'
    grep -q "xlabel 'gm (ms)'" axis/graphs/percentiles-setup_time.gp || complain 'plot --x FACTOR: no unit'
    refuses 'factor kind is "only": no number' plot axis percentiles --x kind -o axis/graphs
    refuses 'two factors that vary' plot axis heatmap

    # block FILE HEADING: the data below a heading that begins so.
    block()
    {
        awk -v heading="# $2" '/^#/ { on = index($0, heading) == 1; next } on && NF' "$1"
    }
    # agrees TEXT FILE OTHER: the same numbers to six digits, row by row.
    agrees()
    {
        count=$((count + 1))
        paste -d ' ' "$2" "$3" | awk '{ for (i = 1; i <= NF / 2; i++) { d = $i - $(i + NF / 2); a = $i < 0 ? -$i : $i
            if (NF % 2 || (d < 0 ? -d : d) > 1e-6 * a + 1e-9) bad = 1 } } END { exit bad || NR < 2 }' ||
            complain "$1: other numbers than in the database"
    }
    # painted NAME: the pictures are there, and not empty.
    painted()
    {
        count=$((count + 1))
        for ending in svg png; do
            test -s "$1.$ending" && test "$(wc -c <"$1.$ending")" -gt 9000 || complain "$1.$ending: hardly anything in it"
        done
    }
    call 0 plot whole heatmap -o map
    painted map/heatmap-setup_time
    block map/heatmap-setup_time.dat 'column row x y value' | awk '{ print $3, $4, $5, $6 }' >drawn
    ask whole "SELECT g.number, c.number, mean_ns / 1e6, (ci_high_ns - ci_low_ns) / 2e6 FROM metric m JOIN factor g USING (point) JOIN factor c
               USING (point) JOIN factor r USING (point) WHERE m.replication = 0 AND m.name = 'setup_time' AND g.name = 'gm' AND
               c.name = 'core' AND r.value = '50ms' ORDER BY point" | tr '|' ' ' >asked
    agrees heatmap drawn asked
    grep -q 'ready = 50ms' map/heatmap-setup_time.gp || complain 'heatmap: does not say at which values of other factors'
    call 0 plot whole heatmap --x ready --y core --quantile p90 --metric alert_time --filter 'gm = 15ms' -o map
    painted map/heatmap-alert_time
    block map/heatmap-alert_time.dat 'column row x y value' | awk '{ print $3, $4, $5 }' | sort >drawn
    ask whole "SELECT r.number, c.number, p90_ns / 1e6 FROM metric m JOIN factor g USING (point) JOIN factor c USING (point) JOIN
               factor r USING (point) WHERE m.replication = 0 AND m.name = 'alert_time' AND g.value = '15ms' AND c.name = 'core' AND
               r.name = 'ready'" | tr '|' ' ' | sed 's/\.0 / /g' | sort >asked
    agrees 'heatmap of p90' drawn asked
    call 0 plot whole -o map
    for kind in ecdf histogram; do
        grep -q "^$kind: not possible: .*--filter" out || complain "plot of a sweep: $kind of 100 points"
    done
    painted map/percentiles-setup_time
    test "$(block map/percentiles-setup_time.dat 'x p50' | awk '{ printf "%s ", $1 }')" = '5 10 15 20 25 ' ||
        complain 'percentiles: other factors are not held'
    grep -q "^welch: not possible: .*sweep" out || complain "plot of a sweep: welch of 100 points"
    refuses 'does not keep what happens when' plot whole utilisation
    refuses 'does not keep what happens when' plot whole welch --filter 'gm = 15ms and core = 3ms and ready = 50ms'
    call 0 plot whole ecdf --filter 'gm = 15ms and core = 3ms' -o map
    # A block of data for each, with the band in it: an empty one would shift the others.
    test "$(block map/ecdf-setup_time.dat 'x F low high' | awk 'NF == 4 && $2 == 1 { print $3 < 1 }' | grep -c 1)" -ge 4 &&
        grep -q 'index 3' map/ecdf-setup_time.gp && ! grep -q 'index 4' map/ecdf-setup_time.gp || complain 'ecdf of a sweep: other curves'
    refuses 'no point is so' plot whole heatmap --filter 'gm = 7ms'
    refuses 'neither' plot whole heatmap --filter 'load = 7'
    refuses 'two factors that vary' plot whole heatmap --filter 'gm = 5ms and core = 3ms'
    refuses 'on both axes' plot whole heatmap --x gm --y gm
    refuses 'has no parameter' plot whole heatmap --x gm --y no-such
    refuses 'none of mean, p50' plot whole heatmap --quantile p42
    # What failed and what was not run is seen; a factor may be no number.
    sweep holes mmd-load '<set parameter="run.until" value="10s"/><set parameter="run.warmup" value="2s"/>
<set parameter="run.max-events" value="20000"/>
<factor name="load" parameter="calls[1].arrivals" values="2 5 40" form="poisson({}/s)" unit="calls/s"/>
<factor name="network"><level name="as it is"/><level name="slow"><set parameter="link[Gm].latency" value="50ms"/></level></factor>
<exclude when="load = 2 and network = slow"/><run replications="2"/>'
    call 1 sweep holes.sweep.xml -o holes
    call 0 plot holes heatmap -o map
    painted map/heatmap-setup_time
    test "$(block map/heatmap-setup_time.dat 'column row x y failed')" = "$(printf '2 0 40 0 1\n2 1 40 1 1')" ||
        complain 'heatmap: failed points are not seen'
    grep -q "'slow' 1" map/heatmap-setup_time.gp || complain 'heatmap: no names on the axis'
    grep -q 'Empty: not run' map/heatmap-setup_time.gp || complain 'heatmap: does not say what was not run'
    call 0 plot holes percentiles -o map
    grep -q '1 without a value left out' map/percentiles-setup_time.gp || complain 'percentiles: points that failed'
    sweep latin mmd-4 '<factor name="gm" parameter="link[Gm].latency" values="5ms..25ms"/><factor name="mw" parameter="link[Mw].latency"
values="5ms..25ms"/><design type="latin-hypercube" points="9" seed="1"/>'
    call 0 sweep latin.sweep.xml -o latin
    refuses 'no grid' plot latin heatmap
    # Success and blocking against the load.
    call 0 plot holes success --filter 'load < 40 and network = "as it is"' -o map
    painted map/success
    block map/success.dat 'x SER' >drawn
    ask holes "SELECT f.number, 100 * value_ratio, 100 * ci_low_ratio, 100 * ci_high_ratio FROM ratio JOIN factor f USING (point) JOIN factor g
               USING (point) WHERE ratio.name = 'SER' AND f.name = 'load' AND g.value = 'as it is' AND f.number < 40 ORDER BY 1" |
        tr '|' ' ' >asked
    agrees success drawn asked
    block map/success.dat 'x 1' | awk '{ print $1, $2, $3, $4 }' >drawn
    ask holes "SELECT f.number, 100 - 100 * value_ratio, 100 - 100 * ci_high_ratio, 100 - 100 * ci_low_ratio FROM ratio JOIN factor f USING (point)
               JOIN factor g USING (point) WHERE ratio.name = 'SEER' AND f.name = 'load' AND g.value = 'as it is' AND f.number < 40
               ORDER BY 1" | tr '|' ' ' >asked
    agrees blocking drawn asked
    grep -q Wilson map/success.svg || complain 'success: does not say where intervals come from'
    refuses 'no number' plot holes success --x network
fi

# ---- the documentation: every query runs, the sample is a valid sweep
mkdir results && cp -r whole results/latencies
# blocks LANGUAGE: each fenced block as LANGUAGE-N.
blocks()
{
    awk -v language="$1" '$0 == "```" language { on = 1; n++; next } /^```/ { on = 0 } on { print > (language "-" n) }' \
        "$top/docs/sweeps.md"
}
blocks sql
for query in sql-*; do
    count=$((count + 1))
    sqlite3 -batch results/latencies/results.db ".read $query" >answer 2>err
    test -s answer || complain "docs/sweeps.md: $query says nothing: $(head -n 3 "$query")"
done
blocks xml
sed 's/lean.xml/mmd.xml/' xml-1 >study.sweep.xml
call 0 sweep study.sweep.xml --list
tail -n 1 out | grep -q '168 points, 10 replications each' || complain 'docs/sweeps.md: the sample has other points'
blocks python
for python in python3 /usr/bin/python3 none; do
    $python -c 'import pandas' 2>/dev/null && break
done
if test $python = none; then
    echo 'sweep.sh: no pandas here: left out'
else
    for program in python-*; do
        count=$((count + 1))
        $python "$program" >answer 2>err && test -s answer || complain "docs/sweeps.md: $program fails"
    done
fi
blocks r
if have Rscript && Rscript -e 'library(RSQLite)' >/dev/null 2>&1; then
    for program in r-*; do
        count=$((count + 1))
        Rscript "$program" >answer 2>err && grep -q gm answer || complain "docs/sweeps.md: $program fails"
    done
fi

finish
