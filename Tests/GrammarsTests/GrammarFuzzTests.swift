import MartletGrammars
import MartletJSON
import MartletTestSupport
import Testing

/// Sources of grammars that were sound and are damaged: an error or a grammar, soon.
@Suite struct GrammarFuzzTests {
    private static let patterns = [
        #"(\+\d{1,2} )?\(?\d{3}\)?[ .-]\d{3}-\d{4}"#, #"[a-zA-Z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}"#,
        #"^(?:\p{Lu}\w*|[^\s"]{0,40}é+)(?i:yes|no)$"#, #"(ab|a)*(c|bcd){2,5}[\x41-\u00ff]?"#,
    ]
    private static let notations = [
        "root ::= object\nobject ::= \"{\" ws (pair (\",\" ws pair)*)? \"}\"\npair ::= [a-z]+ \":\" value\nvalue ::= object | [0-9]{1,5} | \"x\"?\nws ::= [ \\t\\n]*",
        "start: expr\nexpr: expr \"+\" term | term\nterm: NUMBER | \"(\" expr \")\"\nNUMBER: /[0-9]+(\\.[0-9]+)?/\n%ignore /[ ]+/",
        "start: (A | b)~2..4\nA: \"x\"i /y{2}/\nb: [A] \"c\".. \"f\"",
    ]
    private static let schemas: [JSONValue] = [
        [
            "type": "object", "required": ["name", "tags"], "additionalProperties": ["type": "integer", "minimum": 3],
            "properties": [
                "name": ["type": "string", "pattern": "^[A-Z][a-z]+$", "maxLength": 9],
                "tags": ["type": "array", "items": ["enum": ["a", "b", 1, nil]], "uniqueItems": true, "maxItems": 3],
                "next": ["anyOf": [["$ref": "#"], ["type": "null"]]],
            ],
            "minProperties": 3, "patternProperties": ["^x-": ["type": "boolean"]],
        ],
        [
            "$defs": ["node": ["type": "object", "properties": ["value": ["type": "number", "multipleOf": 0.25]]]],
            "oneOf": [
                ["$ref": "#/$defs/node"], ["type": "array", "prefixItems": [["const": 1]], "contains": ["const": 2]],
            ],
            "not": ["required": ["x"]], "dependentRequired": ["a": ["b"]], "propertyNames": ["maxLength": 4],
        ],
        [
            "allOf": [["type": ["string", "integer"]], ["format": "date-time"]], "exclusiveMaximum": 10.5,
            "minLength": 2,
        ],
    ]

    @Test(arguments: 0..<2 as Range<UInt64>) func `damaged sources end soon`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<Fuzzing.rounds(150) {
            let scraps = [
                "(", ")", "[", "]", "{2}", "{0,999}", "*", "+?", "|", "\\", "\\p{L}", "^", "$", "::=", ":", "\n", "\"",
                "é",
            ]
            let pattern = Self.patterns.randomElement(using: &random) ?? ""
            HostileSourceTests.compile(.regex(Fuzzing.damaged(pattern, with: scraps + Self.patterns, using: &random)))
            let notation = Self.notations.randomElement(using: &random) ?? ""
            HostileSourceTests.compile(.ebnf(Fuzzing.damaged(notation, with: scraps + Self.notations, using: &random)))
            let schema = Self.schemas.randomElement(using: &random) ?? true
            HostileSourceTests.compile(.jsonSchema(Fuzzing.damaged(schema, using: &random)))
        }
    }
}
