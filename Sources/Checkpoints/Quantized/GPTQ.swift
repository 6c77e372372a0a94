import MartletJSON
import MartletTensors

/// GPTQ: integers of four or eight bits, packed along the inputs, with scales and zero points of groups.
///
/// `qweight` `[inputs · bits / 32, outputs]`, `qzeros` `[groups, outputs · bits / 32]`, `scales` `[groups, outputs]`,
/// `g_idx` `[inputs]`: the group of each input. Version 1 stores zero points less one.
///
/// - SeeAlso: arXiv:2210.17323; AutoGPTQ and GPTQModel.
struct GPTQScheme: QuantizationScheme {
    static let methods = ["gptq", "gptq_marlin"]

    private let bits: Int
    private let groupSize: Int
    private let zeroOffset: Int

    let ignoredMembers: [String] = []

    init(_ reader: inout ConfigReader) {
        bits = reader.integer("bits", in: 1...32)
        if bits != 4, bits != 8 { reader.report("bits", .unsupported(value: "\(bits)", supported: "4, 8")) }
        groupSize = reader.integer("group_size", in: -1...(1 << 24), default: -1)
        let format = reader.optionalString("checkpoint_format") ?? "gptq"
        if format != "gptq", format != "gptq_v2" {
            reader.report("checkpoint_format", .unsupported(value: "'\(format)'", supported: "gptq, gptq_v2"))
        }
        zeroOffset = format == "gptq_v2" ? 0 : 1
        if let overrides = reader.value("dynamic")?.object, overrides.count > 0 {
            reader.report("dynamic", .unsupported(value: "set", supported: "one width and group size for all modules"))
        }
    }

    func matrix(
        _ module: String,
        outputs: Int,
        inputs: Int,
        in checkpoint: Checkpoint
    ) throws(CheckpointError) -> QuantizedMatrix? {
        let tensors = QuantizedTensors(module: module, checkpoint: checkpoint)
        guard tensors.entry("qweight") != nil else { return nil }
        let perWord = 32 / bits
        guard inputs % perWord == 0, outputs % perWord == 0 else {
            throw tensors.fault("[\(outputs), \(inputs)] is not whole words of \(perWord)")
        }
        let size = groupSize > 0 ? groupSize : inputs
        let groups = (inputs + size - 1) / size
        let words = try tensors.words("qweight", inputs / perWord, outputs)
        let zeros = try tensors.words("qzeros", groups, outputs / perWord)
        let scales = try tensors.scales("scales", [Shape(groups, outputs)])
        let order = try tensors.order("g_idx", inputs: inputs, groupSize: size)
        let coding: BlockFormat.Coding = bits == 4 ? .grouped4 : .grouped8
        let format = try tensors.grouping(coding, groupSize: size, inputs: inputs, scaleType: scales.type)
        let places = order.map(Self.places)
        let (bits, zeroOffset, mask) = (bits, zeroOffset, UInt32(1) << bits - 1)
        return unsafe QuantizedMatrix(
            format: format,
            shape: (outputs, inputs),
            groups: .init(
                size: size,
                scale: { row, group in scales.bits(group * outputs + row) },
                zero: { row, group in
                    let stored = zeros.at(group, row / perWord) >> UInt32(row % perWord * bits) & mask
                    return Int(stored + UInt32(zeroOffset) & mask)
                }
            ),
            inputOrder: order,
            sources: ["qweight", "qzeros", "scales", "g_idx"].map(tensors.name),
            elements: { rows, to, stride in
                for word in 0..<(inputs / perWord) {
                    let source = unsafe words.row(word)
                    for row in rows {
                        var value = unsafe source[row]
                        let target = unsafe to + (row - rows.lowerBound) * stride
                        for place in 0..<perWord {
                            let column = word * perWord + place
                            unsafe target[places.map { Int($0[column]) } ?? column] = UInt8(value & mask)
                            value >>= UInt32(bits)
                        }
                    }
                }
            }
        )
    }

    /// The column at which each input stands.
    static func places(_ order: [Int32]) -> [Int32] {
        var places = [Int32](repeating: 0, count: order.count)
        for (column, input) in order.enumerated() { places[Int(input)] = Int32(column) }
        return places
    }
}
