import Foundation
import MartletCheckpoints
import MartletJSON
import MartletTensors
import Testing

/// Damaged headers and configurations: refused or read, never a crash, and what is read lies within the file.
@Suite struct HeaderFuzzTests {
    /// How often each kind of file is damaged: `MARTLET_FUZZ_ROUNDS`, else few.
    static let rounds = ProcessInfo.processInfo.environment["MARTLET_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 3000

    /// Bytes with some of them changed, removed or repeated, or cut short.
    static func damaged(_ bytes: [UInt8], by generator: inout some RandomNumberGenerator) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !result.isEmpty {
            let place = Int.random(in: result.indices, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: result[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: result[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2:
                for index in place..<min(place + 8, result.count) { result[index] = 0xff }
            case 3: result.remove(at: place)
            case 4: result.insert(contentsOf: result[place..<min(place + 9, result.count)], at: place)
            default: result.removeLast(min(result.count, Int.random(in: 0..<64, using: &generator)))
            }
        }
        return result
    }

    @Test func ggufHeaders() {
        var generator = Seeded(state: 1)
        var readCount = 0
        for _ in 0..<Self.rounds {
            let bytes = Self.damaged(GGUFHeaderTests.file(), by: &generator)
            guard let header = try? GGUFHeaderTests.read(bytes) else { continue }
            readCount += 1
            for tensor in header.tensors {
                #expect(tensor.byteRange.lowerBound >= header.dataStart && tensor.byteRange.upperBound <= bytes.count)
            }
        }
        #expect(readCount > 0 && readCount < Self.rounds)
    }

    @Test func ggufFiles() throws {
        var generator = Seeded(state: 2)
        let folder = try ScratchFolder()
        let whole = GGUFModelTests.file()
        var refusals: Set<String> = []
        for _ in 0..<(Self.rounds / 10) {
            try folder.write("model.gguf", Self.damaged(whole, by: &generator))
            do throws(CheckpointError) {
                let model = try ModelFolder(path: folder.path + "/model.gguf")
                let checkpoint = try Checkpoint(model)
                for name in checkpoint.names {
                    guard let entry = checkpoint.entry(name), entry.shape.count == 2 else { continue }
                    _ = try checkpoint.blocks(name, rows: entry.shape[0], columns: entry.shape[1])
                }
            } catch {
                refusals.insert("\(error)")
            }
        }
        #expect(refusals.count > 5)
    }

    @Test func safetensorsHeaders() {
        var generator = Seeded(state: 3)
        let json =
            Array(
                #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#.utf8
            ) + Array(#""b":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[24,32]}}"#.utf8)
        var readCount = 0
        for _ in 0..<Self.rounds {
            let bytes = Self.damaged(json, by: &generator)
            let size = 8 + bytes.count + 32
            guard let header = try? SafetensorsHeader(json: bytes, fileByteCount: size, path: "x") else { continue }
            readCount += 1
            for (_, entry) in header.entries {
                #expect(entry.byteRange.lowerBound >= 8 + bytes.count && entry.byteRange.upperBound <= size)
            }
        }
        #expect(readCount > 0 && readCount < Self.rounds)
    }

    @Test("damaged quantization_config", arguments: QuantizationConfigTests.configurations)
    func configurations(text: String) throws {
        var generator = Seeded(state: 4)
        let folder = try ScratchFolder()
        try folder.write("model.safetensors", ScratchFolder.safetensors("{}"))
        var outcomes: Set<Bool> = []
        for _ in 0..<(Self.rounds / 30) {
            let bytes = Self.damaged(Array(text.utf8), by: &generator)
            try folder.write("config.json", Array(#"{"quantization_config":"#.utf8) + bytes + [UInt8(ascii: "}")])
            outcomes.insert((try? ModelFolder(path: folder.path)).map { (try? Checkpoint($0)) != nil } ?? false)
        }
        #expect(outcomes.contains(false))
    }
}

/// Repeatable random numbers: SplitMix64.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
