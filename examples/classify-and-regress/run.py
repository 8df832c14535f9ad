"""Asks a model's other signatures: regress and classify."""

import subprocess

import sagemaker
from sagemaker.tensorflow import TensorFlowModel

session = sagemaker.Session()
role = sagemaker.get_execution_role()

subprocess.run(["tar", "-czf", "model.tar.gz", "-C", "../models/half_plus_three", "1"], check=True)
model_data = session.upload_data("model.tar.gz", key_prefix="classify-and-regress")
model = TensorFlowModel(model_data=model_data, role=role, framework_version="2.19")
predictor = model.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge")
print()

examples = [{"x": 1.0}, {"x": 2.0}]
print("regress:", predictor.regress({"signature_name": "tensorflow/serving/regress", "examples": examples}))
print("classify:", predictor.classify({"signature_name": "classify_x_to_y", "examples": examples}))
predictor.delete_endpoint()
