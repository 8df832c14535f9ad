"""The dataset that a training script makes."""

import json
import os

import tensorflow as tf

from . import messages, record_io, text_line, tf_record
from .benchmark import Benchmark
from .fifo import Fifo
from .memory import keep_freed_memory
from .pipe_files import FILES
from .pipe_state import PipeState

STATE_DIRECTORY = "/opt/ml/pipe_state"
PIPE_DIRECTORY = "/opt/ml/input/data"
CONFIG_DIRECTORY = "/opt/ml/input/config"
#: What TensorFlow asks a pipe for: as much as there can be in it.
READ_BYTES = 1 << 20


class PipeModeDatasetException(Exception):
    """The channel cannot be read as a Pipe mode dataset."""


class PipeModeDataset(tf.data.Dataset):
    """Records of a Pipe mode channel, as scalar strings.

    Every new iterator takes the channel's next epoch: its own FIFO ``<pipe_dir>/<channel>_<epoch>``. The number of the
    next epoch lies in a file, so that it goes on over ``fit`` calls, datasets and programs. An iterator that is given
    up early closes its FIFO.

    Args:
        channel: Name of the channel.
        record_format: ``RecordIO``, ``TFRecord`` (checksums are verified) or ``TextLine``.
        state_dir: Where the number of the next epoch is kept.
        pipe_dir: Where the FIFOs are.
        config_dir: Where ``inputdataconfig.json`` is.
        benchmark: Print time, bytes and rate when an iterator ends.
        benchmark_records_interval: Print time and bytes each time that so many records were read; 0 for never.
        max_corrupted_records_to_skip: How many TFRecords with a wrong checksum an iterator passes over.

    Raises:
        PipeModeDatasetException: The job has no such channel, it is in another mode, or the format is unknown.
    """

    def __init__(
        self,
        channel,
        record_format="RecordIO",
        state_dir=STATE_DIRECTORY,
        pipe_dir=PIPE_DIRECTORY,
        config_dir=CONFIG_DIRECTORY,
        benchmark=False,
        benchmark_records_interval=0,
        max_corrupted_records_to_skip=0,
    ):
        if record_format not in FORMATS:
            raise PipeModeDatasetException(f"Invalid record format: {record_format}")
        self.record_format = record_format
        self.channel = channel
        self.pipe_dir = _place(pipe_dir, PIPE_DIRECTORY, "SM_INPUT_DIR", "data")
        self.state_dir = _place(state_dir, STATE_DIRECTORY, "SM_INPUT_DIR", "..", "pipe_state")
        self.benchmark = benchmark
        self.benchmark_records_interval = benchmark_records_interval
        self.max_corrupted_records_to_skip = max_corrupted_records_to_skip
        config_dir = _place(config_dir, CONFIG_DIRECTORY, "SM_INPUT_CONFIG_DIR")
        with open(os.path.join(config_dir, "inputdataconfig.json"), encoding="utf-8") as file:
            self.input_data_config = json.load(file)
        self._check_channel()
        self._state = PipeState(self.state_dir, channel)
        keep_freed_memory()
        self._records = FORMATS[record_format](self)
        super().__init__(self._records._variant_tensor)

    @property
    def element_spec(self):
        return tf.TensorSpec([], tf.string, name=self.channel)

    def _inputs(self):
        return [self._records]

    def _check_channel(self):
        settings = self.input_data_config.get(self.channel)
        if settings is None:
            raise PipeModeDatasetException(f"Channel {self.channel} not found in Training Job InputDataConfig")
        if settings.get("TrainingInputMode", "").lower() != "pipe":
            raise PipeModeDatasetException(f"Channel {self.channel} is not a PipeMode channel")

    def _next_fifo(self):
        """Opens the next epoch."""
        return Fifo(os.path.join(self.pipe_dir, f"{self.channel}_{self._state.take()}"))

    def _measure(self):
        return Benchmark(self.benchmark, self.benchmark_records_interval)


def _place(given, default, variable, *below):
    """Where no container is, the toolkit's variables tell what stands for /opt/ml."""
    if given != default or variable not in os.environ:
        return given
    return os.path.normpath(os.path.join(os.environ[variable], *below))


def _parsed_in_blocks(parse):
    """Python parses, and TensorFlow reads what was found."""

    def make(dataset):
        return messages.records_of(lambda: (dataset._next_fifo(), dataset._measure()), parse)

    return make


def _tf_records(dataset):
    """TensorFlow itself reads and parses."""

    def stream():
        measure, skips = dataset._measure(), dataset.max_corrupted_records_to_skip
        fifo = dataset._next_fifo()
        return tf_record.Checked(fifo, measure, skips) if measure.is_wanted or skips else fifo

    return tf.data.TFRecordDataset(FILES.path_of(stream), buffer_size=READ_BYTES)


FORMATS = {
    "RecordIO": _parsed_in_blocks(record_io.parse),
    "TFRecord": _tf_records,
    "TextLine": _parsed_in_blocks(text_line.parse),
}
