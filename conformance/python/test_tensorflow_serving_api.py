"""The unmodified `tensorflow-serving-api`, and `requests` with TensorFlow Serving's documented examples."""
import json

import numpy
import pytest
import requests
import serving_api
import trustme
from serving_api import Client, ModelServer
from platform_process import PATIENCE_SECONDS, wait_until

MODELS = ["half_plus_two", "half_plus_two_tf2", "half_plus_three", "mnist", "slow", "dtypes", "misdeclared"]
HALF_PLUS_TWO = [2.5, 3.0, 4.5]

pytestmark = pytest.mark.xdist_group("tensorflow-serving-api")


def model_list(folder, *names, **more):
    """A ModelServerConfig: the models, each under its own name, with more lines for those that have them."""
    configs = (
        f'config {{ name: "{name}" base_path: "{folder / name}" model_platform: "tensorflow" {more.get(name, "")} }}'
        for name in names
    )
    return f"model_config_list {{ {' '.join(configs)} }}"


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


class TestPredict:
    def test_answers_half_plus_two(self, client, server):
        answer = client.predict(server.address, "half_plus_two", {"x": [1.0, 2.0, 5.0]})
        spec = {"name": "half_plus_two", "version": "1", "signature_name": "serving_default"}
        assert answer == {"outputs": {"y": HALF_PLUS_TWO}, "spec": spec}

    def test_answers_any_shape_that_the_graph_takes(self, client, server):
        for shaped in ([1.0], [[1.0], [2.0]], 1.0, []):
            expected = (numpy.array(shaped, numpy.float32) * 0.5 + 3).tolist()
            assert client.predict(server.address, "half_plus_three", {"x": shaped})["outputs"]["y"] == expected

    def test_fills_in_what_the_signature_has_a_default_for(self, client, server):
        answers = [
            client.predict(server.address, "half_plus_two_tf2", inputs)["outputs"]
            for inputs in ({"x": [1.0, 2.0]}, {"x": [1.0, 2.0], "a": 1.0}, {})
        ]
        assert answers[:2] == [{"y": [2.5, 3.0]}, {"y": [3.0, 4.0]}]
        assert answers[2] == {"y": [2.0]}

    def test_answers_the_digits_that_tensorflow_does(self, client, server, folder):
        expected = json.loads((folder / "expected.json").read_text())["mnist"]
        alias = next(iter(client.metadata(server.address, "mnist")["signatures"]["serving_default"]["inputs"]))
        for example in expected:
            images = example["request"]["instances"]
            (output,) = client.predict(server.address, "mnist", {alias: images})["outputs"].values()
            (wanted,) = example["outputs"].values()
            numpy.testing.assert_array_max_ulp(
                numpy.array(output, numpy.float32).ravel(), numpy.array(wanted["values"], numpy.float32), 4
            )

    @pytest.mark.parametrize(
        ("dtype", "values"),
        [
            ("float16", [1.5, -65504.0]),
            ("bfloat16", [1.5, -3e38]),
            ("float64", [0.1, -1e308]),
            ("bool", [True, False]),
            ("string", [b"a", b"\x00\xff"]),
            ("int8", [-128, 127]),
            ("uint16", [0, 65535]),
            ("int64", [-(2**31), 7]),
            ("uint64", [0, 7]),
            ("complex64", [1 + 2j, -0.5j]),
            ("complex128", [0.1 + 1e300j, 1j]),
        ],
    )
    def test_echoes_every_dtype(self, client, server, dtype, values):
        for shaped in (values, [values, values], values[0], []):
            answer = client.predict(server.address, "dtypes", {"x": shaped}, dtype=dtype, signature=dtype)
            got, wanted = (numpy.array(one) for one in (answer["outputs"]["y"], shaped))
            assert got.shape == wanted.shape
            assert numpy.allclose(got, wanted, rtol=0.01) if dtype == "bfloat16" else (got == wanted).all()

    def test_takes_what_the_graph_takes_where_the_signature_is_wrong(self, client, server):
        answer = client.predict(server.address, "misdeclared", {"text": [b"abc", b""]}, dtype="string")
        assert answer["outputs"] == {"size": [3, 0]}
        wrong = client.predict(server.address, "misdeclared", {"text": [1.0]})
        assert wrong["error"] == "INVALID_ARGUMENT" and "to be string but float is provided" in wrong["details"]

    def test_keeps_to_value_fields_unless_told_otherwise(self, client, server, own_server, folder):
        asked = {"x": [1.0, 2.0]}
        plain = client.value_fields(server.address, "half_plus_two", asked)
        flags = [f"--model_base_path={folder / 'half_plus_two'}", "--enable_serialization_as_tensor_content"]
        content = client.value_fields(own_server(*flags).address, "default", asked)
        assert plain == {"y": ["dtype", "float_val", "tensor_shape"]}
        assert content == {"y": ["dtype", "tensor_content", "tensor_shape"]}

    def test_takes_a_message_larger_than_grpcs_usual_limit(self, client, server, tmp_path):
        numpy.save(tmp_path / "large.npy", numpy.ones(6_000_000, numpy.float32))
        shape, size = client.predict_file(server.address, "half_plus_two", "x", str(tmp_path / "large.npy"))
        assert shape == [6_000_000] and size > 24_000_000

    def test_many_at_once_each_get_their_own(self, client, server):
        assert client.parallel_predicts(server.address, "half_plus_two", 500)

    def test_goes_on_after_calls_that_were_given_up(self, client, server):
        assert client.cancelled_calls(server.address, "half_plus_two", 50) > 0
        assert client.predict(server.address, "half_plus_two", {"x": [1.0]})["outputs"] == {"y": [2.5]}

    def test_ends_at_the_deadline_and_frees_the_thread(self, client, server):
        answer = client.predict(server.address, "slow", {"seconds": 600.0}, timeout=0.3)
        assert answer["error"] == "DEADLINE_EXCEEDED"
        assert client.predict(server.address, "slow", {"seconds": 0.0}, timeout=120)["outputs"] == {"y": 1.0}

    @pytest.mark.parametrize(
        ("asked", "error", "details"),
        [
            ({"model": "n"}, "NOT_FOUND", "Servable not found for request: Latest(n)"),
            ({"version": 7}, "NOT_FOUND", "Servable not found for request: Specific(half_plus_two, 7)"),
            ({"label": "x"}, "INVALID_ARGUMENT", "Unrecognized servable version label: x"),
            ({"signature": "x"}, "FAILED_PRECONDITION", 'Serving signature key "x" not found.'),
            ({"dtype": "int32", "inputs": {"x": [1]}}, "INVALID_ARGUMENT", "Expects arg[0] to be float but int32 is provided"),
            (
                {"inputs": {"z": [1.0]}},
                "INVALID_ARGUMENT",
                "Signature input alias: x(feed name: x:0) not found in request and no default value provided. "
                "Inputs expected to be in the set {x}.",
            ),
            (
                {"output_filter": ["z"]},
                "INVALID_ARGUMENT",
                "output tensor alias not found in signature: z Outputs expected to be in the set {y}.",
            ),
        ],
    )
    def test_refuses(self, client, server, asked, error, details):
        arguments = {"model": "half_plus_two", "inputs": {"x": [1.0]}, **asked}
        assert client.predict(server.address, **arguments) == {"error": error, "details": details}


