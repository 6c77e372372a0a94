import MartletJSON
import MartletOpenAIAPI

/// Bodies made of a few fields, for tables.
enum Body {
    static func chat(_ fields: String = "") -> [UInt8] {
        Array(#"{"messages":[{"role":"user","content":"a"}]\#(fields.isEmpty ? "" : ",")\#(fields)}"#.utf8)
    }

    static func completion(_ fields: String = "") -> [UInt8] {
        Array(#"{"prompt":"a"\#(fields.isEmpty ? "" : ",")\#(fields)}"#.utf8)
    }
}

/// The error of a decoding, or `nil`.
func errorOf(_ body: () throws(APIError) -> Void) -> APIError? {
    do throws(APIError) {
        try body()
        return nil
    } catch {
        return error
    }
}
