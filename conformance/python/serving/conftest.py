import pytest
from serving import serving_api
from serving.serving_api import Client, ModelServer, model_list

MODELS = ["half_plus_two", "half_plus_two_tf2", "half_plus_three", "mnist", "slow", "dtypes", "misdeclared"]


@pytest.fixture(scope="session")
def tensorflow():
    return serving_api.tensorflow()


@pytest.fixture(scope="session")
def folder(shared, tensorflow):
    return serving_api.make_models(shared, tensorflow["python"], MODELS)


@pytest.fixture(scope="session")
def client(shared, tensorflow):
    client = Client(tensorflow["python"], serving_api.install_clients(shared))
    yield client
    client.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory, tensorflow, folder):
    scratch = tmp_path_factory.mktemp("server")
    (scratch / "models").write_text(model_list(folder, *MODELS))
    flags = [f"--model_config_file={scratch / 'models'}", "--enable_grpc_healthcheck_service"]
    with ModelServer(tensorflow["library"], scratch / "log", *flags) as server:
        yield server


@pytest.fixture
def own_server(tmp_path, tensorflow):
    """`own_server(flag, …)`: one for this test alone."""
    servers = []

    def start(*flags):
        servers.append(ModelServer(tensorflow["library"], tmp_path / f"log{len(servers)}", *flags))
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__()


@pytest.fixture
def two_versions(tmp_path, folder):
    """Versions 1 and 2 of half_plus_two; answers differ by name alone."""
    base = tmp_path / "half_plus_two"
    base.mkdir()
    for version in ("00000001", "2"):
        (base / version).symlink_to(folder / "half_plus_two" / "1")
    return tmp_path
