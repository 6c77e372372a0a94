import MartletGrammars
import MartletJSON
import Testing

/// Numeric keywords against arithmetic on numbers that binary fractions hold exactly.
@Suite struct NumberSchemaTests {
    static let bounds: [Double] = [-100.5, -10, -1.25, 0, 0.5, 7, 9.75, 10, 99, 1000]
    static let numbers: [Double] =
        bounds + [-1000, -101, -100.25, -9, -2, -1.5, -0.5, 0.25, 1, 6.5, 9.5, 11, 100, 12345]

    static func grammar(_ keyword: String, _ value: Double) throws -> CompiledGrammar {
        let schema = JSONValue.object(JSONObject([("type", "number"), (keyword, .double(value))]))
        return try CompiledGrammar(.jsonSchema(schema), vocabulary: TestVocabularies.bytes)
    }

    @Test(arguments: bounds) func `bounds are those of arithmetic`(_ bound: Double) throws {
        let least = try Self.grammar("minimum", bound)
        let above = try Self.grammar("exclusiveMinimum", bound)
        let most = try Self.grammar("maximum", bound)
        let below = try Self.grammar("exclusiveMaximum", bound)
        for number in Self.numbers {
            for text in ["\(number)", "\(number)00"] {
                #expect(least.accepts(text) == (number >= bound), "\(text) >= \(bound)")
                #expect(above.accepts(text) == (number > bound), "\(text) > \(bound)")
                #expect(most.accepts(text) == (number <= bound), "\(text) <= \(bound)")
                #expect(below.accepts(text) == (number < bound), "\(text) < \(bound)")
            }
        }
    }

    @Test(arguments: [0.25, 0.5, 1, 2.5, 3, 7, 10, 100]) func `multiples are those of arithmetic`(_ divisor: Double)
        throws
    {
        let grammar = try Self.grammar("multipleOf", divisor)
        for number in Self.numbers {
            let isMultiple = (number / divisor).rounded() * divisor == number
            #expect(grammar.accepts("\(number)") == isMultiple, "\(number) is a multiple of \(divisor)")
        }
    }

    @Test func `an integer may be written with one zero after the point`() throws {
        let grammar = try CompiledGrammar(
            .jsonSchema(["type": "integer", "minimum": -5, "maximum": 12]),
            vocabulary: TestVocabularies.bytes
        )
        for text in ["12", "12.0", "-5", "0", "-0"] { #expect(grammar.accepts(text), "\(text)") }
        for text in ["13", "12.5", "-6", "12.00", "012", "1e1", "+1", "-", ""] {
            #expect(!grammar.accepts(text), "\(text)")
        }
    }
}
