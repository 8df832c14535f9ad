"""The request examples of seeds 000 to 003 that need no code of the user's, against one endpoint of two models."""
import io
import json
import re
import subprocess
import tarfile

import boto3
import jobs
import numpy
import pytest
import sagemaker
from platform_process import ROOT, clean_environment
from sagemaker.deserializers import JSONDeserializer, NumpyDeserializer
from sagemaker.serializers import CSVSerializer, IdentitySerializer, JSONLinesSerializer, NumpySerializer
from sagemaker.tensorflow import TensorFlowPredictor

ROW = [1.0, 2.0, 5.0]
#: What model1 answers to ROW.
ANSWER = [3.5, 4.0, 5.5]

pytestmark = pytest.mark.xdist_group("formats")


@pytest.fixture(scope="module")
def archive(aws):
    """`s3://…/model.tar.gz` of both models."""
    job = jobs.wait_for_job(aws, jobs.create_job(aws, "two_models.py"))
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return job["ModelArtifacts"]["S3ModelArtifacts"]


@pytest.fixture(scope="module")
def endpoint(aws, archive):
    """model1 is the default, as seed 000 sets it."""
    name, client = jobs.unique("formats"), aws("sagemaker")
    container = {
        "Image": jobs.INFERENCE_IMAGE,
        "ModelDataUrl": archive,
        "Environment": {"SAGEMAKER_TFS_DEFAULT_MODEL_NAME": "model1"},
    }
    client.create_model(ModelName=name, ExecutionRoleArn=jobs.ROLE, PrimaryContainer=container)
    variant = {"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.c5.xlarge"}
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    described = jobs.wait_for_endpoint(aws, name)
    assert described["EndpointStatus"] == "InService", described.get("FailureReason")
    yield name
    client.delete_endpoint(EndpointName=name)


@pytest.fixture(scope="module")
def predictor(aws, endpoint):
    """`predictor()` is the SDK's own, by default as `deploy` returns it."""
    session = sagemaker.Session(
        boto3.Session(region_name="us-west-2"),
        sagemaker_client=aws("sagemaker"),
        sagemaker_runtime_client=aws("sagemaker-runtime"),
    )
    return lambda **options: TensorFlowPredictor(endpoint, sagemaker_session=session, **options)


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ({"instances": ROW}, ANSWER),
        ({"instances": [ROW, ROW, ROW]}, [ANSWER, ANSWER, ANSWER]),
        ([ROW, ROW], [ANSWER, ANSWER]),
        ({"x": ROW}, [ANSWER]),
        (ROW, [ANSWER]),
        (5.0, [5.5]),
    ],
)
def test_seeds_000_and_001_json_and_simplified_json(predictor, data, answer):
    assert predictor().predict(data) == {"predictions": answer}


LINES = '{"x": [1.0, 2.0, 5.0]}\n{"x": [1.0, 2.0, 5.0]}\n{"x": [1.0, 2.0, 5.0]}'


@pytest.mark.parametrize("content_type", ["application/jsonlines", "application/jsons"])
def test_seeds_000_and_001_line_delimited_json(predictor, content_type):
    unserialized = predictor(serializer=IdentitySerializer(content_type=content_type))
    assert unserialized.predict(LINES) == {"predictions": [ANSWER, ANSWER, ANSWER]}
    serialized = predictor(serializer=JSONLinesSerializer(content_type=content_type))
    assert serialized.predict([ROW, ROW]) == {"predictions": [ANSWER, ANSWER]}


def test_seed_000_line_delimited_json_with_single_quotes_is_refused_as_aws_refuses_it(aws, endpoint):
    body = LINES.replace('"', "'")
    error = aws("sagemaker-runtime").exceptions.ModelError
    with pytest.raises(error, match="JSON Parse error"):
        aws("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, ContentType="application/jsonlines", Body=body
        )


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        ("1.0,2.0,5.0\n1.0,2.0,5.0\n1.0,2.0,5.0", [ANSWER, ANSWER, ANSWER]),
        ([ROW, ROW], [ANSWER, ANSWER]),
        (numpy.array([ROW]), [ANSWER]),
    ],
)
def test_seeds_000_and_001_csv(predictor, data, answer):
    assert predictor(serializer=CSVSerializer()).predict(data) == {"predictions": answer}


