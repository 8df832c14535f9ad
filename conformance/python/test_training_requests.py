"""What training requests may say, through boto3 that leaves all checking to the server: each wrong one gets AWS's error."""
import datetime

import jobs
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import client_factory

ALGORITHM = {"TrainingImage": jobs.TRAINING_IMAGE, "TrainingInputMode": "File"}
RESOURCES = {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}
OUTPUT = "s3://conformance/output"
SHORT = "Member must have length less than or equal to"
NULL = "failed to satisfy constraint: Member must not be null"
AT_LEAST = "Member must have value greater than or equal to"
AT_MOST = "Member must have value less than or equal to"
PATTERN = "Member must satisfy regular expression pattern:"


@pytest.fixture(scope="module")
def sagemaker(platform):
    aws = client_factory(platform)
    jobs.bucket(aws)
    return aws("sagemaker", config=Config(parameter_validation=False))


def request(**changes):
    """A request that would be taken; a member that is None is left out."""
    asked = {
        "TrainingJobName": jobs.unique("asked"),
        "RoleArn": jobs.ROLE,
        "AlgorithmSpecification": ALGORITHM,
        "OutputDataConfig": {"S3OutputPath": OUTPUT},
        "ResourceConfig": RESOURCES,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **changes,
    }
    return {name: value for name, value in asked.items() if value is not None}


def channel(name="training", **changes):
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://conformance/data/", **changes.pop("source", {})}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **changes}


def metrics(*definitions):
    return {"AlgorithmSpecification": {**ALGORITHM, "MetricDefinitions": list(definitions)}}


def resources(**changes):
    return {"ResourceConfig": {**RESOURCES, **changes}}


def spot(**seconds):
    return {"EnableManagedSpotTraining": True, "StoppingCondition": seconds}


def tags(*keys):
    return {"Tags": [{"Key": key, "Value": ""} for key in keys]}


