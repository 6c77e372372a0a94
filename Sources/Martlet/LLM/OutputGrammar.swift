import MartletGrammars
import MartletJSON

/// A compiled description of the texts that a completion may be.
///
/// ```swift
/// var sampling = llm.defaultSampling
/// sampling.grammar = try await llm.grammar(.jsonSchema(#"{"type": "object", "properties": {"age": {"type": "integer"}}}"#))
/// ```
public struct OutputGrammar: Sendable, Hashable {
    /// What texts must satisfy.
    public enum Source: Sendable, Hashable {
        /// JSON that a JSON Schema validates; the schema's text.
        case jsonSchema(String)
        /// Any JSON object.
        case jsonObject
        /// A text that a regular expression matches as a whole.
        case regex(String)
        /// One of these texts.
        case choices([String])
        /// A text of a grammar in the notation of llama.cpp (GBNF) or of the Lark library.
        case ebnf(String)

        func grammarSource() throws(GrammarError) -> GrammarSource {
            switch self {
            case .jsonObject: return .jsonObject()
            case .regex(let pattern): return .regex(pattern)
            case .choices(let texts): return .choices(texts)
            case .ebnf(let text): return .ebnf(text)
            case .jsonSchema(let text):
                do {
                    return .jsonSchema(try JSONParser.parse(text))
                } catch {
                    throw .invalid("the schema is no JSON: \(error)", at: "#")
                }
            }
        }
    }

    let compiled: CompiledGrammar

    /// Whether both are the same compiled grammar.
    public static func == (left: OutputGrammar, right: OutputGrammar) -> Bool { left.compiled === right.compiled }

    /// Adds which one it is.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(compiled)) }
}
