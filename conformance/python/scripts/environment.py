"""Writes what a script can see of its job into the model, and a side file into output/data."""
import json
import os
import sys

seen = {
    "argv": sys.argv[1:],
    "environment": {name: value for name, value in os.environ.items() if name.startswith(("SM_", "TRAINING_"))},
    "config": {
        name: json.load(open(f"/opt/ml/input/config/{name}.json"))
        for name in ("hyperparameters", "inputdataconfig", "resourceconfig")
    },
    "files": sorted(
        os.path.relpath(os.path.join(folder, file), "/opt/ml/input/data")
        for folder, _, files in os.walk("/opt/ml/input/data")
        for file in files
    ),
}
with open(os.path.join(os.environ["SM_MODEL_DIR"], "seen.json"), "w") as file:
    json.dump(seen, file)
with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "side.txt"), "w") as file:
    file.write("beside the model")
for folder, _, files in os.walk("/opt/ml/input/data"):
    for file in files:
        try:
            os.chmod(os.path.join(folder, file), 0o777)
            open(os.path.join(folder, file), "w").write("overwritten")
        except OSError as error:
            print(f"input is read-only: {error}")
