#!/usr/bin/env bash
# The workloads by the tier `specialize` on the best adapter, and on the host beside them: `benches/device.sh [ROUNDS]`.
#
# A line of JSON for each bench (as `evalgrad bench --json` prints it, with the workload's name), ROUNDS (3) of all of them one after
# another, so that a machine's moods spread over all. Nothing is cached by Mesa or by evalgrad: `compile_ms` is cold.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo build --release --quiet
export MESA_SHADER_CACHE_DISABLE=true EVALGRAD_CACHE=off

# one WORKLOAD FILE OPTION…: both devices.
one() {
    local name=$1 file=$2
    shift 2
    for device in 'gpu --tier specialize' 'cpu --tier replay'; do
        # shellcheck disable=SC2086 # two options
        target/release/evalgrad bench "benches/workloads/$file" "$@" --device $device --json --quiet 2>/dev/null |
            sed "s/^{/{\"workload\":\"$name\",/"
    done
}

for ((round = 0; round < ${1:-3}; round++)); do
    one W1 w1.scm --lanes 1048576 --params A,b,w --set A=0.5..2 --set b=0.1..1 --set w=0.5..1 --set t=0..1
    one W2 w2.scm --lanes 1048576 --params r,x0 --set r=2.5..3.5 --set x0=0.1..0.9
    one W4 w4.scm --lanes 4096 --params g,b --set g=5..15 --set b=0.05..0.5 --set theta0=0.2..1.5
    one W6 w6.scm --lanes 1048576 --params a --set a=0.004..0.95
    one W6-fixed w6_fixed.scm --lanes 1048576 --params a --set a=0.004..0.95
done
