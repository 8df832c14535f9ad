"""Puts two models into one archive, and asks each by its name."""

import subprocess

import sagemaker
from sagemaker.tensorflow import TensorFlowModel, TensorFlowPredictor

session = sagemaker.Session()
role = sagemaker.get_execution_role()

models = ["half_plus_three", "half_plus_two"]
subprocess.run(["tar", "-czf", "multi.tar.gz", "-C", "../models", *models], check=True)
model_data = session.upload_data("multi.tar.gz", key_prefix="several-models")
# Without it, which model answers a request that names none is anybody's guess.
env = {"SAGEMAKER_TFS_DEFAULT_MODEL_NAME": "half_plus_three"}
model = TensorFlowModel(model_data=model_data, role=role, framework_version="2.19", env=env)
predictor = model.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge")
print()

print("the default:", predictor.predict({"instances": [1.0, 2.0, 5.0]}))
for name in models:
    named = TensorFlowPredictor(predictor.endpoint_name, sagemaker_session=session, model_name=name)
    print(f"{name}:", named.predict({"instances": [1.0, 2.0, 5.0]}))
predictor.delete_endpoint()
