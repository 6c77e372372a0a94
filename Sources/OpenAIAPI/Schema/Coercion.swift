import MartletJSON

/// How a JSON value becomes a field's value: pydantic's lax rules.
///
/// Integers take `3`, `3.0`, `"3"` and `true`; floats take integers and numeric strings; booleans take `0`, `1` and the
/// usual words. Strings are never made from numbers.
struct Coercion<Value>: Sendable {
    /// The value, or `nil` after reporting why there is none.
    let read: @Sendable (JSONValue, Location, inout SchemaReader) -> Value?
}

extension Coercion<Int> {
    /// An integer; one that does not fit 64 bits becomes the nearest that does, which every range check refuses.
    static let integer = Coercion { value, location, reader in
        switch value {
        case .integer(let number): return number
        case .bigInteger(let digits): return digits.utf8.first == UInt8(ascii: "-") ? .min : .max
        case .bool(let flag): return flag ? 1 : 0
        case .double(let number): return integer(from: number, location, &reader)
        case .string(let text):
            if let number = integer(from: text) { return number }
            reader.report(
                "int_parsing",
                location,
                "Input should be a valid integer, unable to parse string as an integer",
                value
            )
            return nil
        case .null, .array, .object:
            reader.report("int_type", location, "Input should be a valid integer", value)
            return nil
        }
    }

    /// An integer that fits 64 bits.
    static let integer64 = Coercion { value, location, reader in
        guard let number = integer.read(value, location, &reader) else { return nil }
        // what does not fit has become a bound
        let fits = Double(number).magnitude < 0x1p63 || isExact(number, value)
        if fits { return number }
        let isNegative = number < 0
        let bound = isNegative ? Int.min : Int.max
        reader.report(
            SchemaProblem(
                kind: isNegative ? "greater_than_equal" : "less_than_equal",
                location: location,
                message: "Input should be \(isNegative ? "greater" : "less") than or equal to \(bound)",
                input: PythonText.shown(value),
                context: "{'\(isNegative ? "ge" : "le")': \(bound)}"
            )
        )
        return nil
    }

    /// Whether the value is that integer, not one beyond it.
    private static func isExact(_ number: Int, _ value: JSONValue) -> Bool {
        switch value {
        case .integer: true
        case .double(let double): Int(exactly: double) != nil
        case .string(let text): Int(text) == number
        default: false
        }
    }

    /// An integer of at least 0.
    static let nonNegative = Coercion { value, location, reader in
        if case .integer(let number) = value, number >= 0 { return number }
        guard let number = integer.read(value, location, &reader) else { return nil }
        guard number < 0 else { return number }
        reader.report(
            SchemaProblem(
                kind: "greater_than_equal",
                location: location,
                message: "Input should be greater than or equal to 0",
                input: PythonText.shown(value),
                context: "{'ge': 0}"
            )
        )
        return nil
    }

    private static func integer(from number: Double, _ location: Location, _ reader: inout SchemaReader) -> Int? {
        guard number.isFinite else {
            reader.report("finite_number", location, "Input should be a finite number", .double(number))
            return nil
        }
        guard number == number.rounded(.towardZero) else {
            reader.report(
                "int_from_float",
                location,
                "Input should be a valid integer, got a number with a fractional part",
                .double(number)
            )
            return nil
        }
        return Int(exactly: number) ?? (number < 0 ? .min : .max)
    }

    /// An integer in a string: white space around it, a sign, `_` between digits, and `.0` are accepted.
    private static func integer(from text: String) -> Int? {
        var body = text.utf8.drop(while: isSpace)
        while let last = body.last, isSpace(last) { body.removeLast() }
        if let point = body.lastIndex(of: UInt8(ascii: ".")) {
            guard body[point...].dropFirst().allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
            body = body[..<point]
        }
        var digits: [UInt8] = []
        var previous: UInt8 = UInt8(ascii: "_")
        for (position, byte) in body.enumerated() {
            let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if byte == UInt8(ascii: "_") {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(previous) else { return nil }
            } else if isDigit || (isSign && position == 0) {
                digits.append(byte)
            } else {
                return nil
            }
            previous = byte
        }
        guard previous != UInt8(ascii: "_"), digits.count < 4300 else { return nil }
        guard let last = digits.last, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last) else { return nil }
        let number = String(decoding: digits, as: UTF8.self)
        return Int(number) ?? (digits.first == UInt8(ascii: "-") ? .min : .max)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

extension Coercion<Double> {
    /// A number, not necessarily finite: ranges are checked with the sampling parameters.
    static let number = Coercion { value, location, reader in
        switch value {
        case .integer, .bigInteger, .double: return value.double
        case .bool(let flag): return flag ? 1 : 0
        case .string(let text):
            if let number = number(from: text) { return number }
            reader.report(
                "float_parsing",
                location,
                "Input should be a valid number, unable to parse string as a number",
                value
            )
            return nil
        case .null, .array, .object:
            reader.report("float_type", location, "Input should be a valid number", value)
            return nil
        }
    }

