/// HTML's character references as Python's `html.unescape` reads them.
enum CharacterReferences {
    private static let names: [String: String] = {
        var names: [String: String] = [:]
        for entry in table.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let parts = entry.split(separator: ":")
            var text = ""
            for digits in parts[1].split(separator: ",") {
                if let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) {
                    text.unicodeScalars.append(scalar)
                }
            }
            names[String(parts[0])] = text
        }
        return names
    }()

    /// What the bytes 0x80 to 0x9F mean in Windows-1252, or themselves.
    private static let windows = Array(
        "\u{20AC}\u{81}\u{201A}\u{192}\u{201E}\u{2026}\u{2020}\u{2021}\u{2C6}\u{2030}\u{160}\u{2039}\u{152}\u{8D}\u{17D}\u{8F}"
            .unicodeScalars
    )
    private static let moreWindows = Array(
        "\u{90}\u{2018}\u{2019}\u{201C}\u{201D}\u{2022}\u{2013}\u{2014}\u{2DC}\u{2122}\u{161}\u{203A}\u{153}\u{9D}\u{17E}\u{178}"
            .unicodeScalars
    )

    /// The text with the characters that its references name, each of the origin of its reference.
    static func resolved(_ text: Text) -> Text {
        let bytes = text.bytes
        var builder = TextBuilder()
        var cursor = OriginCursor(text.origin)
        var written = 0
        var position = 0
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "&"), let found = reference(bytes, position + 1) else {
                position += 1
                continue
            }
            builder.append(bytes[written..<position], of: text)
            builder.append(found.text, isRequest: cursor.isRequest(position))
            position = found.end
            written = position
        }
        builder.append(bytes[written...], of: text)
        return builder.text
    }

    private static func reference(_ bytes: [UInt8], _ start: Int) -> (text: String, end: Int)? {
        guard start < bytes.count else { return nil }
        if bytes[start] == UInt8(ascii: "#") { return number(bytes, start + 1) }
        // no name has other characters than letters and digits, or more than 31 of them
        let name = bytes[start...].prefix(32).prefix {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        if name.endIndex < bytes.count, bytes[name.endIndex] == UInt8(ascii: ";"),
            let text = names[String(decoding: name, as: UTF8.self)]
        {
            return (text, name.endIndex + 1)
        }
        var length = min(name.count, 6)
        while length > 1 {
            let prefix = String(decoding: name.prefix(length), as: UTF8.self)
            if legacyNames.contains(prefix), let text = names[prefix] { return (text, start + length) }
            length -= 1
        }
        return nil
    }

    private static func number(_ bytes: [UInt8], _ start: Int) -> (text: String, end: Int)? {
        let isHexadecimal = start < bytes.count && bytes[start] | 0x20 == UInt8(ascii: "x")
        let radix = isHexadecimal ? 16 : 10
        let first = isHexadecimal ? start + 1 : start
        var end = first
        var value = 0
        while end < bytes.count, let digit = BigInteger.digit(bytes[end]), digit < radix {
            value = min(value * radix + digit, 0x110000)
            end += 1
        }
        if end == first { return nil }
        if end < bytes.count && bytes[end] == UInt8(ascii: ";") { end += 1 }
        return (character(value), end)
    }

    private static func character(_ value: Int) -> String {
        switch value {
        case 0, 0xD800...0xDFFF, 0x110000...: return "\u{FFFD}"
        case 0x0D: return "\r"
        case 0x80...0x8F: return String(windows[value - 0x80])
        case 0x90...0x9F: return String(moreWindows[value - 0x90])
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0xFDD0...0xFDEF: return ""
        default:
            if value & 0xFFFE == 0xFFFE { return "" }
            return Unicode.Scalar(UInt32(value)).map { String($0) } ?? ""
        }
    }
}
