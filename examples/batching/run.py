"""Lets the server join requests that come at the same time into one run of the model."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import sagemaker
from sagemaker.tensorflow import TensorFlowModel

session = sagemaker.Session()
role = sagemaker.get_execution_role()

subprocess.run(["tar", "-czf", "model.tar.gz", "-C", "../models/half_plus_two", "1"], check=True)
model_data = session.upload_data("model.tar.gz", key_prefix="batching")
env = {
    "SAGEMAKER_TFS_ENABLE_BATCHING": "true",
    "SAGEMAKER_TFS_MAX_BATCH_SIZE": "32",
    "SAGEMAKER_TFS_BATCH_TIMEOUT_MICROS": "2000",
    "SAGEMAKER_TFS_NUM_BATCH_THREADS": "2",
    "SAGEMAKER_TFS_MAX_ENQUEUED_BATCHES": "1000",
}
model = TensorFlowModel(model_data=model_data, role=role, framework_version="2.19", env=env)
predictor = model.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge")
print()


def ask(value):
    return predictor.predict({"instances": [value]})["predictions"] == [value / 2 + 2]


with ThreadPoolExecutor(16) as clients:
    right = list(clients.map(ask, range(200)))
print(f"{sum(right)} of {len(right)} answers are right")
predictor.delete_endpoint()
