"""Makes packages/optimizers/src/fixtures/onnx-vectors.json from ONNX's own tests of Adam and Momentum.

Usage: python tools/peers/optimizers_onnx.py FOLDER

FOLDER holds `test_adam` and its like: `data/node` of the Debian package libonnx-testdata (Expat licence), or
`backend/test/data/node` of the onnx repository. Format the file afterwards with `npm run fix`.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

TESTS = ["test_adam", "test_adam_multiple", "test_momentum", "test_momentum_multiple", "test_nesterov_momentum"]
FIXTURES = Path(__file__).parents[2] / "packages/optimizers/src/fixtures"


def shortest(value):
    """The shortest decimal of a float32, so that 0.1 stays 0.1."""
    return float(str(np.float32(value)))


def numbers(folder, kind, index):
    tensor = onnx.TensorProto.FromString((folder / f"test_data_set_0/{kind}_{index}.pb").read_bytes())
    array = numpy_helper.to_array(tensor)
    return int(array) if array.dtype == np.int64 else [shortest(x) for x in array.ravel()]


def read(folder):
    """Rate, count, then for each of the operator's vectors X, G, V (and H): what goes in and what comes out."""
    (node,) = onnx.load(folder / "model.onnx").graph.node
    attributes = {}
    for attribute in node.attribute:
        value = onnx.helper.get_attribute_value(attribute)
        attributes[attribute.name] = value.decode() if isinstance(value, bytes) else shortest(value)
    names = ["X", "G", "V", "H"] if node.op_type == "Adam" else ["X", "G", "V"]
    count = (len(node.input) - 2) // len(names)
    given = [numbers(folder, "input", i) for i in range(len(node.input))]
    found = [numbers(folder, "output", i) for i in range(len(node.output))]
    updated = [name for name in names if name != "G"]
    tensors = [
        {
            "before": {name: given[2 + at * count + i] for at, name in enumerate(names)},
            "after": {name: found[at * count + i] for at, name in enumerate(updated)},
        }
        for i in range(count)
    ]
    (rate,) = given[0]
    return {"operator": node.op_type, "attributes": attributes, "R": rate, "T": given[1], "tensors": tensors}


def main():
    root = Path(sys.argv[1])
    made = "tools/peers/optimizers_onnx.py from ONNX 1.12's backend tests, copyright ONNX Project Contributors, Expat licence"
    tests = {name: read(root / name) for name in TESTS}
    (FIXTURES / "onnx-vectors.json").write_text(json.dumps({"made": made, "tests": tests}))


main()
