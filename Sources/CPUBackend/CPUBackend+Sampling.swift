import CMartletKernels
import Glibc
package import MartletTensors

extension CPUBackend {
    /// The elements of which `topK` looks at the greatest first.
    private static let blockCount = 64

    package func argMax(_ logits: Tensor) -> [Int32] {
        logits.requireFloat32("logits")
        let width = logits.rowElementCount
        var result = [Int32](repeating: 0, count: logits.shape[0])
        unsafe result.withUnsafeMutableBufferPointer { result in
            forRows(logits.shape[0], elements: width) { rows in
                for row in rows {
                    let values = unsafe logits.floats(row: row)
                    let greatest = unsafe kernels.pointee.maximum(values, width)
                    var index = 0
                    while index < width, unsafe values[index] != greatest { index += 1 }
                    unsafe result[row] = Int32(index < width ? index : 0)
                }
            }
        }
        return result
    }

    package func logSumExp(_ logits: Tensor) -> [Float] {
        logits.requireFloat32("logits")
        let width = logits.rowElementCount
        var result = [Float](repeating: 0, count: logits.shape[0])
        unsafe result.withUnsafeMutableBufferPointer { result in
            forRows(logits.shape[0], elements: width) { rows in
                for row in rows {
                    let values = unsafe logits.floats(row: row)
                    let greatest = unsafe kernels.pointee.maximum(values, width)
                    let sum = unsafe kernels.pointee.sum_exp(values, width, greatest.isFinite ? greatest : 0)
                    unsafe result[row] = greatest.isFinite ? greatest + Float(log(sum)) : greatest
                }
            }
        }
        return result
    }

    package func topK(_ logits: Tensor, row: Int, count: Int) -> [(index: Int32, value: Float)] {
        logits.requireFloat32("logits")
        precondition(row >= 0 && row < logits.shape[0], "row \(row) of \(logits.shape)")
        let width = logits.rowElementCount
        let wanted = min(max(count, 0), width)
        guard wanted > 0 else { return [] }
        let values = unsafe logits.floats(row: row)
        let blocks = (width + Self.blockCount - 1) / Self.blockCount
        let maxima = unsafe scratchMemory(count: blocks)
        unsafe kernels.pointee.block_maxima(maxima, values, width)
        let threshold = unsafe Self.kthGreatest(UnsafeBufferPointer(start: maxima, count: blocks), wanted)

        var candidates: [(index: Int32, value: Float)] = []
        for block in 0..<blocks where unsafe maxima[block] >= threshold {
            for index in block * Self.blockCount..<min((block + 1) * Self.blockCount, width) {
                let value = unsafe values[index]
                let key = value.isNaN ? -Float.infinity : value
                if key >= threshold { candidates.append((Int32(index), key)) }
            }
        }
        candidates.sort { $0.value == $1.value ? $0.index < $1.index : $0.value > $1.value }
        return Array(candidates.prefix(wanted))
    }

    /// The `rank`-th greatest of the block maxima, at least `rank` elements are not below it; −∞ for fewer blocks.
    private static func kthGreatest(_ values: UnsafeBufferPointer<Float>, _ rank: Int) -> Float {
        guard rank <= values.count else { return -.infinity }
        // the least of the greatest `rank` so far is at the root of a heap
        var heap = [Float](repeating: -.infinity, count: rank)
        for index in 0..<values.count {
            let value = unsafe values[index]
            guard value > heap[0] else { continue }
            var place = 0
            while true {
                var child = 2 * place + 1
                guard child < rank else { break }
                if child + 1 < rank, heap[child + 1] < heap[child] { child += 1 }
                guard heap[child] < value else { break }
                heap[place] = heap[child]
                place = child
            }
            heap[place] = value
        }
        return heap[0]
    }
}
