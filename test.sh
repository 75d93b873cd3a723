#!/usr/bin/env bash
# Everything that must hold before a change goes in: format, lints, documentation, tests, golden files.
#
# The tests need a GPU that Vulkan, Metal or DX12 can see; Mesa's software one (lavapipe) will do. Where a Debian machine has
# none and packages may be installed, it is installed first. With EVALGRAD_ALLOW_NO_GPU=1 no driver is installed, and
# the tests that need a GPU say `skipped:` where there is none. EVALGRAD_ALLOW_NO_SPIRV_VAL=1 is the same for `spirv-val`
# of SPIRV-Tools, which judges the kernels as they are loaded, and EVALGRAD_ALLOW_NO_DAWN=1 for Dawn, which runs them once
# more on lavapipe: it comes from npm, where Linux has that.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly MESA_WANTED=25 # Debian 12's own 22.3.6 is reported to crash on valid work

# step NAME COMMAND…: runs the command and prints how long it took.
step() {
    local name=$1 begun=$SECONDS status=0
    shift
    printf '== %s\n' "$name"
    "$@" || status=$?
    if ((status != 0)); then
        printf '== %s: FAILED after %d s\n' "$name" $((SECONDS - begun)) >&2
        exit "$status"
    fi
    printf '== %s: %d s\n' "$name" $((SECONDS - begun))
}

installed_mesa() { dpkg-query -W -f '${db:Status-Status} ${Version}\n' mesa-vulkan-drivers 2>/dev/null | sed -n 's/^installed //p'; }

recent() { [[ -n $1 ]] && dpkg --compare-versions "$1" ge "$MESA_WANTED"; }

has_nvidia() { [[ -e /proc/driver/nvidia/version || -e /dev/nvidiactl ]]; }

has_icd() {
    [[ -n ${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-} ]] || compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null ||
        compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null
}

# as_root COMMAND…: runs it as root, by sudo where need be.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# source_of SUITE: `URI<tab>FILE:ENTRY` of the source that apt takes this suite's main component from; nothing if there is none.
source_of() {
    # shellcheck disable=SC2016 # apt expands these, not the shell
    apt-get indextargets --no-release-info --format '$(RELEASE)|$(COMPONENT)|$(CREATED_BY)|$(REPO_URI)|$(SOURCESENTRY)' |
        awk -F '|' -v suite="$1" '$1 == suite && $2 == "main" && $3 == "Packages" { print $4 "\t" $5; exit }'
}

# signed_by FILE ENTRY: the Signed-By field of that entry, an embedded key included; nothing if apt's general keys apply.
signed_by() {
    case $1 in
    *.sources)
        # ENTRY counts stanzas; comment lines are no part of them.
        awk -v entry="$2" '
            /^#/ { next }
            /^[ \t]*$/ { inside = 0; next }
            !inside { inside = 1; stanza++; taking = 0 }
            stanza != entry { next }
            tolower($0) ~ /^signed-by:/ { taking = 1; print; next }
            taking && /^[ \t]/ { print; next }
            { taking = 0 }' "$1"
        ;;
    *) # ENTRY is a line: deb [signed-by=KEY,KEY …] URI SUITE COMPONENT…
        sed -n "$2{s/^[^#[]*\[[^]]*signed-by=\([^] ]*\).*/Signed-By: \1/p}" "$1" | tr ',' ' '
        ;;
    esac
}

# backports_source CODENAME: a source for that release's backports, from the same mirror and under the same key as the release.
backports_source() {
    local uri entry
    IFS=$'\t' read -r uri entry < <(source_of "$1") || return 1
    printf 'Types: deb\nURIs: %s\nSuites: %s-backports\nComponents: main\n' "$uri" "$1"
    signed_by "${entry%:*}" "${entry##*:}"
}

# apt COMMAND…: apt-get as root, asking nothing.
apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 "$@"; }

update_lists() { apt update || echo 'apt-get update: not every source answered' >&2; }

may_install() { ((EUID == 0)) || sudo -n true 2>/dev/null; }

