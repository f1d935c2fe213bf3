"""Validates an OpenRPC document, and results against the schemas it declares.

Usage: discover.py META_SCHEMA < input, where the input is an object of `document`, the document, and `results`, an
array of [method, result].
"""

import json
import sys

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

# The meta-schema of OpenRPC names the meta-schema of JSON Schema by a separate address, and one place inside it.
JSON_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "allOf": [{"$ref": "http://json-schema.org/draft-07/schema#"}],
    "definitions": {"JSONSchemaObject": {"properties": {"$ref": {"type": "string"}}}},
}


def meta_validator(path):
    with open(path, encoding="utf-8") as file:
        meta = json.load(file)
    meta["$schema"] = "http://json-schema.org/draft-07/schema#"
    draft7 = Resource.from_contents(Draft7Validator.META_SCHEMA, default_specification=DRAFT7)
    ours = Resource.from_contents(JSON_SCHEMA, default_specification=DRAFT7)
    registry = Registry().with_resources(
        [
            ("http://json-schema.org/draft-07/schema#", draft7),
            ("http://json-schema.org/draft-07/schema", draft7),
            ("https://meta.json-schema.tools", ours),
            ("https://meta.json-schema.tools/", ours),
        ]
    )
    return Draft7Validator(meta, registry=registry)


def in_document(schema, document):
    """The schema with the components of its document, so that its references lead somewhere."""
    if isinstance(schema, bool):
        return schema
    whole = {"allOf": [schema], "components": document.get("components", {})}
    Draft7Validator.check_schema(schema)
    return whole


def main():
    given = json.load(sys.stdin)
    document = given["document"]
    errors = [f"{error.json_path}: {error.message[:500]}" for error in meta_validator(sys.argv[1]).iter_errors(document)]
    methods = {method["name"]: method for method in document["methods"]}
    if len(methods) != len(document["methods"]):
        errors.append("two methods have one name")
    for name, method in methods.items():
        for content in [*method["params"], method["result"]]:
            schema = content["schema"]
            validator = Draft7Validator(in_document(schema, document))
            # Any instance makes the validator follow the references it comes across first.
            list(validator.iter_errors(None))
            if isinstance(schema, dict) and "default" in schema:
                errors += [f"{name}, default: {error.message}" for error in validator.iter_errors(schema["default"])]
    for name, result in given["results"]:
        validator = Draft7Validator(in_document(methods[name]["result"]["schema"], document))
        errors += [f"{name}, result: {error.message[:500]}" for error in validator.iter_errors(result)]
    print("\n".join(errors))
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
