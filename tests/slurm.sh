#!/bin/sh
# slurm.sh - a sweep on a cluster: a real Slurm, with a controller and two nodes, all on the loopback interface. One node dies
# in the middle, with what it was doing; the results are those of a run at home.
#
# Nothing of Slurm has to be configured or to run on this machine: configuration, state and logs are in a folder of our own,
# and all that is started is stopped. Munge and systemd are not needed (auth/none, proctrack/linuxproc). Without Slurm
# (package slurm-wlm) the test is skipped. From `make check`: srcdir and IMSSIM are set. By hand, from the top:
#     IMSSIM=build/imssim sh tests/slurm.sh
set -u
top=$(cd "${srcdir:-.}" && pwd) || exit 1
imssim=${IMSSIM:-$top/build/imssim}
case $imssim in /*) ;; *) imssim=$(pwd)/$imssim ;; esac
PATH=$PATH:/usr/sbin:/sbin
for tool in slurmctld slurmd sbatch squeue scancel sinfo; do
    command -v $tool >/dev/null 2>&1 || {
        echo "slurm.sh: no $tool here (package slurm-wlm): skipped"
        exit 77
    }
done
test "$(id -u)" -eq 0 || {
    echo 'slurm.sh: slurmd starts tasks as root only: skipped'
    exit 77
}
work=$(mktemp -d) || exit 1
cd "$work" || exit 1
failed=0
count=0
complain()
{
    failed=$((failed + 1))
    echo "slurm.sh: $*"
}

# ---- the cluster
port=$((20000 + $$ % 20000))
mkdir state log spool-n1 spool-n2
cat >slurm.conf <<CONF
ClusterName=loopback
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
AuthInfo=cred_expire=5
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_res
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SlurmdParameters=config_overrides
ReturnToService=2
SlurmctldTimeout=10
SchedulerParameters=batch_sched_delay=1,sched_interval=2,sched_min_interval=0
SlurmdTimeout=3
KillWait=1
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
SlurmctldLogFile=$work/log/slurmctld
SlurmdLogFile=$work/log/slurmd-%n
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1
PartitionName=all Nodes=n1,n2 Default=YES State=UP
CONF
SLURM_CONF=$work/slurm.conf
IMSSIM_DATADIR=$top
export SLURM_CONF IMSSIM_DATADIR

# Tasks of a node (n1, n2): what has its name and our configuration in its environment.
tasks_of()
{
    for environ in $(grep -lzx "SLURMD_NODENAME=$1" /proc/[0-9]*/environ 2>/dev/null); do
        grep -qzx "SLURM_CONF=$SLURM_CONF" "$environ" 2>/dev/null || continue
        environ=${environ#/proc/}
        echo "${environ%/environ}"
    done
}
# The node is switched off: its daemon, the daemon's helpers and the tasks are gone at once.
switch_off()
{
    kill -s KILL "$2" 2>/dev/null
    for task in $(tasks_of "$1"); do
        parent=$(awk '/^PPid:/ { print $2 }' "/proc/$task/status" 2>/dev/null)
        case $(cat "/proc/${parent:-0}/comm" 2>/dev/null) in slurmstepd*) kill -s KILL "$parent" 2>/dev/null ;; esac
        kill -s KILL "$task" 2>/dev/null
    done
}
controller=
node1=
node2=
stop_all()
{
    test -z "$node1" || switch_off n1 "$node1"
    test -z "$node2" || switch_off n2 "$node2"
    test -z "$controller" || kill "$controller" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 1' HUP INT TERM

slurmctld -D >controller.out 2>&1 &
controller=$!
slurmd -D -N n1 >n1.out 2>&1 &
node1=$!
slurmd -D -N n2 >n2.out 2>&1 &
node2=$!
tries=0
until test "$(sinfo --noheader --format=%T --states=idle --Node 2>/dev/null | wc -l)" -eq 2; do
    tries=$((tries + 1))
    if test $tries -gt 100 || ! kill -0 $controller 2>/dev/null; then
        echo 'slurm.sh: the nodes do not come up:'
        tail -n 5 controller.out n1.out n2.out log/slurmctld 2>/dev/null
        exit 1
    fi
    sleep 0.2
done
ss -tln 2>/dev/null | awk -v a=$port -v b=$((port + 2)) '{ n = split($4, p, ":"); if (p[n] >= a && p[n] <= b && $4 !~ /^127\./) exit 1 }' ||
    complain 'listens on more than the loopback interface'

# ---- the same sweep at home
"$imssim" sweep latencies --reps 40 -o home >home.txt 2>err || complain "at home: $(cat err)"
"$imssim" export home >home.json

# ---- ... and on both nodes, of which one dies
"$imssim" sweep latencies --reps 40 -o away --engine slurm --tasks 10 >away.txt 2>err </dev/null &
sweep=$!
tries=0
until test "$(find away/parts -name 'part-*.db' 2>/dev/null | wc -l)" -ge 3 &&
    test -n "$(tasks_of n2)"; do
    tries=$((tries + 1))
    if test $tries -gt 600 || ! kill -0 $sweep 2>/dev/null; then
        complain "three parts never came: $(cat err) $(tail -n 3 log/slurmctld)"
        break
    fi
    sleep 0.02
done
switch_off n2 $node2
there=$(find away/parts -name 'part-*.db' | wc -l)
echo "slurm.sh: node n2 dies with $there of 10 parts there"
test "$there" -lt 10 || complain 'it was too late to kill a node'
wait $sweep
status=$?
count=$((count + 1))
test $status -eq 0 || complain "on the cluster: exit code $status: $(cat err)"
"$imssim" export away >away.json 2>>err
cmp home.json away.json || complain 'the results are not those at home'
cmp home.txt away.txt || complain 'the table is not that at home'
test ! -e away/parts || complain 'parts are left over'
grep -q 'Requeu\|requeue\|not responding' log/slurmctld || complain 'Slurm did not notice that a node died'

# ---- what was asked for again is there already; a job can be cancelled and gone on with
"$imssim" sweep latencies --reps 40 -o away --engine slurm >/dev/null 2>err
status=$?
test $status -eq 2 && grep -q 'is there' err || complain "results are there: exit code $status"
env --default-signal=INT "$imssim" sweep latencies --reps 40 -o again --engine slurm --tasks 6 >/dev/null 2>err </dev/null &
sweep=$!
tries=0
until test "$(find again/parts -name 'part-*.db' 2>/dev/null | wc -l)" -ge 1; do
    tries=$((tries + 1))
    test $tries -lt 300 || { complain 'a part never came'; break; }
    sleep 0.1
done
kill -s INT $sweep
wait $sweep
status=$?
test $status -eq 3 || complain "Ctrl-C: exit code $status: $(cat err)"
tries=0
until test -z "$(squeue --noheader)"; do
    tries=$((tries + 1))
    test $tries -lt 60 || { complain 'Ctrl-C leaves the job in the queue'; break; }
    sleep 0.5
done
"$imssim" sweep latencies --reps 40 -o again --engine slurm --tasks 6 >/dev/null 2>err
status=$?
test $status -eq 2 && grep -q 'holds parts' err || complain "parts are there: exit code $status"
"$imssim" sweep latencies --reps 40 -o again --engine slurm --tasks 6 --resume >/dev/null 2>err </dev/null ||
    complain "resumed: $(cat err)"
"$imssim" export again 2>>err | cmp - home.json || complain 'resumed: the results are not those at home'

echo "slurm.sh: $failed complaints"
test "$failed" -eq 0
