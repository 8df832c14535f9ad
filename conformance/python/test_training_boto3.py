"""Training jobs through plain boto3: what the script sees, what is kept, and how jobs end."""
import io
import json
import tarfile

import jobs
import pytest
from botocore.exceptions import ClientError


def artifact(aws, job, name="model.tar.gz"):
    uri = job["ModelArtifacts"]["S3ModelArtifacts"].replace("model.tar.gz", name)
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    body = aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return tarfile.open(fileobj=io.BytesIO(body))


def test_a_script_sees_its_arguments_environment_and_data_and_cannot_change_the_bucket(aws):
    where = jobs.bucket(aws)
    for key in ("data/a.csv", "data/deep/b.csv"):
        aws("s3").put_object(Bucket=where, Key=key, Body=key.encode())
    channel = {
        "ChannelName": "training",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": f"s3://{where}/data/",
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
    given = {"epochs": "3", "name": '"a b"', "raw": "not json", "flag": "true", "lst": "[1, 2]"}
    name = jobs.create_job(aws, "environment.py", given, InputDataConfig=[channel], Environment={"FOO": "1"})
    job = jobs.wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    seen = json.load(artifact(aws, job).extractfile("seen.json"))
    assert seen["argv"] == ["--epochs", "3", "--flag", "True", "--lst", "[1, 2]", "--name", "a b", "--raw", "not json"]
    assert seen["files"] == ["training/a.csv", "training/deep/b.csv"]
    assert seen["environment"]["SM_CHANNEL_TRAINING"] == "/opt/ml/input/data/training"
    assert seen["environment"]["SM_HP_NAME"] == "a b"
    assert json.loads(seen["environment"]["SM_HPS"])["lst"] == [1, 2]
    assert seen["config"]["hyperparameters"]["flag"] == "true"
    assert seen["config"]["resourceconfig"]["hosts"] == ["algo-1"]
    assert artifact(aws, job, "output.tar.gz").extractfile("side.txt").read() == b"beside the model"
    assert aws("s3").get_object(Bucket=where, Key="data/a.csv")["Body"].read() == b"data/a.csv"
    states = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert states == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all(step["StatusMessage"] for step in job["SecondaryStatusTransitions"])


def test_the_log_can_be_read_while_the_job_runs(aws):
    name = jobs.create_job(aws, "sleeper.py")
    jobs.wait_for_activity(aws, name, "Training")
    jobs.wait_until(lambda: "started" in jobs.job_log(aws, name))
    aws("sagemaker").stop_training_job(TrainingJobName=name)
    job = jobs.wait_for_job(aws, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert artifact(aws, job).extractfile("checkpoint").read() == b"kept"
    assert "asked to end" in jobs.job_log(aws, name)


def test_a_job_that_runs_too_long_is_stopped_and_keeps_its_model(aws):
    name = jobs.create_job(aws, "sleeper.py", StoppingCondition={"MaxRuntimeInSeconds": 6})
    job = jobs.wait_for_job(aws, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert artifact(aws, job).extractfile("checkpoint").read() == b"kept"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise ValueError('boom')", 'ErrorMessage "ValueError: boom"'),
        ("import sys; sys.exit(3)", "exit code: 1"),
        ("open('/opt/ml/output/failure', 'w').write('my own words'); exit(1)", "my own words"),
        ("import no_such_module", "No module named 'no_such_module'"),
    ],
)
def test_a_script_that_fails_says_why(aws, source, reason):
    job = jobs.wait_for_job(aws, jobs.create_job(aws, source))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ")
    assert reason in job["FailureReason"]
    assert len(job["FailureReason"]) <= 1024


def broken_job(aws, **hyperparameters):
    name = jobs.unique("broken")
    where = jobs.bucket(aws)
    aws("s3").put_object(Bucket=where, Key="no.tar.gz", Body=b"this is no archive")
    aws("s3").put_object(Bucket=where, Key="climbs.tar.gz", Body=jobs.archive({"../../climbed.py": "x"}))
    aws("s3").put_object(Bucket=where, Key="good.tar.gz", Body=jobs.archive({"train.py": "print(1)"}))
    return jobs.create_job(
        aws,
        "print(1)",
        name=name,
        HyperParameters={"sagemaker_program": "train.py", **hyperparameters},
    )


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"sagemaker_submit_directory": "s3://conformance/no.tar.gz"}, "no.tar.gz"),
        ({"sagemaker_submit_directory": "s3://conformance/climbs.tar.gz"}, "climbed.py"),
        ({"sagemaker_submit_directory": "s3://conformance/absent.tar.gz"}, "absent.tar.gz"),
        ({"sagemaker_submit_directory": "s3://conformance/good.tar.gz", "sagemaker_program": "gone.py"}, "gone.py"),
    ],
)
def test_a_broken_program_archive_is_named_in_the_reason(aws, parameters, words):
    job = jobs.wait_for_job(aws, broken_job(aws, **parameters))
    assert job["TrainingJobStatus"] == "Failed"
    assert words in job["FailureReason"]


