"""Many models on one endpoint: plain boto3 and the SageMaker Python SDK's MultiDataModel, both unmodified."""
import concurrent.futures
import io
import json
import tarfile

import jobs
import pytest
from botocore.exceptions import ClientError
from test_endpoints_boto3 import delete, invoke
from test_sagemaker_sdk import execute

pytestmark = pytest.mark.xdist_group("multi-model")
PREDICTIONS = {"predictions": [2.5, 3.0, 4.5]}
BODY = {"instances": [1.0, 2.0, 5.0]}


def put_models(aws, source, names):
    """Copies of one archive below a prefix of their own, which is returned."""
    bucket, key = source.removeprefix("s3://").split("/", 1)
    prefix = jobs.unique("models")
    for name in names:
        aws("s3").copy_object(Bucket=bucket, Key=f"{prefix}/{name}", CopySource={"Bucket": bucket, "Key": key})
    return bucket, prefix


def deploy(aws, bucket, prefix, **container):
    name = jobs.deploy(aws, f"s3://{bucket}/{prefix}/", Mode="MultiModel", **container)
    described = jobs.wait_for_endpoint(aws, name)
    assert described["EndpointStatus"] == "InService", described.get("FailureReason")
    return name


def predict(aws, name, target):
    return json.load(invoke(aws, name, BODY, TargetModel=target)["Body"])


@pytest.fixture(scope="module")
def endpoint(aws, half_plus_two):
    bucket, prefix = put_models(aws, half_plus_two, ["a.tar.gz", "deep/er/b.tar.gz"])
    name = deploy(aws, bucket, prefix)
    yield name, bucket, prefix
    delete(aws, name)


def refused(aws, name, body=BODY, **options):
    with pytest.raises(ClientError) as caught:
        invoke(aws, name, body, **options)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_each_model_is_loaded_when_it_is_first_asked_for(aws, endpoint):
    name, bucket, prefix = endpoint
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        targets = ["a.tar.gz", "deep/er/b.tar.gz"] * 8
        assert list(pool.map(lambda target: predict(aws, name, target), targets)) == [PREDICTIONS] * 16
    # One that comes later needs no new endpoint.
    aws("s3").copy_object(Bucket=bucket, Key=f"{prefix}/c.tar.gz", CopySource=f"{bucket}/{prefix}/a.tar.gz")
    assert predict(aws, name, "c.tar.gz") == PREDICTIONS
    model = aws("sagemaker").describe_model(ModelName=name)["PrimaryContainer"]
    assert (model["Mode"], model["ModelDataUrl"]) == ("MultiModel", f"s3://{bucket}/{prefix}/")


def test_what_cannot_be_asked_is_told_in_the_words_of_aws(aws, endpoint):
    name, bucket, prefix = endpoint
    code, message = refused(aws, name)
    assert code == "ValidationError" and message.endswith("is missing a target model header.")
    assert refused(aws, name, TargetModel="none.tar.gz") == (
        "ValidationError",
        f"Failed to download model data(bucket: {bucket}, key: {prefix}/none.tar.gz). Please ensure that there is "
        "an object located at the URL and that the role passed to CreateModel has permissions to download the model.",
    )
    aws("s3").put_object(Bucket=bucket, Key=f"{prefix}/text", Body=b"no archive")
    code, message = refused(aws, name, TargetModel="text")
    assert code == "ValidationError" and "Failed to extract model data archive" in message


def test_a_model_that_cannot_be_loaded_is_a_model_error_and_harms_no_other(aws, endpoint):
    name, bucket, prefix = endpoint
    broken = jobs.archive({"1/saved_model.pb": b"this is no SavedModel"})
    aws("s3").put_object(Bucket=bucket, Key=f"{prefix}/broken.tar.gz", Body=broken)
    code, message = refused(aws, name, TargetModel="broken.tar.gz")
    assert code == "ModelError" and "Received server error (500) from primary" in message
    empty = jobs.archive({"readme.txt": b"nothing"})
    aws("s3").put_object(Bucket=bucket, Key=f"{prefix}/empty.tar.gz", Body=empty)
    code, message = refused(aws, name, TargetModel="empty.tar.gz")
    assert code == "ModelError" and "Could not find valid base path" in message
    assert predict(aws, name, "a.tar.gz") == PREDICTIONS


def test_a_target_model_of_an_endpoint_with_one_model_is_refused(aws, half_plus_two):
    name = jobs.deploy(aws, half_plus_two)
    jobs.wait_for_endpoint(aws, name)
    code, message = refused(aws, name, TargetModel="a.tar.gz")
    assert code == "ValidationError"
    assert message == f"Endpoint {name} is not a multi-model endpoint and does not support target model header."
    delete(aws, name)


def test_more_models_than_fit_take_turns(aws, half_plus_two):
    names = [f"m{number}.tar.gz" for number in range(6)]
    bucket, prefix = put_models(aws, half_plus_two, names)
    # Room for two.
    name = deploy(aws, bucket, prefix, Environment={"SAGEMAKER_SAFE_PORT_RANGE": "9000-9005"})
    for target in names + names:
        assert predict(aws, name, target) == PREDICTIONS
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda target: predict(aws, name, target), names * 3))
    assert answers == [PREDICTIONS] * 18
    delete(aws, name)


