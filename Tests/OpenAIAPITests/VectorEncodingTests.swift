import MartletOpenAIAPI
import Testing

/// Elements of vectors as bytes, by the definitions of the formats.
@Suite struct VectorEncodingTests {
    private static func bytes(
        _ vector: [Float],
        _ type: VectorEncoding.ElementType,
        _ order: VectorEncoding.ByteOrder = .little
    ) -> [UInt8] {
        var encoding = VectorEncoding()
        encoding.elementType = type
        encoding.byteOrder = order
        return encoding.bytes(of: vector)
    }

    @Test func wideTypesInBothOrders() {
        #expect(Self.bytes([1, -2], .float32) == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
        #expect(Self.bytes([1, -2], .float32, .big) == [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0])
        #expect(Self.bytes([1], .float32, .native) == Self.bytes([1], .float32, .little))
        #expect(Self.bytes([1, 65504, 70000], .float16, .big) == [0x3C, 0, 0x7B, 0xFF, 0x7C, 0])
        // halfway between two neighbours: that with the even mantissa
        let pattern = { (bits: UInt32) in Float(bitPattern: bits) }
        let halfway = [pattern(0x3F80_8000), pattern(0x3F81_8000), pattern(0x3F81_8001)]
        #expect(Self.bytes(halfway, .bfloat16, .big) == [0x3F, 0x80, 0x3F, 0x82, 0x3F, 0x82])
        #expect(Self.bytes([-.infinity, pattern(0xFFFF_FFFF)], .bfloat16, .big) == [0xFF, 0x80, 0xFF, 0xFF])
    }

    @Test(
        arguments: [
            (0, 0x00), (1, 0x38), (-1, 0xB8), (1.0625, 0x38), (1.1875, 0x3A), (1.99, 0x40), (448, 0x7E), (464, 0x7E),
            (465, 0x7E), (1e30, 0x7E), (Float.infinity, 0x7E), (Float.nan, 0x7F), (0x1p-6, 0x08), (0x1p-9, 0x01),
            (0x1p-10, 0x00), (0x1.8p-10, 0x01), (0x1.fp-7, 0x08), (Float.leastNonzeroMagnitude, 0x00),
        ] as [(Float, UInt8)]
    )
    func e4m3(value: Float, byte: UInt8) {
        #expect(Self.bytes([value], .float8e4m3) == [byte])
        #expect(Self.bytes([-value], .float8e4m3).map { $0 ^ 0x80 } == [byte])
    }

    @Test(
        arguments: [
            (0, 0x00), (1, 0x3C), (1.125, 0x3C), (1.375, 0x3E), (57344, 0x7B), (61439, 0x7B), (61440, 0x7C),
            (Float.infinity, 0x7C), (Float.nan, 0x7F), (0x1p-14, 0x04), (0x1p-16, 0x01), (0x1p-17, 0x00),
        ] as [(Float, UInt8)]
    )
    func e5m2(value: Float, byte: UInt8) {
        #expect(Self.bytes([value], .float8e5m2) == [byte])
    }

    @Test func aHeaderTellsWhereVectorsAre() throws {
        var encoding = VectorEncoding()
        encoding.format = .bytes
        encoding.elementType = .float16
        let response = EmbeddingResponse(
            head: ResponseHead(id: "embd-1", created: 5, model: "größe-😀"),
            kind: .embedding,
            vectors: [[1, 2], [3]],
            encoding: encoding,
            promptTokenCount: 7
        )
        #expect(response.binaryBody == [0, 0x3C, 0, 0x40, 0, 0x42])
        #expect(
            response.metadata == #"{"id":"embd-1","created":5,"model":"gr\u00f6\u00dfe-\ud83d\ude00","data":["#
                + #"{"index":0,"embed_dtype":"float16","endianness":"native","start":0,"end":4,"shape":[2]},"#
                + #"{"index":1,"embed_dtype":"float16","endianness":"native","start":4,"end":6,"shape":[1]}],"#
                + #""usage":{"prompt_tokens":7,"total_tokens":7}}"#
        )
    }
}
