import os
import pathlib
import sys

import boto3
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import jobs  # noqa: E402
from platform_process import Platform, clean_environment  # noqa: E402


@pytest.fixture(scope="session")
def platform(tmp_path_factory):
    """One server for all tests of a worker."""
    platform = Platform(tmp_path_factory.mktemp("data")).start()
    yield platform
    platform.stop()


@pytest.fixture
def fresh_platform(tmp_path):
    """A server that the test may kill."""
    platform = Platform(tmp_path).start()
    yield platform
    platform.stop()


@pytest.fixture
def aws(platform):
    """`aws('s3')` is an unmodified boto3 client, configured by the environment alone."""
    return client_factory(platform)


@pytest.fixture
def fresh_aws(fresh_platform):
    return client_factory(fresh_platform)


def client_factory(platform):
    settings = platform.environment()
    made = {}

    def client(service, **options):
        if options or service not in made:
            session = boto3.Session(
                aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
                region_name=settings["AWS_DEFAULT_REGION"],
            )
            options.setdefault("endpoint_url", settings["AWS_ENDPOINT_URL"])
            fresh = session.client(service, **options)
            if len(options) > 1:
                return fresh
            made[service] = fresh
        return made[service]

    return client


@pytest.fixture
def shell_environment(platform):
    """The environment of a shell after `eval $(sagebrush env)`."""
    return {
        **clean_environment(),
        **platform.environment(),
        "PATH": f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture
def half_plus_two(aws):
    return jobs.half_plus_two(aws)