HANDLERS = """
import json

def input_handler(data, context):
    numbers = [float(number) for number in data.read().decode("utf-8").split(",")]
    return json.dumps({{"instances": numbers}})

def output_handler(response, context):
    answer = {{"by": "{by}", **json.loads(response.content)}}
    return json.dumps(answer), "application/json"
"""


def with_handlers(aws, source, by):
    """The archive with an inference.py of its own."""
    bucket, key = source.removeprefix("s3://").split("/", 1)
    given = io.BytesIO(aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    made, text = io.BytesIO(), HANDLERS.format(by=by).encode()
    with tarfile.open(fileobj=given) as old, tarfile.open(fileobj=made, mode="w:gz") as new:
        for entry in old.getmembers():
            new.addfile(entry, old.extractfile(entry) if entry.isfile() else None)
        entry = tarfile.TarInfo("code/inference.py")
        entry.size = len(text)
        new.addfile(entry, io.BytesIO(text))
    return made.getvalue()


def test_a_models_own_handlers_go_before_the_universal_ones(aws, half_plus_two):
    bucket, prefix = put_models(aws, half_plus_two, ["plain.tar.gz"])
    own = with_handlers(aws, half_plus_two, "own")
    aws("s3").put_object(Bucket=bucket, Key=f"{prefix}/own.tar.gz", Body=own)
    aws("s3").put_object(Bucket=bucket, Key=f"{prefix}-code/inference.py", Body=HANDLERS.format(by="universal"))
    place = {
        "SAGEMAKER_MULTI_MODEL_UNIVERSAL_BUCKET": bucket,
        "SAGEMAKER_MULTI_MODEL_UNIVERSAL_PREFIX": f"{prefix}-code",
    }
    name = deploy(aws, bucket, prefix, Environment=place)
    for target, by in [("own.tar.gz", "own"), ("plain.tar.gz", "universal")]:
        response = invoke(aws, name, "1.0,2.0,5.0", TargetModel=target, ContentType="text/csv")
        assert json.load(response["Body"]) == {"by": by, **PREDICTIONS}
    delete(aws, name)


def test_models_that_shall_not_be_kept_answer_too(aws, half_plus_two):
    bucket, prefix = put_models(aws, half_plus_two, ["a.tar.gz"])
    name = deploy(aws, bucket, prefix, MultiModelConfig={"ModelCacheSetting": "Disabled"})
    assert [predict(aws, name, "a.tar.gz") for _ in range(3)] == [PREDICTIONS] * 3
    delete(aws, name)


def test_models_answer_on_after_the_server_was_killed(fresh_platform, fresh_aws, fresh_half_plus_two):
    bucket, prefix = put_models(fresh_aws, fresh_half_plus_two, ["a.tar.gz", "b.tar.gz"])
    name = deploy(fresh_aws, bucket, prefix)
    assert predict(fresh_aws, name, "a.tar.gz") == PREDICTIONS
    fresh_platform.kill()
    fresh_platform.start()
    assert predict(fresh_aws, name, "a.tar.gz") == PREDICTIONS
    assert predict(fresh_aws, name, "b.tar.gz") == PREDICTIONS


PROGRAM = """
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.predictor import Predictor
from sagemaker.serializers import JSONSerializer
from sagemaker.tensorflow import TensorFlowModel

role = sagemaker.get_execution_role()
session = sagemaker.Session()
prefix = f"s3://{{session.default_bucket()}}/{name}/"
model = TensorFlowModel(model_data="{source}", role=role, framework_version="2.19", sagemaker_session=session)
many = MultiDataModel(
    name="{name}", model_data_prefix=prefix, model=model, sagemaker_session=session
)
predictor = many.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge", wait=False)
session.wait_for_endpoint("{name}", poll=1)
many.add_model("{source}", "from-s3.tar.gz")
many.add_model("local.tar.gz", "deep/local.tar.gz")
print("models", sorted(many.list_models()))
body = {{"instances": [1.0, 2.0, 5.0]}}
plain = Predictor(predictor.endpoint_name, session, serializer=JSONSerializer(), deserializer=JSONDeserializer())
for target in many.list_models():
    print(target, plain.predict(body, target_model=target))
    print(target, predictor.predict(body, initial_args={{"TargetModel": target}}))
predictor.delete_endpoint()
many.delete_model()
"""


def test_multi_data_model_of_the_sagemaker_sdk(platform, aws, half_plus_two, tmp_path):
    bucket, key = half_plus_two.removeprefix("s3://").split("/", 1)
    aws("s3").download_file(bucket, key, str(tmp_path / "local.tar.gz"))
    program = PROGRAM.format(name=jobs.unique("many"), source=half_plus_two)
    code, output = execute(platform, program, tmp_path)
    assert code == 0, output[-4000:]
    assert "models ['deep/local.tar.gz', 'from-s3.tar.gz']" in output
    assert output.count("{'predictions': [2.5, 3.0, 4.5]}") == 4
