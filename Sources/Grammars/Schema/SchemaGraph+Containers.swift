import MartletJSON

extension SchemaGraph {
    // MARK: - Arrays

    /// The arrays that the keywords of a schema leave.
    mutating func arrayShapes(_ schema: JSONObject, at place: String) throws(GrammarError) -> [ArrayShape] {
        var shape = ArrayShape()
        var rest = (keyword: "items", value: schema["items"])
        var prefix = (keyword: "prefixItems", value: schema["prefixItems"])
        if let items = schema["items"], items.array != nil {
            // before 2020-12 a list under `items` was what `prefixItems` is now
            prefix = ("items", items)
            rest = ("additionalItems", schema["additionalItems"])
        }
        if let value = prefix.value {
            guard let list = value.array else {
                throw .invalid("`prefixItems` must be a list of schemas", at: place + "/prefixItems")
            }
            for (index, element) in list.enumerated() {
                shape.prefix.append(try self.schema(element, at: place + "/\(prefix.keyword)/\(index)"))
            }
        }
        if let value = rest.value { shape.rest = try self.schema(value, at: place + "/\(rest.keyword)") }
        shape.minimum = try count(schema, "minItems", at: place) ?? 0
        shape.maximum = try count(schema, "maxItems", at: place)
        if let value = schema["contains"] {
            let node = try self.schema(value, at: place + "/contains")
            let minimum = try count(schema, "minContains", at: place) ?? 1
            let maximum = try count(schema, "maxContains", at: place)
            shape.counts.append(ArrayShape.Count(node: node, minimum: minimum, maximum: maximum))
        }
        if let value = schema["uniqueItems"] {
            guard let isUnique = value.bool else {
                throw .invalid("`uniqueItems` must be a boolean", at: place + "/uniqueItems")
            }
            if isUnique, shape.maximum.map({ $0 > 1 }) ?? true { shape.uniquePlace = place + "/uniqueItems" }
        }
        return shape.isEmpty ? [] : [shape]
    }

    // MARK: - Objects

    /// A keyword's members.
    func members(_ value: JSONValue, _ keyword: String, at place: String) throws(GrammarError) -> [JSONObject.Member] {
        guard let members = value.object?.members else {
            throw .invalid("`\(keyword)` must be an object", at: place + "/\(keyword)")
        }
        return members
    }

    /// A list of names.
    private func names(_ value: JSONValue, at place: String) throws(GrammarError) -> [String] {
        guard let list = value.array else { throw .invalid("names must be a list of strings", at: place) }
        var result: [String] = []
        for element in list {
            guard let name = element.string else { throw .invalid("names must be a list of strings", at: place) }
            result.append(name)
        }
        return result
    }

    /// The objects that the keywords of a schema leave.
    mutating func objectShapes(_ schema: JSONObject, at place: String) throws(GrammarError) -> [ObjectShape] {
        var shape = ObjectShape()
        if let value = schema["properties"] {
            for member in try members(value, "properties", at: place) {
                let node = try self.schema(member.value, at: place + "/properties/\(Self.escaped(member.key))")
                shape.properties.append(ObjectShape.Property(name: member.key, node: node))
            }
        }
        try applyPatterns(schema, to: &shape, at: place)
        if let value = schema["propertyNames"] {
            let node = try self.schema(value, at: place + "/propertyNames")
            let allowed = try values(of: node).strings
            let forbidden = try allowed.complement(in: .everything, limits: limits)
            try shape.constrain(names: forbidden, to: Self.never, in: &self)
        }
        if let value = schema["required"], value.bool == nil {
            shape.require(try names(value, at: place + "/required"))
        }
        shape.minimum = try count(schema, "minProperties", at: place) ?? 0
        shape.maximum = try count(schema, "maxProperties", at: place)
        return try applyDependencies(schema, to: shape, at: place).filter { !$0.isEmpty }
    }

    /// `patternProperties` and `additionalProperties`.
    private mutating func applyPatterns(
        _ schema: JSONObject,
        to shape: inout ObjectShape,
        at place: String
    ) throws(GrammarError) {
        let closes = options.disablesAdditionalProperties && schema["properties"] != nil
        let fallback: JSONValue = closes ? false : true
        let others = try self.schema(
            schema["additionalProperties"] ?? fallback,
            at: place + "/additionalProperties"
        )
        guard let value = schema["patternProperties"] else {
            shape.regions = others == Self.never ? [] : [ObjectShape.Region(names: .all, node: others)]
            return
        }
        var rest = TextSet.all
        for member in try members(value, "patternProperties", at: place) {
            let pointer = place + "/patternProperties/\(Self.escaped(member.key))"
            let texts = TextSet(try Self.texts(matching: member.key, at: pointer, limits: limits))
            try shape.constrain(names: texts, to: self.schema(member.value, at: pointer), in: &self)
            rest = try rest.intersection(texts.complement(in: .everything, limits: limits), limits: limits)
        }
        // additional members are those that no pattern takes, which leaves properties alone
        let properties = shape.properties
        try shape.constrain(names: rest, to: others, in: &self)
        shape.properties = properties
    }

    /// The shapes in which every member that others depend on is absent, or they are there.
    private func applyDependencies(
        _ schema: JSONObject,
        to start: ObjectShape,
        at place: String
    ) throws(GrammarError) -> [ObjectShape] {
        var shapes = [start]
        for keyword in ["dependentRequired", "dependencies"] {
            guard let value = schema[keyword] else { continue }
            for member in try members(value, keyword, at: place) where member.value.array != nil {
                let needed = try names(member.value, at: place + "/\(keyword)/\(Self.escaped(member.key))")
                if needed.isEmpty { continue }
                var next: [ObjectShape] = []
                for shape in shapes {
                    var with = shape
                    with.require([member.key] + needed)
                    var without = shape
                    without.forbid(member.key)
                    next += [with, without].filter { !$0.isEmpty }
                }
                shapes = next
                try check(alternatives: shapes.count, at: place + "/\(keyword)")
            }
        }
        return shapes
    }
}

extension ObjectShape {
    /// Makes a member impossible.
    fileprivate mutating func forbid(_ name: String) {
        if let index = properties.firstIndex(where: { ExactText($0.name) == ExactText(name) }) {
            properties[index].node = SchemaGraph.never
        } else {
            properties.append(Property(name: name, node: SchemaGraph.never))
        }
    }
}
