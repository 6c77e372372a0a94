"""Labels instances of schemas with jsonschema, as goldens for Tests/GrammarsTests.

usage: make_grammar_goldens.py > Tests/GrammarsTests/Fixtures/schemas.json
needs: pip install jsonschema rfc3339-validator fqdn isoduration
Members of instances stand in the order in which the schemas name them: others are never generated.
"""

import importlib.metadata, json

import jsonschema

EVERYTHING = [None, True, False, 0, 1, -1, 2.5, 3, 10, 100, "", "a", "ab", "abc", "xyz", "é", [], [1], [1, 2], [1, "a"],
              ["a"], {}, {"a": 1}, {"a": "x"}, {"b": 1}, {"a": 1, "b": 2}, {"a": 1, "c": None}, {"a": {"a": 1}}]
OBJECT = {"type": "object", "additionalProperties": False}
POINT = OBJECT | {"properties": {"x": {"type": "number"}, "y": {"type": "number"}}, "required": ["x"]}

CASES = [
    ({"type": ["integer", "string"], "minimum": 1, "maxLength": 2}, []),
    ({"not": {"type": ["object", "array", "string"]}}, []),
    ({"not": {"required": ["a"]}}, []),
    ({"not": {"properties": {"a": {"type": "integer"}}}}, []),
    ({"not": {"items": {"type": "integer"}}}, []),
    ({"not": {"enum": [1, "a", [1], {"a": 1}]}}, []),
    ({"not": {"additionalProperties": {"type": "integer"}}}, []),
    ({"not": {"minProperties": 1}}, []),
    ({"not": {"contains": {"const": 1}}}, []),
    ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, []),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, []),
    ({"oneOf": [{"maxLength": 1}, {"pattern": "^a"}]}, []),
    ({"anyOf": [{"type": "array", "maxItems": 1}, {"type": "object", "maxProperties": 1}]}, []),
    ({"allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"a": {"minimum": 1}, "b": {"const": 2}}}]}, []),
    ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": ["number", "null"]}}, []),
    ({"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}}, []),
    ({"dependentRequired": {"a": ["b"]}}, []),
    ({"dependentSchemas": {"a": {"maxProperties": 1}}}, []),
    ({"propertyNames": {"pattern": "^[a-b]+$"}}, []),
    ({"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": {"type": "null"}}, [{"aa": 1, "z": None}, {"z": 1}]),
    ({"properties": {"a": {"type": "integer"}}, "patternProperties": {"a$": {"minimum": 2}}}, [{"a": 2, "ba": 3}, {"ba": 1}, {"ab": 1}]),
    ({"type": "object", "minProperties": 2, "maxProperties": 2}, [{"p": 1, "q": 2, "r": 3}]),
    (POINT, [{"x": 1}, {"x": 1.5, "y": 2}, {"y": 2}, {"x": 1, "z": 2}, {"x": "1"}]),
    ({"type": "array", "items": POINT, "minItems": 1}, [[{"x": 1}], [{"x": 1}, {"y": 1}], [{"x": 1, "y": -0.5}, {"x": 0}]]),
    ({"prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False}, [[1, "a", 2]]),
    ({"prefixItems": [{"type": "integer"}], "items": {"type": "string"}, "maxItems": 2}, [[1, "a", "b"]]),
    ({"type": "array", "contains": {"type": "string"}, "minContains": 2, "maxContains": 2}, [["a", "b"], ["a", 1, "b"], ["a", "b", "c"]]),
    ({"type": "array", "contains": {"const": 1}, "minContains": 0}, []),
    ({"type": "array", "contains": {"const": 1}, "items": {"type": "integer"}}, [[2, 1], [2, 3], [1, 1]]),
    ({"type": "array", "uniqueItems": True, "items": {"enum": ["a", 1, None]}}, [["a", 1], [1, "a"], ["a", "a"], [None, 1, "a"], [1, 1.0]]),
    ({"type": "array", "uniqueItems": True, "prefixItems": [{"const": 1}], "items": {"enum": [1, 2]}}, [[1, 2], [1, 1], [1, 2, 2]]),
    ({"enum": ["a", 1.5, {"a": 1}, [1, 2]]}, [1.5]),
    ({"const": {"a": [1, "é\n"], "b": None}}, [{"a": [1, "é\n"], "b": None}, {"a": [1, "é"], "b": None}]),
    ({"$ref": "#/$defs/tree", "$defs": {"tree": {"anyOf": [{"type": "null"}, {"type": "array", "prefixItems": [{"$ref": "#/$defs/tree"}], "items": False}]}}}, [[[None]], [[[]]], [[1]]]),
    ({"$ref": "#here", "$defs": {"x": {"$anchor": "here", "type": "integer"}}}, []),
    ({"$defs": {"a/b": {"type": "string"}}, "$ref": "#/$defs/a~1b", "minLength": 2}, []),
    ({"type": "string", "pattern": "a.c|^x"}, ["zabcz", "a\nc", "xx", "zx"]),
    ({"type": "string", "pattern": "^\\w+\\s\\w+$", "maxLength": 6}, ["ab cd", "abc def", "é é", "ab"]),
    ({"type": "string", "format": "date"}, ["2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "2024-04-31", "2024-13-01"]),
    ({"type": "string", "format": "time"}, ["12:30:45Z", "12:30:45.5+01:00", "12:30:45", "24:00:00Z", "12:60:00Z"]),
    ({"type": "string", "format": "date-time"}, ["2024-02-29T12:30:45Z", "2023-02-29T12:30:45Z", "2024-02-29 12:30:45Z", "2024-02-29T12:30:45"]),
    ({"type": "string", "format": "duration"}, ["P1D", "PT1H30M", "P1Y2M3DT4H5M6S", "P", "PT", "P1W", "1D", "P1S"]),
    ({"type": "string", "format": "ipv4"}, ["0.0.0.0", "255.255.255.255", "256.0.0.1", "1.2.3", "01.2.3.4"]),
    ({"type": "string", "format": "ipv6"}, ["::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7", "::1.2.3.4", "1::2::3", "::256.1.1.1", "1:2:3:4:5:6:1.2.3.4", "12345::", "1::2:3:4:5:6:7", "::2:3:4:5:6:7:8"]),
    ({"type": "string", "format": "uuid"}, ["123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g"]),
    ({"type": "string", "format": "hostname"}, ["a.b", "example.com", "-a.b", "a-.b", "a b"]),
    ({"type": "integer", "exclusiveMinimum": -3, "maximum": 3}, [-3, -2, 3, 4, 2.0, 2.5]),
    ({"type": "number", "multipleOf": 0.5, "minimum": -1}, [0.5, -1, -1.5, 0.25, 2]),
    ({"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}]}, [2, 3, 6, 12, 9, 7, 0]),
]


def main():
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    cases = []
    for schema, more in CASES:
        validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
        instances = more if "format" in schema else EVERYTHING + more
        labelled = {True: [], False: []}
        for instance in instances:
            labelled[validator.is_valid(instance)].append(instance)
        cases.append({"schema": schema, "valid": labelled[True], "invalid": labelled[False]})
    versions = {"jsonschema": importlib.metadata.version("jsonschema")}
    rows = ",\n".join(json.dumps(case) for case in cases)
    print(f'{{"versions": {json.dumps(versions)}, "cases": [\n{rows}\n]}}')


if __name__ == "__main__":
    main()
