"""Jobs whose image is none of AWS's: a container engine runs them, with the contract of training containers."""
import json
import os
import pathlib
import shlex
import signal
import subprocess

import jobs
import own_image
import pytest
from conftest import client_factory
from platform_process import SAGEBRUSH, Platform, wait_until

pytestmark = pytest.mark.xdist_group("own-container")
IMAGE = "local/shell:1"
#: What a program in an image of one's own does, in a shell.
TRAIN = """#!/bin/sh
echo "arguments: $*"
echo "job: $TRAINING_JOB_NAME on $(hostname), mood: $MOOD"
cat /opt/ml/input/config/hyperparameters.json /opt/ml/input/config/resourceconfig.json
echo
echo "data: $(cat /opt/ml/input/data/training/a.csv)"
echo spoiled 2>/dev/null > /opt/ml/input/data/training/a.csv || echo 'data is read-only'
echo 'loss=0.25;'
touch /opt/ml/model/weights
mkdir -p /opt/ml/output/data && echo evaluated > /opt/ml/output/data/report
"""
SLEEP = """#!/bin/sh
trap 'echo saved; touch /opt/ml/model/checkpoint; exit 0' TERM
echo started
i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done
"""
FAIL = "#!/bin/sh\necho \"ValueError: $1\"\n[ -z \"$1\" ] || echo \"$1\" > /opt/ml/output/failure\nexit 3\n"
GLUTTON = "#!/bin/sh\nexec tail /dev/zero\n"
PROGRAMS = {"bin/train": TRAIN, "bin/doze": SLEEP, "bin/fail": FAIL, "bin/glutton": GLUTTON}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """None where no container can run: then every test here proves how such a job is refused."""
    if not own_image.podman():
        yield None
        return
    engine = own_image.Engine()
    engine.make_image("local/probe:1", tmp_path_factory.mktemp("probe"), {"bin/true": "#!/bin/sh\n"})
    engine.make_image(IMAGE, tmp_path_factory.mktemp("image"), PROGRAMS)
    yield engine if engine.works() else None
    engine.close()


@pytest.fixture(scope="module")
def own_platform(tmp_path_factory, engine):
    command = engine.command if engine else ["no-such-engine"]
    types = tmp_path_factory.mktemp("types") / "types.json"
    types.write_text(json.dumps({"ml.t3.medium": {"cpus": 0.5, "memoryGiB": 0.125}}))
    options = ["--container-engine", shlex.join(command), "--instance-types", str(types)]
    platform = Platform(tmp_path_factory.mktemp("own"), *options).start()
    yield platform
    platform.stop()


@pytest.fixture(scope="module")
def own(own_platform):
    return client_factory(own_platform)


def start(aws, image=IMAGE, algorithm=None, **request):
    specification = {"TrainingImage": image, "TrainingInputMode": "File", **(algorithm or {})}
    return jobs.create_job(aws, "", AlgorithmSpecification=specification, **request)


def ended(aws, engine, name):
    """The job when it has ended; undefined, and proved refused, where there is no engine."""
    job = jobs.wait_for_job(aws, name)
    if engine:
        return job
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: the image ") and "apt-get install podman" in job["FailureReason"]
    return None


def channel(aws):
    where = jobs.bucket(aws)
    aws("s3").put_object(Bucket=where, Key="own/a.csv", Body=b"1,2,3")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{where}/own/", "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": "training", "DataSource": {"S3DataSource": source}}


def test_an_image_of_ones_own_trains_with_the_contract_of_training_containers(own, engine):
    metric = {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]}
    name = start(
        own, algorithm=metric, Environment={"MOOD": "good, or so"}, InputDataConfig=[channel(own)],
        HyperParameters={"epochs": "3"},
    )
    if not (job := ended(own, engine, name)):
        return
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    log = jobs.job_log(own, name)
    assert "arguments: " in log
    assert f"job: {name} on algo-1, mood: good, or so" in log
    assert "data: 1,2,3" in log and "data is read-only" in log
    configuration = next(line for line in log if line.startswith("{"))
    assert '{"epochs":"3"}' in configuration and '"current_host":"algo-1"' in configuration
    assert [(metric["MetricName"], metric["Value"]) for metric in job["FinalMetricDataList"]] == [("loss", 0.25)]
    where, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    for archive in (key, key.replace("model.tar.gz", "output.tar.gz")):
        own("s3").head_object(Bucket=where, Key=archive)
    assert own("s3").get_object(Bucket=where, Key="own/a.csv")["Body"].read() == b"1,2,3"
    assert engine.containers(name) == []


