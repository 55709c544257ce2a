#!/bin/bash
# A real SLURM cluster on one machine, for tests: a controller and two nodes on the loopback interface, from Debian's
# packages (slurmctld, slurmd, slurm-client, munge). Needs root. Everything is in DIR, the configuration included, so a
# SLURM that the machine has already is neither used nor disturbed; DIR's path must be short (sockets have their names in it).
#   setup_slurm.sh start DIR [OWNER]   exit code 77 if the daemons cannot run here; they end when process OWNER ends
#   PATH=DIR/bin:$PATH sbatch ...      SLURM's commands, for this cluster
#   setup_slurm.sh stop DIR
set -eu

action=$1
dir=$(mkdir -p "$2" && cd "$2" && pwd)
owner=${3:-}
conf=$dir/slurm.conf
PATH=$PATH:/usr/sbin:/sbin
cannot_run_here=77

# Processes of this cluster: daemons by their arguments, jobs by their environment.
ours() {
    {
        grep -lzF "$dir/" $(grep -lE '^(slurm|munged)' /proc/[0-9]*/comm | sed 's/comm$/cmdline/')
        grep -lzxF "SLURM_CONF=$conf" /proc/[0-9]*/environ
    } 2>/dev/null </dev/null | cut -d/ -f3 | sort -u
}

all_ended() {
    for _ in $(seq "$1"); do
        [ -z "$(ours)" ] && return 0
        sleep 0.2
    done
    return 1
}

stop() {
    if [ -f "$dir/slurmctld.pid" ]; then
        timeout 10 "$dir/bin/scancel" --partition=test 2>/dev/null || true
        for _ in $(seq 25); do
            [ -n "$(timeout 10 "$dir/bin/squeue" --noheader --states=running,completing 2>/dev/null)" ] || break
            sleep 0.2
        done
    fi
    for name in watch node1 node2 slurmctld munged; do
        [ -f "$dir/$name.pid" ] && kill "$(cat "$dir/$name.pid")" 2>/dev/null || true
    done
    all_ended 25 && return 0
    kill $(ours) 2>/dev/null || true
    all_ended 25 && return 0
    kill -KILL $(ours) 2>/dev/null || true
    all_ended 25
}

if [ "$action" = stop ]; then
    stop
    exit 0
fi

fail() {
    echo "setup_slurm.sh: $1" >&2
    for log in "$dir"/*.log; do
        [ -f "$log" ] && echo "--- $log" && tail -n 8 -- "$log"
    done >&2
    stop >/dev/null 2>&1 || true
    exit $cannot_run_here
}

free_ports() {
    python3 - <<'PYTHON'
import socket

sockets = [socket.socket() for _ in range(3)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))
PYTHON
}

mkdir -p "$dir/bin" "$dir/state" "$dir/spool.node1" "$dir/spool.node2"
chmod 755 "$dir"
# Snakemake takes SLURM_CONF away from what runs inside jobs, so the commands themselves must know the cluster.
for name in sbatch srun squeue scontrol scancel sinfo sacct sacctmgr; do
    program=$(command -v "$name") || continue
    printf '#!/bin/sh\nSLURM_CONF="%s" exec "%s" "$@"\n' "$conf" "$program" > "$dir/bin/$name"
    chmod 755 "$dir/bin/$name"
done
host=$(hostname -s 2>/dev/null || hostname)
read -r controller_port node1_port node2_port <<< "$(free_ports)"

cat > "$conf" <<CONF
ClusterName=gluteweak_test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/%n.log
# A container has no cgroups of its own.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
# The executor asks squeue how a job ended, so ended jobs must stay known for a while.
MinJobAge=3600
SchedulerParameters=sched_interval=2,bf_interval=2
NodeName=node1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$node1_port CPUs=1 RealMemory=8000 State=UNKNOWN
NodeName=node2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$node2_port CPUs=1 RealMemory=8000 State=UNKNOWN
PartitionName=test Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
CONF

dd if=/dev/urandom of="$dir/munge.key" bs=1 count=1024 status=none
chmod 400 "$dir/munge.key"
if [ -n "$owner" ]; then
    # Whatever kills the owner, no daemon outlives it.
    setsid bash -c 'echo $$ > "$1/watch.pid"; while kill -0 "$2" 2>/dev/null; do sleep 2; done; rm "$1/watch.pid"; exec bash "$3" stop "$1"' \
        watch "$dir" "$owner" "$(realpath "$0")" </dev/null >/dev/null 2>&1 &
fi
# --force: the folder may be more open than munge likes; this cluster talks to nobody else.
munged --force --key-file "$dir/munge.key" --socket "$dir/munge.socket" --pid-file "$dir/munged.pid" \
    --log-file "$dir/munged.log" --seed-file "$dir/munge.seed" </dev/null >&2 || fail "munged does not start"
slurmctld -f "$conf" </dev/null >&2 || fail "slurmctld does not start"
for node in node1 node2; do
    slurmd -f "$conf" -N $node </dev/null >&2 || fail "slurmd of $node does not start"
done
for _ in $(seq 120); do
    if [ "$(timeout 10 "$dir/bin/sinfo" --noheader --format=%D --states=idle 2>/dev/null)" = 2 ]; then
        # What nothing but a job can tell: that a node can start one.
        timeout 60 "$dir/bin/srun" --nodes=1 --time=1 true </dev/null >&2 || fail "a node cannot run a job"
        exit 0
    fi
    sleep 0.5
done
fail "the nodes did not become idle within 60 s"
