extension Interpreter {
    /// `value.name`, as Jinja2's sandbox resolves it: an attribute, else an element, else undefined.
    func attribute(_ name: String, _ method: Method?, of value: Value) throws(TemplateError) -> Value {
        if case .undefined(let undefined) = value, !Interpreter.isInternal(name) { throw undefined.error }
        if let method, method.exists(on: value) {
            if !method.isAllowed(on: value) { return .undefined(Undefined(unsafe: name, of: value)) }
            return .object(
                Function(name) { (interpreter, arguments) throws(TemplateError) in
                    try interpreter.call(method, on: value, arguments)
                }
            )
        }
        if Interpreter.isInternal(name) { return .undefined(Undefined(unsafe: name, of: value)) }
        switch value {
        case .dict(let dict):
            if let found = dict[name] { return found }
        case .tuple(let elements):
            if let position = elements.fields.firstIndex(where: { Text.sameBytes($0, name) }) {
                return elements.values[position]
            }
        case .int, .bool, .float, .big:
            if name == "real" || name == "numerator" && value.isInteger {
                if case .bool(let flag) = value { return .int(flag ? 1 : 0) }
                return value
            }
            if name == "imag" { return value.isInteger ? .int(0) : .float(0) }
            if name == "denominator" && value.isInteger { return .int(1) }
        case .object(let object):
            if let found = object.attribute(name) { return found }
        default: break
        }
        return .undefined(Undefined(attribute: name, of: value))
    }

    /// Whether the sandbox hides an attribute of that name on every object.
    private static func isInternal(_ name: String) -> Bool { name.hasPrefix("__") && name.hasSuffix("__") }

    /// The element of a value at an index or key.
    func item(_ index: Value, of value: Value) throws(TemplateError) -> Value {
        switch value {
        case .undefined(let undefined): throw undefined.error
        case .dict(let dict):
            if case .list = index { break }
            if case .dict = index { break }
            if let found = try dict.value(for: index) { return found }
        case .list(let elements), .tuple(let elements):
            if let position = index.integer {
                return element(position, elements.values.count, index, value) { elements.values[$0] }
            }
        case .string(let text):
            if let position = index.integer { return try scalar(position, of: text, value) }
        case .object(let object):
            if let range = object as? RangeObject, let position = index.integer {
                return element(position, range.count, index, value) { .int(range.element($0)) }
            }
        default: break
        }
        if let name = index.text { return try attribute(name.string, Method.named(name.string), of: value) }
        return .undefined(Undefined(element: try representation(index).string, of: value))
    }

    private func element(
        _ position: Int,
        _ count: Int,
        _ index: Value,
        _ value: Value,
        _ read: (Int) -> Value
    ) -> Value {
        let place = position < 0 ? position + count : position
        if (0..<count).contains(place) { return read(place) }
        return .undefined(Undefined(element: String(position), of: value))
    }

    private func scalar(_ position: Int, of text: Text, _ value: Value) throws(TemplateError) -> Value {
        try charge(bytes: text.byteCount)
        let offsets = StringOperations.scalarOffsets(text)
        return element(position, offsets.count - 1, .none, value) {
            var scalar = text.slice(offsets[$0]..<offsets[$0 + 1])
            scalar.isSafe = text.isSafe
            return .string(scalar)
        }
    }

    // MARK: - Slices

    func slice(of value: Value, _ lower: Value?, _ upper: Value?, _ step: Value?) throws(TemplateError) -> Value {
        switch value {
        case .undefined(let undefined): throw undefined.error
        case .list(let elements):
            let places = try places(elements.values.count, lower, upper, step)
            return .list(places.all.map { elements.values[$0] })
        case .tuple(let elements):
            let places = try places(elements.values.count, lower, upper, step)
            return .tuple(places.all.map { elements.values[$0] })
        case .string(let text):
            var part = try slice(of: text, lower, upper, step)
            part.isSafe = text.isSafe
            return .string(part)
        case .object(let object):
            guard let range = object as? RangeObject else { break }
            let places = try places(range.count, lower, upper, step)
            let start = range.element(places.start)
            let width = places.count > 1 ? places.stride * range.step : range.step
            let stop = start + width * places.count
            return .object(RangeObject(start: start, stop: stop, step: width, count: places.count))
        default: break
        }
        if case .dict = value { throw .runtime("unhashable type: 'slice'") }
        throw .runtime("'\(value.typeName)' object is not subscriptable")
    }

    private func slice(
        of text: Text,
        _ lower: Value?,
        _ upper: Value?,
        _ step: Value?
    ) throws(TemplateError) -> Text {
        try charge(bytes: text.byteCount)
        let offsets = text.isASCII ? nil : StringOperations.scalarOffsets(text)
        let places = try places(offsets.map { $0.count - 1 } ?? text.byteCount, lower, upper, step)
        func offset(_ place: Int) -> Int { offsets?[place] ?? place }
        if places.count == 0 { return Text("") }
        if places.stride == 1 { return text.slice(offset(places.start)..<offset(places.start + places.count)) }
        let bytes = text.bytes
        var builder = TextBuilder()
        for place in places.all { builder.append(bytes[offset(place)..<offset(place + 1)], of: text) }
        return builder.text
    }

    /// The indexes that a slice takes.
    private struct Places {
        let start: Int
        let stride: Int
        let count: Int

        var all: [Int] { (0..<count).map { start + $0 * stride } }
    }

    private func places(
        _ count: Int,
        _ lower: Value?,
        _ upper: Value?,
        _ step: Value?
    ) throws(TemplateError) -> Places {
        let stride = try bound(step) ?? 1
        if stride == 0 { throw .runtime("slice step cannot be zero") }
        let lowest = stride < 0 ? -1 : 0
        let highest = stride < 0 ? count - 1 : count
        let start = try clamped(lower, count, lowest, highest) ?? (stride < 0 ? highest : 0)
        let stop = try clamped(upper, count, lowest, highest) ?? (stride < 0 ? -1 : highest)
        let distance = stride < 0 ? start - stop : stop - start
        let taken = distance <= 0 ? 0 : (distance - 1) / abs(stride) + 1
        if stride != 1 { try charge(steps: taken) }
        return Places(start: start, stride: stride, count: taken)
    }

    private func clamped(_ value: Value?, _ count: Int, _ lowest: Int, _ highest: Int) throws(TemplateError) -> Int? {
        guard let bound = try bound(value) else { return nil }
        return min(max(bound < 0 ? bound + count : bound, lowest), highest)
    }

    private func bound(_ value: Value?) throws(TemplateError) -> Int? {
        guard let value, !value.isNone else { return nil }
        if case .big(let big) = value { return big.isNegative ? -(1 << 40) : 1 << 40 }
        guard let bound = value.integer else {
            throw .runtime("slice indices must be integers or None or have an __index__ method")
        }
        return min(max(bound, -(1 << 40)), 1 << 40)
    }
}
