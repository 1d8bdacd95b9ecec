#!/bin/sh
# report.sh - interactive ladders as their readers meet them, in a real Chromium (tests/report/drive.js), and with thousands
# of messages.
#
# From `make check`: srcdir and IMSSIM are set; Playwright's library stands in node_modules of the build folder. By hand, from
# the top:  IMSSIM=build/imssim NODE_PATH=build/node_modules sh tests/report.sh
set -u
top=$(cd "${srcdir:-.}" && pwd) || exit 1
imssim=${IMSSIM:-$top/build/imssim}
case $imssim in /*) ;; *) imssim=$(pwd)/$imssim ;; esac
NODE_PATH=${NODE_PATH:-$(pwd)/node_modules}
IMSSIM_DATADIR=$top
export IMSSIM_DATADIR NODE_PATH
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP TERM
for program in node chromium; do
    command -v "$program" >/dev/null 2>&1 || {
        echo "report.sh: no $program here"
        exit 77
    }
done
node -e 'require("playwright-core")' 2>/dev/null || {
    echo 'report.sh: no playwright-core here (npm install playwright-core)'
    exit 77
}
failed=0

# drive PAGE: a reader works through it.
drive()
{
    node "$top/tests/report/drive.js" "$(command -v chromium)" "$1" "$work/shot.png" || failed=1
    test -s "$work/shot.png" || { echo "report.sh: no screenshot of $1"; failed=1; }
}

"$imssim" ladder mmd-3 --format html >"$work/mmd-3.html" || exit 1
drive "$work/mmd-3.html"
"$imssim" ladder volte-call --format html >"$work/volte-call.html" || exit 1
drive "$work/volte-call.html"

# Results: tables, graphs, and a call simulated anew.
"$imssim" run mmd-load --set run.until=90s --reps 2 -o "$work/load" >/dev/null 2>&1 || exit 1
(cd "$work" && "$imssim" report load -o load.html --call 3) || exit 1
grep -q '<td>setup_time<div class="about">caller sends INVITE' "$work/load.html" || { echo 'report.sh: no times in the report'; failed=1; }
mean=$(sqlite3 "$work/load/results.db" "SELECT printf('%.3f', mean_ns / 1e6) FROM metric WHERE name = 'setup_time' AND replication = 0")
grep -q "<td class=\"n\">$mean</td>" "$work/load.html" || { echo "report.sh: the mean $mean is not in the report"; failed=1; }
test "$(grep -c '<svg' "$work/load.html")" -ge 2 || { echo 'report.sh: no graphs in the report'; failed=1; }
xmllint --noout --html --recover "$work/load.html" 2>/dev/null || { echo 'report.sh: the report is not HTML'; failed=1; }
drive "$work/load.html"

# Thousands of messages: the same reader, and nothing that hangs.
mkdir "$work/profiles" && cp "$top"/scenarios/profiles/*.xml "$work/profiles" || exit 1
{
    echo '<scenario xmlns="urn:imssim:scenario:1" name="many"><profile href="profiles/volte.xml"/><script>'
    echo '<at time="0s" ue="UE-A" do="attach"/><at time="1s" ue="UE-B" do="attach"/>'
    i=1
    while test $i -le 24; do
        echo "<call at='$((i * 20))s' from='UE-A' to='UE-B' answer='2s' hold='5s'/>"
        i=$((i + 1))
    done
    echo '</script><run until="600s"/></scenario>'
} >"$work/many.xml"
"$imssim" ladder "$work/many.xml" --call all --format html >"$work/many.html" || exit 1
messages=$("$imssim" ladder "$work/many.xml" --call all --all --format tsv | wc -l)
test "$messages" -gt 5000 || { echo "report.sh: only $messages messages"; failed=1; }
drive "$work/many.html"
exit $failed
