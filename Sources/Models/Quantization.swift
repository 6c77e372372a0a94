package import MartletTensors

/// Which matrices are quantized while a model is loaded, and how.
///
/// Norms, biases and the embedding table stay as they are; a tied output matrix gets a quantized copy of its own.
package struct Quantization: Sendable, Hashable {
    /// The format of the layers' projections; `nil` for as they are stored.
    package var layers: WeightFormat?
    /// The format of the output matrix; `nil` for as it is stored.
    package var output: WeightFormat?
    /// Modules that stay as they are, `*` standing for any text: `model.layers.0.*`, `*.down_proj`.
    ///
    /// Projections that are computed together (query, key and value; gate and up) stay together: one of them that is
    /// ignored keeps the others.
    package var ignoredModules: [String]

    /// A choice of formats.
    ///
    /// - Precondition: the formats are packed.
    package init(layers: WeightFormat?, output: WeightFormat?, ignoredModules: [String] = []) {
        precondition([layers, output].allSatisfy { $0?.isPacked ?? true }, "quantization to a plain format")
        self.layers = layers
        self.output = output
        self.ignoredModules = ignoredModules
    }

    /// The format of projections that are computed together, `nil` for as they are stored.
    package func format(ofModules names: [String]) -> WeightFormat? {
        if names.contains(where: isIgnored) { return nil }
        return names == [Self.outputModule] ? output : layers
    }

    /// The modules that are computed together with one of them, itself included.
    package static func stack(of module: String) -> [String] {
        for names in [["q_proj", "k_proj", "v_proj"], ["gate_proj", "up_proj"]] {
            for name in names where module.hasSuffix("." + name) {
                return names.map { module.dropLast(name.count) + $0 }
            }
        }
        return [module]
    }

    /// The module of an output matrix.
    static let outputModule = "lm_head"

    private func isIgnored(_ name: String) -> Bool {
        ignoredModules.contains { Self.matches(Array(name.utf8), pattern: Array($0.utf8)) }
    }

    /// Whether a name matches a pattern with `*`; the time is at most the product of their lengths.
    package static func matches(_ name: [UInt8], pattern: [UInt8]) -> Bool {
        var (place, position) = (0, 0)
        var star: (place: Int, position: Int)?
        while place < name.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = (place, position)
                position += 1
            } else if position < pattern.count, pattern[position] == name[place] {
                place += 1
                position += 1
            } else if let last = star {
                star = (last.place + 1, last.position)
                place = last.place + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