class TestExamples:
    def test_classify(self, client, server):
        answer = client.classify(server.address, "half_plus_two", [{"x": [2.0]}, {"x": [4.0]}], signature="classify_x_to_y")
        classes = [[{"score": 3.0}], [{"score": 4.0}]]
        assert [one["classes"] for one in answer["result"]["classifications"]] == classes
        assert answer["model_spec"]["signature_name"] == "classify_x_to_y"

    def test_regress_with_features_that_all_examples_share(self, client, server):
        answer = client.regress(
            server.address, "half_plus_two", [{}, {"x": [4.0]}], context={"x": [2.0]}, signature="regress_x_to_y"
        )
        assert answer["result"] == {"regressions": [{"value": 3.0}, {"value": 4.0}]}

    def test_multi_inference_answers_in_the_order_of_its_tasks(self, client, server):
        tasks = [("regress_x_to_y2", "regress"), ("classify_x_to_y", "classify"), ("regress_x_to_y", "regress")]
        tasks = [("half_plus_two", *task) for task in tasks]
        results = client.multi_inference(server.address, tasks, [{"x": [2.0]}])["results"]
        assert [one["model_spec"]["signature_name"] for one in results] == [task[1] for task in tasks]
        assert results[0]["regression_result"] == {"regressions": [{"value": 4.0}]}
        assert results[1]["classification_result"] == {"classifications": [{"classes": [{"score": 3.0}]}]}
        assert results[2]["regression_result"] == {"regressions": [{"value": 3.0}]}

    @pytest.mark.parametrize(
        ("tasks", "error", "details"),
        [
            (
                [("half_plus_two", "regress_x_to_y", "regress")] * 2,
                "INVALID_ARGUMENT",
                "Duplicate evaluation of signature: regress_x_to_y",
            ),
            (
                [("half_plus_two", "regress_x_to_y", "regress"), ("mnist", "regress_x_to_y2", "regress")],
                "INVALID_ARGUMENT",
                "All ModelSpecs in a MultiInferenceRequest must access the same model name.",
            ),
            (
                [("half_plus_two", "x", "regress")],
                "INVALID_ARGUMENT",
                "Requested signature not found in model graph: x",
            ),
            (
                [("half_plus_two", "regress_x_to_y", "predict")],
                "UNIMPLEMENTED",
                "Unsupported signature method_name: tensorflow/serving/predict",
            ),
        ],
    )
    def test_multi_inference_refuses(self, client, server, tasks, error, details):
        answer = client.multi_inference(server.address, tasks, [{"x": [2.0]}])
        assert answer == {"error": error, "details": details}

    def test_refuse_no_examples_and_an_unknown_signature(self, client, server):
        empty = client.regress(server.address, "half_plus_two", [], signature="regress_x_to_y")
        unknown = client.classify(server.address, "half_plus_two", [{"x": [1.0]}], signature="x")
        assert empty == {"error": "INVALID_ARGUMENT", "details": "Input is empty."}
        assert unknown == {"error": "INVALID_ARGUMENT", "details": "No signature was found with the name: x"}

    def test_may_be_held_to_the_signatures_method(self, client, own_server, folder):
        base = f"--model_base_path={folder / 'half_plus_two'}"
        address = own_server(base, "--enable_signature_method_name_check").address
        answer = client.regress(address, "default", [{"x": [1.0]}], signature="classify_x_to_y")
        assert answer == {
            "error": "INVALID_ARGUMENT",
            "details": "Expected regression signature method_name to be tensorflow/serving/regress. "
            "Was: tensorflow/serving/classify",
        }