def test_seed_000_regress(predictor):
    request = {"signature_name": "tensorflow/serving/regress", "examples": [{"x": 1.0}, {"x": 2.0}]}
    assert predictor().regress(request) == {"results": [3.5, 4.0]}


def test_seed_000_classify(predictor):
    request = {"signature_name": "classify_x_to_y", "examples": [{"x": 1.0}, {"x": 2.0}]}
    assert predictor().classify(request) == {"results": [[["", 3.5]], [["", 4.0]]]}


def test_seed_002_several_instances_and_its_misprints(predictor, aws):
    """The seed writes `intances`, and `tensorflow.serving/regress`: both are refused as TensorFlow Serving does it."""
    assert predictor().predict({"instances": [ROW, ROW, ROW]}) == {"predictions": [ANSWER, ANSWER, ANSWER]}
    error = aws("sagemaker-runtime").exceptions.ModelError
    with pytest.raises(error, match="key: intances"):
        predictor().predict({"intances": ROW})
    with pytest.raises(error, match="tensorflow.serving/regress"):
        predictor().regress({"signature_name": "tensorflow.serving/regress", "examples": [{"x": 1.0}, {"x": 2.0}]})


def test_seed_000_another_model_of_the_archive(predictor):
    assert predictor(model_name="model2").predict({"instances": ROW}) == {"predictions": [2.5, 3.0, 4.5]}
    assert predictor(model_name="model2", model_version="1").predict(ROW) == {"predictions": [[2.5, 3.0, 4.5]]}


