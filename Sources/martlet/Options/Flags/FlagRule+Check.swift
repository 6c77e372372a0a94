import ArgumentParser
import MartletJSON

extension FlagRule {
    /// Checks a use of the flag.
    ///
    /// - Parameters:
    ///   - name: the flag as it was written.
    ///   - values: its values.
    /// - Returns: what is said about it at the start; `nil` where it means what this program does anyway.
    /// - Throws: `ValidationError` where it is refused.
    func check(_ name: String, values: [String]) throws -> String? {
        switch outcome {
        case .ignored:
            return name == opposite ? nil : "\(name) has no effect: \(reason)"
        case .only(let accepted):
            if values.allSatisfy({ value in accepted.contains(value) }) { return nil }
            throw ValidationError(
                "\(name) \(values.joined(separator: " ")) is not supported: \(reason) (accepted: \(accepted.joined(separator: ", ")))"
            )
        case .members(let accepted):
            return try checkMembers(name, text: values.first ?? "", accepted)
        case .refused:
            // an empty value is how configurations say that a flag is not used
            if name == opposite || values == [""] { return nil }
            throw ValidationError("\(name) is not supported: \(reason)")
        }
    }

    private func checkMembers(_ name: String, text: String, _ accepted: [String: JSONValue?]) throws -> String? {
        guard let object = (try? JSONParser.parse(text))?.object else {
            throw ValidationError("\(name) is not a JSON object: \(text.prefix(200))")
        }
        var hasEffectless = false
        for member in object.members {
            guard let only = accepted[member.key] else {
                throw ValidationError("\(name): the member \(member.key) is not supported: \(reason)")
            }
            if let only, member.value != only, !member.value.isNull {
                throw ValidationError(
                    "\(name): \(member.key) \(member.value.serialized) is not supported: \(reason) (accepted: \(only.serialized))"
                )
            }
            hasEffectless = hasEffectless || only == nil
        }
        return hasEffectless ? "\(name) has no effect: \(reason)" : nil
    }
}
