"""A handler that has the whole request to itself, in Python and in TypeScript."""

import subprocess

import sagemaker
from sagemaker.tensorflow import TensorFlowModel

session = sagemaker.Session()
role = sagemaker.get_execution_role()

models = ["half_plus_two", "half_plus_three"]
subprocess.run(["tar", "-czf", "model.tar.gz", "-C", "../models", *models], check=True)
model_data = session.upload_data("model.tar.gz", key_prefix="two-models")

for entry_point, source_dir in [("inference.py", "python"), ("inference.ts", "typescript")]:
    model = TensorFlowModel(
        model_data=model_data,
        role=role,
        framework_version="2.19",
        entry_point=entry_point,
        source_dir=source_dir,
        env={"SAGEMAKER_TFS_DEFAULT_MODEL_NAME": "half_plus_two"},
    )
    predictor = model.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge")
    print()
    print(f"{entry_point}:", predictor.predict({"instances": [2.0, 4.0]}))
    predictor.delete_endpoint()
