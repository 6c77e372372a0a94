package import MartletJSON

/// What a request demands of the generated text, from `response_format`, `structured_outputs` or the older `guided_…`
/// fields.
package struct StructuredOutput: Sendable, Hashable {
    /// What the text must be.
    package enum Kind: Sendable, Hashable {
        /// JSON that the schema validates.
        case jsonSchema(JSONValue)
        /// Any JSON object.
        case jsonObject
        /// A text that the regular expression matches as a whole.
        case regex(String)
        /// One of the texts.
        case choice([String])
        /// A text of the grammar, in the notation of GBNF or Lark.
        case grammar(String)
        /// Text with regions that satisfy grammars of their own.
        case structuralTag(JSONValue)
    }

    /// What the text must be.
    package var kind: Kind
    /// The field that says so.
    package var field: String
    /// Whether JSON has no white space between its parts.
    package var disablesWhitespace = false
    /// What stands between JSON's parts, as a regular expression; `nil` for any white space.
    package var whitespacePattern: String?
    /// Whether objects have no members but those of the schema's `properties`, where it does not say.
    package var disablesAdditionalProperties = false

    /// Whether it is the format of the answer's text, which a demanded call replaces.
    package var isTextFormat: Bool { ["response_format", "text.format", "output_config.format"].contains(field) }

    init(_ kind: Kind, field: String) {
        self.kind = kind
        self.field = field
    }

    /// A structural tag.
    ///
    /// - Parameters:
    ///   - tag: its JSON.
    ///   - field: the request's field that it follows from.
    package init(tag: JSONValue, field: String) { self.init(.structuralTag(tag), field: field) }
}

/// The fields that constrain the generated text, as they came.
struct StructuredOutputFields: Sendable {
    private var format: JSONObject?
    private var outputs: JSONObject?
    private var guidedJSON: JSONValue?
    private var guidedRegex: String?
    private var guidedChoice: [String]?
    private var guidedGrammar: String?
    private var guidesJSONObject = false
    private var guidedWhitespace: String?
    private var structuralTag: String?

    static let fields: [Field<StructuredOutputFields>] = [
        Field("response_format", \.format, .responseFormat),
        Field("structured_outputs", \.outputs, .structuredOutputs),
        Field("guided_json", \.guidedJSON, .anyValue),
        Field("guided_regex", \.guidedRegex, .string),
        Field("guided_choice", \.guidedChoice, .list(of: .string, \.maxOutputChoices)),
        Field("guided_grammar", \.guidedGrammar, .string),
        Field("guided_json_object", \.guidesJSONObject, .boolean),
        Field("guided_whitespace_pattern", \.guidedWhitespace, .string),
        Field("structural_tag", \.structuralTag, .string),
    ]

    /// How deep a schema or tag may nest.
    private static let maxNesting = 64

    /// The one demand; `nil` for any text.
    ///
    /// `response_format` wins over the others.
    ///
    /// - Throws: 400 where there are several, or where the one is malformed.
    func resolved() throws(APIError) -> StructuredOutput? {
        if let format, format["type"]?.string != "text" { return try Self.output(ofFormat: format) }
        let older = try guided()
        guard let outputs else { return older }
        guard older == nil else {
            throw .badRequest("`structured_outputs` cannot be combined with `\(older?.field ?? "")`.")
        }
        return try Self.output(of: outputs, prefix: "structured_outputs.")
    }

    private static func output(ofFormat format: JSONObject) throws(APIError) -> StructuredOutput {
        let field = "response_format"
        switch format["type"]?.string {
        case "json_object":
            return StructuredOutput(.jsonObject, field: field)
        case "json_schema":
            guard let member = format["json_schema"], !member.isNull else {
                throw .badRequest(
                    "When response_format type is 'json_schema', the 'json_schema' field must be provided.",
                    param: field
                )
            }
            guard let schema = member["schema"], !schema.isNull else {
                throw .badRequest("`response_format.json_schema` needs a `schema`.", param: field)
            }
            try checkNesting(schema, field)
            return StructuredOutput(.jsonSchema(schema), field: field)
        default:
            let tag = JSONValue.object(format)
            guard tag["format"]?.object?["type"]?.string != nil || tag["structures"] != nil else {
                throw .badRequest("Invalid response_format structural_tag specification.", param: field)
            }
            try checkNesting(tag, field)
            return StructuredOutput(.structuralTag(tag), field: field)
        }
    }

    /// The members of `structured_outputs`, or what the older fields say in its terms.
    private static func output(of members: JSONObject, prefix: String) throws(APIError) -> StructuredOutput? {
        let names = ["json", "regex", "choice", "grammar", "json_object", "structural_tag"]
        let given = names.filter { name in
            guard let value = members[name] else { return false }
            return !value.isNull && (name != "json_object" || value != .bool(false))
        }
        guard given.count <= 1 else {
            let list = given.map { "`\(prefix)\($0)`" }.joined(separator: " and ")
            throw .badRequest("Only one kind of structured output can be asked for, not \(list).")
        }
        guard let name = given.first, let value = members[name] else {
            let list = names.map { "`\($0)`" }.joined(separator: ", ")
            throw .badRequest("`structured_outputs` needs one of \(list).")
        }
        var output = StructuredOutput(try kind(name, value, field: prefix + name), field: prefix + name)
        output.disablesWhitespace = members["disable_any_whitespace"] == .bool(true)
        output.disablesAdditionalProperties = members["disable_additional_properties"] == .bool(true)
        output.whitespacePattern = members["whitespace_pattern"]?.string
        return output
    }

