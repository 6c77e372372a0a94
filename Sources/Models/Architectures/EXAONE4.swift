import MartletCheckpoints
import MartletJSON
import MartletTensors

/// EXAONE 4: norms on results and on heads; with windows, layers without one have no positions.
///
/// - SeeAlso: `Exaone4ForCausalLM` of `transformers`; arXiv:2507.11407.
enum EXAONE4 {
    /// Reads `config.json`.
    static func configuration(_ reader: inout ConfigReader) -> DecoderConfiguration {
        var configuration = DecoderConfiguration(
            reader: &reader,
            architecture: "Exaone4ForCausalLM",
            defaults: DecoderDefaults(kvHeadCount: 32, epsilon: 1e-5)
        )
        configuration.names.useResultNorms()
        configuration.queryKeyNorm = QueryKeyNorm(norm: configuration.norm, span: .head)
        // absent means 4096 in the reference; null means none
        let isAbsent = reader.object["sliding_window"] == nil
        let window = isAbsent ? 4096 : reader.optionalInteger("sliding_window", in: 1...(1 << 30))
        let pattern = readPattern(&reader)
        configuration.readSlidingWindows(&reader, window: window) { layer in
            switch pattern {
            case .every(let count): (layer + 1) % count != 0
            case .letters(let letters): letters[layer % letters.count] == UInt8(ascii: "L")
            }
        }
        if window != nil { configuration.layerRotaries = configuration.slidingWindows.map { $0 == nil ? nil : 0 } }
        return configuration
    }

    private enum Pattern {
        /// All layers but each of that number have windows.
        case every(Int)
        /// `L` for a window, `G` for none, repeated.
        case letters([UInt8])
    }

    private static func readPattern(_ reader: inout ConfigReader) -> Pattern {
        let key = "sliding_window_pattern"
        guard let text = reader.value(key)?.string else {
            // 0 goes with no windows at all
            return .every(max(1, reader.integer(key, in: 0...4096, default: 4)))
        }
        let letters = Array(text.utf8)
        if letters.isEmpty || letters.contains(where: { $0 != UInt8(ascii: "L") && $0 != UInt8(ascii: "G") }) {
            reader.report(key, .unsupported(value: "'\(text)'", supported: "a number, or letters L and G"))
            return .every(4)
        }
        return .letters(letters)
    }
}
