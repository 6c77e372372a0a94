import MartletTensors

/// The tensors of a quantized matrix: checked, and read element by element.
struct QuantizedTensors {
    let module: String
    let checkpoint: Checkpoint

    /// What is wrong with the matrix.
    func fault(_ reason: String) -> CheckpointError { .invalidQuantization(module: module, reason: reason) }

    /// What the header says of a member, `nil` where there is none.
    func entry(_ member: String) -> TensorEntry? { checkpoint.entry(name(member)) }

    /// The name of a member's tensor.
    func name(_ member: String) -> String { module + "." + member }

    /// Thirty-two-bit words, `[rows, columns]`.
    func words(_ member: String, _ rows: Int, _ columns: Int) throws(CheckpointError) -> Codes<UInt32> {
        Codes(try checkpoint.codes(name(member), "I32", as: .int32, shape: Shape(rows, columns)))
    }

    /// Bytes of a type, `[rows, columns]`.
    func bytes(
        _ member: String,
        _ type: String,
        _ rows: Int,
        _ columns: Int
    ) throws(CheckpointError) -> Codes<UInt8> {
        Codes(try checkpoint.codes(name(member), type, as: .uint8, shape: Shape(rows, columns)))
    }

    /// Finite scales of a plain type, of one of some shapes.
    func scales(_ member: String, _ shapes: [Shape]) throws(CheckpointError) -> Scales {
        let name = name(member)
        let found = checkpoint.entry(name)?.shape
        let shape = shapes.first { $0.array == found } ?? shapes[0]
        let tensor = try checkpoint.tensor(name, shape: shape)
        guard [.float32, .bfloat16, .float16].contains(tensor.dtype) else {
            throw fault("its \(member) is of the type \(tensor.dtype.name)")
        }
        let scales = Scales(tensor)
        guard scales.areFinite else { throw fault("one of its \(member) is not finite") }
        return scales
    }

    /// The order of columns that brings those of a group together, as `g_idx` says; `nil` for the order they are in.
    func order(_ member: String, inputs: Int, groupSize: Int) throws(CheckpointError) -> [Int32]? {
        guard entry(member) != nil else { return nil }
        let tensor = try checkpoint.codes(name(member), "I32", as: .int32, shape: [inputs])
        let groups = (0..<inputs).map { index in Int(unsafe tensor.hostPointer(as: Int32.self)[index]) }
        // some writers leave it empty: -1 everywhere
        if groups.allSatisfy({ $0 == -1 }) { return nil }
        if groups.indices.allSatisfy({ groups[$0] == $0 / groupSize }) { return nil }
        let groupCount = (inputs + groupSize - 1) / groupSize
        var members = [[Int32]](repeating: [], count: groupCount)
        for (index, group) in groups.enumerated() {
            guard members.indices.contains(group) else {
                throw fault("\(member) names the group \(group) of \(groupCount)")
            }
            members[group].append(Int32(index))
        }
        guard members.dropLast().allSatisfy({ $0.count == groupSize }) else {
            throw fault("\(member) gives its groups other numbers of columns than \(groupSize)")
        }
        return members.flatMap { $0 }
    }

    /// The format of groups, and how many there are.
    func grouping(
        _ coding: BlockFormat.Coding,
        groupSize: Int,
        inputs: Int,
        scaleType: DType
    ) throws(CheckpointError) -> BlockFormat {
        let format = QuantizedMatrix.format(coding, groupSize: groupSize, inputs: inputs, scaleType: scaleType)
        guard let format else {
            throw fault("groups of \(groupSize) columns are not supported; multiples of 32 are")
        }
        return format
    }
}

/// Elements of a matrix in a mapped file.
///
/// `@unchecked Sendable`: the tensor keeps its memory, which nobody writes.
@safe
struct Codes<Element: BitwiseCopyable>: @unchecked Sendable {
    private let tensor: Tensor
    private let base: UnsafePointer<Element>
    /// The number of columns.
    let columns: Int

    init(_ tensor: Tensor) {
        self.tensor = tensor
        columns = tensor.rowElementCount
        unsafe base = UnsafePointer(tensor.hostPointer(as: Element.self))
    }

    /// An element, unchecked.
    @inline(__always)
    func at(_ row: Int, _ column: Int) -> Element { unsafe base[row * columns + column] }

    /// The address of a row.
    @unsafe
    func row(_ row: Int) -> UnsafePointer<Element> { unsafe base + row * columns }
}

/// Scales of a matrix: their bits, whatever their type.
///
/// `@unchecked Sendable`: the tensor keeps its memory, which nobody writes.
@safe
struct Scales: @unchecked Sendable {
    private let tensor: Tensor
    private let base: UnsafeRawPointer
    /// The type of a scale.
    var type: DType { tensor.dtype }
    /// The number of scales.
    var count: Int { tensor.shape.elementCount }

    init(_ tensor: Tensor) {
        self.tensor = tensor
        unsafe base = UnsafeRawPointer(tensor.storage.baseAddress) + tensor.offsetInBytes
    }

    /// The bits of a scale.
    @inline(__always)
    func bits(_ index: Int) -> UInt32 {
        tensor.dtype == .float32
            ? unsafe base.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
            : UInt32(unsafe base.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
    }

    /// Whether no exponent is that of infinity and NaN.
    fileprivate var areFinite: Bool {
        let mask: UInt32 =
            switch tensor.dtype {
            case .float32: 0x7f80_0000
            case .float16: 0x7c00
            default: 0x7f80
            }
        return (0..<count).allSatisfy { bits($0) & mask != mask }
    }
}
