#!/usr/bin/env bash
# Mutation testing of detection: mutmut on the functions of the learning rule, the scale and judging, in a copy of the code;
# then the changed declarations of detectors (tests/mutation). Prints the mutants that no test has found, by name.
#
# mutmut knows a module by its path below src, so the copy is laid out so. Arguments go to mutmut run.
set -euo pipefail
# shellcheck source=scripts/toolchain.sh
. "$(dirname "$0")/toolchain.sh"
cd "$TOP"
bin=${MUTATION_BIN:-$TOP/.venv-mutation/bin}
copy=build/mutation

rm -rf "$copy"
mkdir -p "$copy/src"
cp -r layers/abslake/python/abslake "$copy/src/"
cp -r tests docs "$copy/"
cat >"$copy/pyproject.toml" <<'END'
[tool.mutmut]
source_paths = ["src"]
only_mutate = [
    "src/abslake/detection/judging.py",
    "src/abslake/detection/learning.py",
    "src/abslake/detection/scale.py",
    "src/abslake/detection/traits.py",
    "src/abslake/detection/detector.py",
    "src/abslake/detection/detectors/*.py",
]
also_copy = ["docs"]
use_git_change_detection = false
pytest_add_cli_args = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
pytest_add_cli_args_test_selection = [
    "tests/unit/test_judging_holds_clients_against_their_thresholds.py",
    "tests/unit/test_thresholds_are_those_that_the_rule_gives_by_hand.py",
    "tests/unit/test_detectors_come_to_the_level_of_their_cases.py",
    "tests/property/test_thresholds_hold_what_the_rule_promises.py",
    "tests/unit/test_detectors_are_as_reckoned_by_hand.py",
]

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
filterwarnings = ["error"]
pythonpath = ["src", "."]
END
cd "$copy"
"$bin/mutmut" run "$@"
"$bin/mutmut" results
cd "$TOP"
"$bin/python" -m pytest -n 0 tests/mutation