    private static func number(from text: String) -> Double? {
        let body = text.utf8.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard body.count < 400, let first = body.first, first != UInt8(ascii: "x") else { return nil }
        // hexadecimal floats are Swift's, not Python's
        guard !body.contains(where: { $0 | 0x20 == UInt8(ascii: "x") }) else { return nil }
        var trimmed = body
        while let last = trimmed.last, last == 0x20 || (0x09...0x0D).contains(last) { trimmed.removeLast() }
        return Double(String(decoding: Array(trimmed), as: UTF8.self))
    }
}

extension Coercion<Bool> {
    private static let words: [String: Bool] = [
        "0": false, "off": false, "f": false, "false": false, "n": false, "no": false,
        "1": true, "on": true, "t": true, "true": true, "y": true, "yes": true,
    ]

    /// A truth value.
    static let boolean = Coercion { value, location, reader in
        switch value {
        case .bool(let flag): return flag
        case .integer(0), .double(0): return false
        case .integer(1), .double(1): return true
        case .string(let text) where text.utf8.count <= 5 && words[text.lowercased()] != nil:
            return words[text.lowercased()]
        case .integer, .bigInteger, .string:
            reader.report(
                "bool_parsing",
                location,
                "Input should be a valid boolean, unable to interpret input",
                value
            )
            return nil
        case .null, .double, .array, .object:
            reader.report("bool_type", location, "Input should be a valid boolean", value)
            return nil
        }
    }
}

extension Coercion<String> {
    /// Text of any length.
    static let string = Coercion { value, location, reader in
        if case .string(let text) = value { return text }
        reader.report("string_type", location, "Input should be a valid string", value)
        return nil
    }

    /// Text of at most that many bytes.
    static func string(_ limit: any KeyPath<RequestLimits, Int> & Sendable) -> Coercion {
        Coercion { value, location, reader in
            guard let text = string.read(value, location, &reader) else { return nil }
            let limit = reader.limits[keyPath: limit]
            if text.utf8.count <= limit { return text }
            reader.reportTooLong(location, text: text, limit: limit)
            return nil
        }
    }

    /// One of a few words.
    static func literal(_ words: [String]) -> Coercion {
        Coercion { value, location, reader in
            if case .string(let text) = value, words.contains(where: { $0.utf8.elementsEqual(text.utf8) }) {
                return text
            }
            let quoted = words.map { "'\($0)'" }
            let expected =
                quoted.count < 2
                ? quoted.joined() : "\(quoted.dropLast().joined(separator: ", ")) or \(quoted.suffix(1).joined())"
            reader.report(
                SchemaProblem(
                    kind: "literal_error",
                    location: location,
                    message: "Input should be \(expected)",
                    input: PythonText.shown(value),
                    context: "{'expected': \(PythonText.quoted(expected))}"
                )
            )
            return nil
        }
    }
}

extension Coercion<JSONObject> {
    /// An object with any members.
    static let object = Coercion { value, location, reader in
        if case .object(let members) = value { return members }
        reader.report("dict_type", location, "Input should be a valid dictionary", value)
        return nil
    }
}

extension Coercion {
    /// A list of such values, of at most that many.
    static func list<Element>(
        of element: Coercion<Element>,
        _ limit: any KeyPath<RequestLimits, Int> & Sendable
    ) -> Coercion where Value == [Element] {
        Coercion { value, location, reader in
            guard case .array(let elements) = value else {
                reader.report("list_type", location, "Input should be a valid list", value)
                return nil
            }
            let limit = reader.limits[keyPath: limit]
            guard elements.count <= limit else {
                reader.reportTooLong(location, value, limit: limit, count: elements.count)
                return nil
            }
            var result: [Element] = []
            result.reserveCapacity(elements.count)
            for (index, value) in elements.enumerated() {
                if let read = element.read(value, location.child(index), &reader) { result.append(read) }
            }
            return result.count == elements.count ? result : nil
        }
    }
}

extension Coercion<[Int]> {
    /// A list of integers of at least 0; as `list(of:)`, without building a path for each element.
    static func tokenIDs(_ limit: any KeyPath<RequestLimits, Int> & Sendable) -> Coercion {
        let general = Coercion.list(of: .nonNegative, limit)
        return Coercion { value, location, reader in
            guard case .array(let elements) = value, elements.count <= reader.limits[keyPath: limit] else {
                return general.read(value, location, &reader)
            }
            var result: [Int] = []
            result.reserveCapacity(elements.count)
            for element in elements {
                guard case .integer(let id) = element, id >= 0 else { return general.read(value, location, &reader) }
                result.append(id)
            }
            return result
        }
    }
}
