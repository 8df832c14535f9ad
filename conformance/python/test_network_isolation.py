"""EnableNetworkIsolation: the program sees a loopback interface and nothing else."""
import io
import json
import tarfile
import textwrap

import jobs
import pytest
from test_sagemaker_sdk import execute

#: Real TensorFlow on real data, from a channel: x -> 2x - 1. Tells what of the network it sees.
SCRIPT = """
import os, socket
import numpy as np, tensorflow as tf

data = np.load("/opt/ml/input/data/training/line.npy")
x, y = tf.constant(data[:, 0]), tf.constant(data[:, 1])
w, b = tf.Variable(0.0, dtype=tf.float64), tf.Variable(0.0, dtype=tf.float64)
for _ in range(300):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((w * x + b - y) ** 2)
    for variable, gradient in zip((w, b), tape.gradient(loss, (w, b))):
        variable.assign_sub(0.1 * gradient)
print(f"learned {w.numpy():.2f} {b.numpy():.2f}")
print("interfaces", [name for _, name in socket.if_nameindex()])
print("credentials", [name for name in os.environ if "ACCESS_KEY" in name or "ENDPOINT" in name])
for place in [("192.0.2.1", 80), ("127.0.0.1", PORT)]:
    try:
        socket.create_connection(place, 5)
        print("reached", place)
    except OSError:
        print("kept from", place)
try:
    tf.io.gfile.exists("s3://conformance/x") and print("reached s3")
except Exception as error:
    print("kept from s3", type(error).__name__)
module = tf.Module()
module.w = w
tf.saved_model.save(module, os.environ["SM_MODEL_DIR"] + "/1")
"""

SDK = """
import numpy as np
import sagemaker
from sagemaker.tensorflow import TensorFlow

session = sagemaker.Session()
x = np.random.default_rng(1).normal(size=200)
np.save("line.npy", np.stack([x, 2 * x - 1], axis=1))
data = session.upload_data("line.npy", key_prefix="isolated/line")
open("train.py", "w").write(SCRIPT)
estimator = TensorFlow(
    entry_point="train.py", role=sagemaker.get_execution_role(), instance_count=1, instance_type="ml.c5.xlarge",
    image_uri=IMAGE, enable_network_isolation=True,
)
estimator.fit({"training": data})
print("trained as", estimator.latest_training_job.name)
"""


@pytest.mark.long
def test_the_sdk_trains_without_a_network(platform, aws, tmp_path):
    script = SCRIPT.replace("PORT", str(platform.port))
    program = f"SCRIPT = {script!r}\nIMAGE = {jobs.TRAINING_IMAGE!r}\n{textwrap.dedent(SDK)}"
    code, output = execute(platform, program, tmp_path)
    assert code == 0, output[-4000:]
    name = output.rsplit("trained as ", 1)[1].split()[0]
    log = jobs.job_log(aws, name)
    assert "learned 2.00 -1.00" in log
    assert "interfaces ['lo']" in log
    assert "credentials []" in log
    assert any(line.startswith("kept from s3 ") for line in log)
    assert [line for line in log if line.startswith("reached")] == []
    assert len([line for line in log if line.startswith("kept from (")]) == 2
    assert jobs.describe_job(aws, name)["EnableNetworkIsolation"] is True


def test_code_in_s3_is_refused_with_the_way_out(aws):
    name = jobs.create_job(aws, "print(1)", EnableNetworkIsolation=True)
    reason = jobs.wait_for_job(aws, name)["FailureReason"]
    assert reason.startswith("AlgorithmError: ") and "bring the code as a channel" in reason


HANDLER = """
import json, socket

def handler(data, context):
    try:
        socket.create_connection(("127.0.0.1", PORT), 5)
        seen = "reached"
    except OSError:
        seen = "kept off"
    body = json.dumps({"interfaces": [name for _, name in socket.if_nameindex()], "server": seen})
    return body, "application/json"
"""


def test_an_isolated_model_answers_and_sees_no_network(platform, aws, half_plus_two):
    where, key = half_plus_two.removeprefix("s3://").split("/", 1)
    archive = tarfile.open(fileobj=io.BytesIO(aws("s3").get_object(Bucket=where, Key=key)["Body"].read()))
    files = {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}
    plain = jobs.deploy(aws, f"s3://{where}/{key}", isolated=True)
    files["code/inference.py"] = HANDLER.replace("PORT", str(platform.port))
    aws("s3").put_object(Bucket=where, Key="isolated/model.tar.gz", Body=jobs.archive(files))
    spying = jobs.deploy(aws, f"s3://{where}/isolated/model.tar.gz", isolated=True)
    for name in (plain, spying):
        endpoint = jobs.wait_for_endpoint(aws, name)
        assert endpoint["EndpointStatus"] == "InService", endpoint.get("FailureReason")
    assert invoke(aws, plain)["predictions"] == [2.5]
    assert invoke(aws, spying) == {"interfaces": ["lo"], "server": "kept off"}
    assert aws("sagemaker").describe_model(ModelName=plain)["EnableNetworkIsolation"] is True
    for name in (plain, spying):
        aws("sagemaker").delete_endpoint(EndpointName=name)


def invoke(aws, name):
    body = json.dumps({"instances": [1.0]})
    answer = aws("sagemaker-runtime").invoke_endpoint(EndpointName=name, ContentType="application/json", Body=body)
    return json.load(answer["Body"])