WRONG = {
    "no name": ({"TrainingJobName": None}, f"Value null at 'trainingJobName' {NULL}"),
    "a long name": ({"TrainingJobName": "a" * 64}, f"{SHORT} 63"),
    "an underscore": ({"TrainingJobName": "a_b"}, f"Value 'a_b' at 'trainingJobName' failed to satisfy constraint: {PATTERN}"),
    "no role": ({"RoleArn": None}, f"Value null at 'roleArn' {NULL}"),
    "a role that is none": ({"RoleArn": "arn:aws:iam::12345678901:role/x"}, f"'roleArn' failed to satisfy constraint: {PATTERN}"),
    "no output": ({"OutputDataConfig": None}, f"Value null at 'outputDataConfig' {NULL}"),
    "an output without a place": ({"OutputDataConfig": {}}, f"Value null at 'outputDataConfig.s3OutputPath' {NULL}"),
    "an output on disk": ({"OutputDataConfig": {"S3OutputPath": "/tmp"}}, f"'outputDataConfig.s3OutputPath' failed to satisfy constraint: {PATTERN}"),
    "an output on the web": ({"OutputDataConfig": {"S3OutputPath": "https://a/b"}}, "OutputDataConfig.S3OutputPath must be of the form s3://bucket/key"),
    "another compression": ({"OutputDataConfig": {"S3OutputPath": OUTPUT, "CompressionType": "ZIP"}}, "enum value set: [GZIP, NONE]"),
    "no image": ({"AlgorithmSpecification": None}, "AlgorithmSpecification must name a TrainingImage."),
    "no input mode": ({"AlgorithmSpecification": {"TrainingImage": "x"}}, f"'algorithmSpecification.trainingInputMode' {NULL}"),
    "another input mode": ({"AlgorithmSpecification": {**ALGORITHM, "TrainingInputMode": "Disk"}}, "enum value set: [Pipe, File, FastFile]"),
    "41 metrics": (metrics(*[{"Name": f"m{number}", "Regex": "(a)"} for number in range(41)]), f"{SHORT} 40"),
    "a metric without a name": (metrics({"Regex": "(a)"}), f"'algorithmSpecification.metricDefinitions.1.member.name' {NULL}"),
    "a long pattern": (metrics({"Name": "a", "Regex": "a" * 501}), f"{SHORT} 500"),
    "no resources": ({"ResourceConfig": None}, "ResourceConfig must name an InstanceType."),
    "no instance": (resources(InstanceCount=0), "InstanceCount of at least 1"),
    "a size that is none": (resources(InstanceType="ml.c5.xlrge"), f"Value 'ml.c5.xlrge' at 'resourceConfig.instanceType' failed to satisfy constraint: {PATTERN}"),
    "a type that is none": (resources(InstanceType="ml.c5"), f"'resourceConfig.instanceType' failed to satisfy constraint: {PATTERN}"),
    "a volume below nothing": (resources(VolumeSizeInGB=-1), f"{AT_LEAST} 0"),
    "a long keep-alive": (resources(KeepAlivePeriodInSeconds=21601), f"{AT_MOST} 21600"),
    "no time": ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, f"'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: {AT_LEAST} 1"),
    "little time to wait for room": ({"StoppingCondition": {"MaxPendingTimeInSeconds": 1799}}, f"{AT_LEAST} 1800"),
    "much time to wait for room": ({"StoppingCondition": {"MaxPendingTimeInSeconds": 2419201}}, f"{AT_MOST} 2419200"),
    "spot without a wait": (spot(MaxRuntimeInSeconds=9), "Invalid MaxWaitTimeInSeconds."),
    "spot without a condition": ({"EnableManagedSpotTraining": True, "StoppingCondition": None}, "Invalid MaxWaitTimeInSeconds."),
    "spot with a short wait": (spot(MaxRuntimeInSeconds=9, MaxWaitTimeInSeconds=8), "greater than or equal to MaxRuntimeInSeconds"),
    "a wait without spot": ({"StoppingCondition": {"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 9}}, "only supported when EnableManagedSpotTraining"),
    "spot that is kept alive": ({**spot(MaxRuntimeInSeconds=9, MaxWaitTimeInSeconds=9), **resources(KeepAlivePeriodInSeconds=9)}, "KeepAlivePeriodInSeconds is not supported with"),
    "no retries": ({"RetryStrategy": {"MaximumRetryAttempts": 0}}, f"{AT_LEAST} 1"),
    "31 retries": ({"RetryStrategy": {"MaximumRetryAttempts": 31}}, f"{AT_MOST} 30"),
    "101 hyperparameters": ({"HyperParameters": {str(number): "x" for number in range(101)}}, f"{SHORT} 100"),
    "a long hyperparameter": ({"HyperParameters": {"k" * 257: "x"}}, "length less than or equal to 256"),
    "a long value": ({"HyperParameters": {"k": "x" * 2501}}, "length less than or equal to 2500"),
    "101 variables": ({"Environment": {f"A{number}": "x" for number in range(101)}}, f"{SHORT} 100"),
    "a variable that is none": ({"Environment": {"1a": "x"}}, "[a-zA-Z_][a-zA-Z0-9_]*"),
    "a long variable": ({"Environment": {"A": "x" * 513}}, "length less than or equal to 512"),
    "no channels": ({"InputDataConfig": []}, "length greater than or equal to 1"),
    "21 channels": ({"InputDataConfig": [channel(f"c{number}") for number in range(21)]}, f"{SHORT} 20"),
    "a channel twice": ({"InputDataConfig": [channel(), channel()]}, 'Channel names must be unique; "training" is there twice.'),
    "a channel with a blank": ({"InputDataConfig": [channel("a b")]}, f"'inputDataConfig.1.member.channelName' failed to satisfy constraint: {PATTERN}"),
    "a channel of nothing": ({"InputDataConfig": [{"ChannelName": "a"}]}, f"'inputDataConfig.1.member.dataSource' {NULL}"),
    "data of no kind": ({"InputDataConfig": [channel(source={"S3DataType": None})]}, f"'inputDataConfig.1.member.dataSource.s3DataSource.s3DataType' {NULL}"),
    "data on disk": ({"InputDataConfig": [channel(source={"S3Uri": "/data"})]}, f"s3Uri' failed to satisfy constraint: {PATTERN}"),
    "data of no bucket": ({"InputDataConfig": [channel(source={"S3Uri": "s3:///data"})]}, f"s3Uri' failed to satisfy constraint: {PATTERN}"),
    "a shuffle without a seed": ({"InputDataConfig": [channel(ShuffleConfig={})]}, f"shuffleConfig.seed' {NULL}"),
    "checkpoints without a bucket": ({"CheckpointConfig": {"LocalPath": "/opt/ml/checkpoints"}}, f"'checkpointConfig.s3Uri' {NULL}"),
    "checkpoints in the model": ({"CheckpointConfig": {"S3Uri": OUTPUT, "LocalPath": "/opt/ml/model/c"}}, "CheckpointConfig.LocalPath must be a folder of its own"),
    "a network without groups": ({"VpcConfig": {"Subnets": ["subnet-1"]}}, f"'vpcConfig.securityGroupIds' {NULL}"),
    "51 tags": (tags(*[str(number) for number in range(51)]), f"{SHORT} 50"),
    "a tag twice": (tags("a", "a"), "Tag keys must be unique per resource"),
    "a tag of AWS's own": (tags("aws:a"), "aws: prefixed tag key names are not allowed"),
    "two mistakes": ({"TrainingJobName": "a_b", "OutputDataConfig": None}, "2 validation errors detected: "),
}


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_training_job_is_refused_with(sagemaker, changes, words):
    with pytest.raises(ClientError) as refused:
        sagemaker.create_training_job(**request(**changes))
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert words in error["Message"]


@pytest.mark.parametrize("changes", [resources(InstanceCount="1"), {"HyperParameters": {"k": 1}}, {"TrainingJobName": 5}])
def test_a_member_of_another_type_is_told(sagemaker, changes):
    with pytest.raises(ClientError) as refused:
        sagemaker.create_training_job(**request(**changes))
    assert refused.value.response["Error"]["Code"] == "SerializationException"


def refusal(call, **asked):
    with pytest.raises(ClientError) as refused:
        call(**asked)
    error = refused.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def test_tags_hang_on_a_training_job(aws, sagemaker):
    name = jobs.create_job(aws, "sleeper.py", Tags=[{"Key": "team", "Value": "red"}])
    arn = jobs.describe_job(aws, name)["TrainingJobArn"]
    tag = lambda key, value="": {"Key": key, "Value": value}  # noqa: E731
    assert sagemaker.add_tags(ResourceArn=arn, Tags=[tag("stage"), tag("team", "blue")])["Tags"] == [
        tag("team", "blue"),
        tag("stage"),
    ]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["stage", "never"])
    assert [page["Tags"] for page in sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)] == [
        [tag("team", "blue")]
    ]
    fifty = [tag(str(number)) for number in range(50)]
    assert refusal(sagemaker.add_tags, ResourceArn=arn, Tags=fifty).startswith("ResourceLimitExceeded: ")
    assert "must be unique" in refusal(sagemaker.add_tags, ResourceArn=arn, Tags=[tag("a"), tag("a")])
    for call, more in [("list_tags", {}), ("add_tags", {"Tags": [tag("a")]}), ("delete_tags", {"TagKeys": ["a"]})]:
        said = refusal(getattr(sagemaker, call), ResourceArn=f"{arn}-never", **more)
        assert said == f'ValidationException: Could not find resource "{arn}-never".'
    assert "greater than or equal to 50" in refusal(sagemaker.list_tags, ResourceArn=arn, MaxResults=49)
    assert PATTERN in refusal(sagemaker.list_tags, ResourceArn="training-job/x")
    sagemaker.stop_training_job(TrainingJobName=name)
    jobs.wait_for_job(aws, name)
    sagemaker.delete_training_job(TrainingJobName=name)
    assert "Could not find resource" in refusal(sagemaker.list_tags, ResourceArn=arn)


