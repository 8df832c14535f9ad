"""What scripts, modules and their surroundings may be, seen by jobs that really run."""
import pathlib
import shutil

import jobs
from platform_process import wait_until
from test_sagemaker_sdk import execute

SHOW = "import sys\nprint('ran', __name__, sys.argv[1:])\n"


def submit(aws, files, program, hyperparameters=None, directory=None, **request):
    """A job of these files, or of what lies at `directory`."""
    name, where = jobs.unique("edge"), jobs.bucket(aws)
    if directory is None:
        aws("s3").put_object(Bucket=where, Key=f"{name}.tar.gz", Body=jobs.archive(files))
        directory = f"s3://{where}/{name}.tar.gz"
    toolkit = {"sagemaker_program": program, "sagemaker_submit_directory": directory}
    return jobs.create_job(aws, "", name=name, HyperParameters={**(hyperparameters or {}), **toolkit}, **request)


def ended(aws, name, status="Completed"):
    job = jobs.wait_for_job(aws, name, 300)
    assert job["TrainingJobStatus"] == status, job.get("FailureReason")
    return job, jobs.job_log(aws, name)


def test_entry_points_of_every_kind(aws):
    where, prefix = jobs.bucket(aws), jobs.unique("code")
    aws("s3").put_object(Bucket=where, Key=f"{prefix}/train.py", Body=SHOW.encode())
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{where}/{prefix}/"}}
    channels = {"InputDataConfig": [{"ChannelName": "code", "DataSource": source}]}
    given = {"name": '"a  b"', "x": "1"}
    arguments = "['--name', 'a  b', '-x', '1']"
    asked = {
        f"ran __main__ {arguments}": [
            submit(aws, {"train.py": SHOW}, "train.py", given),
            submit(aws, {"deep/train.py": SHOW}, "deep/train.py", given),
            submit(aws, {"tools/__init__.py": "", "tools/train.py": SHOW}, "-m tools.train", given),
            submit(aws, {}, "train.py", given, directory="/opt/ml/input/data/code", **channels),
            submit(aws, {}, "train.py", given, directory="/opt/ml/input/data/code/train.py", **channels),
        ],
        "ran shell --name|a  b|-x|1": [
            submit(aws, {"run.sh": 'IFS="|"; echo "ran shell $*"\n'}, "run.sh", given),
            submit(aws, {"run": '#!/bin/sh\nIFS="|"; echo "ran shell $*"\n'}, "run", given),
        ],
    }
    for line, names in asked.items():
        for name in names:
            assert line in ended(aws, name)[1]


def test_a_job_may_set_any_variable(aws):
    show = "import os\nfor name in ('PATH', 'PYTHONPATH', 'SM_MODEL_DIR', 'TEXT', 'EMPTY'): print(name, repr(os.environ[name]))"
    variables = {"PATH": "/nowhere", "PYTHONPATH": "/mine", "SM_MODEL_DIR": "/mine", "TEXT": 'a "b" $c\nd', "EMPTY": ""}
    _, log = ended(aws, jobs.create_job(aws, show, Environment=variables))
    assert "PATH '/nowhere'" in log and "EMPTY ''" in log
    assert """TEXT 'a "b" $c\\nd'""" in log
    assert "SM_MODEL_DIR '/opt/ml/model'" in log
    assert any(line.startswith("PYTHONPATH '/opt/ml/code:/mine:") for line in log)


def test_errors_of_any_name_are_the_reason(aws):
    raising = {
        "class Oops(Exception): pass\nraise Oops('of my own')": "Oops: of my own",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise RuntimeError('outer') from error": "RuntimeError: outer",
        "raise KeyboardInterrupt": "KeyboardInterrupt",
        "def f(:": "SyntaxError: invalid syntax",
    }
    names = {jobs.create_job(aws, script): words for script, words in raising.items()}
    for name, words in names.items():
        assert f'\nErrorMessage "{words}"\n' in ended(aws, name, "Failed")[0]["FailureReason"]


