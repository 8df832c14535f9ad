import os
import pathlib
import sys

import boto3
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import jobs  # noqa: E402
from made_once import once  # noqa: E402
from platform_process import Platform, clean_environment  # noqa: E402

IMPATIENT = pathlib.Path(__file__).parent / "impatient"


def pytest_collection_modifyitems(items):
    """What takes long goes first, so that no worker ends long after the others."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """One folder for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if base.name.startswith("popen-") else base


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


@pytest.fixture(scope="session")
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
        "PYTHONPATH": str(IMPATIENT),
    }


@pytest.fixture(scope="session")
def trained(platform, aws, shared):
    """The archive of x / 2 + 2, exported by real TensorFlow in a training job: one for all workers of a run."""
    with once(shared, "half-plus-two") as (folder, is_new):
        if is_new:
            folder.mkdir()
            (folder / "model.tar.gz").write_bytes(jobs.train_half_plus_two(aws))
    return (folder / "model.tar.gz").read_bytes()


@pytest.fixture(scope="session")
def half_plus_two(aws, trained):
    """`s3://…/model.tar.gz` of x / 2 + 2."""
    return jobs.put_half_plus_two(aws, trained)


@pytest.fixture
def fresh_half_plus_two(fresh_aws, trained):
    return jobs.put_half_plus_two(fresh_aws, trained)
