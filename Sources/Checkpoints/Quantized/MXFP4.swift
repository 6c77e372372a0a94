import MartletTensors

/// MXFP4 as gpt-oss has it: FP4 (e2m1) in runs of thirty-two that share an exponent.
///
/// `NAME_blocks` `[experts, outputs, inputs / 32, 16]`, two neighbouring elements to a byte, the first in the low half, and
/// `NAME_scales` `[experts, outputs, inputs / 32]`; the experts' matrices become one, stacked.
///
/// - SeeAlso: the OCP Microscaling Formats specification; the `mxfp4` method of `transformers`.
struct MXFP4Scheme: QuantizationScheme {
    static let methods = ["mxfp4"]

    let ignoredMembers: [String] = []

    init(_ reader: inout ConfigReader) {}

    func matrix(
        _ module: String,
        outputs: Int,
        inputs: Int,
        in checkpoint: Checkpoint
    ) throws(CheckpointError) -> QuantizedMatrix? {
        let (blocksName, scalesName) = (module + "_blocks", module + "_scales")
        let tensors = QuantizedTensors(module: module, checkpoint: checkpoint)
        guard let shape = checkpoint.entry(blocksName)?.shape else { return nil }
        guard shape.count == 4, shape[3] == 16, shape[2] * 32 == inputs, shape[0] > 0,
            outputs % shape[0] == 0, shape[1] == outputs / shape[0]
        else { throw tensors.fault("blocks of the shape \(shape) for [\(outputs), \(inputs)]") }
        let groups = inputs / 32
        guard let format = BlockFormat(ggml: "MXFP4") else { preconditionFailure("no MXFP4") }
        let codes = Codes<UInt8>(try checkpoint.codes(blocksName, "U8", as: .uint8, shape: Shape(shape)))
        let exponents = Codes<UInt8>(
            try checkpoint.codes(scalesName, "U8", as: .uint8, shape: Shape(Array(shape.dropLast())))
        )
        // of tensors of several dimensions, a row is what belongs to an expert
        let perExpert = outputs / shape[0]
        return unsafe QuantizedMatrix(
            blocks: format,
            shape: (outputs, inputs),
            sources: [blocksName, scalesName],
            elements: { rows, to, stride in
                for row in rows {
                    let (expert, place) = (row / perExpert, row % perExpert)
                    let source = unsafe codes.row(expert) + place * groups * 16
                    let scale = unsafe exponents.row(expert) + place * groups
                    let target = unsafe to + (row - rows.lowerBound) * stride
                    for group in 0..<groups {
                        let (from, block) = unsafe (source + 16 * group, target + 17 * group)
                        unsafe block[0] = scale[group]
                        for index in 0..<16 {
                            // elements `index` and `16 + index`, each half of a byte
                            let (low, high) = unsafe (from[index / 2], from[8 + index / 2])
                            let shift = UInt8(index % 2 * 4)
                            unsafe block[1 + index] = low >> shift & 15 | (high >> shift & 15) << 4
                        }
                    }
                }
            }
        )
    }
}
