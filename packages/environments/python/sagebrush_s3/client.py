"""The S3 client: boto3's, with the endpoint that a job is given, also where boto3 is too old to read it."""

import os

from tensorflow_files.errors import UNIMPLEMENTED, FileSystemError

_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "S3_ENDPOINT_URL", "AWS_ENDPOINT_URL")


def make_client():
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise FileSystemError(UNIMPLEMENTED, f"s3:// paths need the package boto3: {error}") from error
    endpoint = next((os.environ[name] for name in _ENDPOINT_VARIABLES if os.environ.get(name)), None)
    # A server of one's own has no address for each bucket.
    style = {"addressing_style": "path"} if endpoint else {}
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=os.environ.get("S3_REGION") or None,
        config=Config(s3=style, retries={"max_attempts": 5, "mode": "standard"}),
    )
