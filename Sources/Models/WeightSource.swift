import MartletCheckpoints
import MartletTensors

/// Takes tensors out of a checkpoint as a model needs them, and remembers which.
struct WeightSource {
    let checkpoint: Checkpoint
    var options: ModelLoader.Options
    let backend: any Backend
    private let cache: WeightCache?
    let names: DecoderNames
    /// What stands before the names: `model.` or `bert.`, or empty where the checkpoint is of the bare model.
    private let prefix: String
    var used: Set<[UInt8]> = []

    /// A source of a checkpoint's tensors; quantized ones come from the cache where it has them.
    ///
    /// - Parameters:
    ///   - checkpoint: the tensors.
    ///   - names: what a decoder calls them; without effect for an encoder.
    ///   - options: how they are loaded.
    ///   - cache: what was quantized before.
    ///   - backend: where they are used.
    ///   - prefix: what stands before all names; `nil` for what a decoder's checkpoint has there.
    init(
        _ checkpoint: Checkpoint,
        names: DecoderNames = DecoderNames(),
        options: ModelLoader.Options,
        cache: WeightCache?,
        backend: any Backend,
        prefix: String? = nil
    ) {
        self.checkpoint = checkpoint
        self.names = names
        self.options = options
        self.backend = backend
        self.cache = cache
        self.prefix = prefix ?? checkpoint.modulePrefix(names)
    }

    /// Whether there is a tensor of that name.
    func contains(_ name: String) -> Bool { checkpoint.entry(prefix + name) != nil }

    /// The checkpoint's folder.
    var folder: String { checkpoint.folder }

    /// A matrix, in the mapped file unless another type was asked for.
    mutating func matrix(_ name: String, _ rows: Int, _ columns: Int) throws(ModelError) -> Tensor {
        try plain(name, Shape(rows, columns))
    }

