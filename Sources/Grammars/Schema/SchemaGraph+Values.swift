import MartletJSON

extension SchemaGraph {
    /// The set of one value.
    mutating func values(ofConstant value: JSONValue, at place: String) throws(GrammarError) -> ValueSet {
        switch value {
        case .null: return ValueSet(hasNull: true)
        case .bool(let value): return ValueSet(hasTrue: value, hasFalse: !value)
        case .integer, .bigInteger, .double:
            guard let number = DecimalNumber(value) else {
                throw .tooLarge("the number of a constant's digits", limit: DecimalNumber.digitLimit, at: place)
            }
            let texts = number.isWhole ? [number.text + ".0"] : [value.serialized]
            return ValueSet(numbers: TextSet(try NumberTexts.constant(number, texts, limits: limits)))
        case .string(let text):
            return ValueSet(strings: TextSet(try TextAutomaton.literals([text], limits: limits)))
        case .array(let elements):
            var shape = ArrayShape(rest: Self.never, minimum: elements.count, maximum: elements.count)
            for element in elements { shape.prefix.append(try constant(element)) }
            return ValueSet(arrays: [shape])
        case .object(let members):
            var shape = ObjectShape(regions: [])
            for member in members {
                let node = try constant(member.value)
                shape.properties.append(ObjectShape.Property(name: member.key, node: node, isRequired: true))
            }
            return ValueSet(objects: [shape])
        }
    }

    /// The set of several values; strings at once, as lists of them can be long.
    mutating func values(ofConstants list: [JSONValue], at place: String) throws(GrammarError) -> ValueSet {
        var result = ValueSet()
        let texts = list.compactMap(\.string)
        if !texts.isEmpty { result.strings = TextSet(try TextAutomaton.literals(texts, limits: limits)) }
        for value in list where value.string == nil {
            let one = try values(ofConstant: value, at: place)
            result = try result.union(one, in: self)
        }
        return result
    }

    /// The set of a schema of the document.
    mutating func values(ofSchema source: Source) throws(GrammarError) -> ValueSet {
        guard let schema = source.value.object else { return .everything }
        let place = source.pointer
        try refuseUnsupported(schema, at: place)
        var result = try typeValues(schema, at: place)
        // what is said of a kind of value that the schema does not allow says nothing
        if !result.numbers.isEmpty {
            result.numbers = try result.numbers.intersection(numberSet(schema, at: place), limits: limits)
        }
        if !result.strings.isEmpty {
            result.strings = try result.strings.intersection(stringSet(schema, at: place), limits: limits)
        }
        if !result.arrays.isEmpty { result.arrays = try arrayShapes(schema, at: place) }
        if !result.objects.isEmpty { result.objects = try objectShapes(schema, at: place) }
        if let list = schema["enum"] {
            guard let list = list.array else { throw .invalid("`enum` must be an array", at: place + "/enum") }
            guard list.count <= limits.enumValues else {
                throw .tooLarge("the number of values", limit: limits.enumValues, at: place + "/enum")
            }
            let constants = try values(ofConstants: list, at: place + "/enum")
            result = try ordered(result, like: constants)
        }
        if let value = schema["const"] {
            let constant = try values(ofConstant: value, at: place + "/const")
            result = try ordered(result, like: constant)
        }
        result = try applyCombinators(schema, to: result, at: place)
        if schema["nullable"] == .bool(true) { result.hasNull = true }
        return result
    }

    /// The values of both sets, members in the order of the second.
    private mutating func ordered(_ values: ValueSet, like constants: ValueSet) throws(GrammarError) -> ValueSet {
        try constants.intersection(values, in: &self)
    }

    private func refuseUnsupported(_ schema: JSONObject, at place: String) throws(GrammarError) {
        for keyword in ["unevaluatedItems", "unevaluatedProperties", "$dynamicRef", "$recursiveRef"] {
            guard let value = schema[keyword], value != .bool(true), value.object?.isEmpty != true else { continue }
            throw .unsupported("`\(keyword)`", at: place + "/\(keyword)")
        }
    }

    private func typeValues(_ schema: JSONObject, at place: String) throws(GrammarError) -> ValueSet {
        guard let type = schema["type"] else { return .everything }
        guard let names = type.array ?? (type.string == nil ? nil : [type]), !names.isEmpty else {
            throw .invalid("`type` must be a name or a list of names", at: place + "/type")
        }
        var result = ValueSet()
        for name in names {
            switch name.string {
            case "null": result.hasNull = true
            case "boolean": (result.hasTrue, result.hasFalse) = (true, true)
            case "integer": if result.numbers != .all { result.numbers = .some(NumberTexts.integers) }
            case "number": result.numbers = .all
            case "string": result.strings = .all
            case "array": result.arrays = [ArrayShape()]
            case "object": result.objects = [ObjectShape()]
            default: throw .invalid("unknown type \(name.serialized)", at: place + "/type")
            }
        }
        return result
    }

