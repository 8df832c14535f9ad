"""The unmodified stubs of `tensorflow-serving-api`: what there is to ask, and how it changes."""
import pytest
from platform_process import wait_until
from serving.serving_api import model_list

pytestmark = pytest.mark.xdist_group("tensorflow-serving-api")


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
