import MartletTensors

/// Tensors with random content in a backend's memory.
struct KernelData {
    let backend: any Backend
    /// Random bits that are finite numbers in every type, scales of packed formats too: pairs of bfloat16 with a deviation of 0.02.
    private let noise: [Int32]
    /// Weights are taken from here, each at another place: more than any cache holds.
    private let weightMemory: Storage
    private static let weightByteCount = 512 << 20

    init(backend: any Backend) throws {
        self.backend = backend
        var random = SeededRandom(seed: 0)
        noise = (0..<1 << 18).map { _ in
            let low = Float(0.02 * random.normal()).bitPattern >> 16
            let high = Float(0.02 * random.normal()).bitPattern & 0xFFFF_0000
            return Int32(bitPattern: high | low)
        }
        weightMemory = try backend.allocate(byteCount: Self.weightByteCount)
        fill(weightMemory)
    }

    /// Random activations `[rows, columns]`, float32.
    func activations(_ rows: Int, _ columns: Int) throws -> Tensor {
        let storage = try backend.allocate(byteCount: rows * columns * 4)
        fill(storage)
        return Tensor(storage: storage, dtype: .float32, shape: Shape(rows, columns))
    }

    /// Indices `[values.count]`, int32.
    func indices(_ values: [Int32]) throws -> Tensor {
        let tensor = Tensor(
            storage: try backend.allocate(byteCount: values.count * 4),
            dtype: .int32,
            shape: [values.count]
        )
        backend.upload(values, to: tensor)
        return tensor
    }

    /// As many weights of a format as memory beyond the caches holds, at least one.
    ///
    /// - Returns: `nil` for matrices larger than the memory for weights.
    func weights(_ format: WeightFormat, outputs: Int, inputs: Int) -> [Weight]? {
        let byteCount = format.byteCount(outputs: outputs, inputs: inputs)
        guard byteCount <= weightMemory.byteCount else { return nil }
        let distance = (byteCount + 63) / 64 * 64
        return (0..<max(1, weightMemory.byteCount / distance)).map { number in
            weight(format, outputs: outputs, inputs: inputs, offset: number * distance)
        }
    }

    private func weight(_ format: WeightFormat, outputs: Int, inputs: Int, offset: Int) -> Weight {
        guard format.isPacked else {
            let shape = Shape(outputs, inputs)
            let tensor = Tensor(storage: weightMemory, offsetInBytes: offset, dtype: format.dtype, shape: shape)
            return Weight([Weight.Part(tensor: tensor)])
        }
        let layout = PackedLayout(format, inputCount: inputs)
        let shape = Shape(layout.groupCount(outputs: outputs), layout.groupByteCount)
        let tensor = Tensor(storage: weightMemory, offsetInBytes: offset, dtype: .uint8, shape: shape)
        return Weight(
            packed: format,
            parts: [Weight.Part(packed: tensor, format: format, outputCount: outputs)],
            inputCount: inputs
        )
    }

    private func fill(_ storage: Storage) {
        let count = storage.byteCount / 4
        var place = 0
        while place < count {
            let piece = min(noise.count, count - place)
            let target = Tensor(storage: storage, offsetInBytes: 4 * place, dtype: .int32, shape: [piece])
            backend.upload(piece == noise.count ? noise : Array(noise[..<piece]), to: target)
            place += piece
        }
    }
}
