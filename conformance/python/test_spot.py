"""Managed spot training: what is saved outlives the machine."""
from concurrent.futures import ThreadPoolExecutor

import jobs
import pytest
from botocore.exceptions import ClientError
from platform_process import wait_until
from test_sagemaker_sdk import execute

# Trains in steps, and keeps its state in checkpoints alone. Who begins anew comes no further than to HELD_AT.
STEPS = """
import os, sys, time
folder = "/opt/ml/checkpoints"
print("found", sorted(os.listdir(folder)), flush=True)
step = first = max([int(name.split("-")[1]) for name in os.listdir(folder)] or [0])
while step < LAST:
    step += 1
    with open(f"{folder}/part", "w") as file:
        file.write(str(step))
    os.replace(f"{folder}/part", f"{folder}/step-{step}")
    if os.path.exists(f"{folder}/step-{step - 2}"):
        os.remove(f"{folder}/step-{step - 2}")
    print("at step", step, flush=True)
    time.sleep(600 if first == 0 and step == HELD_AT else 0.05)
open(os.environ["SM_MODEL_DIR"] + "/model", "w").write(str(step))
"""


def steps(last, held_at=None):
    return STEPS.replace("LAST", str(last)).replace("HELD_AT", str(held_at))


def spot(aws, script, runtime=3600, wait=3600, **more):
    name = jobs.unique("spot")
    checkpoints = f"{name}/checkpoints"
    jobs.create_job(
        aws,
        script,
        name=name,
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": runtime, "MaxWaitTimeInSeconds": wait},
        CheckpointConfig={"S3Uri": f"s3://{jobs.bucket(aws)}/{checkpoints}", **more},
    )
    return name, checkpoints


def keys(aws, prefix):
    listed = aws("s3").list_objects_v2(Bucket=jobs.bucket(aws), Prefix=f"{prefix}/")
    return sorted(entry["Key"][len(prefix) + 1 :] for entry in listed.get("Contents", []))


def statuses(job):
    return [transition["Status"] for transition in job["SecondaryStatusTransitions"]]


def test_an_interrupted_job_goes_on_from_its_checkpoints(aws, platform):
    name, checkpoints = spot(aws, steps(12, held_at=6))
    wait_until(lambda: keys(aws, checkpoints) == ["step-5", "step-6"])
    wait_until(lambda: "at step 6" in jobs.job_log(aws, name))
    assert "starts again" in platform.run("interrupt", name).stdout
    job = jobs.wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    once = ["Starting", "Downloading", "Training"]
    assert statuses(job) == [*once, "Interrupted", *once, "Uploading", "Completed"]
    log = jobs.job_log(aws, name)
    assert [line for line in log if line.startswith("found")] == ["found []", "found ['step-5', 'step-6']"]
    assert [line for line in log if line.startswith("at step")] == [f"at step {step}" for step in range(1, 13)]
    assert keys(aws, checkpoints) == ["step-11", "step-12"]
    assert 1 <= job["BillableTimeInSeconds"] <= job["TrainingTimeInSeconds"]
    assert job["TrainingStartTime"] == job["SecondaryStatusTransitions"][1]["StartTime"]
    refused = platform.run("interrupt", name, check=False)
    assert refused.returncode == 1
    assert "cannot be interrupted: it is in status Completed" in refused.stderr


def test_a_job_that_may_not_run_so_long_keeps_its_checkpoints(aws):
    name, checkpoints = spot(aws, steps(100_000), runtime=5, LocalPath="/opt/ml/checkpoints")
    job = jobs.wait_for_job(aws, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert keys(aws, checkpoints)[-1].startswith("step-")


def test_a_job_that_waits_too_long_is_stopped(aws):
    name, _ = spot(aws, steps(100_000), runtime=2, wait=2)
    job = jobs.wait_for_job(aws, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) in [
        ("Stopped", "MaxWaitTimeExceeded"),
        ("Stopped", "MaxRuntimeExceeded"),
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"EnableManagedSpotTraining": True}, "Invalid MaxWaitTimeInSeconds"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 9}}, "only supported when"),
        (
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 8},
            },
            "greater than or equal to MaxRuntimeInSeconds",
        ),
        ({"CheckpointConfig": {"S3Uri": "s3://b/c", "LocalPath": "/opt/ml/model"}}, "a folder of its own"),
    ],
)
def test_what_cannot_be_is_refused(aws, settings, message):
    with pytest.raises(ClientError, match=message) as refused:
        jobs.create_job(aws, "print(1)", **settings)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


SDK_SPOT = """
import sagemaker
from sagemaker.tensorflow import TensorFlow

estimator = TensorFlow(
    entry_point="train.py",
    role=sagemaker.get_execution_role(),
    instance_count=1,
    instance_type="ml.c5.xlarge",
    framework_version="2.19",
    py_version="py312",
    use_spot_instances=True,
    max_run=3600,
    max_wait=7200,
    checkpoint_s3_uri=f"s3://{sagemaker.Session().default_bucket()}/seed-001/checkpoints",
    checkpoint_local_path="/opt/ml/local_checkpoints",
    hyperparameters={"epochs": 12},
)
estimator.fit(job_name="seed-001-spot")
"""
KERAS = """
import argparse, os, time
import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
epochs = parser.parse_known_args()[0].epochs
folder = "/opt/ml/local_checkpoints"
model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(1)])
model.compile("adam", "mse")
done = sorted(name for name in os.listdir(folder) if name.endswith(".weights.h5"))
first = 0
if done:
    model.load_weights(os.path.join(folder, done[-1]))
    first = int(done[-1].split(".")[0])
print("starting at epoch", first, flush=True)
x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
y = x.sum(axis=1, keepdims=True)
for epoch in range(first, epochs):
    model.fit(x, y, epochs=1, verbose=0)
    model.save_weights(os.path.join(folder, f"{epoch + 1:04d}.weights.h5"))
    print("epoch", epoch + 1, flush=True)
    # Its machine is taken away meanwhile.
    time.sleep(600 if first == 0 and epoch == 5 else 0)
model.export(os.path.join(os.environ["SM_MODEL_DIR"], "1"))
"""


@pytest.mark.long
def test_seed_001_an_estimator_on_spot_instances(platform, aws, tmp_path):
    """Real TensorFlow through the SageMaker SDK, interrupted once while `fit` shows its log."""
    (tmp_path / "train.py").write_text(KERAS)
    with ThreadPoolExecutor() as beside:
        interrupted = beside.submit(interrupt_once, platform, aws, "seed-001-spot")
        code, output = execute(platform, SDK_SPOT, tmp_path)
        interrupted.result()
    assert code == 0, output
    starts = [line.split("starting at epoch ")[1][0] for line in output.splitlines() if "starting at epoch" in line]
    assert starts == ["0", "6"], output
    assert "epoch 12" in output
    assert "Managed Spot Training savings" in output
    job = jobs.describe_job(aws, "seed-001-spot")
    assert statuses(job).count("Interrupted") == 1
    assert job["TrainingJobStatus"] == "Completed"


def interrupt_once(platform, aws, name):
    def is_held():
        try:
            uri = jobs.describe_job(aws, name)["CheckpointConfig"]["S3Uri"]
        except ClientError:
            return False
        where, _, prefix = uri[len("s3://") :].partition("/")
        last = f"{prefix}/0006.weights.h5"
        return aws("s3").list_objects_v2(Bucket=where, Prefix=last)["KeyCount"] > 0

    wait_until(is_held)
    platform.run("interrupt", name)
