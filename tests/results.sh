#!/bin/sh
# results.sh - results on disk as users meet them: what run leaves, what export and plot make of it, and that
# neither Ctrl-C, nor kill -9, nor a full disk, nor something in the way leaves anything half-written.
#
# SQLite's own shell reads the databases, jq the JSON, gnuplot draws; a check whose tool is missing is left
# out, and said so.
. "${srcdir:-.}/tests/calls.sh"

have sqlite3 || exit 77

short='--set run.until=90s --set run.warmup=10s'

# ---- what a run leaves
# shellcheck disable=SC2086 # a list of words
{
    call 0 run mmd-load $short --reps 4 -j 1
    call 0 run mmd-load $short --reps 4 -j 2 -o two
    call 0 run mmd-load $short --reps 4 -j 2 -o two
}
db=results/mmd-load/results.db
test "$(ls results/mmd-load)" = "$(printf 'results.db\nsummary.csv')" || complain 'run leaves other files'
says $db 'PRAGMA integrity_check' ok
says $db 'PRAGMA user_version' 5
says $db 'PRAGMA journal_mode' delete
says $db 'SELECT scenario, seed, replications_planned_count, replications_finished_count, state FROM run' \
    'mmd-load|1|4|4|finished'
says $db 'SELECT count(*), min(number), max(number) FROM replication' '4|1|4'
says two/results.db 'SELECT count(*) FROM run' 1 # replaced, not added
# Totals are the sums of replications, in every table that has both.
says $db 'SELECT count(*) FROM (SELECT name, sum(values_count) s FROM metric WHERE replication > 0 GROUP BY name)
          JOIN metric m USING (name) WHERE m.replication = 0 AND m.values_count <> s' 0
says $db 'SELECT count(*) FROM metric m WHERE values_count <> (SELECT sum(values_count) FROM histogram h
          WHERE h.metric = m.name AND h.replication = m.replication)' 0
says $db "SELECT (SELECT sum(calls_count) FROM failure) = (SELECT sum(failed_count) FROM replication)" 1
says $db "SELECT count(*) FROM metric m WHERE (SELECT count(*) FROM sample s WHERE s.metric = m.name AND
          s.replication = m.replication) NOT IN (0, values_count) AND replication > 0" 0
says $db "SELECT sum(abs(mean_ns * values_count - sum_ns) > 1e-6 * sum_ns) FROM metric" 0
says $db 'SELECT count(*) FROM replication WHERE sent_count + duplicated_count <>
          delivered_count + lost_count + dropped_count + in_flight_count' 0
says $db "SELECT count(*) FROM metric WHERE replication = 0 AND (ci_low_ns IS NULL OR ci_low_ns > ci_high_ns)" 0
says $db "SELECT value FROM parameter WHERE name = 'calls[1].hold'" 'exp(90s)'
says $db 'SELECT length(hash) FROM point' 64
# The summary says the same.
says $db "SELECT printf('%.6f', mean_ns / 1e6) FROM metric WHERE replication = 0 AND name = 'setup_time'" \
    "$(awk -F, '$6 == "setup_time" { print $8 }' results/mmd-load/summary.csv)"

# ---- the same result, whatever the number of threads, and every time
for dir in mmd-load two; do
    call 0 export $dir
    cp out "$dir.json"
done
cmp mmd-load.json two.json || complain 'exports of -j 1 and -j 2 differ'
call 0 export mmd-load --provenance
cmp -s out mmd-load.json && complain 'export --provenance: adds nothing'
# shellcheck disable=SC2086
call 0 run mmd-load $short --reps 4 --seed 2 -o other
call 0 export other
cmp -s out mmd-load.json && complain 'another seed gives the same export: nothing is compared'
says other/results.db 'SELECT hash FROM point' "$(ask $db 'SELECT hash FROM point')"