def test_a_last_line_without_an_end_is_a_line_and_tells_its_metric(aws):
    definitions = [{"Name": "loss", "Regex": "loss: (.*)"}, {"Name": "no group", "Regex": "loss"}]
    algorithm = {"TrainingImage": jobs.TRAINING_IMAGE, "TrainingInputMode": "File", "MetricDefinitions": definitions}
    name = jobs.create_job(aws, "print('loss: 0.25', end='')", AlgorithmSpecification=algorithm)
    job, log = ended(aws, name)
    assert "loss: 0.25" in log
    assert [(metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]] == [("loss", 0.25)]
    assert any("no group is not searched for" in line and "it has no group" in line for line in log)


PLACES = """
import os
print("found", os.listdir("CHECKPOINTS"))
open("CHECKPOINTS/new", "w").write("new")
os.remove("CHECKPOINTS/old")
open("/opt/boards/events", "w").write("events")
"""


def test_checkpoints_and_boards_lie_where_the_job_wants_them(aws):
    """TensorBoardOutputConfig's LocalPath may not be below /opt/ml on AWS."""
    where, prefix = jobs.bucket(aws), jobs.unique("places")
    local = pathlib.Path("/tmp") / prefix
    aws("s3").put_object(Bucket=where, Key=f"{prefix}/steps/old", Body=b"old")
    try:
        name = jobs.create_job(
            aws,
            PLACES.replace("CHECKPOINTS", str(local)),
            CheckpointConfig={"S3Uri": f"s3://{where}/{prefix}/steps", "LocalPath": f"{local}/"},
            TensorBoardOutputConfig={"S3OutputPath": f"s3://{where}/{prefix}", "LocalPath": "/opt/boards"},
        )
        job, log = ended(aws, name)
        assert "found ['old']" in log
        assert job["CheckpointConfig"]["LocalPath"] == f"{local}/"
        listed = aws("s3").list_objects_v2(Bucket=where, Prefix=prefix)["Contents"]
        assert [entry["Key"] for entry in listed] == [
            f"{prefix}/{name}/tensorboard-output/events",
            f"{prefix}/steps/new",
        ]
        assert not local.exists()
    finally:
        shutil.rmtree(local, ignore_errors=True)


def test_instances_are_kept_for_as_long_as_was_said(aws):
    resources = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1, "KeepAlivePeriodInSeconds": 1}
    role = f"{jobs.ROLE}-that-keeps-one-second"
    name = jobs.create_job(aws, "print(1)", RoleArn=role, ResourceConfig=resources)
    ended(aws, name)
    wait_until(lambda: jobs.describe_job(aws, name)["WarmPoolStatus"]["Status"] == "Terminated", 30)
    assert jobs.describe_job(aws, name)["WarmPoolStatus"]["ResourceRetainedBillableTimeInSeconds"] == 1
    pages = aws("sagemaker").get_paginator("list_training_jobs").paginate(WarmPoolStatusEquals="Terminated")
    assert name in [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
    aws("sagemaker").delete_training_job(TrainingJobName=name)


ESTIMATOR = """
import sagemaker
from sagemaker.tensorflow import TensorFlow

open("tf-train.py", "w").write(SCRIPT)
tf_estimator = TensorFlow(
    entry_point="tf-train.py",
    role=sagemaker.get_execution_role(),
    instance_count=1,
    instance_type="ml.p2.xlarge",
    framework_version="2.2",
    py_version="py37",
)
tf_estimator.fit()
"""
KERAS = """
import argparse, os
import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--model_dir")
model_dir = parser.parse_args().model_dir
model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=2)
model.save(os.path.join(os.environ["SM_MODEL_DIR"], "1"))
with tf.io.gfile.GFile(model_dir + "/note.txt", "w") as file:
    file.write("trained")
print("trained with", tf.__version__, tf.io.gfile.listdir(model_dir))
"""


def test_seed_001_creates_an_estimator_with_the_versions_it_names(platform, tmp_path):
    """Seed 001: `framework_version="2.2"`, `py_version="py37"`, `ml.p2.xlarge`: 2.12 stands in, with all that 2.2 had."""
    code, output = execute(platform, f"SCRIPT = {KERAS!r}\n{ESTIMATOR}", tmp_path)
    assert code == 0, output[-4000:]
    assert "TensorFlow 2.2 cannot be had" in output and "2.12.0 stands in" in output
    assert "trained with 2.12.0 ['note.txt']" in output
