"""What PipeModeDataset promises, against real FIFOs; run by sagemaker-tensorflow.tf.test.ts. Each check is a function."""

import contextlib
import io
import json
import os
import resource
import struct
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

import tensorflow as tf
from sagemaker_tensorflow import PipeModeDataset, PipeModeDatasetException, fifo


class Channel:
    """A Pipe channel whose epochs are written by threads."""

    def __init__(self, *epochs, record_format="RecordIO", mode="Pipe", **options):
        self.folder = tempfile.mkdtemp(dir=os.environ["CHECK_FOLDER"])
        config = {"train": {"TrainingInputMode": mode}}
        with open(os.path.join(self.folder, "inputdataconfig.json"), "w") as file:
            json.dump(config, file)
        self.options = dict(record_format=record_format, **options)
        self.closed_early = []
        for number, content in enumerate(epochs):
            path = os.path.join(self.folder, f"train_{number}")
            os.mkfifo(path)
            threading.Thread(target=self._write, args=(path, content), daemon=True).start()

    def _write(self, path, content):
        try:
            with open(path, "wb") as pipe:
                pipe.write(content)
        except BrokenPipeError:
            self.closed_early.append(path)

    def dataset(self, channel="train"):
        places = dict(state_dir=f"{self.folder}/state", pipe_dir=self.folder, config_dir=self.folder)
        return PipeModeDataset(channel, **places, **self.options)

    def records(self):
        return list(self.dataset().as_numpy_iterator())

    def state(self):
        with open(f"{self.folder}/state/.train-pipe_mode-state") as file:
            return file.read()


def record_io(*records):
    return b"".join(part(record) for record in records)


def part(payload, flag=0):
    return struct.pack("<II", 0xCED7230A, flag << 29 | len(payload)) + payload + bytes(-len(payload) % 4)


def tf_records(*records):
    path = os.path.join(os.environ["CHECK_FOLDER"], "records")
    with tf.io.TFRecordWriter(path) as writer:
        for record in records:
            writer.write(record)
    with open(path, "rb") as file:
        return file.read()


def corrupted(data, position):
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def raises(kind, words, act):
    try:
        act()
    except kind as error:
        assert words in str(error), (words, str(error))
        return
    raise AssertionError(f"nothing raised instead of {words!r}")


MIXED = [b"", b"a", b"four", b"\x00" * 5, b"x" * 100_000, "é".encode(), b"\n\r\n", struct.pack("<I", 0xCED7230A) * 3]
LARGE = [bytes([number % 256]) * (number * 997 % 30_000) for number in range(2000)] + [os.urandom(20 << 20), b"end"]
SMALL = [os.urandom(number % 61) for number in range(100_000)]


def record_io_of_any_size():
    for records in ([], MIXED, SMALL, LARGE):
        assert Channel(record_io(*records)).records() == records


def record_io_in_parts():
    data = part(b"abc", 1) + part(b"", 2) + part(b"defgh", 3) + part(b"whole") + part(b"x" * 200_000, 1) + part(b"y", 3)
    assert Channel(data).records() == [b"abcdefgh", b"whole", b"x" * 200_000 + b"y"]


def record_io_that_is_broken():
    good = record_io(b"abcd", b"efgh")
    wrong = tf.errors.DataLossError
    raises(wrong, "byte 24 of", Channel(good + b"no record").records)
    raises(wrong, "byte 0 of", Channel(b"no record").records)
    raises(wrong, "cut off at byte 24 of", Channel(good + part(b"12345678")[:-4]).records)
    raises(wrong, "cut off at byte 0 of", Channel(good[:3]).records)
    raises(wrong, "do not fit together at byte 24", Channel(good + part(b"a", 3)).records)
    raises(wrong, "train_0", Channel(b"no record").records)


def tf_records_of_any_size():
    for records in ([], MIXED, LARGE):
        assert Channel(tf_records(*records), record_format="TFRecord").records() == records


def tf_records_that_are_corrupted():
    records = [f"record {number}".encode() for number in range(10)]
    data = tf_records(*records)
    length = len(data) // 10
    payload = corrupted(corrupted(data, 3 * length + 14), 5 * length + 14)
    loss = tf.errors.DataLossError

    def channel(content, skips=0):
        return Channel(content, record_format="TFRecord", max_corrupted_records_to_skip=skips)

    raises(loss, "corrupted record", channel(payload).records)
    raises(loss, "corrupted record", channel(payload, 1).records)
    kept = [record for number, record in enumerate(records) if number not in (3, 5)]
    assert channel(payload, 2).records() == kept
    assert channel(data, 2).records() == records
    raises(loss, "corrupted record", channel(corrupted(data, 3 * length + 5), 9).records)
    raises(loss, "truncated record", channel(data[:-3]).records)


def lines():
    text = b"one\n\ntwo\r\n" + b"z" * 3_000_000 + b"\nlast"
    expected = [b"one", b"", b"two\r", b"z" * 3_000_000, b"last"]
    assert Channel(text, record_format="TextLine").records() == expected
    assert Channel(text + b"\n", record_format="TextLine").records() == expected
    assert Channel(b"", record_format="TextLine").records() == []


def every_iterator_takes_the_next_epoch():
    channel = Channel(*(record_io(b"%d" % number) for number in range(5)))
    assert not os.path.exists(f"{channel.folder}/state")
    dataset = channel.dataset()
    assert channel.state() == "0"
    assert list(dataset.repeat(2).as_numpy_iterator()) == [b"0", b"1"]
    assert list(dataset.as_numpy_iterator()) == [b"2"]
    assert channel.records() == [b"3"]
    assert channel.state() == "4"


