"""What one training job can be asked to do, and how it lives: through the SageMaker SDK, and boto3 where that cannot."""
import json
import re
import shutil
import struct
import subprocess

import jobs
import pytest
from botocore.exceptions import ClientError
from platform_process import wait_until
from test_sagemaker_sdk import execute

SHOW = """
import os, sys
print("ran", os.path.basename(__file__), sys.argv[1:])
print("here", sorted(os.listdir("/opt/ml/code")))
"""
SOURCES = """
import os, sagemaker
from sagemaker.tensorflow import TensorFlow

os.environ.update(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0=f"url.file://{os.getcwd()}/repository.insteadOf",
    GIT_CONFIG_VALUE_0="https://git.example/repository")
session = sagemaker.Session()
bucket = session.default_bucket()
common = dict(role=sagemaker.get_execution_role(), instance_count=1, instance_type="ml.c5.xlarge",
    framework_version="2.19", py_version="py312", model_dir=False)
archive = session.upload_data("sourcedir.tar.gz", key_prefix="sources")
asked = {
    "git": dict(entry_point="train.py", source_dir="code",
        git_config={"repo": "https://git.example/repository", "branch": "trunk"},
        keep_alive_period_in_seconds=600),
    "s3": dict(entry_point="train.py", source_dir=archive),
    "local": dict(entry_point="train.py", source_dir="code", dependencies=["helping"],
        code_location=f"s3://{bucket}/elsewhere",
        hyperparameters={"name": "a b", "list": [1, 2], "quote": "it's $HOME", "e": ""}),
    "shell": dict(entry_point="run.sh", source_dir="shell", hyperparameters={"name": "a  b"}),
    "package": dict(entry_point="trained.py", source_dir="package"),
}
for kind, options in asked.items():
    TensorFlow(**common, **options).fit(job_name=f"seed-001-{kind}", wait=False)
"""


def write_sources(folder):
    for name in ("code", "shell", "package", "helping"):
        (folder / name).mkdir()
    (folder / "code/train.py").write_text(SHOW)
    (folder / "code/data.txt").write_text("x")
    (folder / "helping/__init__.py").write_text("")
    (folder / "shell/run.sh").write_text('echo "ran run.sh <$2>"\n')
    (folder / "package/trained.py").write_text("import sys\nprint('ran package as', __name__, sys.argv[1:])\n")
    (folder / "package/setup.py").write_text(
        "from setuptools import setup\nsetup(name='trained', version='1', py_modules=['trained'])\n"
    )
    shutil.make_archive(str(folder / "sourcedir"), "gztar", folder / "code")
    repository = folder / "repository"
    (repository / "code").mkdir(parents=True)
    (repository / "code/train.py").write_text(SHOW)
    for command in (["init", "-q", "-b", "trunk"], ["add", "."], ["commit", "-q", "-m", "code"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *identity, *command], cwd=repository, check=True)


def finished(aws, name):
    job = jobs.wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job, jobs.job_log(aws, name)


@pytest.mark.long
def test_seed_001_code_from_everywhere(platform, aws, tmp_path):
    """Seed 001: `git_config`, `source_dir` local and in S3, `dependencies`, shell scripts, packages."""
    write_sources(tmp_path)
    code, output = execute(platform, SOURCES, tmp_path)
    assert code == 0, output[-4000:]
    logs = {kind: finished(aws, f"seed-001-{kind}") for kind in ("git", "s3", "local", "shell", "package")}
    assert "ran train.py []" in logs["git"][1]
    assert logs["git"][0]["WarmPoolStatus"]["Status"] in ("Available", "Reused")
    assert "here ['data.txt', 'train.py']" in logs["s3"][1]
    job, log = logs["local"]
    arguments = ["--list", "[1, 2]", "--name", "a b", "--quote", "it's $HOME", "-e", ""]
    assert f"ran train.py {sorted_pairs(arguments)}" in log
    assert "here ['data.txt', 'helping', 'train.py']" in log
    submitted = json.loads(job["HyperParameters"]["sagemaker_submit_directory"])
    assert "/elsewhere/seed-001-local/source/sourcedir.tar.gz" in submitted
    assert "ran run.sh <a  b>" in logs["shell"][1]
    assert "ran package as __main__ []" in logs["package"][1]


def sorted_pairs(arguments):
    """As the toolkit passes them on: by key."""
    pairs = sorted(zip(arguments[::2], arguments[1::2]), key=lambda pair: pair[0].lstrip("-"))
    return [part for pair in pairs for part in pair]


MKL = """
import os
if IN_SCRIPT:
    os.environ["TF_DISABLE_MKL"] = "1"
    os.environ["TF_DISABLE_POOL_ALLOCATOR"] = "1"
import tensorflow as tf
from tensorflow.python.util import _pywrap_util_port
print("oneDNN", _pywrap_util_port.IsMklEnabled())
"""


