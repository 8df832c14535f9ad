"""The SageMaker Python SDK v2, unmodified, in programs that know nothing of Sagebrush."""
import pathlib
import shutil
import sys

import jobs
import pytest
from conftest import IMPATIENT
from platform_process import ROOT, wait_until

NOTEBOOK = ROOT / "examples/mnist-notebook"
#: `aws` is beside the Python that runs the tests.
PATH = f"{pathlib.Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"


def execute(platform, program, folder, seconds=1500):
    """Runs a program with `sagebrush exec`, in `folder`."""
    path = folder / "program.py"
    if isinstance(program, str):
        path.write_text(program)
    else:
        shutil.copytree(program, folder, dirs_exist_ok=True)
        path = folder / "notebook.py"
    command = ["env", f"PATH={PATH}", f"PYTHONPATH={IMPATIENT}", sys.executable, path]
    done = platform.execute(*command, cwd=folder, timeout=seconds)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.long
def test_seed_004_trains_deploys_and_predicts_50_digits(platform, aws, tmp_path):
    uploaded = platform.execute("env", f"PATH={PATH}", sys.executable, NOTEBOOK / "upload_mnist.py")
    assert uploaded.stdout.count("s3://") == 4, uploaded.stderr
    folder = tmp_path / "notebook"
    folder.mkdir()
    before = jobs.endpoint_names(aws)
    code, output = execute(platform, NOTEBOOK, folder)
    assert code == 0, output[-4000:]
    # Training begins at random: 47 to 50 match, of a model that learnt nothing about 5.
    assert output.count("matched: True") >= 45, output[-4000:]
    assert output.count("matched: ") == 50
    assert "2.1.0" in output and "2.12" in output
    wait_until(lambda: jobs.endpoint_names(aws) <= before)


PREAMBLE = """
import sagemaker
from sagemaker.tensorflow import TensorFlow

session = sagemaker.Session()
role = sagemaker.get_execution_role()
open("train.py", "w").write(SCRIPT)
estimator = TensorFlow(
    entry_point="train.py", role=role, instance_count=1, instance_type="ml.c5.xlarge",
    image_uri=IMAGE, hyperparameters={"epochs": 2, "name": "a b"},
)
"""


def sdk_program(script, rest):
    return f"SCRIPT = {script!r}\nIMAGE = {jobs.TRAINING_IMAGE!r}\n{PREAMBLE}\n{rest}"


def test_upload_data_fit_without_waiting_and_attach(platform, tmp_path):
    (tmp_path / "input.txt").write_text("forty-two")
    script = """
import os, sys
print("argv", sys.argv[1:])
print("read", open(os.path.join(os.environ["SM_CHANNEL_TRAINING"], "input.txt")).read())
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write("x")
"""
    rest = """
data = session.upload_data("input.txt", key_prefix="attach")
print("default bucket", session.default_bucket())
estimator.fit(data, wait=False)
attached = TensorFlow.attach(estimator.latest_training_job.name)
attached.logs()
print("attached to", attached.latest_training_job.name, attached.model_data, attached.hyperparameters())
"""
    code, output = execute(platform, sdk_program(script, rest), tmp_path)
    assert code == 0, output[-4000:]
    assert "read forty-two" in output
    assert "'--epochs', '2'" in output and "'--name', 'a b'" in output
    assert "/output/model.tar.gz" in output
    assert "default bucket sagemaker-us-west-2-123456789012" in output


def test_a_failing_script_raises_with_its_own_words(platform, tmp_path):
    rest = """
from sagemaker.exceptions import UnexpectedStatusException
try:
    estimator.fit()
except UnexpectedStatusException as error:
    print("told:", error)
"""
    code, output = execute(platform, sdk_program("raise ValueError('boom')", rest), tmp_path)
    assert code == 0, output[-4000:]
    told = output[output.index("told:") :]
    assert "Failed. Reason: AlgorithmError" in told
    assert 'ErrorMessage "ValueError: boom"' in told


def test_stop_ends_a_job_and_fit_says_so(platform, tmp_path):
    rest = """
import time
estimator.fit(wait=False)
name = estimator.latest_training_job.name
while session.describe_training_job(name)["SecondaryStatus"] != "Training":
    time.sleep(0.5)
session.stop_training_job(name)
# The SDK looks every 5 s, and takes Stopping for a failure. A minute: half the grace of a program that never heard of it.
session.sagemaker_client.get_waiter("training_job_completed_or_stopped").wait(
    TrainingJobName=name, WaiterConfig=dict(Delay=1, MaxAttempts=60)
)
estimator.latest_training_job.wait(logs="None")
print("ended as", session.describe_training_job(name)["TrainingJobStatus"])
"""
    script = (jobs.SCRIPTS / "sleeper.py").read_text()
    code, output = execute(platform, sdk_program(script, rest), tmp_path)
    assert code == 0, output[-4000:]
    assert "ended as Stopped" in output
