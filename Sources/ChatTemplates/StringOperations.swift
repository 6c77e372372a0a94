/// Python's string operations on UTF-8, keeping each byte's origin; indexes are byte offsets.
enum StringOperations {
    enum Side {
        case left
        case right
        case both
    }

    // MARK: - Scalars

    /// The offset of each scalar, and the end.
    static func scalarOffsets(_ text: Text) -> [Int] {
        var offsets: [Int] = []
        var offset = 0
        for byte in text.string.utf8 {
            if byte & 0xC0 != 0x80 { offsets.append(offset) }
            offset += 1
        }
        offsets.append(offset)
        return offsets
    }

    /// Each scalar as a text of its own.
    static func scalars(_ text: Text) -> [Text] {
        let offsets = scalarOffsets(text)
        return zip(offsets, offsets.dropFirst()).map { text.slice($0..<$1) }
    }

    static func reversed(_ text: Text) -> Text {
        let offsets = scalarOffsets(text)
        let bytes = text.bytes
        var builder = TextBuilder()
        for index in stride(from: offsets.count - 2, through: 0, by: -1) {
            builder.append(bytes[offsets[index]..<offsets[index + 1]], of: text)
        }
        return builder.text
    }

    // MARK: - Searching

    static func contains(_ text: Text, _ needle: Text) -> Bool {
        if needle.byteCount > text.byteCount { return false }
        return find(needle.bytes, in: text.bytes, from: 0) != nil
    }

