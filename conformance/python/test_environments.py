"""Which Python and TensorFlow a job really gets, and what it brings into them."""
import json
import re

import jobs
import pytest
from test_sagemaker_sdk import execute

SHOW = """
import platform, tensorflow
print("really", tensorflow.__version__, platform.python_version())
"""
ASK = """
import sagemaker
from sagemaker.tensorflow import TensorFlow

open("train.py", "w").write(SCRIPT)
for name, (version, python) in ASKED.items():
    estimator = TensorFlow(entry_point="train.py", role=sagemaker.get_execution_role(), instance_count=1,
        instance_type="ml.c5.xlarge", framework_version=version, py_version=python, model_dir=False)
    print(estimator.training_image_uri())
    estimator.fit(job_name=name, wait=False)
try:
    TensorFlow.attach(list(ASKED)[0])
except sagemaker.exceptions.UnexpectedStatusException as error:
    print("raised", error)
"""


@pytest.mark.long
def test_the_version_that_was_asked_or_what_stands_in_is_told(platform, aws, tmp_path):
    """Tags of every age: the version itself, the nearest newer one of its major version, or a refusal."""
    asked = {
        "versions-1-15": ("1.15.2", "py37"),
        "versions-1-12": ("1.12.0", "py3"),
        "versions-2-1": ("2.1", "py3"),
        "versions-2-19": ("2.19", "py312"),
    }
    code, output = execute(platform, f"SCRIPT = {SHOW!r}\nASKED = {asked!r}\n{ASK}", tmp_path)
    assert code == 0, output[-4000:]
    assert "sagemaker-tensorflow-scriptmode:1.12.0-cpu-py3" in output
    assert re.search(r"raised .*ClientError: TensorFlow 1\.15\.2 cannot be had", output), output[-4000:]
    for name in ("versions-1-15", "versions-1-12"):
        job = jobs.wait_for_job(aws, name)
        assert job["TrainingJobStatus"] == "Failed"
        reason = rf"ClientError: TensorFlow {re.escape(asked[name][0])} cannot be had .*no newer 1\.x .*tf\.compat\.v1"
        assert re.match(reason, job["FailureReason"])
    assert told_and_real(aws, "versions-2-19") == ("2.19.0", "3.12")
    tensorflow, _ = told_and_real(aws, "versions-2-1")
    log = jobs.job_log(aws, "versions-2-1")
    assert re.match(r"2\.\d+\.\d+$", tensorflow)
    assert any(line.startswith("TensorFlow 2.1 cannot be had") and f"{tensorflow} stands in" in line for line in log)


def told_and_real(aws, name):
    """What runs, after the script, the log and Describe have told the same."""
    job = jobs.wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    log = jobs.job_log(aws, name)
    tensorflow, python = next(line for line in log if line.startswith("really ")).split()[1:]
    environment = f"TensorFlow {tensorflow} on Python {python}"
    assert f"Running {environment}" in log
    stages = {stage["Status"]: stage["StatusMessage"] for stage in job["SecondaryStatusTransitions"]}
    assert stages["Training"].endswith(f"Training in progress. {environment}")
    return tensorflow, python.rpartition(".")[0]


def create(aws, files, program="train.py", **hyperparameters):
    """A job whose archive holds these files."""
    name, where = jobs.unique("brought"), jobs.bucket(aws)
    aws("s3").put_object(Bucket=where, Key=f"{name}.tar.gz", Body=jobs.archive(files))
    toolkit = {"sagemaker_program": program, "sagemaker_submit_directory": f"s3://{where}/{name}.tar.gz"}
    return jobs.create_job(aws, "", name=name, HyperParameters={**toolkit, **hyperparameters})


BROKEN = {
    "a package that is nowhere": ("sagebrush-has-no-such-package==9.9", r"(?i)no matching.*sagebrush-has-no-such-package"),
    "a version that is nowhere": ("six==99.0", r"(?i)six==99\.0"),
    "versions that contradict": ("six==1.16.0\nsix==1.15.0", r"(?i)conflict|unsatisfiable"),
    "no requirement": ("six ==== 1", r"(?i)six ==== 1"),
}


def test_requirements_that_cannot_be_had_fail_in_the_words_of_pip(aws):
    names = {
        kind: create(aws, {"train.py": "print(1)", "requirements.txt": text + "\n"}) for kind, (text, _) in BROKEN.items()
    }
    for kind, name in names.items():
        reason = jobs.wait_for_job(aws, name).get("FailureReason", "")
        assert reason.startswith("AlgorithmError: InstallRequirementsError:\nExitCode 1\nErrorMessage "), kind
        assert re.search(BROKEN[kind][1], reason), f"{kind}: {reason}"
        assert '\nCommand "python -m pip install -r requirements.txt"' in reason


PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "trained"
version = "1"
dependencies = ["six==1.16.0"]
"""
PACKAGE = """
import json, sys, six
from trained.helping import help
print("package", json.dumps([__name__, sys.argv[1:], six.__version__, help()]))
"""


def test_packages_with_only_a_pyproject_toml_run(aws):
    """As a module of the package, with its dependencies; a pyproject.toml beside a script is a linter's."""
    files = {
        "pyproject.toml": PROJECT,
        "src/trained/__init__.py": "",
        "src/trained/helping.py": "def help(): return 'helped'",
        "src/trained/train.py": PACKAGE,
    }
    package = create(aws, files, "trained.train", name='"a b"')
    script = create(aws, {"train.py": "print('script', __file__)", "pyproject.toml": "[tool.ruff]\n"})
    broken = create(aws, {"pyproject.toml": PROJECT.replace("setuptools.build_meta", "no_such_backend")}, "trained")
    job = jobs.wait_for_job(aws, package)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    told = next(line for line in jobs.job_log(aws, package) if line.startswith("package "))
    assert json.loads(told.partition(" ")[2]) == ["__main__", ["--name", "a b"], "1.16.0", "helped"]
    assert jobs.wait_for_job(aws, script)["TrainingJobStatus"] == "Completed"
    reason = jobs.wait_for_job(aws, broken)["FailureReason"]
    assert re.match(r"AlgorithmError: InstallModuleError:\nExitCode 1\n(?s:.*)no_such_backend", reason)
