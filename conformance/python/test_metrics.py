"""Metrics of training jobs, through every protocol in which CloudWatch is asked."""
import datetime
import subprocess
import xml.etree.ElementTree as ElementTree

import boto3
import botocore.session
import jobs
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from test_sagemaker_sdk import execute, sdk_program

pytestmark = pytest.mark.xdist_group("metrics")
NAMESPACE = "/aws/sagemaker/TrainingJobs"
SCRIPT = """
import sys
for step, loss in enumerate([4, 2, 0.5]):
    print(f"epoch {step} - loss: {loss} - accuracy: {step / 4}", flush=True)
print("warnings have losses too: loss: 0.25", file=sys.stderr, flush=True)
"""
DEFINITIONS = [
    {"Name": "train:loss", "Regex": r"loss: ([0-9\.]+)"},
    {"Name": "train:accuracy", "Regex": r"accuracy: (?P<value>\S+)"},
    {"Name": "never", "Regex": "never: (.*)"},
    {"Name": "hostile", "Regex": r"^((([a-z0-9 :.-])+)+)+$!"},
]


@pytest.fixture(scope="module")
def job(aws):
    """A job that has told its metrics."""
    algorithm = {
        "TrainingImage": jobs.TRAINING_IMAGE,
        "TrainingInputMode": "File",
        "MetricDefinitions": DEFINITIONS,
    }
    name = jobs.create_job(aws, SCRIPT, AlgorithmSpecification=algorithm)
    return jobs.wait_for_job(aws, name)


def around(job):
    """The job's time, as the SageMaker SDK takes it."""
    minute = datetime.timedelta(minutes=1)
    return {"StartTime": job["TrainingStartTime"], "EndTime": job["TrainingEndTime"] + minute}


def dimensions(job):
    return [{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}]


def test_the_last_value_of_each_metric_is_described(job, aws):
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    final = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert final == {"train:loss": 0.25, "train:accuracy": 0.5}
    for metric in job["FinalMetricDataList"]:
        assert job["TrainingStartTime"] <= metric["Timestamp"] <= job["TrainingEndTime"]
    assert any("the metric hostile is no longer searched for" in line for line in jobs.job_log(aws, job["TrainingJobName"]))


def test_boto3_reads_statistics(job, aws):
    statistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
    answer = aws("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="train:loss",
        Dimensions=dimensions(job),
        Period=86400,
        Statistics=statistics,
        **around(job),
    )
    assert answer["Label"] == "train:loss"
    (point,) = answer["Datapoints"]
    assert point["Timestamp"].second == 0 and point["Timestamp"].tzinfo is not None
    assert {name: point[name] for name in statistics} == {
        "SampleCount": 4,
        "Average": 1.6875,
        "Sum": 6.75,
        "Minimum": 0.25,
        "Maximum": 4,
    }
    assert point["Unit"] == "None"


def test_boto3_reads_percentiles(job, aws):
    asked = {"Namespace": NAMESPACE, "MetricName": "train:loss", "Dimensions": dimensions(job), **around(job)}
    cloudwatch = aws("cloudwatch")
    answer = cloudwatch.get_metric_statistics(Period=86400, ExtendedStatistics=["p50", "p90", "tm50"], **asked)
    (point,) = answer["Datapoints"]
    assert point["ExtendedStatistics"] == {"p50": 0.5, "p90": 4, "tm50": 0.375}
    with pytest.raises(cloudwatch.exceptions.InvalidParameterValueException, match="p101 .* is not supported"):
        cloudwatch.get_metric_statistics(Period=86400, ExtendedStatistics=["p101"], **asked)


