"""Input channels in every mode, through boto3 and through the SageMaker SDK: what the script gets is what was stored."""
import gzip
import json
import os
import struct

import jobs
import pytest
from botocore.exceptions import ClientError
from test_sagemaker_sdk import execute

SHOW = """
import os
for folder, _, names in sorted(os.walk("/opt/ml/input/data")):
    for name in sorted(name for name in names if not name.startswith("piped_")):
        path = os.path.join(folder, name)
        print("file", path[len("/opt/ml/input/data/"):], open(path).read())
print("config", open("/opt/ml/input/config/inputdataconfig.json").read())
print("channel", os.environ["SM_CHANNEL_TRAINING"])
"""
READ_PIPES = """
import os
for epoch in range(EPOCHS):
    with open(f"/opt/ml/input/data/training_{epoch}", "rb") as pipe:
        print("epoch", epoch, repr(pipe.read()))
"""
READ_RECORDS = """
from sagemaker_tensorflow import PipeModeDataset
dataset = PipeModeDataset(channel="training", record_format=FORMAT)
for epoch in range(2):
    print("epoch", epoch, list(dataset.as_numpy_iterator()))
"""


def source(uri, data_type="S3Prefix", **more):
    return {"S3DataSource": {"S3DataType": data_type, "S3Uri": uri, **more}}


def channel(uri, data_type="S3Prefix", name="training", attributes=None, **more):
    extra = {"AttributeNames": attributes} if attributes else {}
    return {"ChannelName": name, "DataSource": source(uri, data_type, **extra), **more}


def put(aws, folder, **objects):
    where = jobs.bucket(aws)
    for name, content in objects.items():
        aws("s3").put_object(Bucket=where, Key=f"{folder}/{name}", Body=content)
    return f"s3://{where}/{folder}"


def run(aws, script, *channels, mode="File"):
    algorithm = {"TrainingImage": jobs.TRAINING_IMAGE, "TrainingInputMode": mode}
    name = jobs.create_job(aws, script, InputDataConfig=list(channels), AlgorithmSpecification=algorithm)
    return jobs.wait_for_job(aws, name), jobs.job_log(aws, name)


def succeed(aws, script, *channels, mode="File"):
    job, log = run(aws, script, *channels, mode=mode)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return log


def record(payload):
    return struct.pack("<II", 0xCED7230A, len(payload)) + payload + bytes(-len(payload) % 4)


def epochs(log):
    return [eval(line.split(" ", 2)[2]) for line in log if line.startswith("epoch ")]


def test_channels_of_all_modes_in_one_job(aws):
    uri = put(aws, jobs.unique("modes"), one="1", two="2")
    log = succeed(
        aws,
        SHOW + READ_PIPES.replace("EPOCHS", "2").replace("training_", "piped_"),
        channel(uri + "/"),
        channel(uri + "/", name="fast", InputMode="FastFile"),
        channel(uri, name="piped", InputMode="Pipe", RecordWrapperType="RecordIO", ContentType="text/plain"),
    )
    assert [line for line in log if line.startswith("file ")] == [
        "file fast/one 1",
        "file fast/two 2",
        "file training/one 1",
        "file training/two 2",
    ]
    assert epochs(log) == [record(b"1") + record(b"2")] * 2
    config = json.loads(next(line for line in log if line.startswith("config "))[7:])
    assert config["fast"]["TrainingInputMode"] == "FastFile"
    assert config["piped"] == {
        "TrainingInputMode": "Pipe",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "RecordIO",
        "ContentType": "text/plain",
    }


def test_pipe_mode_decompresses_and_shuffles(aws):
    letters = "abcdefgh"
    uri = put(aws, jobs.unique("gzip"), **{letter: gzip.compress(letter.encode()) for letter in letters})
    log = succeed(
        aws,
        READ_PIPES.replace("EPOCHS", "3"),
        channel(uri, CompressionType="Gzip", ShuffleConfig={"Seed": 5}),
        mode="Pipe",
    )
    found = epochs(log)
    assert [sorted(epoch.decode()) for epoch in found] == [list(letters)] * 3
    assert len({*found, letters.encode()}) == 4


FORKS = """
import multiprocessing
first = open("/opt/ml/input/data/training_0", "rb")
first.read(10)
# The processes of the pool hold the first pipe open: nobody reads it any more.
with multiprocessing.get_context("fork").Pool(2) as pool:
    first.close()
    second = open("/opt/ml/input/data/training_1", "rb").read()
    print("lengths", pool.map(len, [second] * 3))
print("third", len(open("/opt/ml/input/data/training_2", "rb").read()))
"""


def test_a_program_that_has_forked_reads_its_next_epochs(aws):
    uri = put(aws, jobs.unique("forks"), data=b"x" * (4 << 20))
    log = succeed(aws, FORKS, channel(uri), mode="Pipe")
    assert f"lengths {[4 << 20] * 3}" in log
    assert f"third {4 << 20}" in log


