import Foundation
import MartletJSON
import MartletTestSupport
import MartletTokenizers
import Testing

/// Damaged files and hostile text: no crash, no hang, and pieces that always add up.
@Suite(.enabled(if: Fixtures.areExpected)) struct HostileInputTests {
    /// The small reference tokenizers, of every kind.
    static let folders = Fixtures.names(in: "tokenizers").map { "tokenizers/\($0)" }

    private static func text(_ random: inout SplitMix, length: Int) -> String {
        let pools: [ClosedRange<UInt32>] = [
            0x00...0x7F, 0x20...0x7E, 0x80...0x2FF, 0x300...0x36F, 0x1100...0x11FF, 0x200B...0x2030, 0x3040...0x30FF,
            0x4E00...0x9FFF, 0xFB00...0xFDFF, 0xFFF0...0xFFFF, 0x1F300...0x1F6FF, 0xE0000...0xE007F, 0...0x10FFFF,
        ]
        var scalars = String.UnicodeScalarView()
        while scalars.count < length {
            guard let pool = pools.randomElement(using: &random) else { break }
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                if let scalar = Unicode.Scalar(UInt32.random(in: pool, using: &random)) { scalars.append(scalar) }
            }
        }
        return String(scalars)
    }

    @Test(.timeLimit(.minutes(5)), arguments: folders) func `damaged files never crash`(_ name: String) throws {
        let file = try Fixtures.folder(name).appending(path: "tokenizer.json")
        let bytes = try Fixtures.contents(of: file)
        // damage outside of the vocabulary, which is most of a file, by way of its JSON
        var random = SplitMix(state: 11)
        var refused = 0
        for _ in 0..<12 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let half = Bool.random(using: &random) ? min(damaged.count, 4000) : damaged.count
                let index = Int.random(in: 0..<half, using: &random)
                let end = min(index + 20, damaged.count)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged[index] = UInt8.random(in: 0x30...0x39, using: &random)
                case 2: damaged.removeSubrange(index..<end)
                default: damaged.insert(contentsOf: damaged[index..<end], at: index)
                }
            }
            guard let tokenizer = try? Tokenizer(bytes: damaged) else {
                refused += 1
                continue
            }
            let ids = tokenizer.encode(Self.text(&random, length: 60), lengthSettings: .obeyed)
            #expect(ids.count < 2_000_000)
            _ = tokenizer.decode(ids)
        }
        #expect(refused > 0)
    }

    @Test(arguments: folders) func `pieces of any tokens add up`(_ name: String) throws {
        let tokenizer = try ReferenceParityTests.tokenizer(name)
        var random = SplitMix(state: 12)
        let upperBound = Int32(tokenizer.tokenIDUpperBound)
        for round in 0..<150 {
            var ids = (0..<Int.random(in: 0...24, using: &random)).map { _ in
                TokenID(Int32.random(in: -1...upperBound, using: &random))
            }
            if round % 2 == 0 { ids = tokenizer.encode(Self.text(&random, length: 30)) }
            let skipping = Bool.random(using: &random)
            let whole = tokenizer.decode(ids, skipSpecialTokens: skipping)
            let pieces = IncrementalDetokenizerTests.pieces(tokenizer, ids, skipping: skipping)
            #expect(pieces.joined().bytes == whole.bytes, "\(ids)")
            // a character cut in two would show as more replacements than the whole has
            let replacements = pieces.map { $0.unicodeScalars.count { $0 == "\u{FFFD}" } }.reduce(0, +)
            #expect(replacements == whole.unicodeScalars.count { $0 == "\u{FFFD}" })
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: folders) func `a word of a megabyte takes no quadratic time`(
        _ name: String
    ) throws {
        let tokenizer = try ReferenceParityTests.tokenizer(name)
        for text in [String(repeating: "ab", count: 1 << 19), String(repeating: "\u{301}", count: 1 << 19)] {
            let ids = tokenizer.encode(text)
            #expect(ids.count <= 2 * text.utf8.count + 4)
            _ = tokenizer.decode(ids)
        }
    }
}
