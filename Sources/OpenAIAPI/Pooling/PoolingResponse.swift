import MartletJSON

/// The answer of `POST /v1/embeddings` and `/pooling`: a vector for each input, or one for each of its tokens.
package struct EmbeddingResponse: Sendable {
    /// Which of the two it is.
    package enum Kind: Sendable {
        /// `/v1/embeddings`
        case embedding
        /// `/pooling`
        case pooling
    }

    /// Id, time and model.
    package var head: ResponseHead
    /// Which of the two it is.
    package var kind: Kind
    /// The vectors in the order of the inputs.
    package var vectors: [[Float]]
    /// The width of a token's vector, where an input's vectors are those of its tokens one after the other.
    package var tokenWidth: Int?
    /// How they are written.
    package var encoding: VectorEncoding
    /// The tokens of all inputs.
    package var promptTokenCount: Int

    /// An answer.
    package init(
        head: ResponseHead,
        kind: Kind,
        vectors: [[Float]],
        tokenWidth: Int? = nil,
        encoding: VectorEncoding,
        promptTokenCount: Int
    ) {
        self.head = head
        self.kind = kind
        self.vectors = vectors
        self.tokenWidth = tokenWidth
        self.encoding = encoding
        self.promptTokenCount = promptTokenCount
    }

    /// The body.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256 + vectors.reduce(0) { $0 + 14 * $1.count + 64 })
        bytes.appendListHead(head)
        for (index, vector) in vectors.enumerated() {
            if index > 0 { bytes.appendRaw(",") }
            bytes.appendRaw("{\"index\":")
            bytes.appendJSON(index)
            switch kind {
            case .embedding: bytes.appendRaw(",\"object\":\"embedding\",\"embedding\":")
            case .pooling: bytes.appendRaw(",\"object\":\"pooling\",\"data\":")
            }
            bytes.appendVector(vector, tokenWidth, encoding)
            bytes.appendRaw("}")
        }
        bytes.appendListEnd(promptTokenCount: promptTokenCount)
        return bytes
    }

    /// The body where vectors are written as bytes: those of the first one, then those of the second one, and so on.
    package var binaryBody: [UInt8] { vectors.flatMap { encoding.bytes(of: $0) } }

    /// What the header `metadata` tells of such a body, in ASCII: where each vector begins and ends.
    package var metadata: String {
        var (items, start): ([JSONValue], Int) = ([], 0)
        for (index, vector) in vectors.enumerated() {
            let end = start + encoding.byteCount(elements: vector.count)
            let shape = tokenWidth.map { [vector.count / $0, $0] } ?? [vector.count]
            items.append([
                "index": .integer(index), "embed_dtype": .string(encoding.elementType.rawValue),
                "endianness": .string(encoding.byteOrder.rawValue), "start": .integer(start), "end": .integer(end),
                "shape": .array(shape.map { .integer($0) }),
            ])
            start = end
        }
        let count = JSONValue.integer(promptTokenCount)
        let object: JSONValue = [
            "id": .string(head.id), "created": .integer(head.created), "model": .string(head.model),
            "data": .array(items), "usage": ["prompt_tokens": count, "total_tokens": count],
        ]
        return object.serialized.utf16.reduce(into: "") { text, unit in
            if unit < 0x7F {
                text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            } else {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
}

/// The answer of `POST /classify`: a label and the probabilities of all for each input.
package struct ClassificationResponse: Sendable {
    /// Id, time and model.
    package var head: ResponseHead
    /// The labels' names.
    package var labels: [String]
    /// The probabilities of each input.
    package var probabilities: [[Float]]
    /// The tokens of all inputs.
    package var promptTokenCount: Int

    /// An answer.
    package init(head: ResponseHead, labels: [String], probabilities: [[Float]], promptTokenCount: Int) {
        self.head = head
        self.labels = labels
        self.probabilities = probabilities
        self.promptTokenCount = promptTokenCount
    }

    /// The body.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendListHead(head)
        for (index, values) in probabilities.enumerated() {
            if index > 0 { bytes.appendRaw(",") }
            let best = values.indices.max { values[$0] < values[$1] } ?? 0
            bytes.appendRaw("{\"index\":")
            bytes.appendJSON(index)
            bytes.appendRaw(",\"label\":")
            bytes.appendJSON(best < labels.count ? labels[best] : nil)
            bytes.appendRaw(",\"probs\":")
            bytes.appendNumbers(values)
            bytes.appendRaw(",\"num_classes\":")
            bytes.appendJSON(values.count)
            bytes.appendRaw("}")
        }
        bytes.appendListEnd(promptTokenCount: promptTokenCount)
        return bytes
    }
}

/// The answer of `POST /score`: a score for each pair.
package struct ScoreResponse: Sendable {
    /// Id, time and model.
    package var head: ResponseHead
    /// The scores in the order of the pairs.
    package var scores: [Float]
    /// The tokens of all inputs.
    package var promptTokenCount: Int

    /// An answer.
    package init(head: ResponseHead, scores: [Float], promptTokenCount: Int) {
        self.head = head
        self.scores = scores
        self.promptTokenCount = promptTokenCount
    }

    /// The body.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendListHead(head)
        for (index, score) in scores.enumerated() {
            if index > 0 { bytes.appendRaw(",") }
            bytes.appendRaw("{\"index\":")
            bytes.appendJSON(index)
            bytes.appendRaw(",\"object\":\"score\",\"score\":")
            bytes.appendNumber(score)
            bytes.appendRaw("}")
        }
        bytes.appendListEnd(promptTokenCount: promptTokenCount)
        return bytes
    }
}

