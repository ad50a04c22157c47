#!/usr/bin/env bash
# Builds, checks the formatting and runs every test. Closes with one line: N passed, N failed, N skipped.
# Arguments go to `dotnet test`, e.g. ./test.sh --project tests/Models.Tests
set -uo pipefail
cd "$(dirname "$0")"
results=$PWD/artifacts/test-results
rm -rf "$results"
failed_step=0

step() { printf '\n== %s\n' "$1"; shift; "$@" || failed_step=1; }

step 'Restore' dotnet restore MLTransfer.sln || true
step 'Build' dotnet build MLTransfer.sln --no-restore --nologo -v quiet
if [ $failed_step -ne 0 ]; then
    echo 'The build failed; no test ran.'
    exit 1
fi
step 'Formatting' dotnet format MLTransfer.sln --no-restore --verify-no-changes
# Tests of fine-tuning need a newer C++ runtime than Debian 12 has; where it cannot be mended they fail with the same message.
step 'C++ runtime' eng/mend-cpp-runtime.sh
step 'Tests' dotnet test --no-build --report-trx --results-directory "$results" "$@"

# The counts come from the results files, not from what the runner printed.
sum() {
    local total=0 value
    for value in $(grep -ohE "<Counters [^>]*" "$results"/*.trx 2>/dev/null | grep -oE "\b$1=\"[0-9]+\"" | grep -oE '[0-9]+'); do
        total=$((total + value))
    done
    echo "$total"
}
passed=$(sum passed)
failed=$(($(sum failed) + $(sum error) + $(sum timeout) + $(sum aborted)))
total=$(sum total)
skipped=$((total - passed - failed))
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ $failed_step -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