def test_manifests(aws):
    folder = jobs.unique("manifest")
    uri = put(aws, folder, a="1", b="2", c="3")
    put(aws, f"{folder}-lists", plain=json.dumps([{"prefix": f"{uri}/"}, "c", "a"]))
    lines = [json.dumps({"class": 7, "data-ref": f"{uri}/b"}), json.dumps({"class": "x", "data-ref": f"{uri}/a"})]
    lists = put(aws, f"{folder}-lists", augmented="\n".join(lines))
    log = succeed(aws, SHOW, channel(f"{lists}/plain", "ManifestFile"))
    assert [line for line in log if line.startswith("file ")] == ["file training/a 1", "file training/c 3"]
    log = succeed(
        aws,
        READ_RECORDS.replace("FORMAT", "'RecordIO'"),
        channel(
            f"{lists}/augmented",
            "AugmentedManifestFile",
            attributes=["data-ref", "class"],
            InputMode="Pipe",
            RecordWrapperType="RecordIO",
        ),
    )
    assert epochs(log) == [[b"2", b"7", b"1", b"x"]] * 2


def test_data_that_vanishes_while_it_is_read_fails_the_job_with_its_key(aws):
    folder = jobs.unique("vanish")
    uri = put(aws, folder, a=b"x" * 1000, b=b"y" * 1000)
    script = """
import os, time
while not os.path.exists("/tmp/FOLDER"):
    time.sleep(0.05)
print("read", len(open("/opt/ml/input/data/training_0").read()))
""".replace("FOLDER", folder)
    name = jobs.create_job(aws, script, InputDataConfig=[channel(uri, InputMode="Pipe")])
    jobs.wait_for_activity(aws, name, "Training")
    aws("s3").delete_object(Bucket=jobs.bucket(aws), Key=f"{folder}/b")
    open(f"/tmp/{folder}", "w").close()
    try:
        job = jobs.wait_for_job(aws, name)
    finally:
        os.remove(f"/tmp/{folder}")
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == f"ClientError: Data download failed:{uri}/b does not exist any more"


@pytest.mark.parametrize(
    ("content", "settings", "words"),
    [
        ({"a": b"no gzip"}, {"CompressionType": "Gzip"}, "/a is no valid gzip data at byte "),
    ],
)
def test_bad_data_fails_the_job_with_its_name(aws, content, settings, words):
    folder = jobs.unique("bad")
    uri = put(aws, folder, **content)
    job, _ = run(aws, READ_PIPES.replace("EPOCHS", "1"), channel(uri, InputMode="Pipe", **settings))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed:")
    assert folder in job["FailureReason"] and words in job["FailureReason"]


@pytest.mark.parametrize(
    ("data_type", "text", "words"),
    [
        ("ManifestFile", '[{"prefix": "s3://\u00e9/"}, oops]', "the manifest URI is invalid: it is not JSON at byte 25"),
        ("ManifestFile", '[{"prefix": "s3://', "the manifest URI is invalid: it ends too soon"),
        (
            "AugmentedManifestFile",
            '{"class": 1}\n{"class"\n',
            "the line of the augmented manifest URI at byte 13 is invalid: it is no JSON object",
        ),
    ],
)
def test_a_corrupt_manifest_is_named_with_the_place(aws, data_type, text, words):
    uri = put(aws, jobs.unique("manifest"), list=text) + "/list"
    attributes = ["class"] if data_type == "AugmentedManifestFile" else None
    job, _ = run(aws, "print(1)", channel(uri, data_type, attributes=attributes), mode="Pipe")
    assert job["FailureReason"] == f"ClientError: Data download failed:{words.replace('URI', uri)}"


@pytest.mark.parametrize("uri", ["s3://conformance/there-is-nothing", "s3://there-is-no-bucket/data"])
@pytest.mark.parametrize("data_type", ["S3Prefix", "ManifestFile"])
def test_data_that_is_not_there_is_refused_as_aws_refuses_it(aws, uri, data_type):
    with pytest.raises(ClientError) as caught:
        jobs.create_job(aws, "print(1)", InputDataConfig=[channel(uri, data_type)])
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    message = caught.value.response["Error"]["Message"]
    assert message.startswith(f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure')


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CompressionType": "Gzip"}, "needs the input mode Pipe"),
        ({"RecordWrapperType": "RecordIO"}, "needs the input mode Pipe"),
        ({"InputMode": "FastFile", "DataSource": source("s3://b/m", "ManifestFile")}, "S3Prefix"),
        ({"DataSource": source("s3://b/m", "AugmentedManifestFile", AttributeNames=["a"])}, "needs the input mode Pipe"),
    ],
)
def test_what_no_mode_can_do_is_refused_at_once(aws, settings, words):
    with pytest.raises(ClientError, match=words) as caught:
        jobs.create_job(aws, "print(1)", InputDataConfig=[{**channel("s3://bucket/x"), **settings}])
    assert caught.value.response["Error"]["Code"] == "ValidationException"


