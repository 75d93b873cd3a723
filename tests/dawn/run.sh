#!/usr/bin/env bash
# Runs every kernel on Dawn, the WebGPU of Chromium, and compares its words with wgpu's: run.sh [REPORT.json]
#
# Both use lavapipe where it is installed, whatever GPUs there are: hardware may round division its own way. Dawn comes from the
# npm package `webgpu`, pinned in package-lock.json, and is kept in target/dawn/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

report=${1:+$(realpath -m "$1")}
readonly kept=$PWD/target/dawn
readonly scripts=$PWD/tests/dawn

lavapipe=$(compgen -G '/usr/share/vulkan/icd.d/lvp_icd*.json' | head -n 1 || true)
if [[ -n $lavapipe ]]; then
    export VK_DRIVER_FILES=$lavapipe
fi

mkdir -p "$kept"
if ! cmp -s "$scripts/package-lock.json" "$kept/package-lock.json"; then
    rm -rf "$kept/node_modules"
    cp "$scripts/package.json" "$kept/"
    (cd "$kept" && cp "$scripts/package-lock.json" . && npm ci --ignore-scripts --no-audit --no-fund) || {
        rm -f "$kept/package-lock.json"
        exit 1
    }
fi

rm -rf "$kept/captures"
EVALGRAD_CAPTURE=$kept/captures cargo test --locked --quiet --test dawn
cd "$kept"
node "$scripts/replay.mjs" captures ${report:+"$report"}