def test_requirements_are_installed_for_the_job_alone(aws):
    name = jobs.unique("requirements")
    where = jobs.bucket(aws)
    files = {"train.py": "import six; print('six is', six.__version__)", "requirements.txt": "six==1.16.0\n"}
    aws("s3").put_object(Bucket=where, Key=f"{name}.tar.gz", Body=jobs.archive(files))
    parameters = {"sagemaker_program": "train.py", "sagemaker_submit_directory": f"s3://{where}/{name}.tar.gz"}
    jobs.create_job(aws, "print(1)", name=name, HyperParameters=parameters)
    job = jobs.wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert "six is 1.16.0" in jobs.job_log(aws, name)


def test_a_script_may_save_to_an_s3_model_dir(aws):
    where = jobs.bucket(aws)
    name = jobs.unique("s3-model")
    jobs.create_job(
        aws, "s3_model_dir.py", {"model_dir": f"s3://{where}/{name}/model"}, name=name
    )
    job = jobs.wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    listed = aws("s3").list_objects_v2(Bucket=where, Prefix=f"{name}/model/1/")["Contents"]
    assert f"{name}/model/1/saved_model.pb" in [item["Key"] for item in listed]


def test_20_jobs_at_once_all_end_right(aws):
    names = [jobs.create_job(aws, f"print('I am number', {number})") for number in range(20)]
    for number, name in enumerate(names):
        job = jobs.wait_for_job(aws, name)
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert f"I am number {number}" in jobs.job_log(aws, name)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"TrainingJobName": "a_b"}, "ValidationException", "failed to satisfy constraint"),
        ({"RoleArn": "arn:aws:iam::not-a-role-arn"}, "ValidationException", "roleArn"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "ValidationException", "TrainingImage"),
        ({"HyperParameters": {"k": "v" * 2501}}, "ValidationException", "2500"),
    ],
)
def test_a_wrong_request_gets_the_error_that_aws_gives(aws, change, code, words):
    with pytest.raises(ClientError) as caught:
        jobs.create_job(aws, "print(1)", **change)
    assert caught.value.response["Error"]["Code"] == code
    assert words in caught.value.response["Error"]["Message"]


def test_names_are_unique_and_missing_jobs_are_told(aws):
    sagemaker = aws("sagemaker")
    name = jobs.create_job(aws, "print(1)")
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="already exists"):
        jobs.create_job(aws, "print(1)", name=name)
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.describe_training_job(TrainingJobName="never-made")
    jobs.wait_for_job(aws, name)
    with pytest.raises(ClientError, match="Completed"):
        sagemaker.stop_training_job(TrainingJobName=name)
    listed = sagemaker.list_training_jobs(NameContains=name, StatusEquals="Completed")["TrainingJobSummaries"]
    assert [job["TrainingJobName"] for job in listed] == [name]