def test_a_job_is_updated_stopped_and_deleted_in_its_time(aws, sagemaker):
    name = jobs.create_job(aws, "sleeper.py")
    asked = {"TrainingJobName": name}
    arn = jobs.describe_job(aws, name)["TrainingJobArn"]
    rules = [{"RuleConfigurationName": "rule", "RuleEvaluatorImage": "image"}]
    settings = {
        "ProfilerConfig": {"S3OutputPath": OUTPUT, "ProfilingIntervalInMilliseconds": 500},
        "ProfilerRuleConfigurations": rules,
        "RemoteDebugConfig": {"EnableRemoteDebug": True},
    }
    assert sagemaker.update_training_job(**asked, **settings)["TrainingJobArn"] == arn
    described = jobs.describe_job(aws, name)
    assert {key: described[key] for key in settings} == settings
    keep = sagemaker.update_training_job
    assert "its warm pool is not there" in refusal(keep, **asked, ResourceConfig={"KeepAlivePeriodInSeconds": 9})
    assert f"{AT_MOST} 21600" in refusal(keep, **asked, ResourceConfig={"KeepAlivePeriodInSeconds": 21601})
    assert f"'resourceConfig.keepAlivePeriodInSeconds' {NULL}" in refusal(keep, **asked, ResourceConfig={})
    assert refusal(sagemaker.delete_training_job, **asked).startswith(f"ResourceInUse: Training job {arn} cannot be deleted")
    sagemaker.stop_training_job(**asked)
    assert jobs.wait_for_job(aws, name)["SecondaryStatus"] == "Stopped"
    assert refusal(sagemaker.stop_training_job, **asked) == (
        "ValidationException: The request was rejected because the training job is in status Stopped"
    )
    assert "it is in status Stopped" in refusal(keep, **asked, ProfilerConfig={"DisableProfiler": True})
    sagemaker.delete_training_job(**asked)
    gone = "ValidationException: Requested resource not found."
    for call in ("describe", "stop", "update", "delete"):
        assert refusal(getattr(sagemaker, f"{call}_training_job"), **asked) == gone