# ---- single calls and their messages
call 0 run mmd-3 --trace 1 -o one
says one/results.db "SELECT caller, called, ringback_ns - invite_sent_ns FROM call" \
    "UE-1|UE-2|$(ask one/results.db "SELECT min_ns FROM metric WHERE name = 'setup_time' AND replication = 0")"
call 0 ladder mmd-3 --format tsv --order time
awk -F '\t' 'NR > 1 { print $2 "|" $8 }' out | sort >steps
ask one/results.db "SELECT sent_ns, message FROM message WHERE protocol = 'SIP' AND message <> '100 Trying'
                    AND outcome = 'delivered'" | sort >messages
check 'messages are not those of the ladder' cmp steps messages
# shellcheck disable=SC2086
{
    call 0 run mmd-load $short --set run.until=10min -o many
    says many/results.db 'SELECT count(*) FROM call' 0
    call 0 run mmd-load $short --set run.until=10min -o many --calls
}
says many/results.db 'SELECT count(*) = (SELECT dialled_count FROM replication) FROM call' 1
says many/results.db 'SELECT count(*) - sum(open) = (SELECT dialled_count - open_count FROM replication) FROM call' 1
says many/results.db "SELECT values_count, sum_ns FROM metric WHERE replication = 0 AND name = 'setup_time'" \
    "$(ask many/results.db 'SELECT count(ringback_ns), sum(ringback_ns - invite_sent_ns) FROM call
                            WHERE ringback_ns IS NOT NULL')"

# Times in their order: the same with and without a warm-up, whose calls are among them; each in its stretch.
# shellcheck disable=SC2086
call 0 run mmd-load --set run.until=90s --set run.warmup=0s --reps 4 -o cold
call 0 export cold --table series
cp out cold.csv
call 0 export mmd-load --table series
cmp -s out cold.csv || complain 'series: other values with a warm-up'
says $db "SELECT sum(values_count) > (SELECT values_count FROM metric WHERE name = 'setup_time' AND replication = 0) FROM series
          WHERE metric = 'setup_time'" 1
says $db "SELECT max(n) <= 512, min(n) > 0 FROM (SELECT count(*) n FROM series GROUP BY metric)" '1|1'
# So do stations, whatever they forget in between; and all stretches together are what stations counted themselves.
call 0 export cold --table occupancy
cp out cold.csv
call 0 export mmd-load --table occupancy
cmp -s out cold.csv || complain 'occupancy: other values with a warm-up'
says cold/results.db 'SELECT count(*), count(*) FILTER (WHERE busy_ns = (SELECT CAST(sum(busy_ns) AS TEXT) FROM occupancy o WHERE o.name = s.name)
    AND queue_ns = (SELECT CAST(sum(queue_ns) AS TEXT) FROM occupancy o WHERE o.name = s.name)) FROM station s WHERE replication = 0' '5|5'
says cold/results.db 'SELECT DISTINCT sum(observed_ns), count(*) BETWEEN 129 AND 256 FROM occupancy GROUP BY name' '360000000000|1'
says cold/results.db 'SELECT min(utilisation_ratio) >= 0, max(utilisation_ratio) <= 1, max(observed_ns) = 4 * max(to_ns - from_ns) FROM occupancy' '1|1|1'
# A run without a stated end: stretches become longer on the way.
call 0 run mmd-3 --set 'node[*CSCF*].servers=1' --set 'node[*CSCF*].service[protocol=SIP].time=exp(5ms)' --reps 3 -o endless
says endless/results.db 'SELECT count(*), count(*) FILTER (WHERE busy_ns = (SELECT CAST(sum(busy_ns) AS TEXT) FROM occupancy o WHERE o.name = s.name))
    FROM station s WHERE replication = 0 AND servers_count = 1' '4|4'
says endless/results.db 'SELECT DISTINCT sum(observed_ns) = (SELECT sum(virtual_ns) FROM replication), max(to_ns) / (to_ns - from_ns) BETWEEN 128 AND 256
    FROM occupancy GROUP BY name' '1|1'
