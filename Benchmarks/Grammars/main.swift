import Foundation
import MartletGrammars
import MartletJSON
import MartletTokenizers

// Times to compile grammars and to fill masks along given texts.
//
// usage: GrammarBenchmark TOKENIZER_JSON WORK_JSON [WALKS]
// With WALKS, so many texts per case are drawn from the masks instead: one JSON line {"id", "texts"} per case.
// WORK_JSON: {"end": id, "cases": [{"id", "kind": "json"|"regex"|"ebnf", "source", "texts": [[token ids]]}]}
// One JSON line per case: {"id", "compile_us", "masks_us": [...], "accepted": [bool per text]}, or with "error".

func microseconds(_ duration: Duration) -> Double { duration / .microseconds(1) }

func source(of item: JSONValue) -> GrammarSource {
    let value = item["source"] ?? .null
    return switch item["kind"]?.string {
    case "regex": .regex(value.string ?? "")
    default: .jsonSchema(value)
    }
}

func measure(_ item: JSONValue, _ vocabulary: TokenVocabulary, _ end: TokenID) -> JSONObject {
    let clock = ContinuousClock()
    var result = JSONObject([("id", item["id"] ?? .null)])
    let start = clock.now
    do {
        let grammar = try CompiledGrammar(source(of: item), vocabulary: vocabulary)
        result["compile_us"] = .double(microseconds(clock.now - start))
        var times: [JSONValue] = []
        var accepted: [JSONValue] = []
        var mask = [UInt64](repeating: 0, count: vocabulary.maskWordCount)
        for text in item["texts"]?.array ?? [] {
            var matcher = GrammarMatcher(grammar)
            var isAccepted = true
            for id in (text.array ?? []).compactMap(\.integer).map({ TokenID(Int32($0)) }) + [end] {
                let start = clock.now
                _ = matcher.fillMask(&mask)
                times.append(.double(microseconds(clock.now - start)))
                isAccepted = matcher.accept(id)
                if !isAccepted { break }
            }
            accepted.append(.bool(isAccepted))
        }
        result["masks_us"] = .array(times)
        result["accepted"] = .array(accepted)
    } catch {
        result["error"] = .string(error.description)
        result["compile_us"] = .double(microseconds(clock.now - start))
    }
    return result
}

/// A text drawn from the masks; `nil` when it has not ended after some tokens.
func walk(_ grammar: CompiledGrammar, _ generator: inout some RandomNumberGenerator) -> String? {
    var matcher = GrammarMatcher(grammar, rollbackLimit: 0)
    var bytes: [UInt8] = []
    for step in 0..<600 {
        let mask = matcher.allowedTokens()
        var allowed: [TokenID] = []
        for (word, bits) in mask.enumerated() {
            var bits = bits
            while bits != 0 {
                allowed.append(TokenID(Int32(word * 64 + bits.trailingZeroBitCount)))
                bits &= bits - 1
            }
        }
        let ends = matcher.canEnd && (step > 30 || Bool.random(using: &generator))
        allowed.removeAll { $0 == end }
        if ends || (allowed.isEmpty && matcher.canEnd) {
            return String(validating: bytes, as: UTF8.self) ?? "invalid UTF-8"
        }
        // later tokens are mostly such that close something, so that texts end
        let closing = allowed.filter {
            [UInt8(ascii: "\""), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(tokens[$0.index].last)
        }
        let pool = step > 20 && !closing.isEmpty && Int.random(in: 0..<4, using: &generator) > 0 ? closing : allowed
        guard let token = pool.randomElement(using: &generator), matcher.accept(token) else { return "dead end" }
        bytes += tokens[token.index]
    }
    return nil
}

func walks(_ item: JSONValue, _ count: Int) -> JSONObject {
    var result = JSONObject([("id", item["id"] ?? .null)])
    var generator = SystemRandomNumberGenerator()
    guard let grammar = try? CompiledGrammar(source(of: item), vocabulary: vocabulary) else { return result }
    result["texts"] = .array((0..<count).compactMap { _ in walk(grammar, &generator).map { .string($0) } })
    return result
}

let arguments = CommandLine.arguments
let tokenizer = try Tokenizer(bytes: Array(try Data(contentsOf: URL(filePath: arguments[1]))))
let work = try JSONParser.parse(Array(try Data(contentsOf: URL(filePath: arguments[2]))))
let end = TokenID(Int32(work["end"]?.integer ?? 0))
let vocabulary = TokenVocabulary(tokenizer, endTokens: [end])
let tokens = (0..<vocabulary.count).map { tokenizer.bytes(of: TokenID(Int32($0))) }
let walkCount = arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0
for item in work["cases"]?.array ?? [] {
    print(JSONValue.object(walkCount > 0 ? walks(item, walkCount) : measure(item, vocabulary, end)).serialized)
}
