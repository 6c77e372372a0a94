/// The checked header of a GGUF file: its metadata, and what each tensor is and where its bytes lie.
///
/// The layout is little endian: `GGUF`, the version (2 or 3), the numbers of tensors and of metadata entries; the
/// entries, each a name, a type and a value; the tensors, each a name, dimensions (innermost first), a type and an offset;
/// padding; the data, from which offsets count.
///
/// - SeeAlso: the GGUF format description of ggml.
package struct GGUFHeader: Sendable {
    /// The most tensors, metadata entries and dimensions that are read.
    private static let entryLimit = 1 << 20
    private static let dimensionLimit = 4

    /// The values by their names, such as `general.architecture`.
    package let metadata: [String: GGUFValue]
    /// The tensors in the file's order.
    package let tensors: [GGUFTensor]
    /// Where the data begins, from the start of the file.
    package let dataStart: Int

    /// Reads and checks a header.
    ///
    /// - Parameters:
    ///   - bytes: the file, or as much of its beginning as holds the header.
    ///   - fileByteCount: the size of the whole file.
    ///   - path: the file's name for errors.
    /// - Throws: `CheckpointError` that names the file, the entry and the reason.
    package init(_ bytes: [UInt8], fileByteCount: Int, path: String) throws(CheckpointError) {
        var reader = GGUFReader(bytes)
        do throws(CheckpointError.GGUFFault) {
            let (tensorCount, entryCount) = try Self.counts(&reader)
            var metadata: [String: GGUFValue] = [:]
            for _ in 0..<entryCount {
                let name = try reader.text()
                guard metadata[name] == nil else { throw .duplicateName(name) }
                metadata[name] = try reader.value(reader.integer(UInt32.self))
            }
            var alignment = 32
            if let value = metadata["general.alignment"] {
                guard let number = value.integer, (1...(1 << 20)).contains(number), number & (number - 1) == 0 else {
                    throw .invalidAlignment
                }
                alignment = number
            }
            var infos: [(name: String, shape: [Int], type: UInt32, offset: UInt64)] = []
            for _ in 0..<tensorCount { infos.append(try Self.info(&reader)) }
            dataStart = (reader.position + alignment - 1) / alignment * alignment
            self.metadata = metadata
            tensors = try Self.checked(infos, dataStart, fileByteCount, alignment)
        } catch {
            throw .invalidGGUF(path: path, reason: error)
        }
    }

    private static func counts(
        _ reader: inout GGUFReader
    ) throws(CheckpointError.GGUFFault) -> (tensors: Int, entries: Int) {
        guard try reader.integer(UInt32.self) == 0x4655_4747 else { throw .notGGUF }
        let version = try reader.integer(UInt32.self)
        guard version == 2 || version == 3 else { throw .unsupportedVersion(version) }
        let tensors = try reader.integer(UInt64.self)
        let entries = try reader.integer(UInt64.self)
        guard tensors <= entryLimit, entries <= entryLimit else { throw .tooManyEntries(limit: entryLimit) }
        return (Int(tensors), Int(entries))
    }

    private static func info(
        _ reader: inout GGUFReader
    ) throws(CheckpointError.GGUFFault) -> (name: String, shape: [Int], type: UInt32, offset: UInt64) {
        let name = try reader.text()
        let rank = try reader.integer(UInt32.self)
        guard rank <= dimensionLimit else { throw .invalidTensor(name: name, reason: "it has \(rank) dimensions") }
        var shape: [Int] = []
        for _ in 0..<rank {
            guard let dimension = Int(exactly: try reader.integer(UInt64.self)) else {
                throw .invalidTensor(name: name, reason: "a dimension is beyond 63 bits")
            }
            shape.append(dimension)
        }
        return (name, shape.reversed(), try reader.integer(UInt32.self), try reader.integer(UInt64.self))
    }

    /// The tensors, each of which must lie within the file.
    private static func checked(
        _ infos: [(name: String, shape: [Int], type: UInt32, offset: UInt64)],
        _ dataStart: Int,
        _ fileByteCount: Int,
        _ alignment: Int
    ) throws(CheckpointError.GGUFFault) -> [GGUFTensor] {
        var names: Set<String> = []
        var tensors: [GGUFTensor] = []
        for info in infos {
            func fault(_ reason: String) -> CheckpointError.GGUFFault {
                .invalidTensor(name: info.name, reason: reason)
            }
            guard names.insert(info.name).inserted else { throw .duplicateName(info.name) }
            guard let type = GGUFTensor.BlockType(rawValue: info.type) else {
                throw fault("type \(info.type) is unknown")
            }
            let (blockLength, blockByteCount) = type.block
            let rowLength = info.shape.last ?? 1
            guard rowLength % blockLength == 0 else {
                throw fault("\(rowLength) elements of a row are not whole blocks of \(blockLength)")
            }
            var byteCount = rowLength / blockLength
            for factor in info.shape.dropLast() + [blockByteCount] {
                let (product, overflow) = byteCount.multipliedReportingOverflow(by: factor)
                guard !overflow else { throw fault("its size is beyond 63 bits") }
                byteCount = product
            }
            guard let offset = Int(exactly: info.offset), offset % alignment == 0 else {
                throw fault("the offset \(info.offset) is not a multiple of \(alignment)")
            }
            let (start, startOverflow) = dataStart.addingReportingOverflow(offset)
            let (end, endOverflow) = start.addingReportingOverflow(byteCount)
            guard !startOverflow, !endOverflow, end <= fileByteCount else {
                throw fault("its bytes reach beyond the file's \(fileByteCount)")
            }
            tensors.append(GGUFTensor(name: info.name, shape: info.shape, type: type, byteRange: start..<end))
        }
        return tensors
    }
}