class TestModels:
    @pytest.mark.parametrize("model", ["half_plus_two", "half_plus_two_tf2", "mnist"])
    def test_metadata_is_what_the_saved_model_declares(self, client, server, folder, model):
        answer = client.metadata(server.address, model)
        assert answer["spec"] == {"name": model, "version": "1"}
        declared = client.saved_signatures(str(folder / model / "1"))
        assert answer["signatures"] == declared

    def test_metadata_refuses_other_fields(self, client, server):
        for fields, details in (
            ([], "GetModelMetadataRequest must specify at least one metadata_field"),
            (["x"], "Metadata field x is not supported"),
        ):
            assert client.metadata(server.address, "mnist", fields) == {"error": "INVALID_ARGUMENT", "details": details}

    def test_status_tells_each_version(self, client, server):
        assert client.status(server.address, "mnist") == [{"version": "1", "state": "AVAILABLE", "status": {}}]
        missing = {"error": "NOT_FOUND", "details": "Could not find version 9 of model mnist"}
        assert client.status(server.address, "mnist", version=9) == missing

    def test_a_reload_brings_versions_labels_and_models(self, client, own_server, two_versions, folder):
        base = two_versions / "half_plus_two"
        server = own_server("--model_name=half_plus_two", f"--model_base_path={base}")
        states = lambda: {one["version"]: one["state"] for one in client.status(server.address, "half_plus_two")}  # noqa: E731
        assert states() == {"2": "AVAILABLE"}
        both = "model_version_policy { all {} }"
        labelled = f'{both} version_labels {{ key: "stable" value: 1 }} version_labels {{ key: "canary" value: 2 }}'
        early = client.reload(server.address, model_list(two_versions, "half_plus_two", half_plus_two=labelled))
        assert early["error"] == "FAILED_PRECONDITION"
        assert "which is not currently available for inference" in early["details"]
        assert client.reload(server.address, model_list(two_versions, "half_plus_two", half_plus_two=both)) == {}
        wait_until(lambda: states() == {"1": "AVAILABLE", "2": "AVAILABLE"})
        assert client.reload(server.address, model_list(two_versions, "half_plus_two", half_plus_two=labelled)) == {}
        for label, version in (("stable", "1"), ("canary", "2")):
            answer = client.predict(server.address, "half_plus_two", {"x": [1.0]}, label=label)
            assert (answer["outputs"], answer["spec"]["version"]) == ({"y": [2.5]}, version)
        assert client.reload(server.address, model_list(folder, "half_plus_three")) == {}
        assert client.predict(server.address, "half_plus_three", {"x": [1.0]})["outputs"] == {"y": [3.5]}
        wait_until(lambda: set(states().values()) == {"END"})

    def test_a_reload_refuses_what_cannot_be(self, client, server):
        answer = client.reload(server.address, 'model_config_list { config { name: "m" base_path: "m" } }')
        assert answer["error"] == "INVALID_ARGUMENT"

    def test_sessions_are_not_offered(self, client, server):
        assert client.session_run(server.address)["error"] == "UNIMPLEMENTED"


