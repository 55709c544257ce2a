#!/bin/bash
# A real SLURM cluster on one machine, for tests: a controller and two nodes on the loopback interface, from Debian's
# packages (slurmctld, slurmd, slurm-client, munge). Needs root. Touches nothing outside DIR but /etc/slurm/slurm.conf,
# a link that is there while the cluster is: programs inside jobs look for the file there.
#   setup_slurm.sh start DIR
#   setup_slurm.sh stop DIR
set -eu

action=$1
dir=$(mkdir -p "$2" && cd "$2" && pwd)
host=$(hostname -s)
link=/etc/slurm/slurm.conf
daemons="node1 node2 slurmctld munged"

stop() {
    for name in $daemons; do
        if [ -f "$dir/$name.pid" ]; then
            kill "$(cat "$dir/$name.pid")" 2>/dev/null || true
            rm -f "$dir/$name.pid"
        fi
    done
    if [ "$(readlink "$link")" = "$dir/slurm.conf" ]; then rm "$link"; fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

if [ "$action" = stop ]; then
    stop
    exit 0
fi

if [ -e "$link" ]; then
    echo "setup_slurm.sh: this machine has a SLURM already ($link); it is left alone" >&2
    exit 1
fi
mkdir -p "$dir/state" "$dir/spool.node1" "$dir/spool.node2"
chmod 755 "$dir"
dd if=/dev/urandom of="$dir/munge.key" bs=1 count=1024 status=none
chmod 400 "$dir/munge.key"
# --force: the folder may be more open than munge likes; this cluster talks to nobody else.
munged --force --key-file "$dir/munge.key" --socket "$dir/munge.socket" --pid-file "$dir/munged.pid" \
    --log-file "$dir/munged.log" --seed-file "$dir/munge.seed" >&2

cat > "$dir/slurm.conf" <<EOF
ClusterName=gluteweak_test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
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
NodeName=node1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 RealMemory=8000 State=UNKNOWN
NodeName=node2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 RealMemory=8000 State=UNKNOWN
PartitionName=test Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
EOF
mkdir -p "$(dirname "$link")"
ln -s "$dir/slurm.conf" "$link"
slurmctld >&2
slurmd -N node1 >&2
slurmd -N node2 >&2
for _ in $(seq 120); do
    if [ "$(sinfo --noheader --format=%D --states=idle 2>/dev/null)" = 2 ]; then
        exit 0
    fi
    sleep 0.5
done
echo "setup_slurm.sh: the nodes did not become idle within 60 s; see the logs in $dir" >&2
tail -n 5 "$dir"/*.log >&2
stop
exit 1
