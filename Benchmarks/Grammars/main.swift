import Foundation
import MartletGrammars
import MartletJSON
import MartletTokenizers

// Times to compile grammars and to fill masks along given texts.
//
// usage: GrammarBenchmark TOKENIZER_JSON WORK_JSON
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

let arguments = CommandLine.arguments
let tokenizer = try Tokenizer(bytes: Array(try Data(contentsOf: URL(filePath: arguments[1]))))
let work = try JSONParser.parse(Array(try Data(contentsOf: URL(filePath: arguments[2]))))
let end = TokenID(Int32(work["end"]?.integer ?? 0))
let vocabulary = TokenVocabulary(tokenizer, endTokens: [end])
for item in work["cases"]?.array ?? [] { print(JSONValue.object(measure(item, vocabulary, end)).serialized) }