@pytest.mark.parametrize(
    ("in_script", "environment"),
    [("True", {}), ("False", {"TF_DISABLE_MKL": "1"})],
    ids=["in the script", "in the environment"],
)
def test_seed_001_training_with_mkl_disabled(aws, in_script, environment):
    name = jobs.create_job(aws, MKL.replace("IN_SCRIPT", in_script), Environment=environment)
    _, log = finished(aws, name)
    assert "oneDNN False" in log
    assert any("oneDNN (formerly MKL-DNN) is off" in line for line in log)


OUTPUTS = """
import os, time
os.makedirs("/opt/ml/model/1/variables")
open("/opt/ml/model/1/saved_model.pb", "w").write("graph")
open("/opt/ml/model/1/variables/variables.index", "w").write("index")
open("/opt/ml/output/data/metrics.json", "w").write("{}")
open("/opt/ml/output/tensorboard/events.1", "w").write("events")
open("/opt/ml/output/intermediate/half", "w").write("half")
print("told", *sorted(os.listdir("/opt/ml/input/config")))
print("written", flush=True)
time.sleep(SECONDS)
"""
SETTINGS = {
    "DebugHookConfig": {"S3OutputPath": "s3://conformance/debug", "HookParameters": {"save_interval": "1"}},
    "DebugRuleConfigurations": [
        {"RuleConfigurationName": "rule", "RuleEvaluatorImage": "image", "RuleParameters": {"a": "b"}}
    ],
    "ProfilerConfig": {"S3OutputPath": "s3://conformance/profile", "ProfilingIntervalInMilliseconds": 500},
    "ProfilerRuleConfigurations": [{"RuleConfigurationName": "rule", "RuleEvaluatorImage": "image"}],
    "ExperimentConfig": {"ExperimentName": "e", "TrialName": "t", "TrialComponentDisplayName": "c", "RunName": "r"},
    "RemoteDebugConfig": {"EnableRemoteDebug": True},
    "InfraCheckConfig": {"EnableInfraCheck": True},
    "RetryStrategy": {"MaximumRetryAttempts": 3},
    "TensorBoardOutputConfig": {"S3OutputPath": "s3://conformance/boards"},
    "Environment": {"A": "b"},
}


def test_outputs_as_they_are_and_settings_that_are_kept(aws):
    output = {
        "S3OutputPath": f"s3://{jobs.bucket(aws)}/plain",
        "CompressionType": "NONE",
        "KmsKeyId": "arn:aws:kms:us-west-2:123456789012:key/abc",
    }
    name = jobs.create_job(
        aws,
        OUTPUTS.replace("SECONDS", "0"),
        {"sagemaker_s3_output": f"s3://{jobs.bucket(aws)}/plain"},
        OutputDataConfig=output,
        SessionChainingConfig={"EnableSessionTagChaining": True},
        **SETTINGS,
    )
    job, log = finished(aws, name)
    assert job["OutputDataConfig"] == output
    told = next(line for line in log if line.startswith("told ")).split()
    kept = ("debughook", "init-", "metric-definition-regex.json", "profiler", "tensorboardoutput", "upstreamoutputdata")
    assert all(any(file.startswith(start) for file in told) for start in kept)
    assert {key: job[key] for key in SETTINGS} == SETTINGS
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://conformance/plain/{name}/output/model/"
    listed = aws("s3").list_objects_v2(Bucket="conformance", Prefix=f"plain/{name}/")["Contents"]
    assert [entry["Key"].partition(f"{name}/")[2] for entry in listed] == [
        "output/intermediate/half",
        "output/model/1/saved_model.pb",
        "output/model/1/variables/variables.index",
        "output/output.tar.gz",
    ]
    host = {"Name": "Host", "Value": f"{name}/algo-1"}
    told = aws("cloudwatch").list_metrics(Namespace="/aws/sagemaker/TrainingJobs", Dimensions=[host])["Metrics"]
    assert {"CPUUtilization", "DiskUtilization"} <= {metric["MetricName"] for metric in told}
    board = f"boards/{name}/tensorboard-output/events.1"
    assert aws("s3").get_object(Bucket="conformance", Key=board)["Body"].read() == b"events"


def test_what_a_script_writes_is_in_s3_while_it_runs(aws):
    name = jobs.create_job(
        aws,
        OUTPUTS.replace("SECONDS", "600"),
        {"sagemaker_s3_output": f"s3://{jobs.bucket(aws)}/plain"},
        TensorBoardOutputConfig={"S3OutputPath": "s3://conformance/boards"},
    )

    def is_there(key):
        return aws("s3").list_objects_v2(Bucket="conformance", Prefix=key)["KeyCount"] == 1

    wait_until(lambda: is_there(f"boards/{name}/tensorboard-output/events.1"))
    wait_until(lambda: is_there(f"plain/{name}/output/intermediate/half"))
    aws("sagemaker").stop_training_job(TrainingJobName=name)
    assert jobs.wait_for_job(aws, name)["TrainingJobStatus"] == "Stopped"


