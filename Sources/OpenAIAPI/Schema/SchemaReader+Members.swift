import MartletJSON

extension SchemaReader {
    /// The value of a member that may be absent or null.
    mutating func optional<Value>(
        _ name: String,
        _ coercion: Coercion<Value>,
        of object: JSONObject,
        at place: Location
    ) -> Value? {
        guard let value = object[name], !value.isNull else { return nil }
        return coercion.read(value, place.child(name), &self)
    }

    /// The value of a member that must be there.
    mutating func required<Value>(
        _ name: String,
        _ coercion: Coercion<Value>,
        of object: JSONObject,
        at place: Location
    ) -> Value? {
        guard let value = object[name] else {
            reportMissing(place.child(name), in: .object(object))
            return nil
        }
        return coercion.read(value, place.child(name), &self)
    }

    /// Notes that a value of the right type is none that the field takes.
    mutating func reportValue(_ message: String, _ location: Location, _ value: JSONValue) {
        report(
            SchemaProblem(
                kind: "value_error",
                location: location,
                message: "Value error, \(message)",
                input: PythonText.shown(value),
                context: "{'error': \(PythonText.quoted(message))}"
            )
        )
    }
}

extension Coercion<Double> {
    /// A number within bounds.
    static func number(in range: ClosedRange<Double>) -> Coercion {
        Coercion { value, location, reader in
            guard let number = number.read(value, location, &reader) else { return nil }
            if range.contains(number) { return number }
            let isLow = number < range.lowerBound
            let bound = PythonText.float(isLow ? range.lowerBound : range.upperBound)
            reader.report(
                SchemaProblem(
                    kind: isLow ? "greater_than_equal" : "less_than_equal",
                    location: location,
                    message: "Input should be \(isLow ? "greater" : "less") than or equal to \(bound)",
                    input: PythonText.shown(value),
                    context: "{'\(isLow ? "ge" : "le")': \(bound)}"
                )
            )
            return nil
        }
    }
}

extension SamplingFields {
    /// The rows of those fields.
    static func fields(named names: Set<String>) -> [Field<SamplingFields>] {
        fields.filter { names.contains($0.name) }
    }
}

extension RequestOptions {
    /// The rows of those fields.
    static func fields(named names: Set<String>) -> [Field<RequestOptions>] {
        fields.filter { names.contains($0.name) }
    }
}
