/// The methods of Python's `str`.
enum StringMethods {
    static func call(
        _ method: Method,
        _ text: Text,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        switch method {
        case .strip, .lstrip, .rstrip: return try strip(method, text, arguments)
        case .split, .rsplit: return try split(method, text, arguments, interpreter)
        case .splitlines:
            let keeps = try Filters.integer(arguments.bind("splitlines", ["keepends"])[0], 0) != 0
            let lines = StringOperations.splitLines(text, keepsEnds: keeps)
            try interpreter.charge(steps: lines.count)
            return .list(lines.map { .string(text.markedAlike($0)) })
        case .startswith, .endswith: return try hasAffix(method, text, arguments)
        case .replace: return try replace(text, arguments, interpreter)
        case .join: return try join(text, arguments, interpreter)
        case .find, .rfind, .index, .rindex, .count: return try search(method, text, arguments)
        case .removeprefix, .removesuffix: return try removeAffix(method, text, arguments)
        case .partition, .rpartition: return try partition(method, text, arguments)
        case .center, .ljust, .rjust, .zfill: return try pad(method, text, arguments, interpreter)
        case .expandtabs: return try expandTabs(text, arguments, interpreter)
        case .format: return .string(try BraceFormat.format(text, arguments, interpreter))
        case .formatMap: return try formatMap(text, arguments, interpreter)
        case .translate: return try translate(text, arguments, interpreter)
        case .maketrans, .encode: throw .runtime("'str.\(method.rawValue)' is not supported in templates")
        default:
            _ = try arguments.bind(method.rawValue, [])
            return plain(method, text)
        }
    }

    /// The methods without arguments.
    private static func plain(_ method: Method, _ text: Text) -> Value {
        switch method {
        case .upper: return .string(StringOperations.mapped(text, .upper))
        case .lower: return .string(StringOperations.mapped(text, .lower))
        case .title: return .string(StringOperations.mapped(text, .title))
        case .capitalize: return .string(StringOperations.mapped(text, .capitalized))
        case .swapcase: return .string(StringOperations.mapped(text, .swapped))
        case .casefold: return .string(StringOperations.mapped(text, .folded))
        case .islower: return .bool(StringOperations.isAll(text, lower: true))
        case .isupper: return .bool(StringOperations.isAll(text, lower: false))
        case .istitle: return .bool(StringOperations.isTitle(text))
        case .isascii: return .bool(text.isASCII)
        case .isprintable: return .bool(text.string.unicodeScalars.allSatisfy { StringOperations.isPrintable($0) })
        case .isidentifier: return .bool(isIdentifier(text))
        default: break
        }
        let scalars = text.string.unicodeScalars
        guard !scalars.isEmpty else { return .bool(false) }
        switch method {
        case .isalpha: return .bool(scalars.allSatisfy { StringOperations.isAlphabetic($0) })
        case .isdigit: return .bool(scalars.allSatisfy { StringOperations.isDigit($0) })
        case .isdecimal: return .bool(scalars.allSatisfy { StringOperations.isDecimal($0) })
        case .isnumeric: return .bool(scalars.allSatisfy { StringOperations.isNumeric($0) })
        case .isalnum:
            return .bool(scalars.allSatisfy { StringOperations.isAlphabetic($0) || StringOperations.isNumeric($0) })
        case .isspace: return .bool(scalars.allSatisfy { UTF8Scalars.isWhitespace($0.value) })
        default: return .none
        }
    }

    private static func isIdentifier(_ text: Text) -> Bool {
        guard let first = text.string.unicodeScalars.first else { return false }
        return (first == "_" || first.properties.isXIDStart)
            && text.string.unicodeScalars.dropFirst().allSatisfy { $0.properties.isXIDContinue }
    }

    /// The text of a string argument.
    private static func string(_ value: Value?, _ method: Method) throws(TemplateError) -> Text {
        if case .undefined(let undefined) = value { throw undefined.error }
        guard let text = value?.text else {
            throw .runtime("\(method.rawValue)() argument must be str, not \(value?.typeName ?? "nothing")")
        }
        return text
    }

    private static func integer(_ value: Value?, _ method: Method, _ missing: Int) throws(TemplateError) -> Int {
        guard let value else { return missing }
        guard let number = value.integer else {
            throw .runtime("'\(value.typeName)' object cannot be interpreted as an integer")
        }
        return number
    }

    private static func strip(_ method: Method, _ text: Text, _ arguments: Arguments) throws(TemplateError) -> Value {
        let characters = try arguments.bind(method.rawValue, ["chars"])[0]
        let set = try characters.flatMap { value throws(TemplateError) in
            value.isNone ? nil : try string(value, method).string
        }
        let side: StringOperations.Side = method == .strip ? .both : method == .lstrip ? .left : .right
        return .string(StringOperations.strip(text, set, side))
    }