def test_the_name_of_a_deleted_job_is_free_again(aws, sagemaker):
    name = jobs.create_job(aws, "raise ValueError('first')", Tags=[{"Key": "a", "Value": "b"}])
    assert jobs.wait_for_job(aws, name)["TrainingJobStatus"] == "Failed"
    assert refusal(sagemaker.create_training_job, **request(TrainingJobName=name)).startswith("ResourceInUse: ")
    sagemaker.delete_training_job(TrainingJobName=name)
    jobs.create_job(aws, "print('second')", name=name)
    job = jobs.wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed"
    assert sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == []


def test_what_has_no_meaning_here_is_taken_and_described_again(aws, sagemaker):
    kept = {
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]},
        "EnableInterContainerTrafficEncryption": True,
        "OutputDataConfig": {"S3OutputPath": OUTPUT, "KmsKeyId": "alias/mine", "CompressionType": "GZIP"},
        "ResourceConfig": {**RESOURCES, "VolumeKmsKeyId": "1234abcd-12ab"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 2419200, "MaxPendingTimeInSeconds": 1800},
        "DebugHookConfig": {
            "S3OutputPath": OUTPUT,
            "LocalPath": "/opt/ml/output/tensors",
            "CollectionConfigurations": [{"CollectionName": "losses", "CollectionParameters": {"save_interval": "5"}}],
        },
        "ProfilerConfig": {"DisableProfiler": True},
        "HyperParameters": {f"k{number}": "x" * 2500 for number in range(97)},
        "Environment": {f"A{number}": "x" * 512 for number in range(100)},
    }
    name = jobs.unique("kept")
    sagemaker.create_training_job(**request(TrainingJobName=name, **kept))
    sagemaker.stop_training_job(TrainingJobName=name)
    described = jobs.wait_for_job(aws, name)
    assert {key: described[key] for key in kept} == kept


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"MaxResults": 0}, f"{AT_LEAST} 1"),
        ({"MaxResults": 101}, f"{AT_MOST} 100"),
        ({"NextToken": "none"}, "Invalid NextToken."),
        ({"StatusEquals": "Running"}, "enum value set: [InProgress, Completed, Failed, Stopping, Stopped, Deleting]"),
        ({"SortBy": "Age"}, "enum value set: [Name, CreationTime, Status]"),
        ({"SortOrder": "Up"}, "enum value set: [Ascending, Descending]"),
        ({"NameContains": "a b"}, PATTERN),
        ({"WarmPoolStatusEquals": "Cold"}, "enum value set: [Available, Terminated, Reused, InUse]"),
    ],
)
def test_a_list_is_refused_with(sagemaker, query, words):
    said = refusal(sagemaker.list_training_jobs, **query)
    assert said.startswith("ValidationException: ") and words in said


def test_a_list_may_be_empty(sagemaker):
    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    for query in [
        {"CreationTimeAfter": tomorrow},
        {"LastModifiedTimeAfter": tomorrow},
        {"LastModifiedTimeBefore": datetime.datetime(2020, 1, 1)},
        {"NameContains": "never-made"},
        {"StatusEquals": "Deleting"},
    ]:
        assert sagemaker.list_training_jobs(**query)["TrainingJobSummaries"] == []
