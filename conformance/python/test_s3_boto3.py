"""boto3's S3 client: what users and the SageMaker SDK do with objects."""
import hashlib
import os

import jobs
import pytest
import requests
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture
def s3(aws):
    jobs.bucket(aws, "objects")
    return aws("s3")


def code_of(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"]


def test_a_file_of_40_mib_goes_up_and_down_in_parts_of_8_mib(s3, tmp_path):
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(os.urandom(40 * 1024 * 1024 + 7))
    s3.upload_file(str(source), "objects", "big/file", Config=TransferConfig(max_concurrency=10))
    assert s3.head_object(Bucket="objects", Key="big/file")["ETag"].endswith('-6"')
    s3.download_file("objects", "big/file", str(back))
    assert digest(back) == digest(source)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("asked", "content", "range_"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=5-100", b"56789", "bytes 5-9/10"),
    ],
)
def test_a_range_is_answered_with_just_its_bytes(s3, asked, content, range_):
    s3.put_object(Bucket="objects", Key="ten", Body=b"0123456789")
    answer = s3.get_object(Bucket="objects", Key="ten", Range=asked)
    assert (answer["Body"].read(), answer["ContentRange"]) == (content, range_)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_conditions_decide_before_bytes_are_sent(s3):
    tag = s3.put_object(Bucket="objects", Key="conditional", Body=b"1")["ETag"]
    where = {"Bucket": "objects", "Key": "conditional"}
    assert s3.get_object(**where, IfMatch=tag)["Body"].read() == b"1"
    assert code_of(s3.get_object, **where, IfMatch='"other"') == "PreconditionFailed"
    assert code_of(s3.get_object, **where, IfNoneMatch=tag) == "304"
    assert code_of(s3.put_object, **where, Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    assert code_of(s3.get_object, **where, Range="bytes=9-") == "InvalidRange"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"])
def test_a_checksum_is_kept_and_a_wrong_one_is_refused(s3, algorithm):
    where = {"Bucket": "objects", "Key": f"sum-{algorithm}"}
    sent = s3.put_object(**where, Body=b"checked", ChecksumAlgorithm=algorithm)[f"Checksum{algorithm}"]
    assert s3.head_object(**where, ChecksumMode="ENABLED")[f"Checksum{algorithm}"] == sent
    wrong = {f"Checksum{algorithm}": sent}
    assert code_of(s3.put_object, **where, Body=b"changed", **wrong) == "BadDigest"
    assert s3.get_object(**where)["Body"].read() == b"checked"


@pytest.mark.parametrize("version", ["s3", "s3v4", None])
def test_a_presigned_url_works_for_anybody_until_it_is_changed(aws, s3, version):
    client = aws("s3", config=Config(signature_version=version)) if version else s3
    where = {"Bucket": "objects", "Key": "shared file"}
    s3.put_object(**where, Body=b"for you")
    url = client.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
    assert requests.get(url, timeout=60).content == b"for you"
    assert requests.get(url.replace("shared", "secret"), timeout=60).status_code == 403
    upload = client.generate_presigned_url("put_object", Params=where, ExpiresIn=60)
    assert requests.put(upload, data=b"back to you", timeout=60).status_code == 200
    assert s3.get_object(**where)["Body"].read() == b"back to you"


@pytest.mark.parametrize("key", ["a//b", "../up", "./here", "trailing/", "per%20cent", "plus+ and space", "é/漢字/😀", "a\nb"])
def test_any_key_is_kept_as_it_is(s3, key):
    s3.put_object(Bucket="objects", Key=f"odd/{key}", Body=key.encode())
    assert s3.get_object(Bucket="objects", Key=f"odd/{key}")["Body"].read() == key.encode()
    listed = s3.list_objects_v2(Bucket="objects", Prefix="odd/")["Contents"]
    assert f"odd/{key}" in [item["Key"] for item in listed]
    s3.delete_object(Bucket="objects", Key=f"odd/{key}")


def test_metadata_and_headers_come_back_and_a_copy_may_replace_them(s3):
    where = {"Bucket": "objects", "Key": "described"}
    s3.put_object(**where, Body=b"x", Metadata={"Colour": "blue"}, ContentType="text/x", CacheControl="no-store")
    head = s3.head_object(**where)
    assert (head["Metadata"], head["ContentType"], head["CacheControl"]) == ({"colour": "blue"}, "text/x", "no-store")
    s3.copy_object(
        Bucket="objects", Key="copy", CopySource=where, MetadataDirective="REPLACE", Metadata={"colour": "red"}
    )
    assert s3.head_object(Bucket="objects", Key="copy")["Metadata"] == {"colour": "red"}
    assert s3.get_object(Bucket="objects", Key="copy")["Body"].read() == b"x"


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("get_object", {"Bucket": "objects", "Key": "absent"}, "NoSuchKey"),
        ("list_objects_v2", {"Bucket": "no-such-bucket"}, "NoSuchBucket"),
        ("head_bucket", {"Bucket": "no-such-bucket"}, "404"),
        ("delete_bucket", {"Bucket": "filled"}, "BucketNotEmpty"),
        ("put_object", {"Bucket": "objects", "Key": "k" * 1025}, "KeyTooLongError"),
        ("create_bucket", {"Bucket": "objects"}, "BucketAlreadyOwnedByYou"),
        ("abort_multipart_upload", {"Bucket": "objects", "Key": "k", "UploadId": "nope"}, "NoSuchUpload"),
    ],
)
def test_a_mistake_gets_the_error_that_s3_gives(aws, s3, operation, arguments, code):
    s3.put_object(Bucket=jobs.bucket(aws, "filled"), Key="one", Body=b"1")
    if operation == "create_bucket":
        arguments = {**arguments, "CreateBucketConfiguration": {"LocationConstraint": "us-west-2"}}
    assert code_of(getattr(s3, operation), **arguments) == code