call 0 run mmd-load --set run.until=90s --set run.warmup=0s --calls -o ordered
says ordered/results.db "SELECT count(*) FROM series s WHERE metric = 'setup_time' AND (values_count, sum_ns) IS NOT (SELECT count(*),
    CAST(sum(ringback_ns - invite_sent_ns) AS TEXT) FROM call WHERE ringback_ns IS NOT NULL AND invite_sent_ns >= s.from_ns AND
    invite_sent_ns < s.to_ns)" 0
says ordered/results.db "SELECT sum(values_count) = (SELECT count(ringback_ns) FROM call) FROM series WHERE metric = 'setup_time'" 1

# ---- what phones do by themselves
call 0 run volte-call -o phones
says phones/results.db "SELECT kind, sum(done_count), sum(failed_count) FROM procedure_count WHERE replication = 0
                        AND kind IN ('attach', 'detach', 'registration') GROUP BY kind" 'attach|2|0
detach|1|0
registration|2|0'
says phones/results.db "SELECT count(*) = (SELECT sum(begun_count) FROM procedure_count WHERE replication = 1) FROM procedure" 1
says phones/results.db "SELECT sum(ended_ns - begun_ns) = (SELECT sum_ns FROM metric WHERE name = 'attach_time' AND
                        replication = 0) FROM procedure WHERE kind = 'attach'" 1
says phones/results.db "SELECT called_bearer_up_ns - called_bearer_asked_ns = (SELECT min_ns FROM metric WHERE
                        name = 'bearer_setup_time_called' AND replication = 0) FROM call" 1
call 0 export phones --table procedure
test "$(grep -c 'UE-A' out)" -eq 4 || complain 'export procedure: not the four procedures of UE-A'

# ---- append, replace, refuse
call 0 run mmd-1 -o runs
call 0 run mmd-3 -o runs --append
says runs/results.db 'SELECT group_concat(scenario) FROM run' mmd-1,mmd-3
says runs/results.db 'SELECT count(DISTINCT point) FROM metric' 2
refuses 'holds results of scenario' run mmd-2 -o runs
says runs/results.db 'SELECT count(*) FROM run' 2
call 0 run mmd-1 -o kept
echo mine >kept/notes.txt
call 0 run mmd-1 -o kept
test "$(cat kept/notes.txt)" = mine || complain 'a file that is not ours was touched'
mkdir foreign folder folder/results.db lonely
echo 'not a database' >foreign/results.db
echo mine >lonely/summary.csv
: >file
refuses 'is no database of imssim' run mmd-1 -o foreign
test "$(cat foreign/results.db)" = 'not a database' || complain 'a foreign results.db was touched'
sqlite3 foreign/other.db 'CREATE TABLE t (x); INSERT INTO t VALUES (1)' && mv foreign/other.db foreign/results.db
refuses 'is no database of imssim' run mmd-1 -o foreign
says foreign/results.db 'SELECT count(*) FROM t' 1
refuses 'not a file' run mmd-1 -o folder
refuses 'in the way' run mmd-1 -o lonely
refuses 'not a folder' run mmd-1 -o file
refuses 'file/x' run mmd-1 -o file/x
refuses 'name of a folder' run mmd-1 -o ''
refuses 'cannot be made' run mmd-1 -o /proc/imssim
refuses 'nowhere to keep' run mmd-1 --no-results --calls
refuses 'no whole number' run mmd-1 --trace 0
ask runs/results.db 'PRAGMA user_version = 99'
refuses 'schema version 99' run mmd-1 -o runs
refuses 'schema version 99' export runs
refuses 'not a folder' run mmd-1 -o /dev/full
mkdir empty
(cd empty && "$imssim" run mmd-1 --no-results >/dev/null 2>&1)
rmdir empty || complain '--no-results writes something'
refuses '' run mmd-1 --set no-such=1 -o never
test ! -e never || complain 'a run that cannot begin leaves a folder'
if test "$(id -u)" -ne 0; then
    mkdir locked && chmod a-w locked
    refuses 'cannot be' run mmd-1 -o locked/x
    refuses 'cannot be' run mmd-1 -o locked