    /// The first place from there on where the needle stands.
    ///
    /// - Complexity: O(text + needle).
    static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first else { return start <= bytes.count ? start : nil }
        guard needle.count <= bytes.count - start else { return nil }
        if needle.count > 16 { return findLong(needle, in: bytes, from: start) }
        var position = start
        let last = bytes.count - needle.count
        while position <= last {
            if bytes[position] == first {
                var matched = 1
                while matched < needle.count && bytes[position + matched] == needle[matched] { matched += 1 }
                if matched == needle.count { return position }
            }
            position += 1
        }
        return nil
    }

    /// Knuth–Morris–Pratt, for needles with which trying every place could take too long.
    private static func findLong(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var fallback = [Int](repeating: 0, count: needle.count)
        var matched = 0
        for index in 1..<needle.count {
            while matched > 0 && needle[index] != needle[matched] { matched = fallback[matched - 1] }
            if needle[index] == needle[matched] { matched += 1 }
            fallback[index] = matched
        }
        matched = 0
        for index in start..<bytes.count {
            while matched > 0 && bytes[index] != needle[matched] { matched = fallback[matched - 1] }
            if bytes[index] == needle[matched] { matched += 1 }
            if matched == needle.count { return index + 1 - needle.count }
        }
        return nil
    }

    /// Every place where the needle stands, without overlap, from the left; at most that many.
    static func occurrences(_ needle: [UInt8], in bytes: [UInt8], limit: Int = .max) -> [Int] {
        var places: [Int] = []
        var position = 0
        while places.count < limit, let place = find(needle, in: bytes, from: position) {
            places.append(place)
            position = place + needle.count
        }
        return places
    }

    /// The same from the right, in descending order.
    static func occurrencesFromRight(_ needle: [UInt8], in bytes: [UInt8], limit: Int = .max) -> [Int] {
        let count = bytes.count
        return occurrences(needle.reversed(), in: bytes.reversed(), limit: limit).map { count - $0 - needle.count }
    }

    // MARK: - Cutting

    /// Takes white space, or the given scalars, off the ends.
    static func strip(_ text: Text, _ characters: String?, _ side: Side) -> Text {
        let bytes = text.bytes
        let set = characters.map { Set($0.unicodeScalars) }
        func isStripped(_ offset: Int) -> Bool {
            guard let set else { return UTF8Scalars.whitespaceLength(at: offset, in: bytes[...]) > 0 }
            return UTF8Scalars.scalar(at: offset, in: bytes[...]).map { set.contains($0) } ?? false
        }
        var start = 0
        var end = bytes.count
        if side != .right {
            while start < end && isStripped(start) { start += UTF8Scalars.length(bytes[start]) }
        }
        if side != .left {
            while end > start {
                var last = end - 1
                while last > start && bytes[last] & 0xC0 == 0x80 { last -= 1 }
                guard isStripped(last) else { break }
                end = last
            }
        }
        return text.slice(start..<end)
    }

    static func split(_ text: Text, _ separator: Text, limit: Int) -> [Text] {
        let needle = separator.bytes
        var parts: [Text] = []
        var start = 0
        for place in occurrences(needle, in: text.bytes, limit: limit) {
            parts.append(text.slice(start..<place))
            start = place + needle.count
        }
        parts.append(text.slice(start..<text.byteCount))
        return parts
    }

    static func splitFromRight(_ text: Text, _ separator: Text, limit: Int) -> [Text] {
        let needle = separator.bytes
        var parts: [Text] = []
        var end = text.byteCount
        for place in occurrencesFromRight(needle, in: text.bytes, limit: limit) {
            parts.append(text.slice(place + needle.count..<end))
            end = place
        }
        parts.append(text.slice(0..<end))
        return parts.reversed()
    }

    /// `split()`: at runs of white space.
    static func splitWhitespace(_ text: Text, limit: Int) -> [Text] {
        let bytes = text.bytes
        var parts: [Text] = []
        var position = 0
        while true {
            while position < bytes.count {
                let length = UTF8Scalars.whitespaceLength(at: position, in: bytes[...])
                if length == 0 { break }
                position += length
            }
            guard position < bytes.count else { return parts }
            if parts.count >= limit {
                parts.append(text.slice(position..<bytes.count))
                return parts
            }
            let start = position
            while position < bytes.count && UTF8Scalars.whitespaceLength(at: position, in: bytes[...]) == 0 {
                position += UTF8Scalars.length(bytes[position])
            }
            parts.append(text.slice(start..<position))
        }
    }

    /// `rsplit(maxsplit=…)`: at runs of white space, from the right.
    static func splitWhitespaceFromRight(_ text: Text, limit: Int) -> [Text] {
        let words = splitWhitespace(text, limit: .max)
        guard words.count > limit else { return words }
        // the rest keeps its white space: find where the first kept word begins by walking back over the text
        var rest = strip(text, nil, .right)
        for word in words.suffix(limit).reversed() {
            rest = strip(rest.slice(0..<rest.byteCount - word.byteCount), nil, .right)
        }
        return [rest] + words.suffix(limit)
    }

    static func splitLines(_ text: Text, keepsEnds: Bool) -> [Text] {
        let bytes = text.bytes
        var lines: [Text] = []
        var start = 0
        var position = 0
        while position < bytes.count {
            let length = lineBreakLength(bytes, position)
            if length > 0 {
                lines.append(text.slice(start..<(keepsEnds ? position + length : position)))
                position += length
                start = position
            } else {
                position += 1
            }
        }
        if start < bytes.count { lines.append(text.slice(start..<bytes.count)) }
        return lines
    }

    private static func lineBreakLength(_ bytes: [UInt8], _ position: Int) -> Int {
        switch bytes[position] {
        case 0x0D: return position + 1 < bytes.count && bytes[position + 1] == 0x0A ? 2 : 1
        case 0x0A...0x0C, 0x1C...0x1E: return 1
        case 0xC2: return position + 1 < bytes.count && bytes[position + 1] == 0x85 ? 2 : 0
        case 0xE2:
            guard position + 2 < bytes.count, bytes[position + 1] == 0x80 else { return 0 }
            return bytes[position + 2] == 0xA8 || bytes[position + 2] == 0xA9 ? 3 : 0
        default: return 0
        }
    }

    // MARK: - Replacing and joining

    static func replace(
        _ text: Text,
        _ old: Text,
        _ new: Text,
        limit: Int,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Text {
        let bytes = text.bytes
        let places: [Int]
        if old.isEmpty {
            places = Array(scalarOffsets(text).prefix(limit))
        } else {
            places = occurrences(old.bytes, in: bytes, limit: limit)
        }
        if places.isEmpty { return text }
        let (added, overflow) = places.count.multipliedReportingOverflow(by: new.byteCount)
        if overflow || added > interpreter.limits.maximumOutputBytes { throw .limit("a string grew too long") }
        try interpreter.charge(bytes: bytes.count + added)
        try interpreter.charge(steps: places.count)
        var builder = TextBuilder()
        var start = 0
        for place in places {
            builder.append(bytes[start..<place], of: text)
            builder.append(new)
            start = place + old.byteCount
        }
        builder.append(bytes[start...], of: text)
        return builder.text
    }

    static func join(
        _ parts: [Text],
        _ separator: Text,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Text {
        var builder = TextBuilder()
        for (position, part) in parts.enumerated() {
            try interpreter.charge(steps: 1 + (part.byteCount + separator.byteCount) / 16)
            if position > 0 { builder.append(separator) }
            builder.append(part)
        }
        return builder.text
    }

    /// Texts and their separator as they are joined: where escaping is on and one is markup, the others become markup.
    static func joinedMarkup(
        _ parts: [Text],
        separator: Text,
        escapes: Bool
    ) -> (parts: [Text], separator: Text, isSafe: Bool) {
        guard escapes, separator.isSafe || parts.contains(where: \.isSafe) else { return (parts, separator, false) }
        return (parts.map { $0.isSafe ? $0 : escaped($0) }, separator.isSafe ? separator : escaped(separator), true)
    }

    /// HTML's five special characters as entities, marked safe.
    static func escaped(_ text: Text) -> Text {
        var builder = TextBuilder()
        var cursor = OriginCursor(text.origin)
        for (offset, byte) in text.string.utf8.enumerated() {
            let isRequest = cursor.isRequest(offset)
            switch byte {
            case UInt8(ascii: "&"): builder.append("&amp;", isRequest: isRequest)
            case UInt8(ascii: "<"): builder.append("&lt;", isRequest: isRequest)
            case UInt8(ascii: ">"): builder.append("&gt;", isRequest: isRequest)
            case UInt8(ascii: "\""): builder.append("&#34;", isRequest: isRequest)
            case UInt8(ascii: "'"): builder.append("&#39;", isRequest: isRequest)
            default: builder.append(byte, isRequest: isRequest)
            }
        }
        var escaped = builder.text
        escaped.isSafe = true
        return escaped
    }

    /// Pads to a width in scalars; `center` puts the odd one where Python does.
    static func padded(
        _ text: Text,
        _ width: Int,
        _ fill: Text,
        _ side: Side,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Text {
        if width > TemplateLimits.maximumPadding { throw .limit("a padding is too wide") }
        let missing = width - text.scalarCount
        guard missing > 0 else { return text }
        try interpreter.charge(steps: missing)
        let left: Int
        switch side {
        case .left: left = missing
        case .right: left = 0
        case .both: left = missing / 2 + (missing & width & 1)
        }
        var builder = TextBuilder()
        for _ in 0..<left { builder.append(fill) }
        builder.append(text)
        for _ in 0..<missing - left { builder.append(fill) }
        return builder.text
    }
}
