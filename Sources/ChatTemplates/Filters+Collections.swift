/// Filters on sequences and mappings.
extension Filters {
    @Sendable static func first(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("first", [])
        let missing = Value.undefined(Undefined("No first item, sequence was empty."))
        if case .object(let object) = value, let generator = object as? Generator {
            return try generator.next() ?? missing
        }
        if case .string(let text) = value { return text.isEmpty ? missing : .string(text.prefix(1)) }
        return try interpreter.elements(of: value).first ?? missing
    }

    @Sendable static func last(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("last", [])
        if case .object(let object) = value, object is Generator {
            throw .runtime("'\(object.typeName)' object is not reversible")
        }
        let missing = Value.undefined(Undefined("No last item, sequence was empty."))
        return try interpreter.elements(of: value).last ?? missing
    }

    @Sendable static func random(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("random", [])
        return try interpreter.elements(of: value).randomElement()
            ?? .undefined(Undefined("No random item, sequence was empty."))
    }

    @Sendable static func list(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("list", [])
        let elements = try interpreter.elements(of: value)
        try interpreter.charge(steps: elements.count)
        return .list(elements)
    }

    @Sendable static func items(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("items", [])
        return try Generator.deferring { elements throws(TemplateError) in
            if value.isUndefined { return }
            guard case .dict(let dict) = value else { throw .runtime("Can only get item pairs from a mapping.") }
            try interpreter.charge(steps: dict.count)
            elements = dict.entries.map { .tuple([$0.key, $0.value]) }
        }
    }

    @Sendable static func reverse(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind("reverse", [])
        if case .string(let text) = value {
            try interpreter.charge(steps: text.byteCount)
            return .string(StringOperations.reversed(text))
        }
        let elements = try interpreter.elements(of: value)
        try interpreter.charge(steps: elements.count)
        return .object(Generator(elements.reversed(), kind: "list_reverseiterator"))
    }

    @Sendable static func join(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("join", ["d", "attribute"])
        let separator = try interpreter.string(bound[0] ?? .string(""))
        var elements = try interpreter.elements(of: value)
        if let attribute = bound[1], !attribute.isNone {
            let path = try AttributePath(attribute)
            elements = try elements.mapping { element throws(TemplateError) in
                try path.value(of: element, interpreter)
            }
        }
        let texts = try elements.mapping { element throws(TemplateError) in try interpreter.string(element) }
        let escaped = StringOperations.joinedMarkup(texts, separator: separator, escapes: interpreter.escapesOutput)
        var joined = try StringOperations.join(escaped.parts, escaped.separator, interpreter)
        joined.isSafe = escaped.isSafe
        return .string(joined)
    }

    @Sendable static func batch(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("batch", ["linecount", "fill_with"], required: 1)
        let size = try integer(bound[0], 0)
        return try Generator.deferring { batches throws(TemplateError) in
            let elements = try interpreter.elements(of: value)
            try interpreter.charge(steps: elements.count)
            var current: [Value] = []
            for element in elements {
                if current.count == size {
                    batches.append(.list(current))
                    current = []
                }
                current.append(element)
            }
            if current.isEmpty { return }
            if let fill = bound[1], !fill.isNone, current.count < size {
                if size > TemplateLimits.maximumElements { throw .limit("a batch is too long") }
                try interpreter.charge(steps: size)
                current.append(contentsOf: repeatElement(fill, count: size - current.count))
            }
            batches.append(.list(current))
        }
    }

    @Sendable static func slice(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("slice", ["slices", "fill_with"], required: 1)
        let count = try integer(bound[0], 0)
        return try Generator.deferring { slices throws(TemplateError) in
            if count == 0 { throw .runtime("integer division or modulo by zero") }
            let elements = try interpreter.elements(of: value)
            if count < 0 { return }
            if count > TemplateLimits.maximumElements { throw .limit("too many slices") }
            try interpreter.charge(steps: elements.count + count)
            let size = elements.count / count
            let longer = elements.count % count
            var start = 0
            for index in 0..<count {
                let end = start + size + (index < longer ? 1 : 0)
                var slice = Array(elements[start..<end])
                if let fill = bound[1], !fill.isNone, index >= longer { slice.append(fill) }
                slices.append(.list(slice))
                start = end
            }
        }
    }

    // MARK: - Order

    /// A value as filters compare it: text in small letters unless case matters.
    private static func folded(_ value: Value, _ isCaseSensitive: Bool) -> Value {
        guard !isCaseSensitive, case .string(let text) = value else { return value }
        return .string(StringOperations.mapped(text, .lower))
    }

    @Sendable static func sort(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("sort", ["reverse", "case_sensitive", "attribute"])
        let isCaseSensitive = bound[1]?.isTrue ?? false
        let paths = try AttributePath.several(bound[2])
        let elements = try interpreter.elements(of: value)
        let keyed = try elements.mapping { element throws(TemplateError) in
            let keys = try paths.mapping { path throws(TemplateError) in
                folded(try path.value(of: element, interpreter), isCaseSensitive)
            }
            return (key: Value.list(keys), element: element)
        }
        let isReversed = try integer(bound[0], 0) != 0
        let sorted = try Sorting.sorted(keyed) { first, second throws(TemplateError) in
            try interpreter.charge(steps: 1)
            return try isReversed
                ? interpreter.isLess(second.key, first.key) : interpreter.isLess(first.key, second.key)
        }
        return .list(sorted.map(\.element))
    }