fi
# A disk that is full: at once, and in the middle. Only root can make one.
mkdir disk
if mount -t tmpfs -o size=64k none disk 2>/dev/null; then
    refuses 'no space' run mmd-1 -o disk/x
    test -z "$(ls disk)" || complain 'a full disk: something is left'
    umount disk
    mount -t tmpfs -o size=600k none disk
    call 2 run mmd-3 --reps 20000 -o disk/x
    grep -q 'no space' err || complain 'a full disk: not said'
    test ! -e disk/x/results.db || says disk/x/results.db 'PRAGMA integrity_check' ok
    umount disk
fi

# ---- invariants
call 0 run volte-call --no-results --reps 2
cp out unchecked
call 0 run volte-call --no-results --reps 2 --check
cmp -s out unchecked || complain 'run --check: other numbers than without'
grep -q 'no invariant is broken; [1-9][0-9]* times a phone was compared with its nodes$' err || complain 'run --check: says nothing of what was checked'
call 0 run mmd-3 --no-results --check
grep -q 'no invariant is broken$' err || complain 'run --check: compares phones where there is no access'

# ---- interruption
# start ARGUMENT...: imssim run in the background, as $pid; a shell without job control ignores SIGINT there.
start()
{
    env --default-signal=INT "$imssim" run "$@" >out 2>err </dev/null &
    pid=$!
}
# await DB SQL: until it says 1, at most 30 s.
await()
{
    tries=0
    until test -f "$1" && test "$(sqlite3 -batch "$1" "$2" 2>/dev/null)" = 1; do
        tries=$((tries + 1))
        test $tries -lt 300 || { complain "$1: never: $2"; return; }
        sleep 0.1
    done
}
start mmd-load --set run.until=100h -o long
sleep 1
kill -s INT $pid
wait $pid
status=$?
count=$((count + 1))
test $status -eq 3 || complain "interrupted: exit code $status, not 3"
says long/results.db 'PRAGMA integrity_check' ok
says long/results.db 'SELECT state, replications_finished_count, why IS NULL FROM run' 'interrupted|0|0'
says long/results.db "SELECT values_count > 0 FROM metric WHERE name = 'setup_time' AND replication = 0" 1
grep -q '^mmd-load,1,0,interrupted,time,setup_time,' long/summary.csv || complain 'summary.csv: not marked interrupted'

# shellcheck disable=SC2086
start mmd-load $short --reps 100000 -j 2 -o stopped
await stopped/results.db 'SELECT count(*) > 2 FROM replication'
refuses 'another imssim' run mmd-load -o stopped
kill -s INT $pid
wait $pid
status=$?
count=$((count + 1))
test $status -eq 3 || complain "interrupted replications: exit code $status, not 3"
# shellcheck disable=SC2086
start mmd-load $short --reps 100000 -j 2 -o killed
await killed/results.db 'SELECT count(*) > 2 FROM replication'
kill -s KILL $pid
wait $pid 2>/dev/null
says stopped/results.db 'SELECT state FROM run' interrupted
says killed/results.db 'SELECT state FROM run' running
for dir in stopped killed; do
    # What is there is what a run of so many replications gives.
    says $dir/results.db 'PRAGMA integrity_check' ok
    n=$(ask $dir/results.db 'SELECT replications_finished_count FROM run')
    says $dir/results.db 'SELECT count(*) FROM replication' "$n"
    # shellcheck disable=SC2086
    call 0 run mmd-load $short --reps "$n" -o "whole-$dir"
    for table in replication metric ratio counter station histogram sample failure call; do
        call 0 export $dir --table $table
        cp out part.csv
        call 0 export "whole-$dir" --table $table
        cmp -s out part.csv || complain "$dir: table $table is not that of $n replications"
    done
