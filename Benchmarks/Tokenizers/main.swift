import Foundation
import MartletTokenizers

// One tokenizer, measured: `TokenizerBenchmark FOLDER` loads it and prints how long that took and how much memory it
// keeps; then every line of standard input names a text file, which is encoded once, and the time, the number of tokens
// and a hash of them are printed. One JSON object per line; `tokenizers.py` compares them with the reference's.

/// The process's resident memory in bytes.
func residentByteCount() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
}

/// Seconds with fractions.
func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// A hash of numbers that any language computes easily: FNV-1a over their values, modulo 2^64.
func hash(_ ids: [TokenID]) -> UInt64 {
    ids.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64(truncatingIfNeeded: $1.rawValue)) &* 0x0000_0100_0000_01B3 }
}

guard CommandLine.arguments.count == 2 else {
    print("usage: TokenizerBenchmark FOLDER < names of text files")
    exit(1)
}
let clock = ContinuousClock()
let before = residentByteCount()
let start = clock.now
let tokenizer = try Tokenizer(folder: CommandLine.arguments[1])
let loading = seconds(clock.now - start)
print("{\"load_seconds\":\(loading),\"resident_bytes\":\(residentByteCount() - before)}")
fflush(nil)
while let path = readLine() {
    let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    let start = clock.now
    let ids = tokenizer.encode(text, addSpecialTokens: false)
    let elapsed = seconds(clock.now - start)
    print("{\"seconds\":\(elapsed),\"tokens\":\(ids.count),\"hash\":\(hash(ids))}")
    fflush(nil)
}
