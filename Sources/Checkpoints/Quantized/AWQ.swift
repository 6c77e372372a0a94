import MartletTensors

/// AWQ in its GEMM form: integers of four bits, packed along the outputs, with scales and zero points of groups.
///
/// `qweight` `[inputs, outputs / 8]`, `qzeros` `[groups, outputs / 8]`, `scales` `[groups, outputs]`. The eight outputs of
/// a word stand in the order 0, 2, 4, 6, 1, 3, 5, 7.
///
/// - SeeAlso: arXiv:2306.00978; AutoAWQ.
struct AWQScheme: QuantizationScheme {
    static let methods = ["awq", "awq_marlin"]

    private let groupSize: Int

    let ignoredMembers: [String] = []

    init(_ reader: inout ConfigReader) {
        let key = reader.value("bits") == nil ? "w_bit" : "bits"
        let bits = reader.integer(key, in: 1...32)
        if bits != 4 { reader.report(key, .unsupported(value: "\(bits)", supported: "4")) }
        groupSize = reader.integer(
            reader.value("group_size") == nil ? "q_group_size" : "group_size",
            in: -1...(1 << 24)
        )
        let version = reader.optionalString("version") ?? "gemm"
        if version.lowercased() != "gemm" {
            reader.report("version", .unsupported(value: "'\(version)'", supported: "gemm"))
        }
        if !reader.bool("zero_point", default: true) {
            reader.report("zero_point", .unsupported(value: "false", supported: "true"))
        }
    }

    /// Where the bits of an output of a word begin.
    private static let shifts: [UInt32] = [0, 16, 4, 20, 8, 24, 12, 28]

    func matrix(
        _ module: String,
        outputs: Int,
        inputs: Int,
        in checkpoint: Checkpoint
    ) throws(CheckpointError) -> QuantizedMatrix? {
        let tensors = QuantizedTensors(module: module, checkpoint: checkpoint)
        guard tensors.entry("qweight") != nil else { return nil }
        guard outputs % 8 == 0 else { throw tensors.fault("\(outputs) rows are not whole words of 8") }
        let size = groupSize > 0 ? groupSize : inputs
        let groups = (inputs + size - 1) / size
        let words = try tensors.words("qweight", inputs, outputs / 8)
        let zeros = try tensors.words("qzeros", groups, outputs / 8)
        let scales = try tensors.scales("scales", [Shape(groups, outputs)])
        let format = try tensors.grouping(.grouped4, groupSize: size, inputs: inputs, scaleType: scales.type)
        let shifts = Self.shifts
        return unsafe QuantizedMatrix(
            format: format,
            shape: (outputs, inputs),
            groups: .init(
                size: size,
                scale: { row, group in scales.bits(group * outputs + row) },
                zero: { row, group in Int(zeros.at(group, row / 8) >> shifts[row % 8] & 15) }
            ),
            sources: ["qweight", "qzeros", "scales"].map(tensors.name),
            elements: { rows, to, stride in
                for column in 0..<inputs {
                    let source = unsafe words.row(column)
                    for row in rows {
                        let value = unsafe source[row / 8] >> shifts[row % 8] & 15
                        unsafe to[(row - rows.lowerBound) * stride + column] = UInt8(value)
                    }
                }
            }
        )
    }
}