    private static func kind(_ name: String, _ value: JSONValue, field: String) throws(APIError)
        -> StructuredOutput.Kind
    {
        switch (name, value) {
        case ("json", .string(let text)):
            return .jsonSchema(try parsed(text, field))
        case ("json", .object), ("json", .bool):
            try checkNesting(value, field)
            return .jsonSchema(value)
        case ("json_object", .bool(true)):
            return .jsonObject
        case ("regex", .string(let pattern)):
            return .regex(pattern)
        case ("grammar", .string(let text)):
            guard text.utf8.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
                throw .badRequest("`\(field)` must not be empty.")
            }
            return .grammar(text)
        case ("choice", .array(let elements)):
            let texts = elements.compactMap(\.string)
            guard texts.count == elements.count else { throw .badRequest("`\(field)` must be a list of strings.") }
            guard !texts.isEmpty else { throw .badRequest("Choice '[]' cannot be an empty list: `\(field)`.") }
            return .choice(texts)
        case ("structural_tag", .string(let text)):
            return .structuralTag(try parsed(text, field))
        case ("structural_tag", .object):
            try checkNesting(value, field)
            return .structuralTag(value)
        default:
            throw .badRequest("`\(field)` does not take a value of this kind: \(PythonText.shown(value)).")
        }
    }

    private func guided() throws(APIError) -> StructuredOutput? {
        var members = JSONObject()
        if let guidedJSON { members["json"] = guidedJSON }
        if let guidedRegex { members["regex"] = .string(guidedRegex) }
        if let guidedChoice { members["choice"] = .array(guidedChoice.map { .string($0) }) }
        if let guidedGrammar { members["grammar"] = .string(guidedGrammar) }
        if guidesJSONObject { members["json_object"] = true }
        guard !members.isEmpty || structuralTag != nil else { return nil }
        if let guidedWhitespace { members["whitespace_pattern"] = .string(guidedWhitespace) }
        if let structuralTag {
            guard members.isEmpty else {
                throw .badRequest("`structural_tag` cannot be combined with the `guided_…` fields.")
            }
            return StructuredOutput(
                .structuralTag(try Self.parsed(structuralTag, "structural_tag")),
                field: "structural_tag"
            )
        }
        return try Self.output(of: members, prefix: "guided_")
    }

    private static func parsed(_ text: String, _ field: String) throws(APIError) -> JSONValue {
        do {
            return try JSONParser.parse(Array(text.utf8), options: .init(maximumDepth: maxNesting))
        } catch {
            throw .badRequest("`\(field)` is no JSON: \(error)")
        }
    }

    static func checkNesting(_ value: JSONValue, _ field: String) throws(APIError) {
        guard value.isNested(deeperThan: maxNesting) else { return }
        throw .badRequest("`\(field)` nests deeper than \(maxNesting) levels.", param: field)
    }
}

extension JSONValue {
    /// Whether arrays and objects nest deeper than that.
    fileprivate func isNested(deeperThan limit: Int) -> Bool {
        switch self {
        case .array(let elements): limit == 0 || elements.contains { $0.isNested(deeperThan: limit - 1) }
        case .object(let members): limit == 0 || members.contains { $0.value.isNested(deeperThan: limit - 1) }
        default: false
        }
    }
}

extension Coercion<JSONValue> {
    /// Any value.
    static let anyValue = Coercion { value, _, _ in value }
}

extension Coercion<JSONObject> {
    private static let formatTypes = Coercion<String>.literal(["text", "json_object", "json_schema", "structural_tag"])

    /// The object of `response_format`.
    static let responseFormat = Coercion { value, location, reader in
        guard let format = object.read(value, location, &reader) else { return nil }
        guard let type = format["type"] else {
            reader.reportMissing(location.child("type"), in: value)
            return nil
        }
        guard formatTypes.read(type, location.child("type"), &reader) != nil else { return nil }
        if let schema = format["json_schema"], !schema.isNull {
            let place = location.child("json_schema")
            guard let members = object.read(schema, place, &reader) else { return nil }
            guard let name = members["name"] else {
                reader.reportMissing(place.child("name"), in: schema)
                return nil
            }
            guard Coercion<String>.string.read(name, place.child("name"), &reader) != nil else { return nil }
        }
        return format
    }

    /// The object of `structured_outputs`.
    static let structuredOutputs = Coercion { value, location, reader in
        guard let outputs = object.read(value, location, &reader) else { return nil }
        for name in ["disable_any_whitespace", "disable_additional_properties"] {
            guard let option = outputs[name], !option.isNull else { continue }
            guard Coercion<Bool>.boolean.read(option, location.child(name), &reader) != nil else { return nil }
        }
        if let pattern = outputs["whitespace_pattern"], !pattern.isNull {
            guard Coercion<String>.string.read(pattern, location.child("whitespace_pattern"), &reader) != nil else {
                return nil
            }
        }
        return outputs
    }
}