class TestServer:
    def test_reflection_declares_what_the_client_library_does(self, client, server):
        assert {"tensorflow.serving.PredictionService", "tensorflow.serving.ModelService"} <= set(
            client.served(server.address)
        )
        found = client.unlike_fields(server.address)
        assert found["unlike"] == [] and found["messages"] > 40

    def test_a_client_without_stubs_predicts(self, client, server):
        assert client.predict_by_reflection(server.address, "half_plus_two", [1.0, 2.0, 5.0]) == HALF_PLUS_TWO

    def test_health_is_told_and_watched_until_the_server_ends(self, client, server, own_server, folder):
        assert client.check_health(server.address, "PredictionService") == "SERVING"
        assert client.check_health(server.address, "x")["error"] == "NOT_FOUND"
        listed = client.list_health(server.address)
        assert {"", "PredictionService", "ModelService"} <= set(listed) and set(listed.values()) == {"SERVING"}
        assert client.watch_health(server.address, "x") == "SERVICE_UNKNOWN"
        ending = own_server(f"--model_base_path={folder / 'half_plus_two'}", "--enable_grpc_healthcheck_service")
        assert client.watch_health(ending.address, "ModelService") == "SERVING"
        ending.process.terminate()
        assert client.next_health(ending.address) == "NOT_SERVING"
        assert client.next_health(ending.address) is None
        assert ending.process.wait(PATIENCE_SECONDS) == 0

    def test_health_is_not_offered_unless_asked_for(self, client, own_server, folder):
        plain = own_server(f"--model_base_path={folder / 'half_plus_two'}")
        assert client.check_health(plain.address)["error"] == "UNIMPLEMENTED"

    def test_a_unix_socket_answers_too(self, client, own_server, tmp_path, folder):
        own_server(f"--model_base_path={folder / 'half_plus_two'}", f"--grpc_socket_path={tmp_path / 'socket'}")
        answer = client.predict(f"unix:{tmp_path / 'socket'}", "default", {"x": [1.0]})
        assert answer["outputs"] == {"y": [2.5]}


