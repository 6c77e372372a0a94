import Foundation
import MartletGrammars
import MartletJSON
import MartletTestSupport
import Testing

/// The labelled cases that lie beside the checkout: schemas with instances, patterns and grammars with texts.
@Suite(.enabled(if: Fixtures.areExpected)) struct SharedFixtureTests {
    static func cases(_ name: String) throws -> [JSONValue] {
        let file = try Fixtures.folder("structured").appending(path: "\(name).json")
        let value = try JSONParser.parse(Array(try Data(contentsOf: file)))
        return try #require(value["cases"]?.array)
    }

    @Test func `regular expressions match what Python's match`() throws {
        for example in try Self.cases("regex") {
            let pattern = try #require(example["pattern"]?.string)
            let grammar = try CompiledGrammar(.regex(pattern), vocabulary: TestVocabularies.bytes)
            for text in example["match"]?.array ?? [] {
                #expect(grammar.accepts(text.string ?? ""), "\(pattern) matches \(text)")
            }
            for text in example["no_match"]?.array ?? [] {
                #expect(!grammar.accepts(text.string ?? ""), "\(pattern) does not match \(text)")
            }
        }
    }

    @Test(arguments: ["gbnf", "lark"]) func `grammars accept and reject what they should`(_ name: String) throws {
        for example in try Self.cases(name) {
            let text = try #require(example["grammar"]?.string)
            let grammar = try CompiledGrammar(.ebnf(text), vocabulary: TestVocabularies.bytes)
            for text in example["accept"]?.array ?? [] {
                #expect(grammar.accepts(text.string ?? ""), "\(example["id"] ?? "") accepts \(text)")
            }
            for text in example["reject"]?.array ?? [] {
                #expect(!grammar.accepts(text.string ?? ""), "\(example["id"] ?? "") rejects \(text)")
            }
        }
    }

    /// What may be refused, with an error that names it.
    static let refusable = ["uniqueItems", "unevaluated", "not", "if"]

    /// The grammar of a schema; `nil` where it may be refused.
    static func compiled(_ schema: JSONValue, isEmpty: Bool) throws -> CompiledGrammar? {
        do {
            return try CompiledGrammar(.jsonSchema(schema), vocabulary: TestVocabularies.bytes)
        } catch {
            switch error {
            case .unsupported(let what, _): if refusable.contains(where: { what.contains($0) }) { return nil }
            case .unsatisfiable: if isEmpty { return nil }
            default: break
            }
            throw error
        }
    }

    @Test func `schemas accept their valid instances and no others`() throws {
        var refused: [String] = []
        for example in try Self.cases("json-schema") {
            let schema = try #require(example["schema"])
            let id = example["id"]?.string ?? ""
            let isEmpty = example["valid"]?.array?.isEmpty == true
            guard let grammar = try Self.compiled(schema, isEmpty: isEmpty) else {
                if !isEmpty { refused.append(id) }
                continue
            }
            for instance in example["valid"]?.array ?? [] {
                let ordered = instance.ordered(like: schema)
                #expect(grammar.accepts(ordered.serialized), "\(id) \(schema.serialized) has \(ordered.serialized)")
                #expect(grammar.accepts(ordered.pythonText), "\(id) \(schema.serialized) has \(ordered.pythonText)")
            }
            for instance in example["invalid"]?.array ?? [] {
                #expect(
                    !grammar.accepts(instance.serialized),
                    "\(id) \(schema.serialized) lacks \(instance.serialized)"
                )
                #expect(
                    !grammar.accepts(instance.pythonText),
                    "\(id) \(schema.serialized) lacks \(instance.pythonText)"
                )
            }
        }
        #expect(refused.count <= 2, "\(refused)")
    }
}

extension JSONValue {
    /// The value with its members in the order in which the schema names them, others last.
    func ordered(like schema: JSONValue?) -> JSONValue {
        switch self {
        case .array(let elements):
            .array(elements.map { $0.ordered(like: schema?["items"]) })
        case .object(let members):
            .object(
                JSONObject(
                    (schema?["properties"]?.object?.keys ?? []).compactMap { key in
                        members[key].map { (key, $0.ordered(like: schema?["properties"]?[key])) }
                    }
                        + members.members.filter { schema?["properties"]?[$0.key] == nil }.map { ($0.key, $0.value) }
                )
            )
        default: self
        }
    }
}