/// One tensor of a GGUF file.
package struct GGUFTensor: Sendable, Hashable {
    /// How elements are stored, by ggml's numbers.
    package enum BlockType: UInt32, Sendable, CaseIterable {
        case f32 = 0
        case f16 = 1
        case q4_0 = 2
        case q4_1 = 3
        case q5_0 = 6
        case q5_1 = 7
        case q8_0 = 8
        case q8_1 = 9
        case q2_K = 10
        case q3_K = 11
        case q4_K = 12
        case q5_K = 13
        case q6_K = 14
        case q8_K = 15
        case iq2_XXS = 16
        case iq2_XS = 17
        case iq3_XXS = 18
        case iq1_S = 19
        case iq4_NL = 20
        case iq3_S = 21
        case iq2_S = 22
        case iq4_XS = 23
        case i8 = 24
        case i16 = 25
        case i32 = 26
        case i64 = 27
        case f64 = 28
        case iq1_M = 29
        case bf16 = 30
        case tq1_0 = 34
        case tq2_0 = 35
        case mxfp4 = 39
        case nvfp4 = 40

        /// The elements and the bytes of a block.
        package var block: (length: Int, byteCount: Int) {
            switch self {
            case .f32, .i32: (1, 4)
            case .f16, .bf16, .i16: (1, 2)
            case .i8: (1, 1)
            case .i64, .f64: (1, 8)
            case .q4_0, .iq4_NL: (32, 18)
            case .q4_1: (32, 20)
            case .q5_0: (32, 22)
            case .q5_1: (32, 24)
            case .q8_0: (32, 34)
            case .q8_1: (32, 36)
            case .mxfp4: (32, 17)
            case .nvfp4: (64, 36)
            case .q2_K: (256, 84)
            case .q3_K, .iq3_S: (256, 110)
            case .q4_K: (256, 144)
            case .q5_K: (256, 176)
            case .q6_K: (256, 210)
            case .q8_K: (256, 292)
            case .iq2_XXS, .tq2_0: (256, 66)
            case .iq2_XS: (256, 74)
            case .iq2_S: (256, 82)
            case .iq3_XXS: (256, 98)
            case .iq1_S: (256, 50)
            case .iq1_M: (256, 56)
            case .iq4_XS: (256, 136)
            case .tq1_0: (256, 54)
            }
        }
    }

    /// The name.
    package let name: String
    /// The dimensions, outermost first.
    package let shape: [Int]
    /// How the elements are stored.
    package let type: BlockType
    /// Where the bytes lie, from the start of the file.
    package let byteRange: Range<Int>
}
