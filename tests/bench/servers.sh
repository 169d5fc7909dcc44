#!/bin/sh
# Measures the servers of the labs side by side, and prints tables in Markdown.
#
# usage: servers.sh BUILD REPETITIONS
#
# In each repetition every server has its turn with a measurement before the next measurement
# begins, so that a machine whose speed drifts is unjust to all of them alike. Each measurement
# has a fresh server, which load starts and stops. What it prints is told in load.c; what the
# tables mean, in docs/en/bench.md.
set -eu
export LC_ALL=C
build=$1
repetitions=$2
case $repetitions in
'' | 0* | *[!0-9]*)
    echo "servers.sh: REPETITIONS=$repetitions is no number from 1 on" >&2
    exit 2
    ;;
esac
load=$build/tests/bench/load
seconds=0.8 # of each measurement
silent=500  # clients of which one is active
idle=200    # idle connections whose memory is measured
at_once=8   # clients that connect and leave
read -r busy _ < /proc/loadavg
kernel=$(uname -sr)
results=$(mktemp)
running=
stop() {
    [ -z "$running" ] || kill "$running" 2> /dev/null || true
    rm -f "$results"
}
trap stop EXIT
trap 'exit 130' HUP INT TERM

# one LAB MEASUREMENT ARGUMENT...: load runs in the background, as a shell that waits for a
# command in the foreground hears of no signal. It ends its server with itself.
one() {
    lab=$1
    shift
    program=$build/bench/solutions/$lab/server
    [ "$lab" != raw ] || program=raw
    clients=$2
    [ "$1" != bulk ] || clients=0
    printf '%s %s %s ' "$lab" "$1" "$clients" >> "$results"
    "$load" "$@" "$program" >> "$results" &
    running=$!
    wait "$running" || exit
    running=
}

# each "LAB..." MEASUREMENT ARGUMENT...
each() {
    labs=$1
    shift
    for each in $labs; do
        one "$each" "$@"
    done
}

repetition() {
    many='02-fork 03-thread 04-select 05-poll'
    each "raw 01-blocking $many" echo 1 64 "$seconds"
    each "$many" echo 10 64 "$seconds"
    each "$many" echo 100 64 "$seconds"
    each "$many" echo 500 64 "$seconds"
    each 05-poll echo 1000 64 "$seconds"
    each "$many" among "$silent" "$seconds"
    each "raw 01-blocking $many" bulk "$seconds"
    each "01-blocking $many" connect "$at_once" "$seconds"
    each "$many" idle "$idle"
}

done=0
while [ "$done" -lt "$repetitions" ]; do
    done=$((done + 1))
    echo "repetition $done of $repetitions, about half a minute each" >&2
    repetition
done
awk -v repetitions="$repetitions" -v silent="$silent" -v idle="$idle" -v at_once="$at_once" \
    -v processors="$(getconf _NPROCESSORS_ONLN)" -v kernel="${kernel%%-*}" -v busy="$busy" \
    -f tests/bench/tables.awk "$results"