SEED_001 = """
import argparse
import os

import tensorflow as tf
from sagemaker_tensorflow import PipeModeDataset

features = {
    'data': tf.io.FixedLenFeature([], tf.string),
    'labels': tf.io.FixedLenFeature([], tf.int64),
}

def parse(record):
    parsed = tf.io.parse_single_example(record, features)
    return tf.io.decode_raw(parsed['data'], tf.float64), parsed['labels']

def train_input_fn(training_dir, hyperparameters):
    ds = PipeModeDataset(channel='training', record_format='TFRecord')
    ds = ds.repeat(20)
    ds = ds.prefetch(10)
    ds = ds.map(parse, num_parallel_calls=10)
    ds = ds.batch(64)
    return ds

if __name__ == '__main__':
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(2)])
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile('adam', loss)
    seen = []
    batches = train_input_fn(None, None)
    count = tf.keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    history = model.fit(batches, callbacks=[count], verbose=0)
    print('batches', len(seen), 'loss', history.history['loss'])
    print('mode', os.environ['SM_INPUT_DATA_CONFIG'])
    tf.saved_model.save(model, os.path.join(os.environ['SM_MODEL_DIR'], '1'))
"""
FIT = """
import sagemaker
from sagemaker.inputs import ShuffleConfig, TrainingInput
from sagemaker.tensorflow import TensorFlow

open("tf-train-with-pipemodedataset.py", "w").write(SCRIPT)
estimator = TensorFlow(
    entry_point="tf-train-with-pipemodedataset.py", role=sagemaker.get_execution_role(),
    instance_count=1, instance_type="ml.p2.xlarge", image_uri=IMAGE, input_mode=MODE,
)
"""


def sdk_fit(script, inputs, mode):
    names = f"SCRIPT = {script!r}\nIMAGE = {jobs.TRAINING_IMAGE!r}\nMODE = {mode!r}\n"
    return f"{names}{FIT}estimator.fit({inputs})\n"


def masked_checksum(data):
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum ^= byte
        for _ in range(8):
            checksum = checksum >> 1 ^ (0x82F63B78 if checksum & 1 else 0)
    checksum ^= 0xFFFFFFFF
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def tf_record(payload):
    head = struct.pack("<Q", len(payload))
    checksums = [struct.pack("<I", masked_checksum(part)) for part in (head, payload)]
    return head + checksums[0] + payload + checksums[1]


def example(number):
    """A tf.train.Example of `data`, four float64, and `labels`, in protobuf's wire format."""

    def field(tag, payload):
        return bytes([tag << 3 | 2, len(payload)]) + payload

    data = field(1, field(1, struct.pack("<4d", *(number % (k + 2) for k in range(4)))))
    labels = field(3, field(1, bytes([number % 2])))
    entries = [field(1, field(1, b"data") + field(2, data)), field(1, field(1, b"labels") + field(2, labels))]
    return field(1, b"".join(entries))


@pytest.mark.long
def test_seed_001_trains_in_pipe_mode_with_pipe_mode_dataset(platform, aws, tmp_path):
    records = b"".join(tf_record(example(number)) for number in range(160))
    uri = put(aws, jobs.unique("seed-001"), first=records[: len(records) // 2], second=records[len(records) // 2 :])
    code, output = execute(platform, sdk_fit(SEED_001, repr(uri), "Pipe"), tmp_path)
    assert code == 0, output[-4000:]
    assert f"batches {160 * 20 // 64} loss" in output
    assert '"TrainingInputMode":"Pipe"' in output


@pytest.mark.long
def test_the_sdk_wraps_decompresses_and_shuffles_a_channel(platform, aws, tmp_path):
    letters = "abcdef"
    uri = put(aws, jobs.unique("sdk"), **{letter: gzip.compress(letter.encode()) for letter in letters})
    inputs = (
        f"{{'training': TrainingInput({uri!r}, input_mode='Pipe', compression='Gzip', "
        "record_wrapping='RecordIO', shuffle_config=ShuffleConfig(3), distribution='ShardedByS3Key')}"
    )
    code, output = execute(platform, sdk_fit(READ_RECORDS.replace("FORMAT", "'RecordIO'"), inputs, "File"), tmp_path)
    assert code == 0, output[-4000:]
    found = epochs([line[line.index("epoch ") :] for line in output.splitlines() if "epoch 0 [" in line or "epoch 1 [" in line])
    wanted = [letter.encode() for letter in letters]
    assert [sorted(epoch) for epoch in found] == [wanted] * 2
    assert found[0] != found[1]
