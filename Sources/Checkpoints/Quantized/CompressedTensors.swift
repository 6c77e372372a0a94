import MartletJSON
import MartletTensors

/// The folders of llm-compressor: integers of four or eight bits in words, or int8 and FP8 as they are.
///
/// `weight_packed` `[outputs, inputs · bits / 32]` with `weight_shape`, or `weight` `[outputs, inputs]` of `I8` or
/// `F8_E4M3`; `weight_scale` for the matrix, its rows, groups of a row or blocks; `weight_zero_point`, in words of rows
/// where the weights are in words; `weight_g_idx`. Activations are not quantized, whatever the configuration asks for.
///
/// - SeeAlso: the `compressed-tensors` package.
struct CompressedTensorsScheme: QuantizationScheme {
    static let methods = ["compressed-tensors", "compressed_tensors"]

    /// The rows and columns of a block that shares a scale, where the strategy is `block`.
    private let blockShape: (rows: Int, columns: Int)?

    let ignoredMembers = ["weight_shape", "input_scale", "input_zero_point", "output_scale", "k_scale", "v_scale"]

    init(_ reader: inout ConfigReader) {
        var shape: (rows: Int, columns: Int)?
        if let sparsity = reader.optionalObject("sparsity_config"),
            let format = sparsity.value("format")?.string, format != "dense"
        {
            reader.report("sparsity_config", .unsupported(value: "'\(format)'", supported: "dense"))
        }
        if let transforms = reader.value("transform_config")?.object, transforms.count > 0 {
            reader.report("transform_config", .unsupported(value: "set", supported: "weights without transforms"))
        }
        let groups = reader.optionalObject("config_groups")
        for member in groups?.object ?? JSONObject() {
            guard let weights = member.value["weights"], !weights.isNull else { continue }
            let (bits, type) = (weights["num_bits"]?.integer ?? 0, weights["type"]?.string ?? "int")
            guard type == "int" && (bits == 4 || bits == 8) || type == "float" && bits == 8 else {
                let value = "\(type) of \(bits) bits"
                reader.report("config_groups", .unsupported(value: value, supported: "int of 4 or 8, float of 8"))
                continue
            }
            guard let block = weights["block_structure"]?.array, block.count == 2 else { continue }
            if let rows = block[0].integer, let columns = block[1].integer, rows > 0, columns > 0 {
                shape = (rows, columns)
            }
        }
        blockShape = shape
    }

    func matrix(
        _ module: String,
        outputs: Int,
        inputs: Int,
        in checkpoint: Checkpoint
    ) throws(CheckpointError) -> QuantizedMatrix? {
        let tensors = QuantizedTensors(module: module, checkpoint: checkpoint)
        if tensors.entry("weight_packed") != nil { return try packed(tensors, outputs, inputs) }
        guard let type = tensors.entry("weight")?.dtypeName, type == "I8" || type == "F8_E4M3" else { return nil }
        if type == "F8_E4M3" {
            return try FP8Matrix(tensors, scale: "weight_scale", blockShape: blockShape).matrix(outputs, inputs)
        }
        let bytes = try tensors.bytes("weight", type, outputs, inputs)
        let (scales, size) = try scales(tensors, outputs, inputs)
        let format = try tensors.grouping(.grouped8, groupSize: size, inputs: inputs, scaleType: scales.type)
        let groups = (inputs + size - 1) / size
        let isPerMatrix = scales.count == 1
        let zeros =
            tensors.entry("weight_zero_point") == nil
            ? nil : try tensors.bytes("weight_zero_point", "I8", outputs, isPerMatrix ? 1 : groups)
        return unsafe QuantizedMatrix(
            format: format,
            shape: (outputs, inputs),
            groups: .init(
                size: size,
                scale: { row, group in scales.bits(isPerMatrix ? 0 : row * groups + group) },
                zero: { row, group in 128 + (zeros.map { Int(Int8(bitPattern: $0.at(row, group))) } ?? 0) }
            ),
            sources: ["weight", "weight_scale", "weight_zero_point"].map(tensors.name),
            elements: { rows, to, stride in
                for row in rows {
                    let (source, target) = unsafe (bytes.row(row), to + (row - rows.lowerBound) * stride)
                    for column in 0..<inputs { unsafe target[column] = source[column] ^ 0x80 }
                }
            }
        )
    }

    /// Scales of rows or groups of a row, or one of the matrix, and the columns that share one.
    private func scales(
        _ tensors: QuantizedTensors,
        _ outputs: Int,
        _ inputs: Int
    ) throws(CheckpointError) -> (Scales, groupSize: Int) {
        let groups = tensors.entry("weight_scale")?.shape.dropFirst().first ?? 1
        guard groups > 0, groups <= inputs else { throw tensors.fault("it has \(groups) groups of \(inputs) columns") }
        let scales = try tensors.scales("weight_scale", [Shape(outputs, groups), [outputs], [1], []])
        let size = (inputs + groups - 1) / groups
        guard (inputs + size - 1) / size == groups else {
            throw tensors.fault("\(groups) groups do not divide \(inputs) columns")
        }
        return (scales, size)
    }

    /// Integers in words: those of a row one behind the other, from the lowest bits on.
    private func packed(
        _ tensors: QuantizedTensors,
        _ outputs: Int,
        _ inputs: Int
    ) throws(CheckpointError) -> QuantizedMatrix {
        let columns = tensors.entry("weight_packed")?.shape.last ?? 0
        guard let bits = [4, 8].first(where: { (inputs * $0 + 31) / 32 == columns }) else {
            throw tensors.fault("\(columns) words for \(inputs) columns are neither 4 nor 8 bits of each")
        }
        let (perWord, mask) = (32 / bits, UInt32(1) << bits - 1)
        let words = try tensors.words("weight_packed", outputs, columns)
        let (scales, size) = try scales(tensors, outputs, inputs)
        let groups = (inputs + size - 1) / size
        let isPerMatrix = scales.count == 1
        let zeros =
            tensors.entry("weight_zero_point") == nil
            ? nil : try tensors.words("weight_zero_point", (outputs + perWord - 1) / perWord, groups)
        let order = try tensors.order("weight_g_idx", inputs: inputs, groupSize: size)
        let coding: BlockFormat.Coding = bits == 4 ? .grouped4 : .grouped8
        let format = try tensors.grouping(coding, groupSize: size, inputs: inputs, scaleType: scales.type)
        let places = order.map(GPTQScheme.places)
        return unsafe QuantizedMatrix(
            format: format,
            shape: (outputs, inputs),
            groups: .init(
                size: size,
                scale: { row, group in scales.bits(isPerMatrix ? 0 : row * groups + group) },
                zero: { row, group in
                    guard let zeros else { return 1 << (bits - 1) }
                    return Int(zeros.at(row / perWord, group) >> UInt32(row % perWord * bits) & mask)
                }
            ),
            inputOrder: order,
            sources: ["weight_packed", "weight_scale", "weight_zero_point", "weight_g_idx"].map(tensors.name),
            elements: { rows, to, stride in
                for row in rows {
                    let (source, target) = unsafe (words.row(row), to + (row - rows.lowerBound) * stride)
                    for column in 0..<inputs {
                        let value = unsafe source[column / perWord] >> UInt32(column % perWord * bits) & mask
                        unsafe target[places.map { Int($0[column]) } ?? column] = UInt8(value)
                    }
                }
            }
        )
    }
}
