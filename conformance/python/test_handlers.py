"""inference.py on endpoints: brought by the SageMaker Python SDK as users do, and what becomes of broken ones."""
import io
import json
import tarfile

import jobs
import pytest
from test_sagemaker_sdk import execute

PAIR = """
import json
import os
import requests
import scaling

with open("/opt/ml/model/code/unit.txt") as file:
    UNIT = file.read().strip()

def input_handler(data, context):
    print("asked for", context.request_content_type, context.custom_attributes)
    if context.request_content_type == "text/csv":
        return json.dumps({"instances": [scaling.scaled(x) for x in data.read().decode().split(",")]})
    raise ValueError("unsupported content type " + context.request_content_type)

def output_handler(response, context):
    assert type(response) is requests.Response
    if response.status_code != 200:
        raise ValueError(response.text)
    return json.dumps({"unit": UNIT, **response.json()}), context.accept_header
"""

PROGRAM = """
import json
import pathlib
import shutil
import sagemaker
from sagemaker.serializers import CSVSerializer, JSONSerializer
from sagemaker.tensorflow import TensorFlowModel

def deployed(name, deploy={}, **options):
    model = TensorFlowModel(
        model_data=MODEL_DATA, role=sagemaker.get_execution_role(), entry_point="inference.py", **options
    )
    return model.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge", endpoint_name=name, **deploy)

def ask(predictor):
    predictor.serializer = CSVSerializer()
    attributes = {"CustomAttributes": "mine=1"}
    print("\\nanswer", json.dumps(predictor.predict([1.0, 2.0, 5.0], initial_args=attributes)))
    predictor.serializer = JSONSerializer()
    try:
        predictor.predict([1.0])
    except Exception as error:
        print("refused", error)
    predictor.delete_endpoint()

# A folder beside the script becomes code/lib; with one, nothing is installed.
ask(deployed(
    NAMES[0], source_dir="source", dependencies=["scaling"], image_uri=IMAGE,
    env={"SAGEMAKER_GUNICORN_WORKERS": "2"},
))
shutil.copy("scaling/__init__.py", "source/scaling.py")
with open("source/scaling.py", "a") as file:
    file.write("import tabulate")
pathlib.Path("source/requirements.txt").write_text("tabulate==0.9.0")
accelerator = {"accelerator_type": "ml.eia2.medium"}
ask(deployed(NAMES[1], accelerator, source_dir="source", framework_version="2.3"))
"""


def endpoint_log(aws, name):
    logs = aws("logs")
    group = f"/aws/sagemaker/Endpoints/{name}"
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    pages = [
        logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
        for stream in streams
    ]
    return [event["message"] for page in pages for event in page["events"]]


@pytest.mark.long
def test_the_sdk_brings_scripts_with_dependencies_and_with_requirements(platform, aws, half_plus_two, tmp_path):
    for folder in ("source", "scaling"):
        (tmp_path / folder).mkdir()
    (tmp_path / "source" / "inference.py").write_text(PAIR)
    (tmp_path / "source" / "unit.txt").write_text("kg\n")
    (tmp_path / "scaling" / "__init__.py").write_text("def scaled(text):\n    return float(text) * 10\n")
    names = [jobs.unique("dependencies"), jobs.unique("requirements")]
    settings = {"MODEL_DATA": half_plus_two, "IMAGE": jobs.INFERENCE_IMAGE, "NAMES": names}
    lines = [f"{name} = {value!r}" for name, value in settings.items()]
    code, output = execute(platform, "\n".join(lines) + PROGRAM, tmp_path)
    assert code == 0, output[-4000:]
    answers = [json.loads(line[len("answer ") :]) for line in output.splitlines() if line.startswith("answer ")]
    assert answers == [{"unit": "kg", "predictions": [7.0, 12.0, 27.0]}] * 2
    assert output.count("unsupported content type application/json") >= 2
    # An endpoint is gone when its last line is stored.
    for name in names:
        jobs.wait_until_gone(aws, name)
    logs = [endpoint_log(aws, name) for name in names]
    assert "asked for text/csv mine=1" in logs[0]
    # Elastic Inference ended with TensorFlow 2.3: what loads its models today stands in.
    assert any("serves in place of 2.3" in line for line in logs[1]), logs[1]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"inference.py": "def handler(:\n"}, "inference.py cannot be used: SyntaxError: "),
        ({"inference.py": "x = 1\n"}, "Handlers are not implemented correctly in user script"),
        (
            {"inference.py": "def handler(data, context):\n    pass\n", "requirements.txt": "tabulate==0.0.0.0\n"},
            "code/requirements.txt cannot be installed: ERROR: ",
        ),
    ],
)
def test_an_endpoint_fails_with_the_reason_of_its_code(aws, half_plus_two, files, reason):
    name = jobs.deploy(aws, with_code(aws, half_plus_two, files))
    described = jobs.wait_for_endpoint(aws, name)
    assert described["EndpointStatus"] == "Failed"
    assert reason in described["FailureReason"], described["FailureReason"]
    aws("sagemaker").delete_endpoint(EndpointName=name)


def with_code(aws, uri, files):
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    model = aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(model)) as tar:
        content = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}
    content.update({f"code/{name}": text for name, text in files.items()})
    key = f"{jobs.unique('code')}/model.tar.gz"
    aws("s3").put_object(Bucket=bucket, Key=key, Body=jobs.archive(content))
    return f"s3://{bucket}/{key}"
