"""Training jobs and endpoints in boto3's words."""
import io
import pathlib
import tarfile
import uuid

from platform_process import PATIENCE_SECONDS, wait_until

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
REGISTRY = "763104351884.dkr.ecr.us-west-2.amazonaws.com"
TRAINING_IMAGE = f"{REGISTRY}/tensorflow-training:2.21.0-cpu-py311"
INFERENCE_IMAGE = f"{REGISTRY}/tensorflow-inference:2.21.0-cpu"
SCRIPTS = pathlib.Path(__file__).parent / "scripts"


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def bucket(aws, name="conformance"):
    s3 = aws("s3")
    if name not in [found["Name"] for found in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    return name


def archive(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def create_job(aws, source, hyperparameters=None, name=None, **request):
    """Starts `source` (text of a script, or the name of one in scripts/) with plain boto3."""
    name = name or unique("job")
    text = (SCRIPTS / source).read_text() if source.endswith(".py") else source
    where = bucket(aws)
    key = f"{name}/source/sourcedir.tar.gz"
    aws("s3").put_object(Bucket=where, Key=key, Body=archive({"train.py": text}))
    defaults = {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": TRAINING_IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": f"s3://{where}/output"},
        "ResourceConfig": {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "HyperParameters": {
            **(hyperparameters or {}),
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{where}/{key}",
        },
    }
    aws("sagemaker").create_training_job(**{**defaults, **request})
    return name


def describe_job(aws, name):
    return aws("sagemaker").describe_training_job(TrainingJobName=name)


def has_ended(aws, name):
    return describe_job(aws, name)["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")


def wait_for_job(aws, name, seconds=3 * PATIENCE_SECONDS):
    wait_until(lambda: has_ended(aws, name), seconds, lambda: f"{name} did not end: {describe_job(aws, name)}")
    return describe_job(aws, name)


def wait_for_activity(aws, name, status):
    def reached():
        job = describe_job(aws, name)
        assert job["TrainingJobStatus"] == "InProgress", job.get("FailureReason")
        return job["SecondaryStatus"] == status

    wait_until(reached, explain=lambda: f"{name} never was {status}: {describe_job(aws, name)}")


def job_log(aws, name):
    logs = aws("logs")
    group = "/aws/sagemaker/TrainingJobs"
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
    except logs.exceptions.ResourceNotFoundException:  # The group comes with the first line of the first job.
        return []
    lines = []
    for stream in streams:
        token = {}
        while True:
            page = logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True, **token
            )
            lines += [event["message"] for event in page["events"]]
            if not page["events"]:
                break
            token = {"nextToken": page["nextForwardToken"]}
    return lines


def deploy(aws, model_data, name=None, image=INFERENCE_IMAGE, isolated=False, **container):
    """CreateModel, CreateEndpointConfig, CreateEndpoint; does not wait. `model_data` is a URI or a ModelDataSource."""
    name = name or unique("endpoint")
    sagemaker = aws("sagemaker")
    source = {"ModelDataUrl": model_data} if isinstance(model_data, str) else {"ModelDataSource": model_data}
    container = {"Image": image, **source, **container}
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container, EnableNetworkIsolation=isolated
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.c5.xlarge",
        "InitialVariantWeight": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return name


def wait_for_endpoint(aws, name):
    def settled():
        endpoint = aws("sagemaker").describe_endpoint(EndpointName=name)
        return endpoint if endpoint["EndpointStatus"] in ("InService", "Failed") else None

    return wait_until(settled)


def wait_until_gone(aws, endpoint):
    wait_until(lambda: endpoint not in endpoint_names(aws))


def endpoint_names(aws):
    pages = aws("sagemaker").get_paginator("list_endpoints").paginate()
    return {endpoint["EndpointName"] for page in pages for endpoint in page["Endpoints"]}


def train_half_plus_two(aws):
    """The model archive of x / 2 + 2, exported by real TensorFlow in a training job."""
    job = wait_for_job(aws, create_job(aws, "half_plus_two.py"))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    where, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    return aws("s3").get_object(Bucket=where, Key=key)["Body"].read()


def put_half_plus_two(aws, archive):
    where, key = bucket(aws), "half-plus-two/model.tar.gz"
    aws("s3").put_object(Bucket=where, Key=key, Body=archive)
    return f"s3://{where}/{key}"
