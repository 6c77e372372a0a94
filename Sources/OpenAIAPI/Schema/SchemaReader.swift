import MartletJSON

/// Where a value stands in a body: `body.messages.0.content`.
///
/// The place of an element costs nothing until its path is asked for, since lists of token ids are long.
struct Location {
    private let base: String
    private let index: Int?

    /// The whole body.
    static let body = Location(base: "body", index: nil)

    /// The dotted path.
    var path: String { index.map { "\(base).\($0)" } ?? base }

    /// A member or branch inside this place.
    func child(_ name: String) -> Location { Location(base: "\(path).\(name)", index: nil) }

    /// An element inside this place.
    func child(_ index: Int) -> Location { Location(base: path, index: index) }
}

/// One way in which a body does not fit its schema, in pydantic's terms.
struct SchemaProblem {
    /// The kind, for programs, such as `missing`, `int_type` or `too_long`.
    let kind: String
    /// Where.
    let location: Location
    /// What was expected.
    let message: String
    /// The value at fault, as Python prints it.
    let input: String
    /// Further facts, as text of a Python dictionary.
    var context: String?

    /// The problem as one line of the message.
    var line: String {
        var text = "{'type': '\(kind)', 'loc': \(PythonText.quoted(location.path)), "
        text += "'msg': \(PythonText.quoted(message)), 'input': \(PythonText.quoted(input))"
        if let context { text += ", 'ctx': \(context)" }
        return text + "}"
    }
}

/// Reads the fields of one body and collects every problem, so that a client sees all of them at once.
struct SchemaReader {
    private static let shownCount = 10

    /// The limits on lists and texts.
    let limits: RequestLimits
    private var problems: [SchemaProblem] = []
    private var problemCount = 0

    /// A reader under those limits.
    init(limits: RequestLimits) { self.limits = limits }

    /// Whether every field so far fits.
    var isClean: Bool { problemCount == 0 }

    /// Notes a problem.
    mutating func report(_ problem: SchemaProblem) {
        problemCount += 1
        if problems.count < Self.shownCount { problems.append(problem) }
    }

    /// Notes that the value at that place is not what was expected.
    mutating func report(_ kind: String, _ location: Location, _ message: String, _ value: JSONValue) {
        report(SchemaProblem(kind: kind, location: location, message: message, input: PythonText.shown(value)))
    }

    /// Notes that a list or an object has too many members.
    mutating func reportTooLong(_ location: Location, _ value: JSONValue, limit: Int, count: Int) {
        let type = value.object == nil ? "List" : "Dictionary"
        report(
            SchemaProblem(
                kind: "too_long",
                location: location,
                message: "\(type) should have at most \(limit) items after validation, not \(count)",
                input: PythonText.shown(value),
                context: "{'field_type': '\(type)', 'max_length': \(limit), 'actual_length': \(count)}"
            )
        )
    }

    /// Notes that a text has too many bytes.
    mutating func reportTooLong(_ location: Location, text: String, limit: Int) {
        report(
            SchemaProblem(
                kind: "string_too_long",
                location: location,
                message: "String should have at most \(limit) bytes, not \(text.utf8.count)",
                input: APIError.shortened(text),
                context: "{'max_length': \(limit)}"
            )
        )
    }

    /// Notes that a required field is absent.
    mutating func reportMissing(_ location: Location, in parent: JSONValue) {
        report("missing", location, "Field required", parent)
    }

    /// Reads the fields that the object has into the target; absent fields leave it as it is.
    mutating func read<Target>(_ fields: [Field<Target>], of object: JSONObject, into target: inout Target) {
        for field in fields {
            guard let value = object[field.name], !value.isNull else { continue }
            field.read(value, Location.body.child(field.name), &self, &target)
        }
    }

    /// Ends the reading.
    ///
    /// - Throws: one error that lists the problems; its `param` is the first one's place.
    func finish() throws(APIError) {
        guard let first = problems.first else { return }
        var message = "\(problemCount) validation error\(problemCount == 1 ? "" : "s"):"
        for problem in problems { message += "\n  \(problem.line)" }
        if problemCount > problems.count { message += "\n  ...and \(problemCount - problems.count) more errors" }
        throw APIError(status: 400, message: message, type: .schema, param: first.location.path)
    }
}

/// One row of a request's schema: a field's name and how its value enters the request.
struct Field<Target>: Sendable {
    /// The member's name in the body.
    let name: String
    /// Reads a value that is present and not null.
    let read: @Sendable (JSONValue, Location, inout SchemaReader, inout Target) -> Void

    /// A field that is optional in the request value.
    init<Value>(
        _ name: String,
        _ keyPath: any WritableKeyPath<Target, Value?> & Sendable,
        _ coercion: Coercion<Value>
    ) {
        self.name = name
        read = { value, location, reader, target in
            if let read = coercion.read(value, location, &reader) { target[keyPath: keyPath] = read }
        }
    }

    /// A field that has a default in the request value.
    init<Value>(
        _ name: String,
        _ keyPath: any WritableKeyPath<Target, Value> & Sendable,
        _ coercion: Coercion<Value>
    ) {
        self.name = name
        read = { value, location, reader, target in
            if let read = coercion.read(value, location, &reader) { target[keyPath: keyPath] = read }
        }
    }

    /// A field whose value must be well formed and changes nothing.
    static func unused<Value>(_ name: String, _ coercion: Coercion<Value>) -> Field {
        Field(name: name) { value, location, reader, _ in _ = coercion.read(value, location, &reader) }
    }

    private init(
        name: String,
        read: @escaping @Sendable (JSONValue, Location, inout SchemaReader, inout Target) -> Void
    ) {
        self.name = name
        self.read = read
    }
}
