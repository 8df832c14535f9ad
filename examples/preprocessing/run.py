"""Deploys one model twice, behind inference.py and behind inference.ts, and asks both the same."""

import json
import subprocess

import sagemaker
from sagemaker.serializers import CSVSerializer
from sagemaker.tensorflow import TensorFlowModel

session = sagemaker.Session()
role = sagemaker.get_execution_role()

subprocess.run(["tar", "-czf", "model.tar.gz", "-C", "../models/half_plus_two", "1"], check=True)
model_data = session.upload_data("model.tar.gz", key_prefix="preprocessing")

for entry_point, source_dir in [("inference.py", "python"), ("inference.ts", "typescript")]:
    model = TensorFlowModel(
        model_data=model_data,
        role=role,
        framework_version="2.19",
        entry_point=entry_point,
        source_dir=source_dir,
    )
    predictor = model.deploy(
        initial_instance_count=1, instance_type="ml.c5.xlarge", serializer=CSVSerializer()
    )
    print()
    print(f"{entry_point}:", json.dumps(predictor.predict("fahrenheit\n32\n50\n212\n")))
    predictor.delete_endpoint()
