package import MartletCheckpoints
import MartletJSON
package import MartletTensors
import Synchronization

/// Writes a folder of integer weights in the compressed-tensors format (`pack-quantized`, weights only).
///
/// Matrices of the layers' projections become integers of four or eight bits, a symmetric scale for each group of inputs;
/// everything else is copied as it is.
///
/// - SeeAlso: the `compressed-tensors` package; `CompressedTensorsScheme` reads what is written.
package struct CheckpointQuantizer: Sendable {
    /// What is written.
    package struct Options: Sendable {
        /// The integers' width: 4 or 8.
        package var bits: Int
        /// The inputs that share a scale, a multiple of 32.
        package var groupSize: Int
        /// Modules that stay as they are, `*` standing for any text.
        package var ignoredModules: [String]

        /// Options.
        package init(bits: Int, groupSize: Int = 128, ignoredModules: [String] = []) {
            precondition([4, 8].contains(bits) && groupSize > 0 && groupSize % 32 == 0, "\(bits) bits, \(groupSize)")
            self.bits = bits
            self.groupSize = groupSize
            self.ignoredModules = ignoredModules
        }
    }

    /// What was written.
    package struct Summary: Sendable {
        /// The number of quantized matrices.
        package var matrixCount = 0
        /// The weights' size before and after.
        package var byteCounts = (before: 0, after: 0)
    }

    private let model: ModelFolder
    private let checkpoint: Checkpoint
    private let options: Options

    /// Opens a folder whose matrices are plain.
    ///
    /// - Throws: `ModelError` for a folder that is not usable, quantized already, or has no projections.
    package init(_ model: ModelFolder, options: Options) throws(ModelError) {
        self.model = model
        self.options = options
        do throws(CheckpointError) {
            checkpoint = try Checkpoint(model)
            let scheme = checkpoint.scheme?.name ?? (model.gguf == nil ? nil : "gguf")
            if scheme != nil { throw .schemeMismatch(asked: "int\(options.bits)", found: scheme, path: model.path) }
        } catch { throw .checkpoint(error) }
    }

    /// One tensor of the file to be written.
    private struct Item {
        let name: String
        let dtypeName: String
        let shape: [Int]
        let storage: Storage
        let range: Range<Int>
    }

    /// Writes `model.safetensors`, `config.json` and the other files of the folder.
    ///
    /// - Parameters:
    ///   - folder: where; it is made where it is missing.
    ///   - backend: whose threads are used.
    /// - Returns: what was done.
    /// - Throws: `ModelError` when a weight is not finite or a file cannot be written.
    package func write(to folder: String, backend: any Backend) throws(ModelError) -> Summary {
        var summary = Summary()
        var items: [Item] = []
        var ignored: [String] = []
        for name in checkpoint.names {
            guard let entry = checkpoint.entry(name) else { continue }
            summary.byteCounts.before += entry.byteRange.count
            let module = name.hasSuffix(".weight") ? String(name.dropLast(".weight".count)) : name
            if isQuantized(module, entry) {
                let tensor = try tensor(name, entry)
                items += try quantized(module, tensor, backend: backend)
                checkpoint.forget(name)
                summary.matrixCount += 1
            } else {
                if entry.shape.count == 2, !module.hasSuffix("embed_tokens") { ignored.append(module) }
                items.append(try copied(name, entry))
            }
        }
        guard summary.matrixCount > 0 else { throw .nothingToQuantize(folder: model.path) }
        summary.byteCounts.after = items.reduce(0) { $0 + $1.range.count }
        do throws(CheckpointError) {
            try FileSystem.makeFolder(folder)
            try copyFiles(to: folder)
            try FileSystem.replace(
                folder + "/config.json",
                head: Array(configuration(ignored).serialized.utf8),
                regions: []
            )
            try FileSystem.replace(
                folder + "/model.safetensors",
                head: SafetensorsHeader.bytes(
                    items.map { ($0.name, $0.dtypeName, $0.shape) },
                    metadata: [("format", "pt")]
                ),
                regions: items.map { ($0.storage, $0.range) }
            )
        } catch { throw .checkpoint(error) }
        return summary
    }

    /// Projections of layers, `…_proj`, whose inputs are whole groups; the transposed ones of GPT-2 are none.
    private func isQuantized(_ module: String, _ entry: TensorEntry) -> Bool {
        guard entry.shape.count == 2, let dtype = entry.dtype, [.float32, .bfloat16, .float16].contains(dtype),
            module.contains("layers."), module.hasSuffix("_proj"), !module.hasSuffix("c_proj"),
            entry.shape[1] % options.groupSize == 0, entry.shape[0] > 0
        else { return false }
        return !options.ignoredModules.contains { Quantization.matches(Array(module.utf8), pattern: Array($0.utf8)) }
    }

    private func tensor(_ name: String, _ entry: TensorEntry) throws(ModelError) -> Tensor {
        do throws(CheckpointError) {
            return try checkpoint.tensor(name, shape: Shape(entry.shape))
        } catch { throw .checkpoint(error) }
    }

    private func copied(_ name: String, _ entry: TensorEntry) throws(ModelError) -> Item {
        guard entry.dtype != nil, entry.shape.count <= Shape.maximumRank else {
            let path = checkpoint.folder
            throw .checkpoint(.unsupportedDType(name: name, path: path, dtype: entry.dtypeName))
        }
        let tensor = try tensor(name, entry)
        let range = tensor.offsetInBytes..<(tensor.offsetInBytes + entry.byteRange.count)
        return Item(name: name, dtypeName: entry.dtypeName, shape: entry.shape, storage: tensor.storage, range: range)
    }

    /// The words, scales and shape of a matrix.
    private func quantized(
        _ module: String,
        _ tensor: Tensor,
        backend: any Backend
    ) throws(ModelError) -> [Item] {
        let (rows, columns) = (tensor.shape[0], tensor.shape[1])
        let groups = columns / options.groupSize
        let words = Storage(hostByteCount: rows * columns * options.bits / 8)
        let scales = Storage(hostByteCount: rows * groups * 2)
        let shape = Storage(hostByteCount: 16)
        unsafe shape.baseAddress.storeBytes(of: Int64(rows), as: Int64.self)
        unsafe shape.baseAddress.storeBytes(of: Int64(columns), toByteOffset: 8, as: Int64.self)
        // scales of a float32 model are bfloat16: float16 has too few exponents for some
        let scaleType: DType = tensor.dtype == .float16 ? .float16 : .bfloat16
        let quantizer = GroupQuantizer(bits: options.bits, groupSize: options.groupSize, scaleType: scaleType)
        let areFinite = Mutex(true)
        backend.concurrently(rows) { row in
            let isFinite = unsafe quantizer.quantize(
                tensor.rows(row..<(row + 1)),
                words: words.baseAddress + row * columns * options.bits / 8,
                scales: scales.baseAddress + row * groups * 2
            )
            if !isFinite { areFinite.withLock { $0 = false } }
        }
        guard areFinite.withLock({ $0 }) else {
            throw .quantization(module: module, format: "int\(options.bits)", reason: .notFinite)
        }
        let perWord = 32 / options.bits
        let type = scaleType == .float16 ? "F16" : "BF16"
        return [
            (".weight_packed", "I32", [rows, columns / perWord], words),
            (".weight_scale", type, [rows, groups], scales), (".weight_shape", "I64", [2], shape),
        ].map { Item(name: module + $0.0, dtypeName: $0.1, shape: $0.2, storage: $0.3, range: 0..<$0.3.byteCount) }
    }

    /// The folder's `config.json` with a `quantization_config`.
    private func configuration(_ ignored: [String]) -> JSONValue {
        let weights = JSONObject([
            ("num_bits", .integer(options.bits)), ("type", "int"), ("symmetric", true), ("strategy", "group"),
            ("group_size", .integer(options.groupSize)), ("dynamic", false), ("actorder", nil),
            ("block_structure", nil), ("observer", "minmax"), ("observer_kwargs", [:]),
        ])
        let group = JSONObject([
            ("targets", ["Linear"]), ("weights", .object(weights)), ("input_activations", nil),
            ("output_activations", nil),
        ])
        var object = model.configuration
        let outputs = ignored.contains("lm_head") ? ignored : ignored + ["lm_head"]
        object["quantization_config"] = .object(
            JSONObject([
                ("quant_method", "compressed-tensors"), ("format", "pack-quantized"),
                ("quantization_status", "compressed"), ("global_compression_ratio", nil),
                ("ignore", .array(outputs.map { .string($0) })), ("kv_cache_scheme", nil),
                ("config_groups", .object(JSONObject([("group_0", .object(group))]))),
            ])
        )
        return .object(object)
    }

    /// Copies what is neither weights nor code.
    private func copyFiles(to folder: String) throws(CheckpointError) {
        let weights = [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".msgpack", ".h5", ".onnx", ".py"]
        for name in FileSystem.names(in: model.path) where FileSystem.isFile(model.path(of: name)) {
            let isOther = weights.contains { name.hasSuffix($0) } || name == "model.safetensors.index.json"
            if isOther || name == "config.json" || name.hasPrefix(".") { continue }
            let storage = try FileSystem.map(model.path(of: name))
            try FileSystem.replace(folder + "/" + name, head: [], regions: [(storage, 0..<storage.byteCount)])
        }
    }
}