def test_boto3_has_metric_math_worked_out(job, aws):
    def metric(identifier, name, statistic, **more):
        metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions(job)}
        return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": 86400, "Stat": statistic}, **more}

    def data(*queries):
        return aws("cloudwatch").get_metric_data(MetricDataQueries=queries, **around(job))["MetricDataResults"]

    worst = metric("worst", "train:loss", "p100", ReturnData=False)
    best = metric("best", "train:accuracy", "Maximum", ReturnData=False)
    results = data(
        worst,
        best,
        {"Id": "ratio", "Expression": "100 * worst / (best + 1.5)", "Label": "of both"},
        {"Id": "all", "Expression": "SUM(METRICS())"},
    )
    assert [(result["Id"], result["Label"], result["Values"]) for result in results] == [
        ("ratio", "of both", [200]),
        ("all", "all", [4.5]),
    ]
    with pytest.raises(aws("cloudwatch").exceptions.ClientError) as refused:
        data(best, {"Id": "e", "Expression": "ANOMALY_DETECTION_BAND(best)"})
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"] == "Error in expression 'e': Function 'ANOMALY_DETECTION_BAND' not found"


def test_boto3_reads_metric_data(job, aws):
    def query(identifier, name):
        metric = {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions(job)}
        return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": 86400, "Stat": "Maximum"}}

    pages = aws("cloudwatch").get_paginator("get_metric_data").paginate(
        MetricDataQueries=[query("loss", "train:loss"), query("accuracy", "train:accuracy"), query("none", "never")],
        MaxDatapoints=1,
        **around(job),
    )
    values = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            values.setdefault(result["Id"], []).extend(result["Values"])
    assert values == {"loss": [4], "accuracy": [0.5], "none": []}


