package import MartletTensors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Passes over rows written plainly: whole arrays, double precision, blocks of ten.
package struct PlainRowScanner: RowScanner {
    /// A scanner.
    package init() {}

    /// Ten.
    package var blockSize: Int { 10 }

    /// By comparing all.
    package func argMax(_ row: Span<Float>) -> Int {
        var best = 0
        for index in row.indices where row[index] > row[best] || row[best].isNaN { best = index }
        return row.isEmpty || row[best].isNaN ? 0 : best
    }

    /// Block by block.
    package func maxima(_ row: Span<Float>) -> RowMaxima {
        let blocks = (0..<(row.count + blockSize - 1) / blockSize).map { block in
            range(block, row).reduce(-Float.infinity) { row[$1] > $0 ? row[$1] : $0 }
        }
        return RowMaxima(blocks: blocks, greatest: blocks.max() ?? -.infinity)
    }

    /// Everything is kept, −∞ weighs nothing.
    package func weights(_ row: Span<Float>, inverseTemperature: Float) -> RowWeights {
        let maxima = maxima(row)
        let scan = RowScan(
            maxima: maxima,
            cut: RowCut(value: -.infinity, index: .max),
            inverseTemperature: inverseTemperature
        )
        var sums = [Float](repeating: 0, count: maxima.blocks.count)
        for block in sums.indices { sums[block] = sum(keptWeights(row, scan, block: block)) }
        return RowWeights(maxima: maxima, sums: sums)
    }

    /// Block by block.
    package func keptWeights(_ row: Span<Float>, _ scan: RowScan, blocks: Range<Int>, into sums: inout [Float]) {
        for block in blocks {
            let isCut = scan.maxima.blocks[block] < scan.cut.value
            sums[block] = isCut ? 0 : sum(keptWeights(row, scan, block: block))
        }
    }

    /// Element by element.
    package func keptWeights(_ row: Span<Float>, _ scan: RowScan, block: Int) -> [Float] {
        range(block, row).map { index in
            let value = row[index]
            guard value.isNaN || scan.cut.keeps(value, index) else { return 0 }
            let shift = scan.maxima.greatest.isFinite ? Double(scan.maxima.greatest) : 0
            return Float(exp((Double(value) - shift) * Double(scan.inverseTemperature)))
        }
    }

    /// Element by element.
    package func keptCount(_ row: Span<Float>, _ cut: RowCut, _ maxima: RowMaxima) -> Int {
        row.indices.count { cut.keeps(row[$0], $0) }
    }

    private func range(_ block: Int, _ row: Span<Float>) -> Range<Int> {
        block * blockSize..<min((block + 1) * blockSize, row.count)
    }

    private func sum(_ weights: [Float]) -> Float { Float(weights.reduce(0) { $0 + Double($1) }) }
}
