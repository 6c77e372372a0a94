import MartletCheckpoints
import MartletTensors

/// Takes tensors out of a checkpoint as a model needs them, and remembers which.
struct WeightSource {
    private let checkpoint: Checkpoint
    private let options: ModelLoader.Options
    private let backend: any Backend
    /// `model.`, or empty where the checkpoint is of the bare model.
    private let prefix: String
    private var used: Set<[UInt8]> = []

    /// A source of a checkpoint's tensors.
    init(_ checkpoint: Checkpoint, options: ModelLoader.Options, backend: any Backend) {
        self.checkpoint = checkpoint
        self.options = options
        self.backend = backend
        prefix = checkpoint.modulePrefix
    }

    /// A matrix, in the mapped file unless another type was asked for.
    mutating func matrix(_ name: String, _ rows: Int, _ columns: Int) throws(ModelError) -> Tensor {
        let tensor = try take(name, Shape(rows, columns))
        guard let dtype = options.dtype, dtype != tensor.dtype else { return tensor }
        return tensor.converted(to: dtype)
    }

    /// A vector, widened to float32: biases and norms are small.
    mutating func vector(_ name: String, _ count: Int) throws(ModelError) -> Tensor {
        let tensor = try take(name, [count])
        return tensor.dtype == .float32 ? tensor : tensor.converted(to: .float32)
    }

    /// Projections of one input side by side, quantized where the options say so.
    ///
    /// - Parameters:
    ///   - names: the modules, `layers.0.mlp.gate_proj`, with their output widths.
    ///   - inputs: the input width.
    ///   - hasBias: whether each has a bias.
    /// - Returns: the stacked projection.
    /// - Throws: `ModelError` that names the tensor.
    mutating func linear(
        _ names: [(name: String, outputs: Int)],
        inputs: Int,
        hasBias: Bool = false
    ) throws(ModelError) -> Linear {
        var parts: [Weight.Part] = []
        for (name, outputs) in names {
            let tensor = try matrix(name + ".weight", outputs, inputs)
            let bias = hasBias ? try vector(name + ".bias", outputs) : nil
            parts.append(Weight.Part(tensor: tensor, bias: bias))
        }
        let modules = names.map { module($0.name) }
        if let format = options.quantization?.format(ofModules: modules) {
            return try quantized(parts, modules: modules, inputs: inputs, to: format)
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

    /// The output matrix that is the embedding table too.
    func tiedOutput(_ table: Tensor) throws(ModelError) -> Linear {
        let part = Weight.Part(tensor: table)
        let modules = [Quantization.outputModule]
        guard let format = options.quantization?.format(ofModules: modules) else { return Linear(weight: Weight([part])) }
        return try quantized([part], modules: modules, inputs: table.shape[1], to: format)
    }

    private func quantized(
        _ parts: [Weight.Part],
        modules: [String],
        inputs: Int,
        to format: WeightFormat
    ) throws(ModelError) -> Linear {
        var packed: [Weight.Part] = []
        for (part, module) in zip(parts, modules) {
            do throws(BackendError) {
                packed.append(try backend.quantize(part, to: format))
            } catch {
                throw .quantization(module: module, format: format.name, reason: error)
            }
            // what was read of the file would count as memory of this process
            checkpoint.forget(part.tensor)
        }
        return Linear(weight: Weight(packed: format, parts: packed, inputCount: inputs))
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

    /// A module's name in the checkpoint.
    private func module(_ name: String) -> String { name == Quantization.outputModule ? name : prefix + name }

    private mutating func take(_ name: String, _ shape: Shape) throws(ModelError) -> Tensor {
        let name = name.hasPrefix("lm_head.") ? name : prefix + name
        used.insert(Array(name.utf8))
        let tensor: Tensor
        do throws(CheckpointError) {
            tensor = try checkpoint.tensor(name, shape: shape)
        } catch { throw .checkpoint(error) }
        switch tensor.dtype {
        case .float32, .bfloat16, .float16: return tensor
        case .int32, .uint8:
            throw .checkpoint(
                .unsupportedDType(name: name, path: checkpoint.folder, dtype: tensor.dtype.name)
            )
        }
    }
}

extension Checkpoint {
    /// What stands before `layers.`: `model.`, or nothing where the checkpoint is of the bare model.
    var modulePrefix: String {
        entry("model.embed_tokens.weight") == nil && entry("embed_tokens.weight") != nil ? "" : "model."
    }
}