def test_numpy_arrays_in_and_out(predictor, aws, endpoint):
    arrays = predictor(serializer=NumpySerializer(), deserializer=NumpyDeserializer())
    answer = arrays.predict(numpy.array([ROW, ROW]))
    assert answer.dtype == numpy.float32
    assert answer.tolist() == [ANSWER, ANSWER]
    transposed = numpy.asfortranarray(numpy.arange(6).reshape(2, 3))
    assert arrays.predict(transposed).tolist() == [[3.0, 3.5, 4.0], [4.5, 5.0, 5.5]]
    mixed = predictor(serializer=NumpySerializer(), deserializer=JSONDeserializer())
    assert mixed.predict(numpy.array(5.0)) == {"predictions": [5.5]}
    pickled = io.BytesIO()
    numpy.save(pickled, numpy.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(aws("sagemaker-runtime").exceptions.ModelError, match="Python objects are refused"):
        aws("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, ContentType="application/x-npy", Body=pickled.getvalue()
        )


def one_line(key, values):
    """TensorFlow Serving's print without its line breaks, byte for byte as AWS's own tests expect it."""
    return f'{{    "{key}": {values[:-1]}    ]}}'


@pytest.mark.parametrize("accept", ["application/json", "application/jsonlines"])
def test_seed_003_json_and_json_lines_are_answered(aws, endpoint, accept):
    answer = aws("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Accept=accept, Body="1.0,2.0,5.0"
    )
    assert answer["ContentType"] == accept
    assert answer["Body"].read().decode() == one_line("predictions", "[[3.5, 4.0, 5.5]]")


@pytest.mark.parametrize(
    ("content_type", "attributes", "body", "answer"),
    [
        ("application/json", None, '{"instances": [1.0, 2.0, 5.0]}', {"predictions": ANSWER}),
        ("application/json", "tfs-model-name=model2", '{"instances": [1.0]}', {"predictions": [2.5]}),
        (
            "application/json",
            "tfs-method=regress",
            '{"signature_name": "tensorflow/serving/regress","examples": [{"x": 1.0}]}',
            {"results": [3.5]},
        ),
        ("application/json", None, "[[1.0, 2.0, 5.0],[2.0, 3.0, 4.0]]", {"predictions": [ANSWER, [4.0, 4.5, 5.0]]}),
        ("text/csv", None, "1.0,2.0,5.0\n2.0,3.0,4.0", {"predictions": [ANSWER, [4.0, 4.5, 5.0]]}),
        ("application/jsons", None, LINES, {"predictions": [ANSWER, ANSWER, ANSWER]}),
    ],
)
def test_seed_000_aws_cli(shell_environment, endpoint, tmp_path, content_type, attributes, body, answer):
    result = tmp_path / "results.json"
    command = ["aws", "sagemaker-runtime", "invoke-endpoint", "--endpoint-name", endpoint]
    command += ["--content-type", content_type, "--body", body]
    if attributes is not None:
        command += ["--custom-attributes", attributes]
    done = subprocess.run(
        [*command, str(result)], env=shell_environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(result.read_text()) == answer


@pytest.fixture(scope="module")
def container(aws, archive, tmp_path_factory):
    """The model server alone, as `docker run` would start AWS's image: its address."""
    folder = tmp_path_factory.mktemp("container")
    bucket, key = archive.removeprefix("s3://").split("/", 1)
    aws("s3").download_file(bucket, key, str(folder / "model.tar.gz"))
    with tarfile.open(folder / "model.tar.gz") as tar:
        tar.extractall(folder / "model", filter="data")
    command = ["node", str(ROOT / "packages/model-server/bin/sagebrush-model-server.js"), "serve"]
    variables = {"SAGEMAKER_BIND_TO_PORT": "0", "SAGEMAKER_TFS_DEFAULT_MODEL_NAME": "model1", "SAGEBRUSH_STRICT": "1"}
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            [*command, "--model_dir", str(folder / "model")], stdout=log, env={**clean_environment(), **variables}
        )
    try:
        said = jobs.wait_until(lambda: re.search(r"listening on (\S+)\n", (folder / "log").read_text()))
        url = f"http://{said[1]}"
        jobs.wait_until(lambda: curl(f"{url}/ping", "-o", "/dev/null", "-w", "%{http_code}") == "200")
        yield url
    finally:
        process.terminate()
        process.wait(60)


def curl(*arguments):
    done = subprocess.run(["curl", "-s", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("content_type", "body", "attributes", "answer"),
    [
        ("application/json", '{"instances": [1.0, 2.0, 5.0]}', "tfs-model-name=model2", {"predictions": [2.5, 3.0, 4.5]}),
        ("application/json", "[[1.0, 2.0, 5.0], [1.0, 2.0, 5.0]]", "", {"predictions": [ANSWER, ANSWER]}),
        ("application/jsonlines", "[1.0, 2.0, 5.0]\n[1.0, 2.0, 5.0]\n", "", {"predictions": [ANSWER, ANSWER]}),
        ("text/csv", "1.0,2.0,5.0\n1.0,2.0,5.0\n", "tfs-model-version=1", {"predictions": [ANSWER, ANSWER]}),
        ("application/x-npy", "x", "", {"error": "Unsupported Media Type: application/x-npy"}),
        ("application/json; charset=utf-8", "5", "", {"error": "Unsupported Media Type: application/json; charset=utf-8"}),
    ],
)
def test_seed_003_curl_asks_the_container(container, tmp_path, content_type, body, attributes, answer):
    (tmp_path / "test.input").write_text(body)
    text = curl(
        "-X", "POST", "--data-binary", f"@{tmp_path / 'test.input'}", "-H", f"Content-Type: {content_type}",
        "-H", f"X-Amzn-SageMaker-Custom-Attributes: {attributes}", f"{container}/invocations",
    )  # fmt: skip
    assert json.loads(text) == answer