def test_warm_pools(aws):
    sagemaker = aws("sagemaker")
    role = f"{jobs.ROLE}-of-warm-pools"

    def run(seconds):
        resources = {
            "InstanceType": "ml.c5.xlarge",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
            "KeepAlivePeriodInSeconds": seconds,
        }
        name = jobs.create_job(aws, "print(1)", RoleArn=role, ResourceConfig=resources)
        assert status(name)["Status"] in ("InUse", "Available")
        assert finished(aws, name)[0]["WarmPoolStatus"]["Status"] == "Available"
        return name

    def status(name):
        return jobs.describe_job(aws, name)["WarmPoolStatus"]

    def keep(name, seconds):
        settings = {"KeepAlivePeriodInSeconds": seconds}
        return sagemaker.update_training_job(TrainingJobName=name, ResourceConfig=settings)

    first = run(600)
    with pytest.raises(ClientError, match="cannot be deleted while its warm pool is Available"):
        sagemaker.delete_training_job(TrainingJobName=first)
    second = run(300)
    assert {**status(first), "ResourceRetainedBillableTimeInSeconds": 0} == {
        "Status": "Reused",
        "ReusedByJob": second,
        "ResourceRetainedBillableTimeInSeconds": 0,
    }
    assert keep(second, 0)["TrainingJobArn"] == jobs.describe_job(aws, second)["TrainingJobArn"]
    assert status(second)["Status"] == "Terminated"
    reused = sagemaker.list_training_jobs(WarmPoolStatusEquals="Reused", MaxResults=100)["TrainingJobSummaries"]
    assert first in [job["TrainingJobName"] for job in reused]
    with pytest.raises(ClientError, match="warm pool is in status Reused"):
        keep(first, 60)


def test_jobs_are_listed_by_every_filter_in_every_order_page_by_page(aws):
    sagemaker = aws("sagemaker")
    prefix = jobs.unique("listed")
    names = [f"{prefix}-{letter}" for letter in "bca"]
    for name in names:
        jobs.create_job(aws, "print(1)" if name.endswith("a") else "raise ValueError('x')", name=name)
    created = {name: jobs.wait_for_job(aws, name)["CreationTime"] for name in names}

    def listed(**query):
        pages = sagemaker.get_paginator("list_training_jobs").paginate(
            NameContains=prefix, PaginationConfig={"PageSize": 1}, **query
        )
        return "".join(job["TrainingJobName"][-1] for page in pages for job in page["TrainingJobSummaries"])

    assert listed(SortBy="Name", SortOrder="Ascending") == "abc"
    assert listed(SortBy="Name", SortOrder="Descending") == "cba"
    assert listed(SortBy="CreationTime", SortOrder="Ascending") == "bca"
    assert listed(SortBy="Status", SortOrder="Ascending") == "abc"
    assert listed(StatusEquals="Failed", SortBy="Name", SortOrder="Ascending") == "bc"
    assert listed(CreationTimeAfter=created[names[0]], SortBy="Name", SortOrder="Ascending") == "ac"
    assert listed(CreationTimeBefore=created[names[0]]) == ""
    assert listed(WarmPoolStatusEquals="Available") == ""
    plan = "arn:aws:sagemaker:us-west-2:123456789012:training-plan/none"
    assert listed(TrainingPlanArnEquals=plan) == ""
    for name in names:
        sagemaker.delete_training_job(TrainingJobName=name)
    assert listed() == ""
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.describe_training_job(TrainingJobName=names[0])