def an_early_end_closes_the_pipe():
    for record_format, encode in (("RecordIO", record_io), ("TFRecord", tf_records)):
        data = encode(*[b"x" * 10_000] * 5000)
        channel = Channel(data, encode(b"next"), record_format=record_format)
        assert len(list(channel.dataset().take(3))) == 3
        assert channel.records() == [b"next"]
        assert [os.path.basename(path) for path in channel.closed_early] == ["train_0"]
    assert not [name for name in os.listdir("/proc/self/fd") if "train_" in target(name)]


def target(name):
    try:
        return os.readlink(f"/proc/self/fd/{name}")
    except OSError:
        return ""


def keras_trains_on_it():
    def parse(record):
        features = {"x": tf.io.FixedLenFeature([2], tf.float32), "y": tf.io.FixedLenFeature([], tf.float32)}
        found = tf.io.parse_single_example(record, features)
        return found["x"], found["y"]

    def example(*x):
        feature = lambda values: tf.train.Feature(float_list=tf.train.FloatList(value=values))
        return tf.train.Example(
            features=tf.train.Features(feature={"x": feature(x), "y": feature([sum(x)])})
        ).SerializeToString()

    data = tf_records(*[example(number % 7, number % 3) for number in range(64)])
    channel = Channel(*[data] * 6, record_format="TFRecord")
    dataset = channel.dataset().map(parse).batch(16).prefetch(2)
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    for _ in range(2):
        assert len(model.fit(dataset, epochs=3, verbose=0).history["loss"]) == 3
    assert channel.state() == "6"


def benchmark_lines():
    prefix = "PipeModeDatasetOp::Dataset::Iterator"
    for record_format, encode in (("RecordIO", record_io), ("TFRecord", tf_records)):
        data = encode(b"abcd", b"ef")
        channel = Channel(data, record_format=record_format, benchmark=True, benchmark_records_interval=2)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            assert channel.records() == [b"abcd", b"ef"]
        found = printed.getvalue()
        for text in ("records: 2", "records read_bytes: 6", "total read_bytes: 6", "total read_time_ms: ", "total read_GB/s: "):
            assert f"{prefix} {text}" in found, found


def wrong_channels():
    refused = PipeModeDatasetException
    raises(refused, "Channel other not found in Training Job InputDataConfig", lambda: Channel().dataset("other"))
    raises(refused, "Channel train is not a PipeMode channel", lambda: Channel(mode="File").dataset())
    raises(refused, "Invalid record format: CSV", lambda: Channel(record_format="CSV").dataset())
    Channel(mode="PIPE").dataset()


def a_pipe_that_comes_late_or_never():
    channel = Channel()
    late = threading.Timer(0.3, lambda: os.mkfifo(f"{channel.folder}/train_0"))
    write = threading.Timer(0.4, channel._write, (f"{channel.folder}/train_0", record_io(b"late")))
    late.start(), write.start()
    assert channel.records() == [b"late"]
    waits = list(fifo.waits())
    assert waits[-119:] == list(range(1, 120)) and sum(waits) < 7260
    fifo.waits = lambda: [0.01]
    raises(tf.errors.OpError, "File does not exist", channel.records)


def a_stream_that_comes_slowly():
    """What is there is had, though a record is not whole and the pipe not full."""
    for record_format, encode in (("RecordIO", record_io), ("TFRecord", tf_records)):
        channel = Channel(record_format=record_format)
        path = f"{channel.folder}/train_0"
        os.mkfifo(path)
        records = iter(channel.dataset().batch(2).as_numpy_iterator())
        data = encode(b"one", b"two", b"three", b"four")
        with ThreadPoolExecutor() as pool, contextlib.ExitStack() as stack:
            first = pool.submit(next, records)
            pipe = stack.enter_context(open(path, "wb", buffering=0))
            half = len(encode(b"one", b"two")) + 7
            pipe.write(data[:half])
            assert first.result(60).tolist() == [b"one", b"two"]
            pipe.write(data[half:])
            pipe.close()
            assert next(records).tolist() == [b"three", b"four"]
            assert next(records, None) is None


def a_program_that_ends_while_it_waits():
    """In a process of its own: it must neither hang nor die of a signal."""
    for record_format, encode in (("RecordIO", record_io), ("TFRecord", tf_records)):
        channel = Channel(record_format=record_format)
        os.mkfifo(f"{channel.folder}/train_0")
        program = (
            "from sagemaker_tensorflow import PipeModeDataset\n"
            f"places = dict(state_dir='{channel.folder}', pipe_dir='{channel.folder}', config_dir='{channel.folder}')\n"
            f"records = iter(PipeModeDataset('train', '{record_format}', **places).prefetch(2))\n"
            "print(next(records).numpy(), flush=True)\n"
        )
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as child:
            with open(f"{channel.folder}/train_0", "wb", buffering=0) as pipe:
                pipe.write(encode(b"only"))
                assert child.stdout.read() == b"b'only'\n"
                assert child.wait(60) == 0


def a_dataset_like_any_other():
    dataset = Channel(record_io(b"1")).dataset()
    assert isinstance(dataset, tf.data.Dataset)
    assert dataset.element_spec.shape == () and dataset.element_spec.dtype == tf.string


def blocks_take_the_same_memory_again():
    Channel(record_io(b"1")).dataset()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(100):
        blocks = [bytearray(2 << 20) for _ in range(4)]
        del blocks
    pages = 100 * 4 * (2 << 20) // resource.getpagesize()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < pages / 10


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print("passed")
