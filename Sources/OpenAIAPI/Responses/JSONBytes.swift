import MartletJSON

/// Appending JSON text to bytes: what responses and stream chunks are written with.
extension [UInt8] {
    /// Appends text as it is.
    mutating func appendRaw(_ text: StaticString) {
        text.withUTF8Buffer { unsafe append(contentsOf: $0) }
    }

    /// Appends text in quotes, with what JSON demands escaped; `nil` is `null`.
    mutating func appendJSON(_ text: String?) {
        guard let text else { return appendRaw("null") }
        JSONValue.appendQuoted(text, to: &self)
    }

    /// Appends a decimal integer; `nil` is `null`.
    mutating func appendJSON(_ value: Int?) {
        guard let value else { return appendRaw("null") }
        if (0..<10).contains(value) { return append(UInt8(ascii: "0") + UInt8(value)) }
        append(contentsOf: String(value).utf8)
    }

    /// Appends `true` or `false`.
    mutating func appendJSON(_ value: Bool) {
        if value { appendRaw("true") } else { appendRaw("false") }
    }

    /// Appends an array of integers without spaces; `nil` is `null`.
    mutating func appendJSON(_ values: [Int]?) {
        guard let values else { return appendRaw("null") }
        append(UInt8(ascii: "["))
        for (position, value) in values.enumerated() {
            if position > 0 { append(UInt8(ascii: ",")) }
            appendJSON(value)
        }
        append(UInt8(ascii: "]"))
    }

    /// Appends a log-probability: the shortest decimal of the float widened to double, never below -9999.
    ///
    /// JSON has no infinities; a token of probability zero shows -9999.0.
    mutating func appendLogprob(_ value: Float) {
        let shown = value >= -9999 ? Double(value) : -9999
        append(contentsOf: PythonText.float(shown).utf8)
    }

    /// Appends elements in brackets, separated by commas.
    mutating func appendArray<Item>(_ elements: some Sequence<Item>, _ appendElement: (Item, inout [UInt8]) -> Void) {
        append(UInt8(ascii: "["))
        for (position, element) in elements.enumerated() {
            if position > 0 { append(UInt8(ascii: ",")) }
            appendElement(element, &self)
        }
        append(UInt8(ascii: "]"))
    }
}
