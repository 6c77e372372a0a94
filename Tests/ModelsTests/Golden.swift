import Foundation
import MartletCheckpoints
import MartletJSON
import MartletTestSupport
import Testing

/// A reference's outputs for one model folder.
struct Golden {
    let folder: ModelFolder
    let name: String
    let cases: [JSONValue]

    init(_ path: String) throws {
        let url = try Fixtures.folder(path)
        name = url.lastPathComponent
        folder = try ModelFolder(path: url.path)
        cases = try #require(try folder.json(of: "golden.json")?["cases"]?.array)
    }
}

extension JSONValue {
    /// The numbers of an array; `null` becomes NaN.
    var floats: [Float] { (array ?? []).map { Float($0.double ?? .nan) } }

    /// The integers of an array.
    var tokens: [Int32] { (array ?? []).map { Int32($0.integer ?? -1) } }
}

/// `log softmax(row)[index]` in float64.
func logProbability(_ row: [Float], _ index: Int32) -> Float {
    let greatest = Double(row.max() ?? 0)
    let sum = row.reduce(0.0) { $0 + exp(Double($1) - greatest) }
    return Float(Double(row[Int(index)]) - greatest - log(sum))
}
