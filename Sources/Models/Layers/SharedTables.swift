import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What all layers read and no checkpoint holds: rotations and slopes.
struct SharedTables: Sendable {
    /// For each of the configuration's rotations `[positions, rotaryDimension]`.
    let rotations: [Tensor]
    /// `[headCount]`; `nil` for none.
    let slopes: Tensor?

    /// Computes the tables.
    init(_ configuration: DecoderConfiguration, positions: Int, backend: any Backend) throws(BackendError) {
        var rotations: [Tensor] = []
        for rotary in configuration.rotaries {
            rotations.append(try RotaryEmbedding.makeTable(rotary, positions: positions, backend: backend))
        }
        self.rotations = rotations
        guard let values = configuration.slopes else {
            slopes = nil
            return
        }
        let table = Tensor(
            storage: try backend.allocate(byteCount: values.count * 4),
            dtype: .float32,
            shape: Shape(1, values.count)
        )
        backend.withHostRow(table, row: 0) { row in
            for (index, value) in values.enumerated() { row[index] = value }
        }
        slopes = table
    }

    /// The slopes of ALiBi: a geometric series from 2^(−8/n) for n heads, a power of two; further heads get every other
    /// element of the series of 2n.
    ///
    /// - SeeAlso: arXiv:2108.12409.
    static func alibiSlopes(headCount: Int) -> [Float] {
        var whole = 1
        while 2 * whole <= headCount { whole *= 2 }
        func series(_ count: Int) -> [Double] {
            (1...count).map { pow(2, -8 * Double($0) / Double(count)) }
        }
        let further = series(2 * whole).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        return (series(whole) + further.prefix(headCount - whole)).map { Float($0) }
    }
}