done
# shellcheck disable=SC2086
call 0 run mmd-load $short -o killed # and goes on from there
says killed/results.db 'SELECT group_concat(state) FROM run' finished
call 1 run mmd-load --set run.max-events=1000 -o limit
says limit/results.db 'SELECT state FROM run' limit

# ---- export
call 0 export mmd-load --list
cp out tables
for table in $(ask $db "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'pack'"); do
    grep -q "^$table " tables || complain "export --list: no $table"
    call 0 export mmd-load --table "$table"
    cp out "$table.csv"
    # RFC 4180: CR LF, as many records as rows; SQLite's reader agrees cell by cell.
    says $db "SELECT count(*) + 1 FROM \"$table\"" "$(grep -c "$(printf '\r')\$" "$table.csv")"
    rm -f back.db
    ask back.db ".import --csv $table.csv t"
    says back.db 'SELECT count(*) FROM t' "$(ask $db "SELECT count(*) FROM \"$table\"")"
    call 0 export mmd-load --list --table "$table"
    sed 1d out | awk '{ print $1 }' >columns
    ask $db "SELECT name FROM pragma_table_info('$table')" | cmp -s - columns || complain "$table: other columns"
    call 0 export mmd-load --table "$table"
done
ask back.db 'DROP TABLE t' && ask back.db '.import --csv metric.csv t'
ask back.db "SELECT name, sum_ns, mean_ns + 0.0 FROM t" >back
ask $db "SELECT name, sum_ns, mean_ns FROM metric ORDER BY point, replication, name" | cmp -s - back ||
    complain 'metric.csv: other numbers than in the database'
call 0 export mmd-load --table run -o exported.csv
cmp -s run.csv exported.csv || complain 'export -o: another table than on standard output'
test ! -s out || complain 'export -o: writes to stdout'
for table in run metric parameter; do
    call 0 export mmd-load --table $table --format json -o $table.json
done
if have jq; then
    check 'JSON is not valid' jq -e 'keys | length == 24' mmd-load.json
    check 'JSON has other rows' test "$(jq '.histogram | length' mmd-load.json)" = \
        "$(ask $db 'SELECT count(*) FROM histogram')"
    check 'JSON of a table is not valid' jq -e '.[0].state == "finished"' run.json
    check 'JSON has other numbers' jq -e "[.[] | select(.replication == 0 and .name == \"setup_time\")][0].max_ns ==
        $(ask $db "SELECT max_ns FROM metric WHERE name = 'setup_time' AND replication = 0")" metric.json
fi
refuses 'none of meta, ' export mmd-load --table secrets
refuses 'one table' export mmd-load --format csv
refuses 'none of csv, json' export mmd-load --format xml
refuses 'no such folder' export nowhere
call 0 export --list
call 0 run mmd-1
refuses 'several results, name one: results/mmd-1, results/mmd-load' export
refuses 'is no database of imssim' export foreign
refuses 'cannot write' export mmd-load --table run -o /nonexistent/run.csv
refuses 'cannot write' export mmd-load --table run -o results
refuses 'cannot write' export mmd-load -o /dev/full
ls /dev/full.* exported.csv.* >/dev/null 2>&1 && complain 'export -o: something is left'