    private mutating func applyCombinators(
        _ schema: JSONObject,
        to start: ValueSet,
        at place: String
    ) throws(GrammarError) -> ValueSet {
        var result = start
        if let reference = schema["$ref"] {
            let target = try values(of: resolve(reference, at: place + "/$ref"))
            result = try result.intersection(target, in: &self)
        }
        for node in try schemas(schema["allOf"], "allOf", at: place) {
            let part = try values(of: node)
            result = try result.intersection(part, in: &self)
        }
        if schema["anyOf"] != nil {
            var union = ValueSet()
            for node in try schemas(schema["anyOf"], "anyOf", at: place) {
                let part = try values(of: node)
                union = try union.union(part, in: self)
            }
            result = try result.intersection(union, in: &self)
        }
        if schema["oneOf"] != nil {
            let one = try exactlyOne(of: schemas(schema["oneOf"], "oneOf", at: place), within: result)
            result = one
        }
        if let opposite = schema["not"] {
            let node = try self.schema(opposite, at: place + "/not")
            let values = try values(of: not(node))
            result = try result.intersection(values, in: &self)
        }
        return try applyConditions(schema, to: result, at: place)
    }

    /// `if`, `then`, `else` and schemas that depend on a member.
    private mutating func applyConditions(
        _ schema: JSONObject,
        to start: ValueSet,
        at place: String
    ) throws(GrammarError) -> ValueSet {
        var result = start
        if let condition = schema["if"] {
            let test = try self.schema(condition, at: place + "/if")
            let then = try self.schema(schema["then"] ?? true, at: place + "/then")
            let otherwise = try self.schema(schema["else"] ?? true, at: place + "/else")
            let first = try values(of: all([test, then]))
            let second = try values(of: all([not(test), otherwise]))
            let either = try first.union(second, in: self)
            result = try result.intersection(either, in: &self)
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            guard let value = schema[keyword] else { continue }
            let entries = try members(value, keyword, at: place)
            for entry in entries where entry.value.array == nil {
                let node = try self.schema(entry.value, at: place + "/\(keyword)/\(Self.escaped(entry.key))")
                var without = ValueSet.everything
                without.objects = [
                    ObjectShape(properties: [ObjectShape.Property(name: entry.key, node: Self.never)])
                ]
                var with = ValueSet()
                var shape = ObjectShape()
                shape.require([entry.key])
                with.objects = [shape]
                let dependent = try values(of: node)
                with = try with.intersection(dependent, in: &self)
                let either = try without.union(with, in: self)
                result = try result.intersection(either, in: &self)
            }
        }
        return result
    }

    /// The values of `base` that exactly one of the nodes has.
    private mutating func exactlyOne(of nodes: [Int], within base: ValueSet) throws(GrammarError) -> ValueSet {
        var parts: [ValueSet] = []
        for node in nodes {
            let values = try values(of: node)
            parts.append(try base.intersection(values, in: &self))
        }
        var overlaps = [[Int]](repeating: [], count: nodes.count)
        for left in nodes.indices {
            for right in nodes.indices where left < right {
                let both = try parts[left].intersection(parts[right], in: &self)
                if try isCertainlyEmpty(both) { continue }
                overlaps[left].append(right)
                overlaps[right].append(left)
            }
        }
        var result = ValueSet()
        for (index, part) in parts.enumerated() {
            var alone = part
            for other in overlaps[index] {
                let opposite = try values(of: not(nodes[other]))
                alone = try alone.intersection(opposite, in: &self)
            }
            result = try result.union(alone, in: self)
        }
        return result
    }

    /// The nodes of a list of schemas; none when the keyword is absent.
    private mutating func schemas(
        _ value: JSONValue?,
        _ keyword: String,
        at place: String
    ) throws(GrammarError) -> [Int] {
        guard let value else { return [] }
        guard let list = value.array, !list.isEmpty else {
            throw .invalid("`\(keyword)` must be a list of schemas", at: place + "/\(keyword)")
        }
        try check(alternatives: list.count, at: place + "/\(keyword)")
        var result: [Int] = []
        for (index, element) in list.enumerated() {
            result.append(try schema(element, at: place + "/\(keyword)/\(index)"))
        }
        return result
    }
}
