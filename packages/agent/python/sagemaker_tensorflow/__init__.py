"""``sagemaker_tensorflow`` for today's TensorFlow: :class:`PipeModeDataset` reads the channels of Pipe mode."""

from .pipe_mode import PipeModeDataset, PipeModeDatasetException

__all__ = ["PipeModeDataset", "PipeModeDatasetException"]
