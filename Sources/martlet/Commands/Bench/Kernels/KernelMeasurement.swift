import Foundation
import MartletJSON

/// What a call of a kernel does, and how long it takes.
struct KernelMeasurement {
    /// The operation, `linear` for example.
    let kernel: String
    /// The element type of what it reads.
    let format: String
    /// Sizes, for people.
    let size: String
    /// The tokens of the call.
    let tokens: Int
    /// What a call reads and writes at least, in bytes.
    let byteCount: Int
    /// The multiplications and additions of a call; 0 where they do not count.
    let operationCount: Int
    /// The times of single calls.
    let seconds: Summary

    /// The result beside the machine's limits, per second.
    func json(readBandwidth: Double, peak: Double) -> JSONObject {
        let bytes = Double(byteCount) / seconds.median
        let operations = Double(operationCount) / seconds.median
        return JSONObject([
            ("kernel", .string(kernel)), ("format", .string(format)), ("size", .string(size)),
            ("tokens", .integer(tokens)), ("calls", .integer(seconds.values.count)),
            ("median_seconds", .double(seconds.median)), ("p10_seconds", .double(seconds.percentile(10))),
            ("p90_seconds", .double(seconds.percentile(90))), ("bytes", .integer(byteCount)),
            ("operations", .integer(operationCount)), ("bytes_per_second", .double(bytes)),
            ("share_of_bandwidth", .double(bytes / readBandwidth)), ("operations_per_second", .double(operations)),
            ("share_of_peak", .double(operations / peak)), ("read_bandwidth", .double(readBandwidth)),
            ("peak_operations_per_second", .double(peak)),
        ])
    }

    /// The column titles of `text`.
    static let header = row(["kernel", "format", "size", "tokens", "us", "GB/s", "of read", "GFLOP/s", "of peak"])

    /// The result as one line.
    func text(readBandwidth: Double, peak: Double) -> String {
        let bytes = Double(byteCount) / seconds.median
        let operations = Double(operationCount) / seconds.median
        func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
        return Self.row([
            kernel, format, size, "\(tokens)", String(format: "%.1f", seconds.median * 1e6),
            String(format: "%.1f", bytes / 1e9), percent(bytes / readBandwidth),
            operationCount == 0 ? "" : String(format: "%.1f", operations / 1e9),
            operationCount == 0 ? "" : percent(operations / peak),
        ])
    }

    private static let widths = [-16, -9, -24, 7, 11, 8, 8, 9, 8]

    private static func row(_ cells: [String]) -> String {
        zip(cells, widths).map { cell, width in
            let space = String(repeating: " ", count: max(0, abs(width) - cell.count))
            return width < 0 ? cell + space : space + cell
        }.joined(separator: " ")
    }
}

/// Calls kernels until the time for each is used up.
struct KernelTimer {
    /// How long one kernel is measured.
    let seconds: Double
    private static let fewestCalls = 3
    private static let mostCalls = 10_000

    /// The times of calls; each is told its number, so that it can take other memory than the one before.
    func measure(_ call: (Int) -> Void) -> Summary {
        let clock = ContinuousClock()
        call(0)
        var times: [Double] = []
        let begin = clock.now
        while times.count < Self.mostCalls {
            let start = clock.now
            call(times.count + 1)
            let end = clock.now
            times.append((end - start) / .seconds(1))
            if times.count >= Self.fewestCalls, (end - begin) / .seconds(1) >= seconds { break }
        }
        return Summary(times)
    }
}
