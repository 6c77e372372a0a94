extension Filters {
    /// Turns web and mail addresses into links, as `jinja2.filters.do_urlize` does.
    @Sendable static func urlize(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let names = ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"]
        let bound = try arguments.bind("urlize", names)
        let relations = try relations(bound[3], isFollowed: bound[1]?.isTrue != true, interpreter)
        var attributes = TextBuilder()
        attributes.append(" rel=\"")
        attributes.append(StringOperations.escaped(try StringOperations.join(relations, Text(" "), interpreter)))
        attributes.append("\"")
        if let target = bound[2], target.isTrue {
            let text = try interpreter.string(target)
            attributes.append(" target=\"")
            attributes.append(text.isSafe ? text : StringOperations.escaped(text))
            attributes.append("\"")
        }
        let plain = try interpreter.string(value)
        var urlizer = Urlizer(
            text: plain.isSafe ? plain : StringOperations.escaped(plain),
            attributes: attributes.text,
            schemes: try schemes(bound[4], interpreter),
            limit: bound[0].flatMap { $0.isNone ? nil : $0 },
            interpreter: interpreter
        )
        return .string(markup(try urlizer.linked(), interpreter))
    }

    /// The link types of the attribute `rel`, each once, in order.
    private static func relations(
        _ given: Value?,
        isFollowed: Bool,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> [Text] {
        var relations = [Text("noopener")]
        if !isFollowed { relations.append(Text("nofollow")) }
        if let given, given.isTrue {
            guard let text = given.text else { throw .runtime("'\(given.typeName)' object has no attribute 'split'") }
            try interpreter.charge(steps: 1 + text.byteCount)
            relations += StringOperations.splitWhitespace(text, limit: .max)
        }
        var distinct: [Text] = []
        for relation in relations.sorted(by: { Text.precedes($0.string, $1.string) }) {
            if let last = distinct.last, Text.sameBytes(last.string, relation.string) { continue }
            distinct.append(relation)
        }
        return distinct
    }

    /// The prefixes given beside those that are known, each of which must look like one.
    private static func schemes(_ given: Value?, _ interpreter: Interpreter) throws(TemplateError) -> [[UInt8]] {
        guard let given, !given.isNone else { return [] }
        for scheme in try interpreter.elements(of: given) {
            guard let text = scheme.text else { throw .runtime("expected string, got '\(scheme.typeName)'") }
            try interpreter.charge(steps: 1 + text.byteCount / 16)
            guard AddressPatterns.isSchemePrefix(Array(text.string.unicodeScalars)) else {
                throw .runtime("\(PythonFormat.quoted(text.string)) is not a valid URI scheme prefix.")
            }
        }
        // an iterator that can be read once has nothing left for the words
        return try interpreter.elements(of: given).compactMap { $0.text?.bytes }
    }
}

/// Finds the addresses in an escaped text and writes it with links in their places.
private struct Urlizer {
    private static let brackets = [("(", ")"), ("<", ">"), ("&lt;", "&gt;")].map { (Array($0.utf8), Array($1.utf8)) }
    private static let openings = ["(", "<", "&lt;"].map { Array($0.utf8) }
    private static let closings = [")", ">", ".", ",", "&gt;"].map { Array($0.utf8) }

    private let text: Text
    private let bytes: [UInt8]
    private let attributes: Text
    private let schemes: [[UInt8]]
    private let limit: Value?
    private let interpreter: Interpreter
    private var builder = TextBuilder()
    /// Up to where the text has been written.
    private var written = 0

    init(text: Text, attributes: Text, schemes: [[UInt8]], limit: Value?, interpreter: Interpreter) {
        self.text = text
        bytes = text.bytes
        self.attributes = attributes
        self.schemes = schemes
        self.limit = limit
        self.interpreter = interpreter
    }

    mutating func linked() throws(TemplateError) -> TextBuilder {
        try interpreter.charge(steps: bytes.count)
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, UTF8Scalars.whitespaceLength(at: end, in: bytes[...]) == 0 {
                end += UTF8Scalars.length(bytes[end])
            }
            if end > start { try link(core(of: start..<end)) }
            start = end
            while start < bytes.count {
                let length = UTF8Scalars.whitespaceLength(at: start, in: bytes[...])
                if length == 0 { break }
                start += length
            }
        }
        builder.append(bytes[written...], of: text)
        return builder
    }

    // MARK: - Words

    /// A word without the brackets and punctuation around it, save brackets that close what it opens itself.
    private func core(of word: Range<Int>) -> Range<Int> {
        var start = word.lowerBound
        while let opening = Self.openings.first(where: { stands($0, at: start, before: word.upperBound) }) {
            start += opening.count
        }
        var end = word.upperBound
        while let closing = Self.closings.first(where: { start <= end - $0.count && stands($0, at: end - $0.count) }) {
            end -= closing.count
        }
        for (opening, closing) in Self.brackets {
            var open = count(opening, in: start..<end)
            if open <= count(closing, in: start..<end) { continue }
            var position = end
            while open > 0 && position < word.upperBound {
                if stands(closing, at: position, before: word.upperBound) {
                    position += closing.count
                    end = position
                    open -= 1
                } else {
                    position += 1
                }
            }
        }
        return start..<end
    }

    private func stands(_ token: [UInt8], at start: Int, before end: Int? = nil) -> Bool {
        guard start + token.count <= end ?? bytes.count else { return false }
        for (offset, byte) in token.enumerated() where bytes[start + offset] != byte { return false }
        return true
    }

    private func count(_ token: [UInt8], in range: Range<Int>) -> Int {
        range.reduce(0) { $0 + (stands(token, at: $1, before: range.upperBound) ? 1 : 0) }
    }

    // MARK: - Links

    /// Writes a link to the address that stands there, if one does.
    private mutating func link(_ range: Range<Int>) throws(TemplateError) {
        let word = bytes[range]
        let scalars = Array(String(decoding: word, as: UTF8.self).unicodeScalars)
        if AddressPatterns.isWeb(scalars) {
            let isComplete = word.starts(with: "https://".utf8) || word.starts(with: "http://".utf8)
            try write(range, prefix: isComplete ? "" : "https://", attributes, label: try trimmed(range, scalars.count))
        } else if word.starts(with: "mailto:".utf8), AddressPatterns.isMail(scalars[7...]) {
            try write(range, prefix: "", Text(""), label: text.slice(range.lowerBound + 7..<range.upperBound))
        } else if isMailWithoutScheme(word, scalars) {
            try write(range, prefix: "mailto:", Text(""), label: text.slice(range))
        } else if !schemes.isEmpty {
            try interpreter.charge(steps: schemes.count * (1 + word.count / 16))
            guard schemes.contains(where: { $0.count < word.count && word.starts(with: $0) }) else { return }
            try write(range, prefix: "", attributes, label: text.slice(range))
        }
    }

    private func isMailWithoutScheme(_ word: ArraySlice<UInt8>, _ scalars: [Unicode.Scalar]) -> Bool {
        if word.first == UInt8(ascii: "@") || word.contains(UInt8(ascii: ":")) { return false }
        return !word.starts(with: "www.".utf8) && AddressPatterns.isMail(scalars[...])
    }

    private mutating func write(
        _ address: Range<Int>,
        prefix: String,
        _ attributes: Text,
        label: Text
    ) throws(TemplateError) {
        let size = builder.count
        builder.append(bytes[written..<address.lowerBound], of: text)
        builder.append("<a href=\"\(prefix)")
        builder.append(bytes[address], of: text)
        builder.append("\"")
        builder.append(attributes)
        builder.append(">")
        builder.append(label)
        builder.append("</a>")
        written = address.upperBound
        try interpreter.charge(bytes: builder.count - size)
        if builder.count > interpreter.limits.maximumOutputBytes { throw .limit("a string grew too long") }
    }

    /// What a link shows of its address: no more than the limit, then dots.
    private func trimmed(_ address: Range<Int>, _ scalarCount: Int) throws(TemplateError) -> Text {
        let whole = text.slice(address)
        guard let limit else { return whole }
        if case .undefined(let undefined) = limit { throw undefined.error }
        guard limit.number != nil else {
            throw .runtime("'>' not supported between instances of 'int' and '\(limit.typeName)'")
        }
        guard let order = PythonNumber.order(.int(scalarCount), limit), order > 0 else { return whole }
        guard case .string(let shown) = try interpreter.slice(of: .string(whole), nil, limit, nil) else { return whole }
        return shown + Text("...")
    }
}