@pytest.mark.parametrize(
    ("entrypoint", "arguments", "reason"),
    [
        (["fail"], None, "AlgorithmError: ValueError:, exit code: 3"),
        (["sh", "-c"], ["fail 'no luck'"], "AlgorithmError: no luck, exit code: 3"),
        (["sh", "-c"], ["echo one line; exit 4"], "AlgorithmError: one line, exit code: 4"),
        (None, ["fail", "no luck"], "AlgorithmError: no luck, exit code: 3"),
        (["no-such-program"], None, 'ClientError: the container of "local/shell:1" could not be started: '),
    ],
)
def test_a_program_that_fails_says_why(own, engine, entrypoint, arguments, reason):
    command = {"ContainerEntrypoint": entrypoint, "ContainerArguments": arguments}
    name = start(own, algorithm={key: value for key, value in command.items() if value})
    if not (job := ended(own, engine, name)):
        return
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(reason)
    assert engine.containers(name) == []


def test_an_image_that_is_nowhere_is_told_in_the_engines_words(own, engine):
    if not (job := ended(own, engine, start(own, image="local/never-made:1"))):
        return
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith('ClientError: the image "local/never-made:1" cannot be run: ')


def test_a_container_that_eats_memory_is_killed_alone(own, engine):
    name = start(
        own, algorithm={"ContainerEntrypoint": ["glutton"]},
        ResourceConfig={"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1},
    )
    if not (job := ended(own, engine, name)):
        return
    assert job["FailureReason"] == "AlgorithmError: OutOfMemory: Process killed by SIGKILL (signal 9), exit code: 137"


def test_a_container_is_asked_to_stop_and_saves_its_work(own, engine):
    name = start(own, algorithm={"ContainerEntrypoint": ["doze"]})
    if not engine:
        return ended(own, engine, name)
    wait_until(lambda: "started" in jobs.job_log(own, name))
    own("sagemaker").stop_training_job(TrainingJobName=name)
    job = jobs.wait_for_job(own, name)
    assert job["TrainingJobStatus"] == "Stopped"
    assert "saved" in jobs.job_log(own, name)
    where, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").split("/", 1)
    own("s3").head_object(Bucket=where, Key=key)
    assert engine.containers(name) == []


def agent_of(platform, job):
    [claim] = platform.data.glob(f"hosts/train-{job}-*/0/claim")
    return json.loads(claim.read_text())["pid"]


def test_nothing_is_left_of_a_container_whose_agent_is_killed(own_platform, own, engine):
    name = start(own, algorithm={"ContainerEntrypoint": ["doze"]})
    if not engine:
        return ended(own, engine, name)
    wait_until(lambda: "started" in jobs.job_log(own, name))
    os.kill(agent_of(own_platform, name), signal.SIGKILL)
    job = jobs.wait_for_job(own, name)
    assert job["FailureReason"].startswith("InternalServerError: the host was lost: ")
    assert engine.containers(name) == []


SPY = """#!/bin/sh
echo "interfaces: $(cat /proc/net/dev | tail -n +3 | while read name rest; do echo $name; done)"
env | while read line; do case $line in *KEY*|*ENDPOINT*) echo "told: $line";; esac; done
wget -q -O - -T 2 "$SERVER" && echo reached; echo end
"""


def test_an_isolated_container_sees_no_network_and_no_credentials(own_platform, own, engine, tmp_path):
    image = "local/spy:1"
    if engine:
        engine.make_image(image, tmp_path / "spy", {"bin/train": SPY})
    name = start(own, image=image, EnableNetworkIsolation=True, Environment={"SERVER": own_platform.url})
    if not (job := ended(own, engine, name)):
        return
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    log = jobs.job_log(own, name)
    assert "interfaces: lo:" in log and "end" in log
    assert [line for line in log if line.startswith("told") or line == "reached"] == []


SERVE = """#!/bin/sh
echo "serving: $* in mood $MOOD"
trap 'kill $!; exit 0' TERM
nc -ll -p 8080 -e answer & wait
"""
#: GET /ping, and POST /invocations, answered with the model and the body.
ANSWER = """#!/bin/sh
read -r method path rest
length=0
while read -r name value && [ -n "${name%?}" ]; do
  case $name in [Cc]ontent-[Ll]ength:) length=${value%?};; esac
done
body=$(head -c "$length")
[ "$path" = /ping ] || body="$(cat /opt/ml/model/weights) says $body"
printf 'HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: %s\\r\\nConnection: close\\r\\n\\r\\n%s' \
  "${#body}" "$body"
"""


def deploy(aws, image, **model):
    where = jobs.bucket(aws)
    aws("s3").put_object(Bucket=where, Key="own/model.tar.gz", Body=jobs.archive({"weights": "the model"}))
    name, sagemaker = jobs.unique("own"), aws("sagemaker")
    container = {"Image": image, "ModelDataUrl": f"s3://{where}/own/model.tar.gz", "Environment": {"MOOD": "good"}}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=jobs.ROLE, PrimaryContainer=container, **model)
    variant = {
        "VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large", "InitialVariantWeight": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    return name


def test_an_image_of_ones_own_serves(own, engine, tmp_path):
    image = "local/serve:1"
    if engine:
        engine.make_image(image, tmp_path / "serve", {"bin/serve": SERVE, "bin/answer": ANSWER})
    name = deploy(own, image)
    endpoint = jobs.wait_for_endpoint(own, name)
    if not engine:
        assert "apt-get install podman" in endpoint["FailureReason"]
        return
    assert endpoint["EndpointStatus"] == "InService", endpoint.get("FailureReason")
    answer = own("sagemaker-runtime").invoke_endpoint(EndpointName=name, ContentType="text/plain", Body=b"hello")
    assert answer["Body"].read() == b"the model says hello"
    own("sagemaker").delete_endpoint(EndpointName=name)
    jobs.wait_until_gone(own, name)
    assert engine.containers(name) == []


def test_what_an_endpoint_with_an_image_of_ones_own_cannot_do_is_told(own):
    name = deploy(own, "local/serve:1", EnableNetworkIsolation=True)
    reason = jobs.wait_for_endpoint(own, name)["FailureReason"]
    assert reason.startswith("ClientError: local/serve:1 cannot be served with EnableNetworkIsolation")


TINY = {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1}


def test_a_script_that_eats_memory_harms_itself_alone(own):
    glutton = jobs.create_job(own, "import time\ntaken = bytearray(300 * 2**20)\ntime.sleep(60)\nprint('all taken')", ResourceConfig=TINY)
    modest = jobs.create_job(own, "print('ran')", ResourceConfig=TINY)
    job = jobs.wait_for_job(own, glutton)
    assert job["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError:\nExitCode 137")
    assert "OutOfMemory: the program needed more than its 0.1 GiB of memory" in job["FailureReason"]
    assert "all taken" not in jobs.job_log(own, glutton)
    assert jobs.wait_for_job(own, modest)["TrainingJobStatus"] == "Completed"


def test_a_script_that_removes_all_of_opt_ml_harms_itself_alone(own):
    where = channel(own)
    script = "import subprocess\nsubprocess.run(['rm', '-rf', '/opt/ml'])\nprint('removed')"
    name = jobs.create_job(own, script, ResourceConfig=TINY, InputDataConfig=[where])
    job = jobs.wait_for_job(own, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert "removed" in jobs.job_log(own, name)
    assert own("s3").get_object(Bucket=jobs.bucket(own), Key="own/a.csv")["Body"].read() == b"1,2,3"


#: The machine's own Python in an image of one's own: nothing is copied, all of it is mounted.
TENSORFLOW = """#!/bin/sh
exec "$PYTHON" -c '
import json, tensorflow as tf
rows = [line.split(",") for line in open("/opt/ml/input/data/training/a.csv")]
x = tf.constant([[float(value) for value in row] for row in rows])
print("sum:", float(tf.reduce_sum(x)), "with", tf.__version__)
module = tf.Module(); module.v = tf.Variable(x)
tf.saved_model.save(module, "/opt/ml/model/1")
'
"""


def test_real_tensorflow_trains_in_an_image_of_ones_own(tmp_path, engine):
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sagebrush"
    subprocess.run([*SAGEBRUSH, "environments", "prepare", "2.21.0"], check=True, capture_output=True, timeout=600)
    python = sorted(cache.glob("environments/tensorflow-2.21.0-*/bin/python"))[0]
    command, options = ["no-such-engine"], []
    if engine:
        engine.make_image("local/tensorflow:1", tmp_path / "image", {"bin/train": TENSORFLOW}, "ENV PATH=/bin:/usr/bin")
        command = engine.command
        own_python = python.resolve().parents[1]
        shown = ["/usr", "/lib", "/lib64", cache, *([] if own_python.is_relative_to("/usr") else [own_python])]
        options = [f"--volume={path}:{path}:ro" for path in shown]
    given = ["--container-engine", shlex.join(command), f"--container-options={shlex.join(options)}"]
    (tmp_path / "data").mkdir()
    platform = Platform(tmp_path / "data", *given).start()
    try:
        aws = client_factory(platform)
        name = start(aws, "local/tensorflow:1", Environment={"PYTHON": str(python)}, InputDataConfig=[channel(aws)])
        if not (job := ended(aws, engine, name)):
            return
        assert job["TrainingJobStatus"] == "Completed", jobs.job_log(aws, name)
        assert "sum: 6.0 with 2.21.0" in jobs.job_log(aws, name)
    finally:
        platform.stop()
