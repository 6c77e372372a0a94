import MartletCheckpoints
import MartletTensors

extension WeightSource {
    /// A module's matrix where the checkpoint holds it quantized: blocks of a GGUF file in place, or a scheme's tensors as
    /// blocks in memory of their own.
    ///
    /// - Returns: `nil` where the matrix is plain.
    /// - Throws: `ModelError` that names the module or tensor.
    mutating func stored(
        _ name: String,
        outputs: Int,
        inputs: Int,
        bias: Tensor? = nil
    ) throws(ModelError) -> Weight.Part? {
        let module = name == Quantization.outputModule ? names.output : module(name)
        let matrix: QuantizedMatrix?
        do throws(CheckpointError) {
            if let found = try checkpoint.blocks(module + ".weight", rows: outputs, columns: inputs) {
                used.insert(Array((module + ".weight").utf8))
                return Weight.Part(blocks: found.tensor, format: found.format, bias: bias)
            }
            matrix = try checkpoint.scheme?.matrix(module, outputs: outputs, inputs: inputs, in: checkpoint)
        } catch { throw .checkpoint(error) }
        guard let matrix else { return nil }
        for source in matrix.sources { used.insert(Array(source.utf8)) }
        do throws(BackendError) {
            return try repacked(matrix, bias: bias)
        } catch { throw .backend(error) }
    }

    /// An embedding table of any format but packed ones.
    mutating func table(_ name: String, _ rows: Int, _ columns: Int) throws(ModelError) -> Weight.Part {
        if let part = try stored(name, outputs: rows, inputs: columns) { return part }
        return Weight.Part(tensor: try matrix(name + ".weight", rows, columns))
    }

    /// Matrices of any formats on top of each other; blocks of wide ones are packed for fast products.
    func stacked(_ parts: [Weight.Part], inputs: Int) throws(ModelError) -> Linear {
        var stacked: [Weight.Part] = []
        for part in parts {
            guard part.format.block != nil, inputs >= options.leastPackedInputs else {
                stacked.append(part)
                continue
            }
            do throws(BackendError) {
                stacked.append(try backend.packed(part) ?? part)
            } catch { throw .backend(error) }
            // what was read of the file would count as memory of this process
            if stacked[stacked.count - 1].format.isPacked { checkpoint.forget(part.tensor) }
        }
        return Linear(weight: Weight(stacking: stacked, inputCount: inputs))
    }

    /// The rows that are repacked at a time: a few of one inputs' word each.
    private static let repackedRows = 32

    /// Rows of blocks, made on all of the backend's threads; the tensors they come from are let go.
    private func repacked(_ matrix: QuantizedMatrix, bias: Tensor?) throws(BackendError) -> Weight.Part {
        let shape = Shape(matrix.outputCount, matrix.rowByteCount)
        let storage = try backend.allocate(byteCount: shape.elementCount)
        let rows = Self.repackedRows
        backend.concurrently((matrix.outputCount + rows - 1) / rows) { index in
            let range = index * rows..<min((index + 1) * rows, matrix.outputCount)
            unsafe matrix.fill(range, into: storage.baseAddress)
        }
        for source in matrix.sources { checkpoint.forget(source) }
        var order: Tensor?
        if let places = matrix.inputOrder {
            let tensor = Tensor(
                storage: try backend.allocate(byteCount: 4 * places.count),
                dtype: .int32,
                shape: [places.count]
            )
            backend.upload(places, to: tensor)
            order = tensor
        }
        let tensor = Tensor(storage: storage, dtype: .uint8, shape: shape)
        return Weight.Part(blocks: tensor, format: matrix.format, inputOrder: order, bias: bias)
    }
}
