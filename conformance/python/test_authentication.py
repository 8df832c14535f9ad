"""Every request must be signed with the server's own key, now."""
import datetime

import boto3
import botocore.auth
import botocore.crt.auth
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError


def client(platform, service, config=None, **credentials):
    settings = platform.environment()
    return boto3.client(
        service,
        endpoint_url=settings["AWS_ENDPOINT_URL"],
        region_name="us-west-2",
        aws_access_key_id=credentials.get("key", settings["AWS_ACCESS_KEY_ID"]),
        aws_secret_access_key=credentials.get("secret", settings["AWS_SECRET_ACCESS_KEY"]),
        config=config,
    )


def code_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("credentials", "s3_code", "sagemaker_code"),
    [
        ({"secret": "x" * 40}, "SignatureDoesNotMatch", "InvalidSignatureException"),
        ({"key": "AKIAIOSFODNN7EXAMPLE"}, "InvalidAccessKeyId", "UnrecognizedClientException"),
    ],
)
def test_a_wrong_key_or_signature_is_refused(platform, credentials, s3_code, sagemaker_code):
    assert code_of(client(platform, "s3", **credentials).list_buckets) == s3_code
    assert code_of(client(platform, "sagemaker", **credentials).list_models) == sagemaker_code


def test_a_request_without_a_signature_is_refused(platform):
    answer = requests.get(platform.url, timeout=60)
    assert (answer.status_code, "AccessDenied" in answer.text) == (403, True)
    target = {"X-Amz-Target": "SageMaker.ListModels", "Content-Type": "application/x-amz-json-1.1"}
    answer = requests.post(platform.url, headers=target, data="{}", timeout=60)
    assert (answer.status_code, answer.json()["__type"]) == (400, "MissingAuthenticationTokenException")


def turn_back_the_clock(monkeypatch, **ago):
    """botocore signs with one of two signers, its own and that of the C runtime."""

    def then(remove_tzinfo=True):
        moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**ago)
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    for signer in (botocore.auth, botocore.crt.auth):
        monkeypatch.setattr(signer, "get_current_datetime", then)


def test_a_request_from_another_hour_is_refused(platform, monkeypatch):
    turn_back_the_clock(monkeypatch, hours=1)
    assert code_of(client(platform, "sagemaker").list_models) == "InvalidSignatureException"
    assert code_of(client(platform, "s3").list_buckets) == "RequestTimeTooSkewed"


def test_a_presigned_url_ends(platform, monkeypatch):
    turn_back_the_clock(monkeypatch, minutes=5)
    s3 = client(platform, "s3", config=Config(signature_version="s3v4"))
    answer = requests.get(s3.generate_presigned_url("list_buckets", ExpiresIn=60), timeout=60)
    assert (answer.status_code, "Request has expired" in answer.text) == (403, True)


def test_the_key_file_is_for_its_owner_alone(platform):
    assert (platform.data / "credentials.json").stat().st_mode & 0o777 == 0o600
