import Foundation
package import MartletJSON

/// How long tests with random inputs go on, and damage done at random.
package enum Fuzzing {
    /// So many rounds, or as many times more as `MARTLET_FUZZ_ROUNDS` is more than 3000.
    package static func rounds(_ few: Int) -> Int {
        let asked = ProcessInfo.processInfo.environment["MARTLET_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 0
        return max(few, few * asked / 3000)
    }

    /// Text with pieces of others put into it, taken out and exchanged.
    package static func damaged(
        _ text: String,
        with others: [String],
        using random: inout SeededGenerator
    ) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let start = Int.random(in: 0...scalars.count, using: &random)
            let end = min(scalars.count, start + Int.random(in: 0...12, using: &random))
            let other = Array((others.randomElement(using: &random) ?? "").unicodeScalars)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: scalars.removeSubrange(start..<end)
            case 1: scalars.replaceSubrange(start..<end, with: other)
            case 2: scalars.insert(contentsOf: other, at: start)
            default: scalars.insert(contentsOf: scalars[start..<end], at: start)
            }
        }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars.prefix(20_000))
        return String(result)
    }

    /// A JSON document of which a few values are others: from the document itself, or odd ones.
    package static func damaged(_ document: JSONValue, using random: inout SeededGenerator) -> JSONValue {
        var parts: [JSONValue] = []
        collect(document, into: &parts)
        var result = document
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let isOdd = Bool.random(using: &random)
            let replacement = (isOdd ? oddValues : parts).randomElement(using: &random) ?? .null
            var target = Int.random(in: 0..<max(1, count(result)), using: &random)
            result = replaced(result, &target, replacement, removes: Int.random(in: 0..<6, using: &random) == 0)
        }
        return result
    }

    /// How many elements of a list are changed, so that a vocabulary is not most of a document.
    private static let shownCount = 8

    private static let oddValues: [JSONValue] = [
        .null, true, false, 0, 1, -1, 7, 65_535, .integer(.max), .integer(.min), 0.5, -1e300, "", "a", " ", "\u{2581}",
        "é\u{301}", "[UNK]", "(a*)*b", "\\p{L}+", "(?i)x|", [], [[]], [0], ["a", 0], ["a", "b"], [:],
        ["type": "Sequence"],
        ["Regex": "(a|aa)+$"], ["String": ""], ["String": "a"], ["type": "Strip"], ["type": "ByteLevel"],
        .string(String(repeating: "a", count: 300)), .array(Array(repeating: [], count: 300)),
    ]

    private static func collect(_ value: JSONValue, into parts: inout [JSONValue]) {
        parts.append(value)
        switch value {
        case .array(let elements): for element in elements.prefix(shownCount) { collect(element, into: &parts) }
        case .object(let members): for member in members.prefix(shownCount) { collect(member.value, into: &parts) }
        default: break
        }
    }

    /// How many values there are in a document; of long lists the first few.
    private static func count(_ value: JSONValue) -> Int {
        switch value {
        case .array(let elements): elements.prefix(shownCount).reduce(1) { $0 + count($1) }
        case .object(let members): members.prefix(shownCount).reduce(1) { $0 + count($1.value) }
        default: 1
        }
    }

    private static func replaced(
        _ value: JSONValue,
        _ target: inout Int,
        _ replacement: JSONValue,
        removes: Bool
    ) -> JSONValue {
        if target == 0 {
            target = -1
            return replacement
        }
        target -= 1
        switch value {
        case .array(var elements):
            for index in elements.indices.prefix(shownCount) where target >= 0 {
                if removes, target == 0 {
                    elements.remove(at: index)
                    target = -1
                } else {
                    elements[index] = replaced(elements[index], &target, replacement, removes: removes)
                }
            }
            return .array(elements)
        case .object(let members):
            var result: [(String, JSONValue)] = []
            for (index, member) in members.enumerated() {
                if index >= shownCount || target < 0 {
                    result.append((member.key, member.value))
                } else if removes, target == 0 {
                    target = -1
                } else {
                    result.append((member.key, replaced(member.value, &target, replacement, removes: removes)))
                }
            }
            return .object(JSONObject(result))
        default: return value
        }
    }
}
