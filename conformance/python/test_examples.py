"""Each example runs as its README says, and prints what it says; a story's seed is beside it."""
import os
import pathlib
import shutil
import sys

import pytest
from conftest import IMPATIENT
from platform_process import ROOT

EXAMPLES = ROOT / "examples"
#: Several in one process, because AWS's SDK takes some seconds to be imported.
RUN_ALL = """
import os, runpy, sys
root = os.getcwd()
for folder in sys.argv[1:]:
    os.chdir(os.path.join(root, folder))
    print(f"== {folder}", flush=True)
    runpy.run_path("run.py", run_name="__main__")
"""
HANDLERS = ("inference.py", "inference.ts")

TRAINING = {
    # Seed 001.
    "train-script-mode": ["epoch 200 loss: 0.000", "y = 2x + 1: [1.0, 3.0, 21.0]"],
    "pipe-mode": ["read 200 records, the sum of their numbers is 80800"],
}
ENDPOINTS = {
    # Seeds 000 and 001.
    "deploy-and-predict": [
        "TensorFlow Serving's JSON: {'predictions': [3.5, 4.0, 5.5]}",
        "simplified JSON: {'predictions': [[3.5, 4.0, 5.5], [3.5, 4.0, 5.5]]}",
        "a named input: {'predictions': [[3.5, 4.0, 5.5]]}",
        "a numpy array: {'predictions': [[3.5, 4.0, 5.5]]}",
        "JSON Lines: {'predictions': [[3.5, 4.0, 5.5], [3.5, 4.0, 5.5], [3.5, 4.0, 5.5]]}",
        "CSV: {'predictions': [[3.5, 4.0, 5.5], [3.5, 4.0, 5.5]]}",
        "[3.5, 4.0, 5.5], [4.0, 4.5, 5.0]",
    ],
    "classify-and-regress": ["regress: {'results': [3.5, 4.0]}", "classify: {'results': [[['', 3.5]], [['', 4.0]]]}"],
    "several-models-in-one-archive": [
        "the default: {'predictions': [3.5, 4.0, 5.5]}",
        "half_plus_three: {'predictions': [3.5, 4.0, 5.5]}",
        "half_plus_two: {'predictions': [2.5, 3.0, 4.5]}",
    ],
    "preprocessing": [
        'inference.py: {"answers": [2.0, 7.0, 52.0]}',
        'inference.ts: {"answers": [2, 7, 52]}',
    ],
    # Seed 003.
    "two-models-in-one-request": [f"{name}: {{'predictions': [4.5, 5.0]}}" for name in HANDLERS],
    "batching": ["200 of 200 answers are right"],
    "multi-model-endpoint": [
        "models: ['half_plus_three.tar.gz', 'half_plus_two.tar.gz']",
        "half_plus_three.tar.gz: {'predictions': [3.5, 4.0, 5.5]}",
        "half_plus_two.tar.gz: {'predictions': [2.5, 3.0, 4.5]}",
    ],
}
#: Seed 003's command line, and seed 002's deployment from TypeScript.
COMMANDS = [
    ("images", "sh run.sh python", '"predictions": [0.5'),
    ("images", "sh run.sh typescript", '"predictions": [0.5'),
    ("typescript-sdk", "node run.mjs", 'JSON: {"predictions":[2.5,3,4.5]}'),
]
#: Of a test beside the other notebooks.
RUN_ELSEWHERE = {"mnist-notebook"}


@pytest.fixture
def examples(tmp_path):
    """A copy, where `@sagebrush/sdk` is found."""
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def run(platform, folder, *command):
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    variables = [f"PATH={path}", f"PYTHONPATH={IMPATIENT}"]
    done = platform.execute("env", *variables, *command, cwd=folder, timeout=1500)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


@pytest.mark.long
@pytest.mark.parametrize("stories", [TRAINING, ENDPOINTS], ids=["training", "endpoints"])
def test_the_stories_of_seeds_000_001_and_003_with_the_sagemaker_sdk(platform, examples, stories):
    output = run(platform, examples, sys.executable, "-c", RUN_ALL, *stories)
    said = dict(part.split("\n", 1) for part in output.split("== ")[1:])
    missing = {name: [text for text in texts if text not in said[name]] for name, texts in stories.items()}
    assert not any(missing.values()), f"{missing}\n{output}"


@pytest.mark.parametrize(("folder", "command", "printed"), COMMANDS, ids=lambda value: value.split()[-1])
def test_the_stories_of_seeds_002_and_003_with_commands(platform, examples, folder, command, printed):
    assert printed in run(platform, examples / folder, *command.split())


def test_every_example_is_run_and_listed_and_told_in_five_lines():
    folders = {path.parent.name for path in EXAMPLES.glob("*/README.md")}
    assert folders == {*TRAINING, *ENDPOINTS, *(folder for folder, *_ in COMMANDS), *RUN_ELSEWHERE}
    index = (EXAMPLES / "README.md").read_text()
    for folder in folders:
        assert f"({folder}/README.md)" in index
        assert len((EXAMPLES / folder / "README.md").read_text().splitlines()) <= 5
