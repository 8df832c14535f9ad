"""The unmodified stubs of `tensorflow-serving-api`: inference."""
import json

import numpy
import pytest

HALF_PLUS_TWO = [2.5, 3.0, 4.5]

pytestmark = pytest.mark.xdist_group("tensorflow-serving-api")


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
