import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The table of cosines and sines that rotates queries and keys by their positions.
enum RotaryEmbedding {
    /// The size of a table in bytes.
    static func byteCount(_ configuration: RotaryConfiguration, positions: Int) -> Int {
        positions * configuration.dimension * 4
    }

    /// Computes a table `[positions, dimension]`: cosines in the first half of a row, sines in the second.
    ///
    /// - Complexity: O(positions × dimension).
    static func makeTable(
        _ configuration: RotaryConfiguration,
        positions: Int,
        backend: any Backend
    ) throws(BackendError) -> Tensor {
        let storage = try backend.allocate(byteCount: byteCount(configuration, positions: positions))
        let table = Tensor(storage: storage, dtype: .float32, shape: Shape(positions, configuration.dimension))
        let half = configuration.dimension / 2
        let factor = configuration.attentionFactor(length: positions)
        var frequencies = configuration.inverseFrequencies(at: 0, length: positions)
        for position in 0..<positions {
            if position > 0, !configuration.sharesFrequencies(position - 1, position) {
                frequencies = configuration.inverseFrequencies(at: position, length: positions)
            }
            backend.withHostRow(table, row: position) { row in
                for pair in 0..<half {
                    // the angle is rounded to float32, as in the reference
                    let angle = Float(position) * frequencies[pair]
                    row[pair] = cos(angle) * factor
                    row[half + pair] = sin(angle) * factor
                }
            }
        }
        return table
    }
}
