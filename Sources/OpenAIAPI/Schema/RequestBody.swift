import MartletJSON

/// From the bytes of a body to its members.
enum RequestBody {
    /// The members of a body that holds one JSON object.
    ///
    /// As in Python, `NaN` and `Infinity` are numbers; the fields' own checks refuse them.
    ///
    /// - Throws: 400 with `param` `body`, or `body.N` where the JSON breaks at character N.
    static func object(from bytes: [UInt8], limits: RequestLimits) throws(APIError) -> JSONObject {
        let value: JSONValue
        if bytes.isEmpty {
            value = .null
        } else {
            do {
                value = try JSONParser.parse(
                    bytes,
                    options: .init(
                        maximumDepth: limits.maxNesting,
                        maximumValueCount: limits.maxValues,
                        allowsNonFiniteNumbers: true
                    )
                )
            } catch {
                throw syntaxError(error, in: bytes)
            }
        }
        if case .object(let members) = value { return members }
        var reader = SchemaReader(limits: limits)
        if value.isNull {
            reader.reportMissing(.body, in: value)
        } else {
            reader.report(
                "model_attributes_type",
                .body,
                "Input should be a valid dictionary or object to extract fields from",
                value
            )
        }
        try reader.finish()
        return JSONObject()
    }

    private static func syntaxError(_ error: JSONError, in bytes: [UInt8]) -> APIError {
        if !isUTF8(bytes) { return .unreadableBody }
        if error.reason == .invalidEscape, isSurrogateEscape(bytes[error.offset...]) {
            return .badRequest(
                "The body holds half of a surrogate pair as an escape (character "
                    + "\(characterOffset(error.offset, in: bytes))\(place(of: error))), which is no text."
            )
        }
        let problem = SchemaProblem(
            kind: "json_invalid",
            location: Location.body.child(characterOffset(error.offset, in: bytes)),
            message: "JSON decode error",
            input: "<dict of 0 items>",
            context: "{'error': \(PythonText.quoted(error.description + place(of: error)))}"
        )
        return APIError(
            status: 400,
            message: "1 validation error:\n  \(problem.line)",
            type: .schema,
            param: problem.location.path
        )
    }

    /// ` in FIELD`, where the fault is in a field's value.
    private static func place(of error: JSONError) -> String {
        error.member.map { " in `\(APIError.shortened($0))`" } ?? ""
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// The number of characters before that byte.
    private static func characterOffset(_ offset: Int, in bytes: [UInt8]) -> Int {
        bytes[..<offset].reduce(into: 0) { count, byte in if byte & 0xC0 != 0x80 { count += 1 } }
    }

    private static func isSurrogateEscape(_ bytes: ArraySlice<UInt8>) -> Bool {
        let start = Array(bytes.prefix(4))
        return start.count == 4 && start.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")])
            && start[2] | 0x20 == UInt8(ascii: "d")
            && "89abcdef".utf8.contains(start[3] | 0x20)
    }
}
