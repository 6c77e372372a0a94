import CMartletKernels
package import MartletTensors

extension CPUBackend {
    package func argMax(_ logits: Tensor) -> [Int32] {
        logits.requireFloat32("logits")
        let width = logits.rowElementCount
        var result = [Int32](repeating: 0, count: logits.shape[0])
        unsafe result.withUnsafeMutableBufferPointer { result in
            forRows(logits.shape[0], elements: width) { rows in
                for row in rows {
                    unsafe result[row] = Int32(kernels.pointee.arg_max(logits.floats(row: row), width))
                }
            }
        }
        return result
    }

    package func mapHostRows<Result>(
        _ tensor: Tensor,
        rows: [Int],
        _ body: (_ place: Int, _ elements: inout MutableSpan<Float>) -> Result
    ) -> [Result] {
        precondition(tensor.dtype == .float32, "rows of \(tensor.dtype.name)")
        precondition(rows.allSatisfy { $0 >= 0 && $0 < tensor.shape[0] }, "rows \(rows) of \(tensor.shape)")
        let count = rows.count
        let width = tensor.rowElementCount
        return unsafe [Result](unsafeUninitializedCapacity: count) { results, initializedCount in
            let first = results.baseAddress
            func run(_ place: Int) {
                let elements = unsafe UnsafeMutableBufferPointer(start: tensor.floats(row: rows[place]), count: width)
                var span = unsafe MutableSpan(_unsafeElements: elements)
                let result = body(place, &span)
                // every call has a place of its own
                if let first = unsafe first { unsafe (first + place).initialize(to: result) }
            }
            if count * width >= Self.parallelThreshold {
                pool.run(count: count) { _, place in run(place) }
            } else {
                for place in 0..<count { run(place) }
            }
            initializedCount = count
        }
    }

    package var rowScanner: any RowScanner { unsafe KernelRowScanner(kernels: kernels) }
}

/// A scanner by kernels.
///
/// `@unchecked Sendable`: the table of kernels is constant.
@safe
struct KernelRowScanner: RowScanner, @unchecked Sendable {
    private let kernels: UnsafePointer<ck_kernels>

    init(kernels: UnsafePointer<ck_kernels>) { unsafe self.kernels = unsafe kernels }

    var blockSize: Int { Int(CK_SCAN_BLOCK) }

    func argMax(_ row: Span<Float>) -> Int {
        unsafe row.withUnsafeBufferPointer { row in
            guard let base = row.baseAddress else { return 0 }
            return unsafe kernels.pointee.arg_max(base, row.count)
        }
    }

    func maxima(_ row: Span<Float>) -> RowMaxima {
        var greatest: Float = 0
        let blocks = unsafe array(blocksOf: row) { maxima in
            unsafe withScan(row) { greatest = unsafe kernels.pointee.scan_maxima($0, maxima) }
        }
        return RowMaxima(blocks: blocks, greatest: greatest)
    }

    func weights(_ row: Span<Float>, inverseTemperature: Float) -> RowWeights {
        var greatest: Float = 0
        var sums: [Float] = []
        let blocks = unsafe array(blocksOf: row) { maxima in
            sums = unsafe array(blocksOf: row) { sums in
                unsafe withScan(row, factor: inverseTemperature) {
                    greatest = unsafe kernels.pointee.scan_weights($0, maxima, sums)
                }
            }
        }
        return RowWeights(maxima: RowMaxima(blocks: blocks, greatest: greatest), sums: sums)
    }

    func keptWeights(_ row: Span<Float>, _ scan: RowScan, blocks: Range<Int>, into sums: inout [Float]) {
        check(row, scan.maxima)
        precondition(blocks.lowerBound >= 0 && blocks.upperBound <= scan.maxima.blocks.count, "blocks \(blocks)")
        precondition(sums.count == scan.maxima.blocks.count, "\(sums.count) sums")
        unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe scan.maxima.blocks.withUnsafeBufferPointer { maxima in
                unsafe withScan(row, scan) {
                    unsafe kernels.pointee.scan_kept(
                        $0,
                        scan.cut.kernelCut,
                        maxima.baseAddress,
                        blocks.lowerBound,
                        blocks.upperBound,
                        sums.baseAddress
                    )
                }
            }
        }
    }

    func keptWeights(_ row: Span<Float>, _ scan: RowScan, block: Int) -> [Float] {
        precondition(block >= 0 && block * blockSize < row.count, "block \(block) of \(row.count) elements")
        return unsafe [Float](unsafeUninitializedCapacity: blockSize) { weights, count in
            unsafe withScan(row, scan) {
                count = unsafe kernels.pointee.scan_block($0, scan.cut.kernelCut, block, weights.baseAddress)
            }
        }
    }

    func keptCount(_ row: Span<Float>, _ cut: RowCut, _ maxima: RowMaxima) -> Int {
        check(row, maxima)
        var count = 0
        unsafe maxima.blocks.withUnsafeBufferPointer { maxima in
            unsafe withScan(row) {
                count = unsafe kernels.pointee.scan_kept_count($0, cut.kernelCut, maxima.baseAddress)
            }
        }
        return count
    }

    private func check(_ row: Span<Float>, _ maxima: RowMaxima) {
        precondition(maxima.blocks.count == blockCount(row), "\(maxima.blocks.count) maxima of \(row.count) elements")
    }

    private func blockCount(_ row: Span<Float>) -> Int { (row.count + blockSize - 1) / blockSize }

    private func withScan(_ row: Span<Float>, _ scan: RowScan, _ body: (UnsafePointer<ck_scan>) -> Void) {
        unsafe withScan(row, factor: scan.inverseTemperature, maximum: scan.maxima.greatest, body)
    }

    private func withScan(
        _ row: Span<Float>,
        factor: Float = 1,
        maximum: Float = 0,
        _ body: (UnsafePointer<ck_scan>) -> Void
    ) {
        unsafe row.withUnsafeBufferPointer { row in
            var scan = unsafe ck_scan(x: row.baseAddress, count: row.count, factor: factor, maximum: maximum)
            unsafe withUnsafePointer(to: &scan) { unsafe body($0) }
        }
    }

    /// One number for each block of a row, all written by `fill`.
    private func array(blocksOf row: Span<Float>, _ fill: (UnsafeMutablePointer<Float>?) -> Void) -> [Float] {
        let blocks = blockCount(row)
        return unsafe [Float](unsafeUninitializedCapacity: blocks) { numbers, count in
            unsafe fill(numbers.baseAddress)
            count = blocks
        }
    }
}

extension RowCut {
    fileprivate var kernelCut: ck_cut { ck_cut(value: value, index: index) }
}
