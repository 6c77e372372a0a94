import MartletJSON

/// When a completion that repeats itself ends.
package struct RepetitionDetection: Sendable, Hashable {
    /// The longest pattern in tokens; 0 looks for none.
    package var maxPatternSize = 0
    /// The shortest pattern in tokens.
    package var minPatternSize = 1
    /// How often a pattern must stand behind itself.
    package var minCount = 2

    static let fields: [Field<RepetitionDetection>] = [
        Field("max_pattern_size", \.maxPatternSize, .integer),
        Field("min_pattern_size", \.minPatternSize, .integer),
        Field("min_count", \.minCount, .integer),
    ]

    /// The most tokens that are compared for one more.
    private static let reachLimit = 1 << 16

    /// Checks the ranges.
    ///
    /// - Throws: 400 that names the field.
    func check() throws(APIError) {
        let field = "repetition_detection"
        guard maxPatternSize >= 0, minPatternSize >= 0, minPatternSize <= maxPatternSize || maxPatternSize == 0 else {
            throw .badRequest(
                "repetition_detection needs 0 <= min_pattern_size <= max_pattern_size, got \(minPatternSize) and "
                    + "\(maxPatternSize).",
                param: field
            )
        }
        guard maxPatternSize == 0 || minCount >= 2 else {
            throw .badRequest("repetition_detection.min_count must be at least 2, got \(minCount).", param: field)
        }
        let (reach, isTooFar) = maxPatternSize.multipliedReportingOverflow(by: minCount)
        guard maxPatternSize == 0 || (!isTooFar && reach <= Self.reachLimit) else {
            throw .badRequest(
                "repetition_detection looks further back than \(Self.reachLimit) tokens: max_pattern_size times min_count.",
                param: field
            )
        }
    }
}

extension Coercion<RepetitionDetection> {
    /// The object of `repetition_detection`.
    static let repetitionDetection = Coercion { value, location, reader in
        guard let object = Coercion<JSONObject>.object.read(value, location, &reader) else { return nil }
        var result = RepetitionDetection()
        for field in RepetitionDetection.fields {
            guard let value = object[field.name], !value.isNull else { continue }
            field.read(value, location.child(field.name), &reader, &result)
        }
        return result
    }
}
