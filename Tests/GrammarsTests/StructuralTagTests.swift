import MartletGrammars
import MartletJSON
import Testing

@Suite struct StructuralTagTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let tag: JSONValue
        let accepted: [String]
        let rejected: [String]
        var testDescription: String { name }
    }

    static let integer: JSONValue = ["type": "json_schema", "json_schema": ["type": "integer"]]

    static let cases = [
        Case(
            name: "structures and triggers",
            tag: [
                "structures": [
                    ["begin": "<f=a>", "schema": ["type": "integer"], "end": "</f>"],
                    ["begin": "<f=b>", "schema": ["type": "null"], "end": "</f>"],
                ],
                "triggers": ["<f="],
            ],
            accepted: ["", "free < text", "x<f=a>1</f>", "<f=a>1</f><f=b>null</f> y <f", "<<f=a>2</f>"],
            rejected: ["<f=a>x</f>", "<f=b>1</f>", "<f=", "<f=c>", "<f=a>1"]
        ),
        Case(
            name: "at least one tag, then nothing",
            tag: [
                "type": "structural_tag",
                "format": [
                    "type": "triggered_tags", "triggers": ["<"], "at_least_one": true, "stop_after_first": true,
                    "tags": [["type": "tag", "begin": "<a>", "content": integer, "end": "</a>"]],
                ],
            ],
            accepted: ["<a>1</a>"],
            rejected: ["", "x<a>1</a>", "<a>1</a>x", "<a>1</a><a>1</a>"]
        ),
        Case(
            name: "thinking, then a choice",
            tag: [
                "format": [
                    "type": "sequence",
                    "elements": [
                        [
                            "type": "tag", "begin": "<think>", "content": ["type": "any_text"], "end": "</think>",
                        ],
                        [
                            "type": "or",
                            "elements": [
                                ["type": "const_string", "value": "yes"], ["type": "regex", "pattern": "n[ou]+"],
                                ["type": "grammar", "grammar": "root ::= \"(\" root \")\" | \"x\""],
                            ],
                        ],
                    ],
                ]
            ],
            accepted: ["<think></think>yes", "<think>a</thin> b</think>nou", "<think>é</think>((x))"],
            rejected: ["yes", "<think>a</think>", "<think>a</think>yes</think>yes", "<think></think>((x)"]
        ),
        Case(
            name: "tags with a separator",
            tag: [
                "format": [
                    "type": "tags_with_separator", "separator": ", ",
                    "tags": [["type": "tag", "begin": "[", "content": integer, "end": "]"]],
                ]
            ],
            accepted: ["", "[1]", "[1], [2], [3]"],
            rejected: ["[1],", "[1][2]", "[x]", ", [1]"]
        ),
    ]

    @Test(arguments: cases) func `regions satisfy their grammars`(_ example: Case) throws {
        let grammar = try CompiledGrammar(.structuralTag(example.tag), vocabulary: TestVocabularies.bytes)
        for text in example.accepted { #expect(grammar.accepts(text), "\(text)") }
        for text in example.rejected { #expect(!grammar.accepts(text), "\(text)") }
    }

    static let broken: [JSONValue] = [
        [:], ["format": 1], ["format": ["type": "odd"]], ["structures": 1], ["structures": [], "triggers": ["<"]],
        ["structures": [["begin": "x", "schema": true, "end": "y"]], "triggers": ["<"]],
        ["structures": [["begin": "<x", "schema": ["type": "odd"], "end": "y"]], "triggers": ["<"]],
        ["format": ["type": "tag", "begin": 1, "content": ["type": "any_text"], "end": ""]],
        ["format": ["type": "sequence", "elements": []]],
    ]

    @Test(arguments: broken) func `a broken tag is an error`(_ tag: JSONValue) {
        #expect(throws: GrammarError.self) {
            try CompiledGrammar(.structuralTag(tag), vocabulary: TestVocabularies.bytes)
        }
    }
}