install_lavapipe() {
    local codename parts source target=()
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    update_lists
    if ! recent "$(candidate)"; then
        if [[ -z $(source_of "$codename-backports") ]]; then
            parts=$(apt-config shell parts Dir::Etc::sourceparts/d | sed "s/^parts='\(.*\)'$/\1/")
            if ! source=$(backports_source "$codename"); then
                echo "apt knows no source for '$codename' main, so there is no mirror to take newer drivers from" >&2
                return 1
            fi
            as_root tee "${parts%/}/evalgrad-backports.sources" <<<"$source"
            update_lists
        fi
        target=(-t "$codename-backports")
    fi
    apt install -y --no-install-recommends "${target[@]}" mesa-vulkan-drivers libvulkan1
    if ! recent "$(installed_mesa)"; then
        echo "mesa-vulkan-drivers is $(installed_mesa), $MESA_WANTED is needed" >&2
        return 1
    fi
}

# The version that a plain `apt-get install` would take.
candidate() { LC_ALL=C apt-cache policy mesa-vulkan-drivers | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p'; }

# Nothing to do on a machine with a GPU's driver, a recent Mesa, or no apt-get (macOS and Windows bring their own).
ensure_adapter() {
    local mesa
    if [[ ${EVALGRAD_ALLOW_NO_GPU:-} == 1 ]]; then
        echo 'skipped: EVALGRAD_ALLOW_NO_GPU=1, tests that need a GPU may be skipped'
        return
    fi
    if has_nvidia || ! command -v apt-get >/dev/null; then
        return
    fi
    mesa=$(installed_mesa)
    if has_icd && { [[ -z $mesa ]] || recent "$mesa"; }; then
        return
    fi
    if ! may_install; then
        echo "no Vulkan driver (or Mesa before $MESA_WANTED) and no leave to install one: the tests may fail" >&2
        return
    fi
    install_lavapipe
}

ensure_spirv_val() {
    if command -v spirv-val >/dev/null; then
        return
    fi
    if [[ ${EVALGRAD_ALLOW_NO_SPIRV_VAL:-} == 1 ]]; then
        echo 'skipped: EVALGRAD_ALLOW_NO_SPIRV_VAL=1, the SPIR-V of kernels is not validated'
        return
    fi
    if ! command -v apt-get >/dev/null || ! may_install; then
        echo 'no spirv-val and no leave to install it: the tests will fail (EVALGRAD_ALLOW_NO_SPIRV_VAL=1 goes without)' >&2
        return
    fi
    apt install -y --no-install-recommends spirv-tools || { update_lists && apt install -y --no-install-recommends spirv-tools; }
}

run_tests() {
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --locked
    else
        cargo test --locked --lib --bins --tests
    fi
}

run_on_dawn() {
    if [[ ${EVALGRAD_ALLOW_NO_DAWN:-} == 1 ]]; then
        echo 'skipped: EVALGRAD_ALLOW_NO_DAWN=1, no kernel is run on Dawn'
    elif [[ $(uname -s) != Linux ]] || ! command -v npm >/dev/null || ! compgen -G '/usr/share/vulkan/icd.d/lvp_icd*.json' >/dev/null; then
        echo 'skipped: no Linux with npm and lavapipe, no kernel is run on Dawn'
    else
        tests/dawn/run.sh
    fi
}

# The golden test compares and never rewrites by itself; a working copy that differs from what is committed was blessed
# and not looked at.
golden_unchanged() {
    if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        echo 'skipped: not a git checkout'
        return
    fi
    git diff --exit-code -- tests/golden || return 1
    local new
    new=$(git ls-files --others --exclude-standard -- tests/golden)
    if [[ -n $new ]]; then
        printf 'golden files that are not committed:\n%s\n' "$new" >&2
        return 1
    fi
}

main() {
    command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"
    step 'a Vulkan driver' ensure_adapter
    step 'spirv-val' ensure_spirv_val
    step 'format' cargo fmt --all --check
    step 'lints' cargo clippy --locked --all-targets -- -D warnings
    step 'documentation' env RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps
    step 'tests' run_tests
    step 'Dawn' run_on_dawn
    step 'documentation tests' cargo test --locked --doc
    step 'golden files' golden_unchanged
    printf '== all of it: %d s\n' "$SECONDS"
}

# Sourced, the file only defines its functions.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    main
fi
