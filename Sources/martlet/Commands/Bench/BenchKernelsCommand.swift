import ArgumentParser
import Foundation
import MartletCPUBackend
import MartletJSON
import MartletTensors

struct BenchKernelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Benchmark single kernels against the machine's limits.",
        discussion: """
            Measures products for every weight format, attention and the operations between them at the dimensions of a \
            model, one line per kernel. Bytes are set beside the memory's read bandwidth, multiplications and additions \
            beside what the threads do in registers, both measured in the same run before and after the kernels. Weights \
            and caches are larger than the processor's caches and another one is read at each call.
            """
    )

    /// The kernels that can be measured.
    enum Group: String, ExpressibleByArgument, CaseIterable {
        case linear, attention, elementwise
    }

    @Option(help: "Dimensions of the kernels: \(ModelShape.names).")
    var modelShape = ModelShape.all[0]

    @Option(parsing: .upToNextOption, help: "Kernels to measure: linear, attention, elementwise.")
    var kernels: [Group] = Group.allCases

    @Option(parsing: .upToNextOption, help: "Tokens of a call.")
    var tokens: [Int] = [1, 4, 16, 128, 512]

    @Option(
        parsing: .upToNextOption,
        help: "Weight formats to measure: \(WeightFormat.all.map(\.name).joined(separator: ", ")) (default: all)."
    )
    var formats: [String] = []

    @Option(help: "Element type of the KV cache: float32, bfloat16 or float16.")
    var kvCacheDtype = "bfloat16"

    @Option(help: "Seconds that each kernel is measured.")
    var minTime = 0.2

    @Option(help: "Compute threads (default: one for each usable core).")
    var threads: Int?

    @Flag(help: "Print one JSON object per kernel.")
    var json = false

    func validate() throws {
        guard tokens.allSatisfy({ (1...65_536).contains($0) }) else {
            throw ValidationError("--tokens: expected counts from 1 to 65536")
        }
        guard minTime > 0, minTime <= 600 else { throw ValidationError("--min-time \(minTime): expected 0 to 600") }
        guard (1...1024).contains(threads ?? 1) else { throw ValidationError("--threads: expected 1 to 1024") }
        _ = try (selectedFormats, cacheType)
    }

    private var selectedFormats: [WeightFormat] {
        get throws {
            try formats.isEmpty
                ? WeightFormat.all
                : formats.map { name in
                    guard let format = WeightFormat.all.first(where: { $0.name == name }) else {
                        let names = WeightFormat.all.map(\.name).joined(separator: ", ")
                        throw ValidationError("--formats \(name): expected some of \(names)")
                    }
                    return format
                }
        }
    }

    private var cacheType: DType {
        get throws {
            guard let type = [DType.float32, .bfloat16, .float16].first(where: { $0.name == kvCacheDtype }) else {
                throw ValidationError("--kv-cache-dtype \(kvCacheDtype): expected float32, bfloat16 or float16")
            }
            return type
        }
    }

    func run() throws {
        let backend = CPUBackend(threads: threads)
        let limits = try MachineLimits(threads: backend.threadCount)
        limits.measure()
        let data = try KernelData(backend: backend)
        let timer = KernelTimer(seconds: minTime)
        var measurements: [KernelMeasurement] = []
        let report: (KernelMeasurement) -> Void = { measurements.append($0) }
        if kernels.contains(.linear) {
            let bench = LinearBench(shape: modelShape, tokenCounts: tokens, data: data, timer: timer)
            for format in try selectedFormats {
                try bench.run(format, report: report)
                limits.measure()
            }
        }
        if kernels.contains(.attention) {
            let bench = AttentionBench(shape: modelShape, dtype: try cacheType, data: data, timer: timer)
            try bench.run(report: report)
            limits.measure()
        }
        if kernels.contains(.elementwise) {
            try ElementwiseBench(shape: modelShape, tokenCounts: tokens, data: data, timer: timer).run(report: report)
        }
        limits.measure()
        print(measurements, limits, backend: backend)
    }

    private func print(_ measurements: [KernelMeasurement], _ limits: MachineLimits, backend: CPUBackend) {
        let (read, peak) = (limits.readBandwidth, limits.peak)
        if json {
            for item in measurements {
                var object = item.json(readBandwidth: read, peak: peak)
                object["backend"] = .string(backend.name)
                object["threads"] = .integer(backend.threadCount)
                Terminal.line(JSONValue.object(object).serialized)
            }
            return
        }
        let limitText = String(format: "%.1f GB/s are read, %.0f GFLOP/s", read / 1e9, peak / 1e9)
        Terminal.line("\(backend.name), \(backend.threadCount) threads, \(modelShape.name): \(limitText) in registers")
        Terminal.line(KernelMeasurement.header)
        for item in measurements { Terminal.line(item.text(readBandwidth: read, peak: peak)) }
    }
}

/// The best that the machine did in any of several measurements: on shared hosts single ones are too low.
private final class MachineLimits {
    private(set) var readBandwidth = 0.0
    private(set) var peak = 0.0
    private let memory: ReadBandwidth
    private let arithmetic: ArithmeticPeak

    init(threads: Int) throws {
        memory = try ReadBandwidth(threads: threads)
        arithmetic = ArithmeticPeak(threads: threads)
    }

    func measure() {
        readBandwidth = max(readBandwidth, memory.measure())
        peak = max(peak, arithmetic.measure())
    }
}