/// The answer of `POST /rerank`: documents, the best first.
package struct RerankResponse: Sendable {
    /// A document and its score.
    package struct Result: Sendable, Hashable {
        /// The document's place in the request.
        package var index: Int
        /// The document.
        package var text: String
        /// The greater, the better.
        package var score: Float

        /// A result.
        package init(index: Int, text: String, score: Float) {
            self.index = index
            self.text = text
            self.score = score
        }
    }

    /// Id and model.
    package var head: ResponseHead
    /// The documents, the best first.
    package var results: [Result]
    /// The tokens of all inputs.
    package var promptTokenCount: Int

    /// An answer.
    package init(head: ResponseHead, results: [Result], promptTokenCount: Int) {
        self.head = head
        self.results = results
        self.promptTokenCount = promptTokenCount
    }

    /// The body.
    package var body: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendRaw("{\"id\":")
        bytes.appendJSON(head.id)
        bytes.appendRaw(",\"model\":")
        bytes.appendJSON(head.model)
        bytes.appendRaw(",\"usage\":{\"prompt_tokens\":")
        bytes.appendJSON(promptTokenCount)
        bytes.appendRaw(",\"total_tokens\":")
        bytes.appendJSON(promptTokenCount)
        bytes.appendRaw("},\"results\":")
        bytes.appendArray(results) { result, bytes in
            bytes.appendRaw("{\"index\":")
            bytes.appendJSON(result.index)
            bytes.appendRaw(",\"document\":{\"text\":")
            bytes.appendJSON(result.text)
            bytes.appendRaw(",\"multi_modal\":null},\"relevance_score\":")
            bytes.appendNumber(result.score)
            bytes.appendRaw("}")
        }
        bytes.appendRaw("}")
        return bytes
    }
}

extension [UInt8] {
    /// Appends `{"id":…,"object":"list","created":…,"model":…,"data":[`.
    fileprivate mutating func appendListHead(_ head: ResponseHead) {
        appendRaw("{\"id\":")
        appendJSON(head.id)
        appendRaw(",\"object\":\"list\",\"created\":")
        appendJSON(head.created)
        appendRaw(",\"model\":")
        appendJSON(head.model)
        appendRaw(",\"data\":[")
    }

    /// Appends what follows the data.
    fileprivate mutating func appendListEnd(promptTokenCount: Int) {
        appendRaw("],\"usage\":")
        appendUsage(Usage(promptTokens: promptTokenCount, completionTokens: 0), .whole)
        appendRaw("}")
    }

    /// Appends the shortest decimal that reads back as that float; `null` for what JSON has no number for.
    fileprivate mutating func appendNumber(_ value: Float) {
        guard value.isFinite else { return appendRaw("null") }
        append(contentsOf: value.description.utf8)
    }

    /// Appends numbers in brackets.
    fileprivate mutating func appendNumbers(_ values: some Collection<Float>) {
        append(UInt8(ascii: "["))
        for (position, value) in values.enumerated() {
            if position > 0 { append(UInt8(ascii: ",")) }
            appendNumber(value)
        }
        append(UInt8(ascii: "]"))
    }

    /// Appends a vector as numbers, those of tokens as a list of them, or in base64.
    fileprivate mutating func appendVector(_ vector: [Float], _ tokenWidth: Int?, _ encoding: VectorEncoding) {
        guard encoding.format != .float else {
            guard let width = tokenWidth else { return appendNumbers(vector) }
            return appendArray(stride(from: 0, to: vector.count, by: width)) { first, bytes in
                bytes.appendNumbers(vector[first..<first + width])
            }
        }
        append(UInt8(ascii: "\""))
        appendBase64(encoding.bytes(of: vector))
        append(UInt8(ascii: "\""))
    }

    private mutating func appendBase64(_ bytes: [UInt8]) {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        reserveCapacity(count + (bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<Swift.min(start + 3, bytes.count)]
            let word = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * (3 - UInt32(group.count)))
            for place in 0..<4 {
                let letter = letters[Int(word >> (18 - 6 * UInt32(place)) & 63)]
                append(place <= group.count ? letter : UInt8(ascii: "="))
            }
        }
    }
}
