import MartletCheckpoints
import MartletTensors

/// Takes tensors out of a checkpoint as a model needs them, and remembers which.
struct WeightSource {
    private let checkpoint: Checkpoint
    /// The type that matrices are converted to; `nil` for as they are stored.
    private let dtype: DType?
    /// `model.`, or empty where the checkpoint is of the bare model.
    private let prefix: String
    private var used: Set<[UInt8]> = []

    /// A source of a checkpoint's tensors.
    init(_ checkpoint: Checkpoint, dtype: DType?) {
        self.checkpoint = checkpoint
        self.dtype = dtype
        let isBare =
            checkpoint.entry("model.embed_tokens.weight") == nil && checkpoint.entry("embed_tokens.weight") != nil
        prefix = isBare ? "" : "model."
    }

    /// A matrix, in the mapped file unless another type was asked for.
    mutating func matrix(_ name: String, _ rows: Int, _ columns: Int) throws(CheckpointError) -> Tensor {
        let tensor = try take(name, Shape(rows, columns))
        guard let dtype, dtype != tensor.dtype else { return tensor }
        return tensor.converted(to: dtype)
    }

    /// A vector, widened to float32: biases and norms are small.
    mutating func vector(_ name: String, _ count: Int) throws(CheckpointError) -> Tensor {
        let tensor = try take(name, [count])
        return tensor.dtype == .float32 ? tensor : tensor.converted(to: .float32)
    }

    /// Projections of one input side by side.
    ///
    /// - Parameters:
    ///   - names: the modules, `layers.0.mlp.gate_proj`, with their output widths.
    ///   - inputs: the input width.
    ///   - hasBias: whether each has a bias.
    /// - Returns: the stacked projection.
    /// - Throws: `CheckpointError` that names the tensor.
    mutating func linear(
        _ names: [(name: String, outputs: Int)],
        inputs: Int,
        hasBias: Bool = false
    ) throws(CheckpointError) -> Linear {
        var parts: [Weight.Part] = []
        for (name, outputs) in names {
            let tensor = try matrix(name + ".weight", outputs, inputs)
            let bias = hasBias ? try vector(name + ".bias", outputs) : nil
            parts.append(Weight.Part(tensor: tensor, bias: bias))
        }
        // stacked matrices share one type: where they differ, the widest holds them all exactly
        if parts.contains(where: { $0.tensor.dtype != parts[0].tensor.dtype }) {
            parts = parts.map { part in
                let isWide = part.tensor.dtype == .float32
                return Weight.Part(tensor: isWide ? part.tensor : part.tensor.converted(to: .float32), bias: part.bias)
            }
        }
        return Linear(weight: Weight(parts))
    }

    /// The tensors inside the given number of layers that were not taken, rotary buffers aside.
    func unusedLayerTensors(layerCount: Int) -> [String] {
        checkpoint.names.filter { name in
            guard !used.contains(Array(name.utf8)), name.hasPrefix(prefix + "layers.") else { return false }
            let rest = name.utf8.dropFirst(prefix.utf8.count + "layers.".utf8.count)
            let digits = rest.prefix { $0 != UInt8(ascii: ".") }
            guard let layer = Int(String(decoding: digits, as: UTF8.self)), layer < layerCount else { return false }
            return !name.contains(".rotary_emb.")
        }
    }

    private mutating func take(_ name: String, _ shape: Shape) throws(CheckpointError) -> Tensor {
        let name = name.hasPrefix("lm_head.") ? name : prefix + name
        used.insert(Array(name.utf8))
        let tensor = try checkpoint.tensor(name, shape: shape)
        switch tensor.dtype {
        case .float32, .bfloat16, .float16: return tensor
        case .int32, .uint8, .int8:
            throw .unsupportedDType(name: name, path: checkpoint.folder, dtype: tensor.dtype.name)
        }
    }
}
