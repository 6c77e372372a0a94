import MartletJSON
import MartletTensors

/// FP8 weights (e4m3) with a scale for the matrix, its rows, or blocks of it.
///
/// `weight` `[outputs, inputs]` of `F8_E4M3`; `weight_scale_inv` `[⌈outputs / rows⌉, ⌈inputs / columns⌉]` where
/// `weight_block_size` says so, else `weight_scale`. Activations are not quantized.
///
/// - SeeAlso: the `fp8` method of `transformers` and vLLM; arXiv:2412.19437.
struct FP8Scheme: QuantizationScheme {
    static let methods = ["fp8", "fbgemm_fp8"]

    private let blockShape: (rows: Int, columns: Int)?

    let ignoredMembers = ["input_scale", "input_scale_ub", "k_scale", "v_scale", "activation_scale"]

    init(_ reader: inout ConfigReader) {
        if let type = reader.optionalString("fmt"), !type.hasPrefix("e4m3") {
            reader.report("fmt", .unsupported(value: "'\(type)'", supported: "e4m3"))
        }
        guard let size = reader.value("weight_block_size") else {
            blockShape = nil
            return
        }
        guard let sizes = size.array, sizes.count == 2, let rows = sizes[0].integer, let columns = sizes[1].integer,
            rows > 0, columns > 0
        else {
            reader.report("weight_block_size", .inconsistent("is not a list of two positive sizes"))
            blockShape = nil
            return
        }
        blockShape = (rows, columns)
    }

    func matrix(
        _ module: String,
        outputs: Int,
        inputs: Int,
        in checkpoint: Checkpoint
    ) throws(CheckpointError) -> QuantizedMatrix? {
        let tensors = QuantizedTensors(module: module, checkpoint: checkpoint)
        guard tensors.entry("weight")?.dtypeName == "F8_E4M3" else { return nil }
        let scale = tensors.entry("weight_scale_inv") == nil ? "weight_scale" : "weight_scale_inv"
        return try FP8Matrix(tensors, scale: scale, blockShape: blockShape).matrix(outputs, inputs)
    }
}

/// A matrix of FP8 and its scales.
struct FP8Matrix {
    private let tensors: QuantizedTensors
    private let scaleMember: String
    private let blockShape: (rows: Int, columns: Int)?

    /// The tensors of a matrix.
    init(_ tensors: QuantizedTensors, scale: String, blockShape: (rows: Int, columns: Int)?) {
        self.tensors = tensors
        scaleMember = scale
        self.blockShape = blockShape
    }

    /// The matrix of that size.
    func matrix(_ outputs: Int, _ inputs: Int) throws(CheckpointError) -> QuantizedMatrix {
        let bytes = try tensors.bytes("weight", "F8_E4M3", outputs, inputs)
        var (rows, columns) = (1, inputs)
        var shapes: [Shape] = [Shape(outputs, 1), [outputs], [1], []]
        if let block = blockShape {
            (rows, columns) = block
            shapes = [Shape((outputs + rows - 1) / rows, (inputs + columns - 1) / columns)]
        }
        let scales = try tensors.scales(scaleMember, shapes)
        if blockShape == nil, scales.count == 1 { rows = outputs }
        let format = try tensors.grouping(.groupedFP8, groupSize: columns, inputs: inputs, scaleType: scales.type)
        let groups = (inputs + columns - 1) / columns
        for row in 0..<outputs where !Self.areNumbers(bytes, row) {
            throw tensors.fault("one of its elements is not a number")
        }
        return unsafe QuantizedMatrix(
            format: format,
            shape: (outputs, inputs),
            groups: .init(
                size: columns,
                scale: { [rows] row, group in scales.bits(row / rows * groups + group) },
                zero: { _, _ in 0 }
            ),
            sources: ["weight", scaleMember].map(tensors.name),
            elements: { rows, to, stride in
                for row in rows {
                    unsafe (to + (row - rows.lowerBound) * stride).update(from: bytes.row(row), count: inputs)
                }
            }
        )
    }

    /// Whether no element of a row is NaN, the byte 127 or 255.
    private static func areNumbers(_ bytes: Codes<UInt8>, _ row: Int) -> Bool {
        let source = unsafe bytes.row(row)
        var isNumber = true
        for column in 0..<bytes.columns { isNumber = unsafe isNumber && source[column] & 0x7f != 0x7f }
        return isNumber
    }
}