# ---- cells: the total is that of the replications, and those that are full refuse
call 0 run volte-load --set run.until=30s --set run.warmup=10s --set radio.gbr-bearers=5 --reps 2 -o cells
if have sqlite3; then
    says cells/results.db 'SELECT count(*), min(refused_count) > 0, max(mean_bearers) <= 5 FROM cell WHERE replication = 0' '6|1|1'
    says cells/results.db 'SELECT count(*) FROM cell t WHERE replication = 0 AND asked_count = (SELECT sum(asked_count) FROM cell
        WHERE name = t.name AND replication > 0)' 6
    # Of the warm-up nothing counts: what there is, less what there was at its end.
    for until in 30 10; do
        call 0 run volte-load --set run.until=${until}s --set run.warmup=0s --set radio.gbr-bearers=5 --reps 2 -o cells$until
    done
    ask cells30 "ATTACH 'cells10/results.db' AS w; SELECT sum(a.asked_count) - sum(w.asked_count), sum(a.refused_count) - sum(w.refused_count),
        sum(a.bearer_ns) - sum(w.bearer_ns) FROM main.cell a JOIN w.cell w USING (replication, name) WHERE replication = 0" >expected
    says cells 'SELECT sum(asked_count), sum(refused_count), sum(bearer_ns) FROM cell WHERE replication = 0' "$(cat expected)"
    says cells/results.db 'SELECT max(abs(mean_bearers - bearer_ns / 40e9)) < 1e-9 FROM cell WHERE replication = 0' 1
fi