    private static func split(
        _ method: Method,
        _ text: Text,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind(method.rawValue, ["sep", "maxsplit"])
        let most = try integer(bound[1], method, -1)
        let limit = most < 0 ? Int.max : most
        let isRight = method == .rsplit
        var parts: [Text]
        if let separator = bound[0], !separator.isNone {
            let separator = try string(separator, method)
            if separator.isEmpty { throw .runtime("empty separator") }
            parts =
                isRight
                ? StringOperations.splitFromRight(text, separator, limit: limit)
                : StringOperations.split(text, separator, limit: limit)
        } else {
            parts =
                isRight
                ? StringOperations.splitWhitespaceFromRight(text, limit: limit)
                : StringOperations.splitWhitespace(text, limit: limit)
        }
        try interpreter.charge(steps: parts.count)
        return .list(parts.map { .string(text.markedAlike($0)) })
    }

    /// The part of the text that optional start and end arguments select, and where it begins, in scalars.
    private static func window(
        _ text: Text,
        _ start: Value?,
        _ end: Value?
    ) throws(TemplateError) -> (text: Text, start: Int)? {
        let noStart = start?.isNone ?? true
        let noEnd = end?.isNone ?? true
        if noStart && noEnd { return (text, 0) }
        let offsets = StringOperations.scalarOffsets(text)
        let count = offsets.count - 1
        func place(_ value: Value?, _ missing: Int) throws(TemplateError) -> Int {
            guard let value, !value.isNone else { return missing }
            guard let index = value.integer else {
                throw .runtime("slice indices must be integers or None or have an __index__ method")
            }
            return index < 0 ? max(0, index.addingReportingOverflow(count).partialValue) : index
        }
        let lower = try place(start, 0)
        let upper = min(try place(end, count), count)
        guard lower <= upper else { return nil }
        return (text.slice(offsets[lower]..<offsets[upper]), lower)
    }

    private static func hasAffix(_ method: Method, _ text: Text, _ arguments: Arguments) throws(TemplateError) -> Value
    {
        let bound = try arguments.bind(method.rawValue, ["prefix", "start", "end"], required: 1)
        guard let affix = bound[0] else { return .none }
        let window = try window(text, bound[1], bound[2])?.text.string
        var candidates = [affix]
        if case .tuple(let elements) = affix { candidates = elements.values }
        for candidate in candidates {
            let wanted = try string(candidate, method).string
            guard let window else { continue }
            let isThere =
                method == .startswith
                ? window.utf8.starts(with: wanted.utf8) : window.utf8.reversed().starts(with: wanted.utf8.reversed())
            if isThere { return .bool(true) }
        }
        return .bool(false)
    }

    private static func replace(
        _ text: Text,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("replace", ["old", "new", "count"], required: 2)
        let most = try integer(bound[2], .replace, -1)
        let new = try string(bound[1], .replace)
        let replaced = try StringOperations.replace(
            text,
            try string(bound[0], .replace),
            text.isSafe && !new.isSafe ? StringOperations.escaped(new) : new,
            limit: most < 0 ? .max : most,
            interpreter
        )
        return .string(replaced)
    }

    private static func join(
        _ separator: Text,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("join", ["iterable"], required: 1)
        let elements = try interpreter.elements(of: bound[0] ?? .none)
        var parts: [Text] = []
        for (position, element) in elements.enumerated() {
            if separator.isSafe {
                let part = try interpreter.string(element)
                parts.append(part.isSafe ? part : StringOperations.escaped(part))
                continue
            }
            guard let part = element.text else {
                throw .runtime("sequence item \(position): expected str instance, \(element.typeName) found")
            }
            parts.append(part)
        }
        var joined = try StringOperations.join(parts, separator, interpreter)
        joined.isSafe = separator.isSafe
        return .string(joined)
    }

    private static func search(_ method: Method, _ text: Text, _ arguments: Arguments) throws(TemplateError) -> Value {
        let bound = try arguments.bind(method.rawValue, ["sub", "start", "end"], required: 1)
        let needle = try string(bound[0], method).bytes
        let window = try window(text, bound[1], bound[2])
        if method == .count {
            guard let window else { return .int(0) }
            if needle.isEmpty { return .int(window.text.scalarCount + 1) }
            return .int(StringOperations.occurrences(needle, in: window.text.bytes).count)
        }
        var found: Int?
        if let window {
            let bytes = window.text.bytes
            let isRight = method == .rfind || method == .rindex
            let place =
                isRight
                ? needle.isEmpty
                    ? bytes.count : StringOperations.occurrencesFromRight(needle, in: bytes, limit: 1).first
                : StringOperations.find(needle, in: bytes, from: 0)
            found = place.map { window.start + window.text.slice(0..<$0).scalarCount }
        }
        if let found { return .int(found) }
        if method == .index || method == .rindex { throw .runtime("substring not found") }
        return .int(-1)
    }

