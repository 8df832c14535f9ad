"""Trains on compressed TFRecords that are streamed to the script, and unpacked on the way."""

import sagemaker
from sagemaker.inputs import TrainingInput
from sagemaker.tensorflow import TensorFlow

session = sagemaker.Session()
role = sagemaker.get_execution_role()
data = session.upload_data("data", key_prefix="pipe-mode")

estimator = TensorFlow(
    entry_point="train.py",
    role=role,
    instance_count=1,
    instance_type="ml.c5.xlarge",
    framework_version="2.19",
    py_version="py312",
    input_mode="Pipe",
)
estimator.fit(TrainingInput(data, compression="Gzip"))
