"""Gives TensorFlow its ``s3://`` paths, which it lost with version 2.6.

``install()`` runs at every start of Python, so it only waits: when TensorFlow has been imported, a file system for the
scheme ``s3`` is registered with it, and boto3 is imported when the first such path is used. Then every path of
TensorFlow and Keras may be an ``s3://`` one: ``model.save``, ``tf.saved_model``, ``tf.io.gfile``, checkpoints,
TensorBoard, ``tf.data``. Programs that do not import TensorFlow are not touched.
"""

import sys
from importlib.machinery import PathFinder

__all__ = ["install"]


def install():
    """Registers the file system once TensorFlow is imported. Calling it again changes nothing."""
    if not any(isinstance(finder, _TensorFlowFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _TensorFlowFinder())


class _TensorFlowFinder:
    """Finds ``tensorflow`` as Python would, and acts after its import."""

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader:
    def __init__(self, loader):
        self._loader = loader

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        self._loader.exec_module(module)
        try:
            _give_paths(module)
        except Exception as error:  # Whatever it is, TensorFlow itself is there.
            print(f"sagebrush: TensorFlow gets no s3:// paths: {error}", file=sys.stderr)


def _give_paths(tensorflow):
    import importlib.util

    from sagebrush_s3.archives import wrap_archives
    from sagebrush_s3.filesystem import FileSystem
    from tensorflow_files.binding import Writing
    from tensorflow_files.registration import register

    # tensorflow-io brings its own.
    if importlib.util.find_spec("tensorflow_io") is None and register(tensorflow, "s3", Writing, FileSystem()):
        wrap_archives(tensorflow)