    private static func removeAffix(
        _ method: Method,
        _ text: Text,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let affix = try string(arguments.bind(method.rawValue, ["affix"], required: 1)[0], method)
        let size = affix.byteCount
        if method == .removeprefix {
            guard text.string.utf8.starts(with: affix.string.utf8) else { return .string(text) }
            return .string(text.slice(size..<text.byteCount))
        }
        guard text.string.utf8.reversed().starts(with: affix.string.utf8.reversed()) else { return .string(text) }
        return .string(text.slice(0..<text.byteCount - size))
    }

    private static func partition(
        _ method: Method,
        _ text: Text,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let separator = try string(arguments.bind(method.rawValue, ["sep"], required: 1)[0], method)
        if separator.isEmpty { throw .runtime("empty separator") }
        let isRight = method == .rpartition
        let bytes = text.bytes
        let place =
            isRight
            ? StringOperations.occurrencesFromRight(separator.bytes, in: bytes, limit: 1).first
            : StringOperations.find(separator.bytes, in: bytes, from: 0)
        guard let place else {
            let empty = text.markedAlike(Text(""))
            return .tuple((isRight ? [empty, empty, text] : [text, empty, empty]).map { .string($0) })
        }
        let after = place + separator.byteCount
        let parts = [text.slice(0..<place), separator, text.slice(after..<bytes.count)]
        return .tuple(parts.map { .string(text.markedAlike($0)) })
    }

    private static func pad(
        _ method: Method,
        _ text: Text,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        let names = method == .zfill ? ["width"] : ["width", "fillchar"]
        let bound = try arguments.bind(method.rawValue, names, required: 1)
        let width = try integer(bound[0], method, 0)
        if method == .zfill {
            let first = text.string.utf8.first
            let hasSign = first == UInt8(ascii: "-") || first == UInt8(ascii: "+")
            let sign = text.slice(0..<(hasSign ? 1 : 0))
            let digits = text.slice((hasSign ? 1 : 0)..<text.byteCount)
            let padded = try StringOperations.padded(
                digits,
                hasSign ? width.subtractingReportingOverflow(1).partialValue : width,
                Text("0"),
                .left,
                interpreter
            )
            return .string(sign + padded)
        }
        let fill = try bound[1].map { value throws(TemplateError) in try string(value, method) } ?? Text(" ")
        if fill.scalarCount != 1 { throw .runtime("The fill character must be exactly one character long") }
        let side: StringOperations.Side = method == .center ? .both : method == .rjust ? .left : .right
        return .string(try StringOperations.padded(text, width, fill, side, interpreter))
    }

    private static func expandTabs(
        _ text: Text,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        let width = try integer(arguments.bind("expandtabs", ["tabsize"])[0], .expandtabs, 8)
        if width > 1000 { throw .limit("a tab is too wide") }
        var builder = TextBuilder()
        var cursor = OriginCursor(text.origin)
        var column = 0
        for (offset, byte) in text.string.utf8.enumerated() {
            let isRequest = cursor.isRequest(offset)
            if byte == 0x09 {
                let spaces = width > 0 ? width - column % width : 0
                try interpreter.charge(steps: spaces)
                builder.append(String(repeating: " ", count: spaces), isRequest: isRequest)
                column += spaces
            } else {
                builder.append(byte, isRequest: isRequest)
                if byte == 0x0A || byte == 0x0D {
                    column = 0
                } else if byte & 0xC0 != 0x80 {
                    column += 1
                }
            }
        }
        return .string(builder.text)
    }

    private static func formatMap(
        _ text: Text,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        guard case .dict(let dict) = try arguments.bind("format_map", ["mapping"], required: 1)[0] else {
            throw .runtime("format_map() takes a mapping")
        }
        var named = Arguments()
        for entry in dict.entries { if let key = entry.key.text { named.keywords.append((key.string, entry.value)) } }
        return .string(try BraceFormat.format(text, named, interpreter))
    }

    private static func translate(
        _ text: Text,
        _ arguments: Arguments,
        _ interpreter: Interpreter
    ) throws(TemplateError) -> Value {
        guard case .dict(let table) = try arguments.bind("translate", ["table"], required: 1)[0] else {
            throw .runtime("translate() takes a mapping")
        }
        var builder = TextBuilder()
        for scalar in StringOperations.scalars(text) {
            let code = scalar.string.unicodeScalars.first.map { Int($0.value) } ?? 0
            switch try table.value(for: .int(code)) {
            case nil: builder.append(scalar)
            case .some(.none): break
            case .string(let replacement):
                try interpreter.charge(bytes: replacement.byteCount)
                builder.append(replacement)
            case .int(let value):
                guard let mapped = UInt32(exactly: value).flatMap({ Unicode.Scalar($0) }) else {
                    throw .runtime("character mapping must be in range(0x110000)")
                }
                builder.append(Text(String(Character(mapped)), scalar.origin))
            default: throw .runtime("character mapping must return integer, None or str")
            }
        }
        return .string(builder.text)
    }
}
