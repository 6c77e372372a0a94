import MartletJSON
package import MartletTensors

/// One tensor of a safetensors file: what it is and where its bytes lie.
package struct TensorEntry: Sendable, Hashable {
    /// The element type as the format names it, such as `F32`, `BF16` or `I64`.
    package let dtypeName: String
    /// The dimensions, outermost first.
    package let shape: [Int]
    /// Where the bytes lie, from the start of the file.
    package let byteRange: Range<Int>

    /// The element type, where it is one that can be computed with.
    package var dtype: DType? {
        switch dtypeName {
        case "F32": .float32
        case "BF16": .bfloat16
        case "F16": .float16
        case "I32": .int32
        case "U8": .uint8
        default: nil
        }
    }

    /// What the rows' blocks are, where the element type is one of ggml's block formats.
    package var block: BlockFormat? { BlockFormat(ggml: dtypeName) }
}

/// The checked header of a safetensors file.
///
/// The layout is: 8 bytes, little endian, the header's length; the header, a JSON object from tensor names to
/// `{"dtype", "shape", "data_offsets": [begin, end]}`, offsets from the end of the header; then the data, which the
/// tensors cover exactly, without gap or overlap.
///
/// - SeeAlso: the `safetensors` format description of Hugging Face.
package struct SafetensorsHeader: Sendable {
    /// The longest header that is read, the reference implementation's limit.
    package static let maximumByteCount = 100_000_000

    /// The tensors in the order of their bytes.
    package let entries: [(name: String, entry: TensorEntry)]
    /// The free-form strings of `__metadata__`.
    package let metadata: [String: String]

    /// The length of the header as the first 8 bytes of a file give it, checked against the file's size.
    package static func byteCount(prefix: [UInt8], fileByteCount: Int, path: String) throws(CheckpointError) -> Int {
        guard prefix.count >= 8 else { throw .invalidFile(path: path, reason: .tooShort(byteCount: fileByteCount)) }
        let claimed = prefix[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard claimed <= UInt64(maximumByteCount) else {
            throw .invalidFile(path: path, reason: .headerTooLong(byteCount: claimed, limit: maximumByteCount))
        }
        guard claimed <= UInt64(fileByteCount - 8) else {
            throw .invalidFile(path: path, reason: .headerBeyondFile(byteCount: claimed, fileByteCount: fileByteCount))
        }
        return Int(claimed)
    }

    /// Reads and checks a header.
    ///
    /// - Parameters:
    ///   - json: the header without its length.
    ///   - fileByteCount: the size of the whole file, at least `8 + json.count`.
    ///   - path: the file's name for errors.
    /// - Throws: `CheckpointError` that names the file, the tensor and the reason.
    package init(json: [UInt8], fileByteCount: Int, path: String) throws(CheckpointError) {
        let members = try Self.members(json, path: path)
        let dataStart = 8 + json.count
        let dataByteCount = fileByteCount - dataStart
        var metadata: [String: String] = [:]
        var entries: [(name: String, entry: TensorEntry)] = []
        for member in members {
            if member.key == "__metadata__" {
                metadata = try Self.metadata(member.value, path: path)
                continue
            }
            do throws(CheckpointError.TensorFault) {
                let entry = try Self.entry(member.value, dataStart: dataStart, dataByteCount: dataByteCount)
                entries.append((member.key, entry))
            } catch {
                throw .invalidTensor(name: member.key, path: path, reason: error)
            }
        }
        entries.sort { left, right in
            let (a, b) = (left.entry.byteRange, right.entry.byteRange)
            return (a.lowerBound, a.upperBound) < (b.lowerBound, b.upperBound)
        }
        try Self.checkCoverage(entries, dataStart: dataStart, dataByteCount: dataByteCount, path: path)
        self.entries = entries
        self.metadata = metadata
    }

    /// The start of a file: the header of tensors that follow each other, with its length.
    ///
    /// - Parameters:
    ///   - tensors: names, element types as the format names them, and dimensions, in the order of their bytes.
    ///   - metadata: free-form strings.
    /// - Returns: bytes, padded so that the data after them begins at a multiple of 64.
    /// - Precondition: the element types are of the format.
    package static func bytes(
        _ tensors: [(name: String, dtypeName: String, shape: [Int])],
        metadata: [(key: String, value: String)] = []
    ) -> [UInt8] {
        var members = JSONObject()
        if !metadata.isEmpty {
            members["__metadata__"] = .object(JSONObject(metadata.map { ($0.key, .string($0.value)) }))
        }
        var offset = 0
        for tensor in tensors {
            guard let bitCount = bitCounts[tensor.dtypeName],
                let byteCount = byteCount(shape: tensor.shape, bitCount: bitCount)
            else { preconditionFailure("a tensor \(tensor.shape) of \(tensor.dtypeName)") }
            members[tensor.name] = [
                "dtype": .string(tensor.dtypeName), "shape": .array(tensor.shape.map { .integer($0) }),
                "data_offsets": [.integer(offset), .integer(offset + byteCount)],
            ]
            offset += byteCount
        }
        var text = Array(JSONValue.object(members).serialized.utf8)
        while (8 + text.count) % 64 != 0 { text.append(UInt8(ascii: " ")) }
        return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> ($0 * 8)) } + text
    }

    private static func members(_ json: [UInt8], path: String) throws(CheckpointError) -> JSONObject {
        let value: JSONValue
        do throws(JSONError) {
            let options = JSONParser.Options(maximumDepth: 8, allowsDuplicateNames: false)
            value = try JSONParser.parse(json, options: options)
        } catch {
            throw .invalidFile(path: path, reason: .header(error))
        }
        guard let object = value.object else {
            throw .invalidFile(path: path, reason: .headerIsNotAnObject(kind: value.kind))
        }
        return object
    }

    private static func metadata(_ value: JSONValue, path: String) throws(CheckpointError) -> [String: String] {
        guard let members = value.object else { throw .invalidFile(path: path, reason: .invalidMetadata) }
        var metadata: [String: String] = [:]
        for member in members {
            guard let text = member.value.string else { throw .invalidFile(path: path, reason: .invalidMetadata) }
            metadata[member.key] = text
        }
        return metadata
    }

    private static func entry(
        _ value: JSONValue,
        dataStart: Int,
        dataByteCount: Int
    ) throws(CheckpointError.TensorFault) -> TensorEntry {
        guard let dtypeName = value["dtype"]?.string else { throw .invalidMember("dtype") }
        guard let bitCount = bitCounts[dtypeName] else { throw .unknownDType(dtypeName) }
        guard let dimensions = value["shape"]?.array else { throw .invalidMember("shape") }
        guard let shape = naturals(dimensions), shape.count <= 32 else { throw .invalidShape }
        guard let bounds = value["data_offsets"]?.array, bounds.count == 2, let offsets = naturals(bounds) else {
            throw .invalidMember("data_offsets")
        }
        let (begin, end) = (offsets[0], offsets[1])
        guard begin <= end else { throw .reversedOffsets(begin: begin, end: end) }
        guard end <= dataByteCount else { throw .beyondFile(end: end, dataByteCount: dataByteCount) }
        guard let expected = byteCount(shape: shape, bitCount: bitCount) else { throw .shapeOverflow(shape) }
        guard end - begin == expected else { throw .byteCountMismatch(expected: expected, found: end - begin) }
        return TensorEntry(dtypeName: dtypeName, shape: shape, byteRange: (dataStart + begin)..<(dataStart + end))
    }

    private static func naturals(_ values: [JSONValue]) -> [Int]? {
        var numbers: [Int] = []
        for value in values {
            guard case .integer(let number) = value, number >= 0 else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// The size of the elements, rounded up to bytes; `nil` on overflow.
    private static func byteCount(shape: [Int], bitCount: Int) -> Int? {
        if shape.contains(0) { return 0 }
        var bits = bitCount
        for dimension in shape {
            let (product, overflow) = bits.multipliedReportingOverflow(by: dimension)
            if overflow { return nil }
            bits = product
        }
        return bits / 8 + (bits % 8 == 0 ? 0 : 1)
    }

    private static func checkCoverage(
        _ entries: [(name: String, entry: TensorEntry)],
        dataStart: Int,
        dataByteCount: Int,
        path: String
    ) throws(CheckpointError) {
        var position = dataStart
        var previous = ""
        for (name, entry) in entries {
            let range = entry.byteRange
            if range.lowerBound < position {
                throw .invalidTensor(name: name, path: path, reason: .overlap(other: previous))
            }
            if range.lowerBound > position {
                let gap = range.lowerBound - position
                throw .invalidFile(path: path, reason: .unusedBytes(offset: position - dataStart, byteCount: gap))
            }
            position = range.upperBound
            previous = name
        }
        let rest = dataStart + dataByteCount - position
        if rest > 0 {
            throw .invalidFile(path: path, reason: .unusedBytes(offset: position - dataStart, byteCount: rest))
        }
    }

    /// The size of one element of each type of the format, in bits.
    private static let bitCounts = [
        "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
        "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
        "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32, "F32": 32,
        "U64": 64, "I64": 64, "F64": 64, "C64": 64,
    ]
}