    /// A tensor of weights of any shape, in the mapped file unless another type was asked for.
    mutating func plain(_ name: String, _ shape: Shape) throws(ModelError) -> Tensor {
        let tensor = try take(name, shape)
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
    ///   - isTransposed: whether matrices are stored as `[inputs, outputs]`.
    /// - Returns: the stacked projection.
    /// - Throws: `ModelError` that names the tensor.
    mutating func linear(
        _ names: [(name: String, outputs: Int)],
        inputs: Int,
        hasBias: Bool = false,
        isTransposed: Bool = false
    ) throws(ModelError) -> Linear {
        var parts: [Weight.Part] = []
        for (name, outputs) in names {
            let bias = hasBias ? try vector(name + ".bias", outputs) : nil
            if !isTransposed, let part = try stored(name, outputs: outputs, inputs: inputs, bias: bias) {
                parts.append(part)
                continue
            }
            let tensor =
                isTransposed
                ? try matrix(name + ".weight", inputs, outputs).transposed
                : try matrix(name + ".weight", outputs, inputs)
            parts.append(Weight.Part(tensor: tensor, bias: bias))
        }
        let modules = names.map { module($0.name) }
        return try linear(parts, inputs: inputs, keys: modules, modules: modules)
    }

    /// Some rows of one stored projection, in another order.
    ///
    /// - Parameters:
    ///   - name: the module.
    ///   - outputs: its rows as stored.
    ///   - inputs: the input width.
    ///   - rows: which rows follow each other.
    ///   - hasBias: whether it has a bias.
    /// - Returns: the projection.
    /// - Throws: `ModelError` that names the tensor.
    mutating func linear(
        _ name: String,
        outputs: Int,
        inputs: Int,
        rows: [Range<Int>],
        hasBias: Bool
    ) throws(ModelError) -> Linear {
        let bias = hasBias ? try vector(name + ".bias", outputs) : nil
        if let part = try stored(name, outputs: outputs, inputs: inputs, bias: bias) {
            return try stacked(rows.map { part.rows($0) }, inputs: inputs)
        }
        let tensor = try matrix(name + ".weight", outputs, inputs)
        let parts = rows.map { Weight.Part(tensor: tensor.rows($0), bias: bias?.rows($0)) }
        return try linear(parts, inputs: inputs, labels: rows.map { "\($0.lowerBound)" }, of: name)
    }

    /// Parts of one stored projection, quantized where the options say so.
    ///
    /// - Parameters:
    ///   - parts: matrices of one input width.
    ///   - inputs: that width.
    ///   - labels: what tells them apart.
    ///   - name: the module.
    /// - Returns: the projection.
    /// - Throws: `ModelError` where it cannot be quantized.
    func linear(
        _ parts: [Weight.Part],
        inputs: Int,
        labels: [String],
        of name: String
    ) throws(ModelError) -> Linear {
        let module = module(name)
        return try linear(parts, inputs: inputs, keys: labels.map { "\(module)[\($0)]" }, modules: [module])
    }

    private func linear(
        _ parts: [Weight.Part],
        inputs: Int,
        keys: [String],
        modules: [String]
    ) throws(ModelError) -> Linear {
        var parts = parts
        if parts.contains(where: { $0.format.block != nil }) {
            return try stacked(parts, inputs: inputs)
        }
        if let format = options.quantization?.format(ofModules: modules) {
            return try quantized(parts, modules: keys, inputs: inputs, to: format)
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
    func tiedOutput(_ table: Weight.Part, inputs: Int) throws(ModelError) -> Linear {
        let modules = [Quantization.outputModule]
        guard table.format.block == nil, let format = options.quantization?.format(ofModules: modules) else {
            return try stacked([table], inputs: inputs)
        }
        return try quantized([table], modules: modules, inputs: inputs, to: format)
    }

    /// The output matrix with rows of length 1.
    mutating func normalizedOutput(_ outputs: Int, inputs: Int) throws(ModelError) -> Linear {
        let module = Quantization.outputModule
        let part = Weight.Part(tensor: try matrix(module + ".weight", outputs, inputs).normalizedRows)
        return try linear([part], inputs: inputs, keys: [module], modules: [module])
    }

    private func quantized(
        _ parts: [Weight.Part],
        modules: [String],
        inputs: Int,
        to format: WeightFormat
    ) throws(ModelError) -> Linear {
        let layout = PackedLayout(format, inputCount: inputs)
        var packed: [Weight.Part] = []
        for (part, module) in zip(parts, modules) {
            if let kept = cache?.part(module, layout, outputs: part.outputCount, bias: part.bias) {
                packed.append(kept)
                continue
            }
            do throws(BackendError) {
                packed.append(try backend.quantize(part, to: format))
            } catch {
                throw .quantization(module: module, format: format.name, reason: error)
            }
            cache?.add(module, packed[packed.count - 1])
            // what was read of the file would count as memory of this process
            checkpoint.forget(part.tensor)
        }
        return Linear(weight: Weight(packed: format, parts: packed, inputCount: inputs))
    }

    /// The tensors inside the given number of layers that were not taken, rotary buffers aside.
    func unusedLayerTensors(layerCount: Int) -> [String] {
        unusedTensors(in: names.layers + ".", count: layerCount)
    }

    /// The tensors inside the given number of layers, named `layers` and a number, that were not taken.
    func unusedTensors(in layers: String, count layerCount: Int) -> [String] {
        checkpoint.names.filter { name in
            guard !used.contains(Array(name.utf8)), name.hasPrefix(prefix + layers) else { return false }
            let rest = name.utf8.dropFirst(prefix.utf8.count + layers.utf8.count)
            let digits = rest.prefix { $0 != UInt8(ascii: ".") }
            guard let layer = Int(String(decoding: digits, as: UTF8.self)), layer < layerCount else { return false }
            let member = name.split(separator: ".").last.map(String.init) ?? name
            let isIgnored = checkpoint.scheme?.ignoredMembers.contains(member) ?? false
            return !isIgnored && !DecoderNames.buffers.contains { name.contains($0) }
        }
    }

    /// A module's name in the checkpoint.
    func module(_ name: String) -> String { name == Quantization.outputModule ? name : prefix + name }

    private mutating func take(_ name: String, _ shape: Shape) throws(ModelError) -> Tensor {
        let isOutput = name.hasPrefix(Quantization.outputModule + ".")
        let name = isOutput ? names.output + name.dropFirst(Quantization.outputModule.count) : prefix + name
        used.insert(Array(name.utf8))
        let tensor: Tensor
        do throws(CheckpointError) {
            tensor = try checkpoint.tensor(name, shape: shape)
        } catch { throw .checkpoint(error) }
        switch tensor.dtype {
        case .float32, .bfloat16, .float16: return tensor
        case .int32, .uint8, .int8:
            throw .checkpoint(
                .unsupportedDType(name: name, path: checkpoint.folder, dtype: tensor.dtype.name)
            )
        }
    }
}

extension Checkpoint {
    /// What stands before the names of a model's tensors: its root, or nothing where the checkpoint is of the bare model.
    func modulePrefix(_ names: DecoderNames) -> String {
        let table = names.embedding + ".weight"
        return entry(names.root + table) == nil && entry(table) != nil ? "" : names.root
    }
}