    @Sendable static func dictSort(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("dictsort", ["case_sensitive", "by", "reverse"])
        guard case .dict(let dict) = value else {
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("'\(value.typeName)' object has no attribute 'items'")
        }
        let isCaseSensitive = bound[0]?.isTrue ?? false
        let isReversed = try integer(bound[2], 0) != 0
        let byValue: Bool
        switch (bound[1] ?? .string("key")).text?.string {
        case "key": byValue = false
        case "value": byValue = true
        default: throw .runtime("You can only sort by either \"key\" or \"value\"")
        }
        let sorted = try Sorting.sorted(dict.entries) { first, second throws(TemplateError) in
            try interpreter.charge(steps: 1)
            let left = folded(byValue ? first.value : first.key, isCaseSensitive)
            let right = folded(byValue ? second.value : second.key, isCaseSensitive)
            return try isReversed ? interpreter.isLess(right, left) : interpreter.isLess(left, right)
        }
        return .list(sorted.map { .tuple([$0.key, $0.value]) })
    }

    private static func extreme(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments,
        isMaximum: Bool
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind(isMaximum ? "max" : "min", ["case_sensitive", "attribute"])
        let isCaseSensitive = bound[0]?.isTrue ?? false
        let path = try AttributePath(bound[1] ?? .none)
        var best: (key: Value, element: Value)?
        for element in try interpreter.elements(of: value) {
            try interpreter.charge(steps: 1)
            let key = folded(try path.value(of: element, interpreter), isCaseSensitive)
            guard let current = best else {
                best = (key, element)
                continue
            }
            let isBetter = try isMaximum ? interpreter.isLess(current.key, key) : interpreter.isLess(key, current.key)
            if isBetter { best = (key, element) }
        }
        return best?.element ?? .undefined(Undefined("No aggregated item, sequence was empty."))
    }

    @Sendable static func maximum(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value { try extreme(interpreter, value, arguments, isMaximum: true) }

    @Sendable static func minimum(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value { try extreme(interpreter, value, arguments, isMaximum: false) }

    @Sendable static func sum(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("sum", ["attribute", "start"])
        let path = try AttributePath(bound[0] ?? .none)
        var total = bound[1] ?? .int(0)
        if total.text != nil { throw .runtime("sum() can't sum strings [use ''.join(seq) instead]") }
        for element in try interpreter.elements(of: value) {
            total = try interpreter.arithmetic(.add, total, try path.value(of: element, interpreter))
        }
        return total
    }

    @Sendable static func unique(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("unique", ["case_sensitive", "attribute"])
        let path = try AttributePath(bound[1] ?? .none)
        return try Generator.deferring { kept throws(TemplateError) in
            var seen: Set<DictKey> = []
            for element in try interpreter.elements(of: value) {
                try interpreter.charge(steps: 1)
                let key = folded(try path.value(of: element, interpreter), bound[0]?.isTrue ?? false)
                if seen.insert(try DictKey(key)).inserted { kept.append(element) }
            }
        }
    }

    @Sendable static func groupBy(
        _ interpreter: Interpreter,
        _ value: Value,
        _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let bound = try arguments.bind("groupby", ["attribute", "default", "case_sensitive"], required: 1)
        let path = try AttributePath(bound[0] ?? .none, missing: bound[1])
        let isCaseSensitive = bound[2]?.isTrue ?? false
        let keyed = try interpreter.elements(of: value).mapping { element throws(TemplateError) in
            let key = try path.value(of: element, interpreter)
            return (key: key, folded: folded(key, isCaseSensitive), element: element)
        }
        let sorted = try Sorting.sorted(keyed) { first, second throws(TemplateError) in
            try interpreter.charge(steps: 1)
            return try interpreter.isLess(first.folded, second.folded)
        }
        var groups: [(key: Value, folded: Value, elements: [Value])] = []
        for entry in sorted {
            if let last = groups.last, try interpreter.equal(last.folded, entry.folded) {
                groups[groups.count - 1].elements.append(entry.element)
            } else {
                groups.append((entry.key, entry.folded, [entry.element]))
            }
        }
        let fields = ["grouper", "list"]
        return .list(groups.map { .tuple(Elements([$0.key, .list($0.elements)], fields: fields)) })
    }
}

/// The way to a value inside an element: `"a.b.0"`, or an index.
struct AttributePath {
    private let parts: [Value]
    private let missing: Value?

    init(_ attribute: Value, missing: Value? = nil) throws(TemplateError) {
        switch attribute {
        case .none: parts = []
        case .int: parts = [attribute]
        case .string(let text): parts = AttributePath.parts(text.string)
        default: throw .runtime("an attribute must be a string or an integer")
        }
        self.missing = missing.flatMap { $0.isNone ? nil : $0 }
    }

    private init(parts: [Value]) {
        self.parts = parts
        missing = nil
    }

    /// The paths of a list with commas, as `sort` takes them.
    static func several(_ attribute: Value?) throws(TemplateError) -> [AttributePath] {
        guard case .string(let text) = attribute else { return [try AttributePath(attribute ?? .none)] }
        return text.string.split(separator: ",", omittingEmptySubsequences: false).map {
            AttributePath(parts: parts(String($0)))
        }
    }

    private static func parts(_ path: String) -> [Value] {
        path.split(separator: ".", omittingEmptySubsequences: false).map { part in
            let isIndex = !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
            return isIndex ? Int(part).map { .int($0) } ?? .string(String(part)) : .string(String(part))
        }
    }

    func value(of element: Value, _ interpreter: Interpreter) throws(TemplateError) -> Value {
        var value = element
        for part in parts {
            try interpreter.charge(steps: 1)
            value = try interpreter.item(part, of: value)
            if let missing, value.isUndefined { value = missing }
        }
        return value
    }
}
