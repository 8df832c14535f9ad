"""Reflection, health, sockets and TLS by gRPC's own clients, and `requests` with TensorFlow Serving's documented examples."""
import json

import pytest
import requests
import trustme
from platform_process import PATIENCE_SECONDS

HALF_PLUS_TWO = [2.5, 3.0, 4.5]

pytestmark = pytest.mark.xdist_group("tensorflow-serving-api")


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