# ---- graphs
if have gnuplot; then
    # drawn NAME [ROWS]: the four files are there and more than an empty frame.
    drawn()
    {
        for ending in gp dat svg png; do
            test -s "$1.$ending" || complain "$1.$ending: not there"
        done
        test "$(grep -c '^[0-9]' "$1.dat")" -ge "${2:-4}" || complain "$1.dat: hardly any data"
        test "$(wc -c <"$1.png")" -gt 10000 || complain "$1.png: hardly anything in it"
        head -c 8 "$1.png" | od -An -tx1 | grep -q '89 50 4e 47 0d 0a 1a 0a' || complain "$1.png: not a PNG"
        grep -q '(ms)' "$1.svg" || complain "$1.svg: no unit"
        grep -q 'seed 1' "$1.svg" || complain "$1.svg: no caption"
        if command -v xmllint >/dev/null 2>&1; then
            xmllint --noout "$1.svg" 2>err || complain "$1.svg: not well formed"
        fi
    }
    call 0 plot mmd-load
    grep -q '^percentiles: not possible: ' out || complain 'plot: does not say what is not possible'
    drawn results/mmd-load/ecdf-setup_time
    drawn results/mmd-load/histogram-setup_time
    grep -q 'over replications' results/mmd-load/ecdf-setup_time.svg || complain 'ecdf: which band is not said'
    # The curve ends at 1, the density has area 1, the band holds the curve.
    awk '/^# x F/ { on = 1; next } /^$/ { on = 0 } on { last = $2 } END { exit last != 1 }' \
        results/mmd-load/ecdf-setup_time.dat || complain 'ecdf: does not end at 1'
    awk '/^[0-9]/ { n++; if (n == 2) width = $1 - x; x = $1; area += $2 } END { area *= width
         exit area < 0.995 || area > 1.0001 }' results/mmd-load/histogram-setup_time.dat ||
        complain 'histogram: the area is not 1'
    awk '/^[0-9]/ && NF == 3 && ($2 > $3 || $2 < 0 || $3 > 1) { bad = 1 } END { exit bad }' \
        results/mmd-load/ecdf-setup_time.dat || complain 'ecdf: the band is upside down'
    # The script can be run again by hand.
    cp results/mmd-load/ecdf-setup_time.gp results/mmd-load/ecdf-setup_time.dat .
    check 'the script does not run by hand' gnuplot ecdf-setup_time.gp
    check 'the script draws something else by hand' cmp ecdf-setup_time.svg results/mmd-load/ecdf-setup_time.svg
    call 0 plot many ecdf -o graphs
    drawn graphs/ecdf-setup_time
    grep -q 'Dvoretzky' graphs/ecdf-setup_time.svg || complain 'ecdf: which band is not said'
    for rate in 5 40 20; do
        # shellcheck disable=SC2086
        call 0 run mmd-load $short --reps 2 -o sweep --append --set "calls[1].arrivals=poisson($rate/s)"
    done
    call 0 plot sweep percentiles
    drawn sweep/percentiles-setup_time
    test "$(awk '/p50/ { on = 1; next } /^$/ { on = 0 } on { printf "%s ", $1 }' sweep/percentiles-setup_time.dat)" = \
        '5 20 40 ' || complain 'percentiles: not by ascending load'
    call 0 plot sweep percentiles --x 'calls[1].arrivals' -o by-name
    drawn by-name/percentiles-setup_time
    call 0 plot mmd-load two other ecdf -o three
    drawn three/ecdf-setup_time
    call 0 plot mmd-load two other histogram -o three
    drawn three/histogram-setup_time
    # Welch's plot: stretches of virtual time, and averages over 2 w + 1 of them, at the beginning over 2 i + 1.
    call 0 plot mmd-load phases -o graphs
    drawn graphs/phases-setup_time 1
    grep -q '180 back' graphs/phases-setup_time.svg || complain 'phases: the last one is not there'
    ask $db "SELECT sum(mean_ns) / 1e6 FROM phase WHERE metric = 'setup_time' AND replication = 0" >asked
    awk '/^[0-9]/ { print $NF }' graphs/phases-setup_time.dat >plain
    paste -d ' ' plain asked | awk '{ d = $1 - $2; exit !(d < 1e-4 && d > -1e-4 && $1 > 0) }' ||
        complain "phases: the bar ends at $(cat plain), not at $(cat asked)"
    refuses 'SDT has no phases' plot mmd-load phases --metric SDT
    call 0 plot mmd-load welch -o graphs
    drawn graphs/welch-setup_time
    ask $db "SELECT (from_ns + to_ns) / 2e9, sum_ns / 1e6 / values_count, values_count FROM series WHERE metric = 'setup_time'" |
        tr '|' ' ' >asked
    awk '/^[0-9]/ { print $1, $2, $4 }' graphs/welch-setup_time.dat >plain
    paste -d ' ' plain asked | awk '{ for (i = 1; i <= 3; i++) { d = $i - $(i + 3); if (d > 1e-5 || d < -1e-5) bad = 1 } }
        END { exit bad || NR < 100 }' || complain 'welch: other means than in the database'
    ask $db "WITH w(w) AS (SELECT max(1, max(to_ns) / max(to_ns - from_ns) / 40) FROM series WHERE metric = 'setup_time'),
             t AS (SELECT from_ns / (to_ns - from_ns) AS i, values_count AS n, sum_ns AS s, w FROM series, w WHERE metric = 'setup_time')
             SELECT (SELECT sum(b.s) / 1e6 / sum(b.n) FROM t b WHERE abs(b.i - t.i) <= min(t.i, t.w)) FROM t
             WHERE i + min(i, w) <= (SELECT max(i) FROM t) ORDER BY i" >asked
    awk '/^[0-9]/ && $3 != "NaN" { print $3 }' graphs/welch-setup_time.dat >plain
    paste -d ' ' plain asked | awk '{ d = $1 - $2; if (d > 1e-5 || d < -1e-5) bad = 1 } END { exit bad || NR < 90 || NF != 2 }' ||
        complain 'welch: other moving averages than those of the database'
    grep -q 'MSER-5' graphs/welch-setup_time.svg || complain 'welch: MSER-5 is not there'
    call 0 plot mmd-load utilisation -o graphs
    for ending in gp dat svg png; do test -s graphs/utilisation.$ending || complain "graphs/utilisation.$ending: not there"; done
    ask $db "SELECT (from_ns + to_ns) / 2e9, 100 * utilisation_ratio, queue_mean_count FROM occupancy WHERE name = 'P-CSCF1'
             AND observed_ns > 5e8" | tr '|' ' ' >asked
    awk '/^#/ { on = $2 == "P-CSCF1:"; next } on && NF' graphs/utilisation.dat >plain
    paste -d ' ' plain asked | awk '{ for (i = 1; i <= 3; i++) { d = $i - $(i + 3); if (d > 1e-5 || d < -1e-5) bad = 1 } }
        END { exit bad || NR < 100 || NF != 6 }' || complain 'utilisation: other numbers than in the database'
    test "$(sed -n 's/^# \(.*\): middle.*/\1/p' graphs/utilisation.dat | head -n 1)" = \
        "$(ask $db 'SELECT name FROM occupancy GROUP BY name ORDER BY sum(busy_ns) DESC LIMIT 1')" ||
        complain 'utilisation: not the busiest first'
    grep -q 'messages waiting' graphs/utilisation.svg || complain 'utilisation: no queue'
    refuses 'no station has servers' plot one utilisation
    refuses 'at most 1' plot mmd-load two utilisation
    call 0 plot mmd-load two other welch -o three
    drawn three/welch-setup_time
    refuses 'in 2 stretches' plot phones welch --metric attach_time
    call 0 plot sweep success
    grep -q 'blocking (%)' sweep/success.svg || complain 'success: no blocking'
    refuses 'differ in' plot mmd-load percentiles
    refuses 'differ in' plot mmd-load success
    refuses 'two factors' plot mmd-load heatmap
    refuses 'neither' plot mmd-load ecdf --filter 'load = 3'
    refuses 'has no parameter' plot sweep percentiles --x no-such
    refuses 'no number' plot sweep percentiles --x 'calls[1].from'
    refuses 'none of setup_time' plot mmd-load --metric speed
    refuses 'one kind at a time' plot mmd-load ecdf histogram
    refuses 'one value' plot one ecdf
    call 0 plot mmd-load ecdf --metric SDT
    refuses 'cannot be made' plot mmd-load ecdf -o file/x
