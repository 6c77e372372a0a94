import MartletCheckpoints
import Testing

/// Headers of GGUF files, whole, damaged and hostile.
@Suite struct GGUFHeaderTests {
    /// Writes the parts of a file.
    struct Writer {
        var bytes: [UInt8] = []

        mutating func add<Value: FixedWidthInteger>(_ value: Value) {
            for index in 0..<(Value.bitWidth / 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> Value(index * 8)))
            }
        }

        mutating func add(_ text: String) {
            add(UInt64(text.utf8.count))
            bytes += text.utf8
        }
    }

    /// A file with every kind of metadata and two tensors of 64 bytes in all.
    static func file(offset: UInt64 = 32, rows: UInt64 = 2, type: UInt32 = 0) -> [UInt8] {
        var writer = Writer()
        writer.bytes = Array("GGUF".utf8)
        writer.add(UInt32(3))
        writer.add(UInt64(2))
        writer.add(UInt64(6))
        writer.add("general.architecture")
        writer.add(UInt32(8))
        writer.add("llama")
        writer.add("count")
        writer.add(UInt32(5))
        writer.add(Int32(-7))
        writer.add("rate")
        writer.add(UInt32(6))
        writer.add(Float(0.5).bitPattern)
        writer.add("flag")
        writer.add(UInt32(7))
        writer.add(UInt8(1))
        writer.add("names")
        writer.add(UInt32(9))
        writer.add(UInt32(8))
        writer.add(UInt64(2))
        writer.add("a")
        writer.add("é")
        writer.add("numbers")
        writer.add(UInt32(9))
        writer.add(UInt32(2))
        writer.add(UInt64(3))
        for number in [1, 2, 65535] as [UInt16] { writer.add(number) }
        writer.add("first")
        writer.add(UInt32(1))
        writer.add(UInt64(8))
        writer.add(UInt32(0))
        writer.add(UInt64(0))
        writer.add("second")
        writer.add(UInt32(2))
        writer.add(UInt64(4))
        writer.add(rows)
        writer.add(type)
        writer.add(offset)
        while writer.bytes.count % 32 != 0 { writer.bytes.append(0) }
        return writer.bytes + [UInt8](repeating: 1, count: 64)
    }

    static func read(_ bytes: [UInt8]) throws(CheckpointError) -> GGUFHeader {
        try GGUFHeader(bytes, fileByteCount: bytes.count, path: "model.gguf")
    }

    @Test func `reads metadata and tensors`() throws {
        let bytes = Self.file()
        let header = try Self.read(bytes)
        #expect(header.metadata["general.architecture"]?.text == "llama")
        #expect(header.metadata["count"]?.integer == -7)
        #expect(header.metadata["rate"]?.number == 0.5)
        #expect(header.metadata["flag"]?.bool == true)
        #expect(header.metadata["names"]?.texts == [Array("a".utf8), Array("é".utf8)])
        #expect(header.metadata["numbers"]?.integers == [1, 2, 65535])
        #expect(header.dataStart == bytes.count - 64)
        #expect(header.tensors.map(\.name) == ["first", "second"])
        #expect(header.tensors[1].shape == [2, 4])
        #expect(header.tensors[1].byteRange == (bytes.count - 32)..<bytes.count)
    }

    @Test func `refuses tensors that do not lie within the file`() {
        func reason(_ bytes: [UInt8]) -> String {
            do {
                _ = try Self.read(bytes)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(reason(Self.file(offset: 64)).contains("beyond the file"))
        #expect(reason(Self.file(offset: .max)).contains("multiple of 32"))
        #expect(reason(Self.file(offset: 33)).contains("multiple of 32"))
        #expect(reason(Self.file(rows: 1 << 61)).contains("beyond"))
        #expect(reason(Self.file(rows: .max)).contains("63 bits"))
        #expect(reason(Self.file(type: 999)).contains("type 999"))
        #expect(reason(Self.file(type: 8)).contains("whole blocks of 32"))
    }

    @Test func `refuses other files`() {
        #expect(throws: CheckpointError.invalidGGUF(path: "model.gguf", reason: .truncated(offset: 0))) {
            try Self.read([])
        }
        #expect(throws: CheckpointError.invalidGGUF(path: "model.gguf", reason: .notGGUF)) {
            try Self.read(Array("PK\u{3}\u{4}aaaaaaaaaaaaaaaaaaaaaaaa".utf8))
        }
        var bytes = Self.file()
        bytes[4] = 1
        #expect(throws: CheckpointError.invalidGGUF(path: "model.gguf", reason: .unsupportedVersion(1))) {
            try Self.read(bytes)
        }
    }

    @Test func `damaged files never crash, and no prefix of a header is one`() {
        let bytes = Self.file()
        for count in 0..<(bytes.count - 64) {
            #expect(throws: CheckpointError.self) { try Self.read(Array(bytes[..<count])) }
        }
        var random = SystemRandomNumberGenerator()
        var readCount = 0
        for _ in 0..<3000 {
            var damaged = bytes
            for _ in 0...2 {
                damaged[Int.random(in: damaged.indices, using: &random)] =
                    [0, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            }
            guard let header = try? Self.read(damaged) else { continue }
            readCount += 1
            #expect(header.tensors.allSatisfy { $0.byteRange.upperBound <= damaged.count })
        }
        #expect(readCount < 3000)
    }
}