class TestTls:
    @pytest.fixture
    def authority(self):
        return trustme.CA()

    def config(self, tmp_path, authority, verify):
        issued = authority.issue_cert("localhost", "127.0.0.1")
        texts = {
            "server_key": issued.private_key_pem,
            "server_cert": issued.cert_chain_pems[0],
            "custom_ca": authority.cert_pem,
        }
        lines = [f"{name}: {json.dumps(text.bytes().decode())}" for name, text in texts.items()]
        path = tmp_path / "ssl.config"
        path.write_text("\n".join([*lines, f"client_verify: {json.dumps(verify)}"]))
        return f"--ssl_config_file={path}"

    @pytest.mark.parametrize("verify", [False, True])
    def test_answers_only_who_may_ask(self, client, own_server, tmp_path, folder, authority, verify):
        flags = [f"--model_base_path={folder / 'half_plus_two'}", self.config(tmp_path, authority, verify)]
        address = own_server(*flags).address
        roots, mine = authority.cert_pem.bytes(), authority.issue_cert("client")
        asked = (address, "default", {"x": [1.0]})
        assert client.predict(*asked, timeout=60)["error"] == "UNAVAILABLE", "without TLS"
        client.open_channel(address, roots)
        plain = client.predict(*asked, timeout=60)
        client.close_channel(address)
        assert plain.get("error") == ("UNAVAILABLE" if verify else None)
        client.open_channel(address, roots, mine.private_key_pem.bytes(), mine.cert_chain_pems[0].bytes())
        assert client.predict(*asked)["outputs"] == {"y": [2.5]}
        client.close_channel(address)


class TestRest:
    """The requests of TensorFlow Serving's own RESTful API page."""

    @pytest.mark.parametrize(
        ("path", "body", "answer"),
        [
            ("half_plus_three:predict", {"instances": [1.0, 2.0, 5.0]}, {"predictions": [3.5, 4.0, 5.5]}),
            ("half_plus_two:predict", {"instances": [1.0, 2.0, 5.0]}, {"predictions": HALF_PLUS_TWO}),
            ("half_plus_two/versions/1:predict", {"inputs": [1.0]}, {"outputs": [2.5]}),
            (
                "half_plus_two:regress",
                {"signature_name": "regress_x_to_y", "examples": [{"x": 1.0}, {"x": 2.0}]},
                {"results": [2.5, 3.0]},
            ),
            (
                "half_plus_two:classify",
                {"signature_name": "classify_x_to_y", "examples": [{"x": 1.0}]},
                {"results": [[["", 2.5]]]},
            ),
            (
                "half_plus_two:predict",
                {"signature_name": "serving_default", "instances": [{"x": 1.0}, {"x": 2.0}]},
                {"predictions": [2.5, 3.0]},
            ),
        ],
    )
    def test_answers(self, server, path, body, answer):
        response = requests.post(f"{server.url}/v1/models/{path}", json=body, timeout=120)
        assert (response.status_code, response.json()) == (200, answer)

    def test_tells_the_status(self, server):
        response = requests.get(f"{server.url}/v1/models/half_plus_three", timeout=120)
        status = {"error_code": "OK", "error_message": ""}
        version = {"version": "1", "state": "AVAILABLE", "status": status}
        assert response.json() == {"model_version_status": [version]}

    def test_tells_the_metadata(self, server):
        answer = requests.get(f"{server.url}/v1/models/half_plus_three/metadata", timeout=120).json()
        assert answer["model_spec"] == {"name": "half_plus_three", "signature_name": "", "version": "1"}
        signature = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]
        assert signature["inputs"]["x"]["dtype"] == "DT_FLOAT"
        assert signature["method_name"] == "tensorflow/serving/predict"

    def test_metadata_has_the_defaults(self, client, server):
        answer = requests.get(f"{server.url}/v1/models/half_plus_two_tf2/metadata", timeout=120).json()
        told = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]["defaults"]
        assert told["a"]["float_val"] == [0.5]
        assert client.same_tensors(json.dumps(told), server.address, "half_plus_two_tf2")

    def test_refuses_with_an_error(self, server):
        response = requests.post(f"{server.url}/v1/models/half_plus_two:predict", data="{", timeout=120)
        assert response.status_code == 400 and "JSON Parse error" in response.json()["error"]