def test_boto3_lists_metrics(job, aws):
    pages = aws("cloudwatch").get_paginator("list_metrics").paginate(Namespace=NAMESPACE, Dimensions=dimensions(job))
    metrics = [metric for page in pages for metric in page["Metrics"]]
    assert {metric["MetricName"] for metric in metrics} == {"train:loss", "train:accuracy"}
    assert all(metric["Dimensions"] == dimensions(job) for metric in metrics)


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
def test_boto3_speaks_each_protocol(protocol, platform):
    """botocore chooses one of the protocols that its model names: here it is left no choice."""
    cloudwatch = client_in(protocol, platform)
    assert cloudwatch.meta.service_model.resolved_protocol == protocol
    namespace = f"Own/{protocol}"
    now = datetime.datetime.now(datetime.timezone.utc)
    # A body that is long is sent compressed.
    data = [
        {"MetricName": "size", "Dimensions": [{"Name": "n", "Value": str(n)}], "Value": n / 4, "Timestamp": now}
        for n in range(500)
    ]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    listed = cloudwatch.get_paginator("list_metrics").paginate(Namespace=namespace)
    assert sum(len(page["Metrics"]) for page in listed) == 500
    asked = {
        "Namespace": namespace,
        "MetricName": "size",
        "Dimensions": [{"Name": "n", "Value": "42"}],
        "StartTime": now,
        "EndTime": now + datetime.timedelta(seconds=1),
        "Statistics": ["Average"],
    }
    (point,) = cloudwatch.get_metric_statistics(Period=60, **asked)["Datapoints"]
    assert point["Average"] == 10.5
    assert point["Timestamp"] == now.replace(second=0, microsecond=0)
    with pytest.raises(cloudwatch.exceptions.InvalidParameterValueException) as refused:
        cloudwatch.get_metric_statistics(Period=61, **asked)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert refused.value.response["Error"]["Message"] == "The parameter Period must be a multiple of 60."
    with pytest.raises(cloudwatch.exceptions.ClientError) as refused:
        cloudwatch.put_metric_data(Namespace="a" * 256, MetricData=data[:1])
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def client_in(protocol, platform):
    settings = platform.environment()
    session = botocore.session.get_session()
    session.set_credentials(settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"])
    loader = session.get_component("data_loader")
    model = loader.load_service_model("cloudwatch", "service-2")
    metadata = {**model["metadata"], "protocol": protocol, "protocols": [protocol]}
    if protocol == "query":
        del metadata["awsQueryCompatible"]
    original = loader.load_service_model

    def load(service, kind, *rest, **more):
        found = original(service, kind, *rest, **more)
        return {**found, "metadata": metadata} if (service, kind) == ("cloudwatch", "service-2") else found

    loader.load_service_model = load
    config = Config(parameter_validation=False, request_min_compression_size_bytes=1000)
    return session.create_client(
        "cloudwatch", settings["AWS_DEFAULT_REGION"], endpoint_url=settings["AWS_ENDPOINT_URL"], config=config
    )


def test_the_form_of_old_clients_is_answered_in_xml(job, platform):
    form = {
        "Action": "GetMetricStatistics",
        "Version": "2010-08-01",
        "Namespace": NAMESPACE,
        "MetricName": "train:accuracy",
        "Dimensions.member.1.Name": "TrainingJobName",
        "Dimensions.member.1.Value": job["TrainingJobName"],
        "StartTime": around(job)["StartTime"].isoformat(),
        "EndTime": around(job)["EndTime"].isoformat(),
        "Period": "86400",
        "Statistics.member.1": "Maximum",
    }
    answer = signed_form(platform, form)
    assert answer.status_code == 200, answer.text
    names = {"cw": "http://monitoring.amazonaws.com/doc/2010-08-01/"}
    root = ElementTree.fromstring(answer.text)
    assert root.tag == "{http://monitoring.amazonaws.com/doc/2010-08-01/}GetMetricStatisticsResponse"
    values = root.findall("cw:GetMetricStatisticsResult/cw:Datapoints/cw:member/cw:Maximum", names)
    assert [float(value.text) for value in values] == [0.5]
    refused = signed_form(platform, {**form, "Period": "61"})
    assert refused.status_code == 400
    error = ElementTree.fromstring(refused.text).find("cw:Error", names)
    assert [part.text for part in error] == [
        "Sender",
        "InvalidParameterValue",
        "The parameter Period must be a multiple of 60.",
    ]


def test_the_aws_cli_draws_from_the_same_metrics(job, shell_environment):
    command = ["aws", "cloudwatch", "get-metric-statistics", "--namespace", NAMESPACE, "--metric-name", "train:loss"]
    times = ["--start-time", around(job)["StartTime"].isoformat(), "--end-time", around(job)["EndTime"].isoformat()]
    which = ["--dimensions", f"Name=TrainingJobName,Value={job['TrainingJobName']}"]
    options = ["--period", "86400", "--statistics", "Minimum", "--output", "text", "--query", "Datapoints[].Minimum"]
    done = subprocess.run(
        [*command, *times, *which, *options], env=shell_environment, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout.strip()) == (0, "0.25"), done.stderr


def signed_form(platform, form):
    settings = platform.environment()
    session = boto3.Session(settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"])
    body = requests.models.RequestEncodingMixin._encode_params(form)
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = AWSRequest("POST", f"{settings['AWS_ENDPOINT_URL']}/", headers=headers, data=body)
    SigV4Auth(session.get_credentials(), "monitoring", settings["AWS_DEFAULT_REGION"]).add_auth(request)
    return requests.post(request.url, data=body, headers=dict(request.headers), timeout=60)


def test_training_job_analytics_draws(platform, tmp_path):
    rest = """
estimator = TensorFlow(
    entry_point="train.py", role=role, instance_count=1, instance_type="ml.c5.xlarge", image_uri=IMAGE,
    metric_definitions=[
        {"Name": "train:loss", "Regex": "loss: ([0-9\\\\.]+)"},
        {"Name": "train:accuracy", "Regex": "accuracy: (\\\\S+)"},
    ],
)
estimator.fit()
frame = estimator.training_job_analytics.dataframe()
print("columns", list(frame.columns))
for name, group in frame.groupby("metric_name"):
    print("drawn", name, group["timestamp"].min(), group["value"].max(), len(group))
from sagemaker.analytics import TrainingJobAnalytics
again = TrainingJobAnalytics(estimator.latest_training_job.name, metric_names=["train:loss"]).dataframe()
print("again", sorted(set(again["metric_name"])))
"""
    code, output = execute(platform, sdk_program(SCRIPT, rest), tmp_path)
    assert code == 0, output[-4000:]
    assert "columns ['timestamp', 'metric_name', 'value']" in output
    assert "drawn train:loss 0.0 " in output and "drawn train:accuracy 0.0 " in output
    assert "again ['train:loss']" in output