fi
mkdir bare
PATH=$work/bare "$imssim" plot mmd-load ecdf -o none >/dev/null 2>bare/err
status=$?
test $status -eq 1 || complain "plot without gnuplot: exit code $status, not 1"
grep -q gnuplot-nox bare/err || complain 'plot without gnuplot: does not name the package'
test ! -e none || complain 'plot without gnuplot: leaves something'

# ---- the documentation: every column is there, every query runs
for table in $(ask $db "SELECT name FROM sqlite_schema WHERE type = 'table'"); do
    grep -q "^### \`$table\`" "$top/docs/results.md" || complain "docs/results.md: no table $table"
    for column in $(ask $db "SELECT name FROM pragma_table_info('$table')"); do
        grep -q "^| \`$column\` " "$top/docs/results.md" || complain "docs/results.md: no column $table.$column"
    done
done
# blocks LANGUAGE: each fenced block as LANGUAGE-N.
blocks()
{
    awk -v language="$1" '$0 == "```" language { on = 1; n++; next } /^```/ { on = 0 } on { print > (language "-" n) }' \
        "$top/docs/results.md"
}
blocks sql
for query in sql-*; do
    from=$db
    grep -q procedure "$query" && from=phones/results.db
    ask "$from" ".read $query" >answer
    test -s answer || complain "docs/results.md: $query says nothing: $(head -n 3 "$query")"
done
blocks python
if have python3; then
    for python in python3 /usr/bin/python3 none; do
        $python -c 'import pandas' 2>/dev/null && break
    done
    for program in python-*; do
        if grep -q pandas "$program" && test $python = none; then
            echo 'results.sh: no pandas here: left out'
            continue
        fi
        test $python = none && python=python3
        check "docs/results.md: $program fails" $python "$program"
        test -s out || complain "docs/results.md: $program says nothing"
    done
fi
blocks r
if have Rscript && Rscript -e 'library(RSQLite)' >/dev/null 2>&1; then
    for program in r-*; do
        check "docs/results.md: $program fails" Rscript "$program"
    done
fi

finish
