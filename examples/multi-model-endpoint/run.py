"""One endpoint for many models: each is loaded when it is first asked for."""

import subprocess

import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.predictor import Predictor
from sagemaker.serializers import JSONSerializer
from sagemaker.tensorflow import TensorFlowModel
from sagemaker.utils import name_from_base

session = sagemaker.Session()
role = sagemaker.get_execution_role()
prefix = f"s3://{session.default_bucket()}/multi-model-endpoint/"

model = TensorFlowModel(model_data=prefix, role=role, framework_version="2.19", sagemaker_session=session)
name = name_from_base("many-models")
many = MultiDataModel(name=name, model_data_prefix=prefix, model=model, sagemaker_session=session)
for name in ["half_plus_two", "half_plus_three"]:
    archive = f"{name}.tar.gz"
    subprocess.run(["tar", "-czf", archive, "-C", f"../models/{name}", "1"], check=True)
    many.add_model(model_data_source=archive, model_data_path=archive)
print("models:", sorted(many.list_models()))

endpoint_name = many.deploy(initial_instance_count=1, instance_type="ml.c5.xlarge").endpoint_name
print()
predictor = Predictor(endpoint_name, session, serializer=JSONSerializer(), deserializer=JSONDeserializer())
for archive in sorted(many.list_models()):
    print(f"{archive}:", predictor.predict({"instances": [1.0, 2.0, 5.0]}, target_model=archive))
predictor.delete_endpoint()