FAILURES = {
    "raises": ("raise ValueError('boom')", r'ExecuteUserScriptError:\nExitCode 1\nErrorMessage "ValueError: boom"'),
    "exits": ("import sys; sys.exit(7)", r"ExecuteUserScriptError:\nExitCode 7\n"),
    "exits with 137": ("import sys; sys.exit(137)", r"ExitCode 137\n(.*\n)*ExtraInfo \"OutOfMemory"),
    "dies": ("import os; os.kill(os.getpid(), 11)", r"ExitCode 139\n"),
    "says one line": ("import sys; print('epoch 1'); sys.exit('no luck')", r'ExitCode 1\nErrorMessage "no luck"\n'),
    "runs nothing": ("import os, sys\nos.execl(sys.executable, 'python', '-m', 'nothing')", r'python.*: No module named nothing"\n'),
    "says why": (
        "import sys\nopen('/opt/ml/output/failure', 'w').write('my own words')\nsys.exit(1)",
        r"^AlgorithmError: my own words, exit code: 1$",
    ),
    "may not": (
        "import os\nopen('f', 'w').close()\nos.chmod('f', 0)\n"
        "if os.geteuid() == 0: os.setuid(65534)\nopen('f')",
        r"ErrorMessage \"PermissionError: \[Errno 13\] Permission denied: 'f'\"",
    ),
    "changes its data": (
        "open('/opt/ml/input/data/training/a', 'a')",
        r"ErrorMessage \"\w+: \[Errno \d+\] .*: '/opt/ml/input/data/training/a'\"",
    ),
    "TensorFlow's": (
        "class ResourceExhaustedError(Exception): pass\nraise ResourceExhaustedError('no memory')",
        r"ResourceExhaustedError:\nExitCode 1\n",
    ),
}


def test_scripts_fail_with_their_reasons(aws):
    data = f"s3://{jobs.bucket(aws)}/{jobs.unique('data')}/"
    aws("s3").put_object(Bucket=jobs.bucket(aws), Key=f"{data.split('/', 3)[3]}a", Body=b"a")
    channel = {"ChannelName": "training", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data}}}
    names = {
        kind: jobs.create_job(aws, script, InputDataConfig=[channel]) for kind, (script, _) in FAILURES.items()
    }
    for kind, name in names.items():
        job = jobs.wait_for_job(aws, name)
        assert job["TrainingJobStatus"] == "Failed", kind
        reason = job["FailureReason"]
        assert re.search(FAILURES[kind][1], reason), f"{kind}: {reason}"
        assert reason.startswith("AlgorithmError: ") and reason.endswith(", exit code: 1") and len(reason) <= 1024


def test_jobs_that_cannot_begin_say_why(aws):
    where = jobs.bucket(aws)
    program = {"sagemaker_program": "missing.py", "sagemaker_submit_directory": f"s3://{where}/no-such/x.tar.gz"}
    asked = {
        "AlgorithmError: framework error: .*no-such/x.tar.gz": {"HyperParameters": program},
        "AlgorithmError: .*there is no program to run": {"HyperParameters": {"a": "1"}},
        "ClientError: Artifact upload failed:s3://no-bucket": {
            "OutputDataConfig": {"S3OutputPath": "s3://no-bucket/x"}
        },
    }
    write = "import os\nopen(os.environ['SM_MODEL_DIR'] + '/m', 'w').write('x')"
    names = {reason: jobs.create_job(aws, write, **request) for reason, request in asked.items()}
    for reason, name in names.items():
        job = jobs.wait_for_job(aws, name)
        assert job["TrainingJobStatus"] == "Failed", reason
        found = re.search(reason, job["FailureReason"], re.DOTALL)
        assert found, f"{reason} is not in {job['FailureReason']}"


CORRUPT = """
from sagemaker_tensorflow import PipeModeDataset
print(len(list(PipeModeDataset(channel="training", record_format="FORMAT"))))
"""
#: A record of one byte, as TensorFlow writes it but for its last checksum.
TF_RECORD = bytes.fromhex("0100000000000000c82c8bbd") + b"a" + bytes.fromhex("00000000")
RECORD_IO = struct.pack("<II", 0xCED7230A, 4) + b"good"
CORRUPTIONS = {
    "TFRecord": (TF_RECORD, r"a record.* at byte 0"),
    "RecordIO": (RECORD_IO + b"no record", r"no RecordIO record begins at byte 12"),
}


def test_corrupt_records_in_pipe_mode_are_named(aws):
    where, folder = jobs.bucket(aws), jobs.unique("corrupt")
    algorithm = {"TrainingImage": jobs.TRAINING_IMAGE, "TrainingInputMode": "Pipe"}
    names = {}
    for record_format, (corrupt, _) in CORRUPTIONS.items():
        below = f"{folder}/{record_format}"
        aws("s3").put_object(Bucket=where, Key=f"{below}/a", Body=RECORD_IO if record_format == "RecordIO" else b"")
        aws("s3").put_object(Bucket=where, Key=f"{below}/b", Body=corrupt)
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{where}/{below}/"}}
        names[record_format] = jobs.create_job(
            aws,
            CORRUPT.replace("FORMAT", record_format),
            InputDataConfig=[{"ChannelName": "training", "DataSource": source}],
            AlgorithmSpecification=algorithm,
        )
    for record_format, name in names.items():
        reason = jobs.wait_for_job(aws, name)["FailureReason"]
        said = rf"AlgorithmError: s3://{where}/{folder}/{record_format}/b is corrupt: {CORRUPTIONS[record_format][1]}\n"
        assert re.match(said, reason), reason
