import Foundation
import MartletGrammars
import MartletJSON
import MartletTestSupport
import Testing

/// Schemas with instances that jsonschema labelled.
@Suite struct SchemaGoldenTests {
    static func cases() throws -> [JSONValue] {
        let file = Fixtures.repository.appending(path: "Tests/GrammarsTests/Fixtures/schemas.json")
        return try #require(try JSONParser.parse(Array(try Data(contentsOf: file)))["cases"]?.array)
    }

    @Test func `instances are accepted that validate, and no others`() throws {
        for example in try Self.cases() {
            let schema = try #require(example["schema"])
            let grammar = try CompiledGrammar(.jsonSchema(schema), vocabulary: TestVocabularies.bytes)
            for instance in example["valid"]?.array ?? [] {
                #expect(grammar.accepts(instance.pythonText), "\(schema.serialized) has \(instance.serialized)")
            }
            for instance in example["invalid"]?.array ?? [] {
                #expect(!grammar.accepts(instance.pythonText), "\(schema.serialized) lacks \(instance.serialized)")
            }
        }
    }
}
