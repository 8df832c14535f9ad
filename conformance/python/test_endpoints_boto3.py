"""Models, endpoint configurations, endpoints and invocations through plain boto3."""
import io
import json
import tarfile

import jobs
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.xdist_group("endpoints")


@pytest.fixture(scope="module")
def endpoint(aws, half_plus_two):
    name = jobs.deploy(aws, half_plus_two)
    described = jobs.wait_for_endpoint(aws, name)
    assert described["EndpointStatus"] == "InService", described.get("FailureReason")
    yield name
    delete(aws, name)


def delete(aws, name):
    aws("sagemaker").delete_endpoint(EndpointName=name)
    jobs.wait_until(lambda: gone(aws, name))


def gone(aws, name):
    try:
        aws("sagemaker").describe_endpoint(EndpointName=name)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ValidationException"
        assert "Could not find endpoint" in error.response["Error"]["Message"]
        return True
    return False


def invoke(aws, name, body, **options):
    body = body if isinstance(body, (str, bytes)) else json.dumps(body)
    options = {"ContentType": "application/json", **options}
    return aws("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=body, **options)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"instances": [1.0, 2.0, 5.0]}, {"predictions": [2.5, 3.0, 4.5]}),
        ({"inputs": {"x": [4.0]}}, {"outputs": [4.0]}),
        ({"signature_name": "serving_default", "instances": [{"x": 6.0}]}, {"predictions": [5.0]}),
        ("[8.0]", {"predictions": [[6.0]]}),
    ],
)
def test_an_endpoint_predicts_in_every_form_of_json(aws, endpoint, body, answer):
    response = invoke(aws, endpoint, body)
    assert json.load(response["Body"]) == answer
    assert response["InvokedProductionVariant"] == "AllTraffic"
    assert response["ContentType"] == "application/json"


@pytest.mark.parametrize(
    ("body", "options", "status", "words"),
    [
        ('{"instances": ["a"]}', {}, 400, "not of expected type: float"),
        ("{", {}, 400, "JSON Parse error"),
        ("1", {"ContentType": "text/x"}, 415, "Unsupported Media Type: text/x"),
        ('{"instances": [1.0]}', {"CustomAttributes": "tfs-model-name=other"}, 404, "Servable not found"),
    ],
)
def test_the_containers_own_error_comes_back_as_a_model_error(aws, endpoint, body, options, status, words):
    with pytest.raises(aws("sagemaker-runtime").exceptions.ModelError) as caught:
        invoke(aws, endpoint, body, **options)
    assert caught.value.response["OriginalStatusCode"] == status
    assert words in caught.value.response["OriginalMessage"]
    assert words in caught.value.response["Error"]["Message"]


def test_an_unknown_endpoint_cannot_be_invoked(aws):
    with pytest.raises(ClientError, match="Endpoint never-made of account 123456789012 not found") as caught:
        invoke(aws, "never-made", {"instances": [1]})
    assert caught.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"model/saved_model.pb": b"x"}, "version"),
        ({"1/saved_model.pb": b"this is no SavedModel"}, "saved_model.pb"),
        ({"../climbs/saved_model.pb": b"x"}, "climbs"),
    ],
)
def test_a_model_that_cannot_be_served_fails_with_its_reason(aws, files, words):
    where = jobs.bucket(aws)
    key = f"{jobs.unique('bad')}.tar.gz"
    aws("s3").put_object(Bucket=where, Key=key, Body=jobs.archive(files))
    name = jobs.deploy(aws, f"s3://{where}/{key}")
    described = jobs.wait_for_endpoint(aws, name)
    assert described["EndpointStatus"] == "Failed"
    assert words in described["FailureReason"]
    delete(aws, name)


def test_a_model_that_is_not_packed_is_served_from_its_prefix(aws, trained):
    where, prefix = jobs.bucket(aws), jobs.unique("loose")
    with tarfile.open(fileobj=io.BytesIO(trained)) as archive:
        for entry in archive:
            if entry.isfile():
                body = archive.extractfile(entry).read()
                aws("s3").put_object(Bucket=where, Key=f"{prefix}/{entry.name.removeprefix('./')}", Body=body)
    source = {"S3Uri": f"s3://{where}/{prefix}/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    name = jobs.deploy(aws, {"S3DataSource": source})
    assert jobs.wait_for_endpoint(aws, name)["EndpointStatus"] == "InService"
    assert json.loads(invoke(aws, name, {"instances": [1.0, 2.0]})["Body"].read()) == {"predictions": [2.5, 3.0]}
    delete(aws, name)


def test_names_are_unique_and_missing_things_are_told(aws):
    sagemaker = aws("sagemaker")
    name = jobs.unique("named")
    model = {"ModelName": name, "ExecutionRoleArn": jobs.ROLE, "PrimaryContainer": {"Image": jobs.INFERENCE_IMAGE}}
    sagemaker.create_model(**model)
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        sagemaker.create_model(**model)
    missing = {"Image": jobs.INFERENCE_IMAGE, "ModelDataUrl": f"s3://{jobs.bucket(aws)}/no-model.tar.gz"}
    with pytest.raises(ClientError, match=r"ValidationException.* Could not find model data at s3://\w+/no-model.tar.gz\."):
        sagemaker.create_model(**{**model, "ModelName": "never-made", "PrimaryContainer": missing})
    with pytest.raises(ClientError, match="Could not find model"):
        sagemaker.describe_model(ModelName="never-made")
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="never-made")
    sagemaker.delete_model(ModelName=name)
    with pytest.raises(ClientError, match="Could not find model"):
        sagemaker.delete_model(ModelName=name)
