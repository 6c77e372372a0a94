import MartletTensors

extension WeightSource {
    /// A norm of `width` elements.
    mutating func norm(
        _ name: String,
        _ width: Int,
        _ configuration: NormConfiguration
    ) throws(ModelError) -> Norm {
        let weight = configuration.hasWeight ? try vector(name + ".weight", width) : nil
        let bias = configuration.hasBias ? try vector(name + ".bias", width) : nil
        return makeNorm(configuration, width: width, weight: weight, bias: bias)
    }

    private func makeNorm(
        _ configuration: NormConfiguration,
        width: Int,
        weight: Tensor?,
        bias: Tensor?
    ) -> Norm {
        let epsilon = Float(configuration.epsilon)
        let shifted = weight.map { $0.shifted(by: configuration.weightOffset) }
        if configuration.kind == .rms, let shifted { return .rms(weight: shifted, epsilon: epsilon) }
        return .layer(LayerNormParameters(width: width, weight: shifted, bias: bias, epsilon: epsilon))
    }

    /// The weights of one layer.
    mutating func decoderLayer(
        _ configuration: DecoderConfiguration,
        index: Int,
        shared: SharedTables
    ) throws(ModelError) -> DecoderLayer {
        let names = configuration.names
        let layer = "\(names.layers).\(index)."
        let attention: DecoderLayer.AttentionKind
        if let latent = configuration.latent {
            attention = .latent(try latentAttention(configuration, latent, index: index, shared: shared))
        } else {
            attention = .grouped(try groupedAttention(configuration, index: index, shared: shared))
        }
        let attentionNorms = DecoderLayer.Norms(
            input: try norm(layer, names.attentionNorm, configuration),
            result: try norm(layer, names.attentionResultNorm, configuration),
            sum: try norm(layer, names.attentionSumNorm, configuration)
        )
        let mlp: DecoderLayer.MLPKind
        if let mixture = configuration.mixture, configuration.mixtureLayers[index] {
            mlp = .mixture(try mixtureOfExperts(mixture, configuration, layer: layer))
        } else {
            mlp = .dense(
                try self.mlp(
                    names.mlp,
                    layer: layer,
                    width: configuration.intermediateSize,
                    gate: .activation(configuration.activation),
                    configuration
                )
            )
        }
        return DecoderLayer(
            attention: attention,
            attentionNorms: attentionNorms,
            mlp: mlp,
            mlpNorms: DecoderLayer.Norms(
                input: try norm(layer, names.mlpNorm, configuration),
                result: try norm(layer, names.mlpResultNorm, configuration),
                sum: try norm(layer, names.mlpSumNorm, configuration)
            ),
            isParallel: configuration.isParallel,
            residualScale: Float(configuration.residualScale)
        )
    }

    private mutating func norm(
        _ layer: String,
        _ name: String?,
        _ configuration: DecoderConfiguration
    ) throws(ModelError) -> Norm? {
        guard let name else { return nil }
        return try norm(layer + name, configuration.hiddenSize, configuration.norm)
    }

    /// An MLP of a layer.
    ///
    /// - Parameters:
    ///   - names: its projections.
    ///   - layer: what stands before them.
    ///   - width: the width inside.
    ///   - gate: how gated ones join their projections.
    ///   - configuration: the model's.
    /// - Returns: the MLP.
    /// - Throws: `ModelError` that names a tensor.
    mutating func mlp(
        _ names: DecoderNames.MLP,
        layer: String,
        width: Int,
        gate: Gate,
        _ configuration: DecoderConfiguration
    ) throws(ModelError) -> MLP {
        let hidden = configuration.hiddenSize
        let (hasBias, isTransposed) = (configuration.hasMLPBias, configuration.names.isTransposed)
        let first: [(name: String, outputs: Int)]
        let downName: String
        var middle = MLP.Middle.gated(gate)
        switch names {
        case .gated(let gate, let up, let down):
            first = [(layer + gate, width), (layer + up, width)]
            downName = down
        case .stackedGate(let gateUp, let down):
            first = [(layer + gateUp, 2 * width)]
            downName = down
        case .plain(let up, let down):
            first = [(layer + up, width)]
            downName = down
            middle = .plain(configuration.activation)
        }
        return MLP(
            first: try linear(first, inputs: hidden, hasBias: hasBias, isTransposed: isTransposed),
            middle: middle,
            down: try linear(
                [(layer + downName, hidden)],
                inputs: width,
                hasBias: hasBias,
                isTransposed: isTransposed
            )
        )
    }

    private mutating func groupedAttention(
        _ configuration: DecoderConfiguration,
        index: Int,
        shared: SharedTables
    ) throws(ModelError) -> Attention {
        let names = configuration.names
        let layer = "\(names.layers).\(index)."
        let sinks = configuration.hasSinks ? try vector(layer + "self_attn.sinks", configuration.headCount) : nil
        var headNorms: Attention.HeadNorms?
        if let norm = configuration.queryKeyNorm {
            headNorms = Attention.HeadNorms(
                query: try headNorm(layer + names.queryKeyNorms.first, norm, configuration.headCount, configuration),
                key: try headNorm(layer + names.queryKeyNorms.second, norm, configuration.kvHeadCount, configuration),
                followsRotation: norm.followsRotation
            )
        }
        return Attention(
            qkvProj: try queriesKeysValues(configuration, layer: layer),
            oProj: try linear(
                [(layer + names.attentionOutput, configuration.hiddenSize)],
                inputs: configuration.queryWidth,
                hasBias: configuration.hasOutputBias,
                isTransposed: names.isTransposed
            ),
            headNorms: headNorms,
            limit: configuration.qkvLimit.map { Float($0) },
            parameters: AttentionParameters(
                headCount: configuration.headCount,
                kvHeadCount: configuration.kvHeadCount,
                headDimension: configuration.headDimension,
                scale: Float(configuration.attentionScale),
                slidingWindow: configuration.slidingWindows[index],
                softCap: configuration.attentionSoftCap.map { Float($0) },
                slopes: shared.slopes,
                sinks: sinks
            ),
            rotation: configuration.layerRotaries[index].map {
                Attention.Rotation(table: shared.rotations[$0], pairs: configuration.rotaryPairs)
            },
            layerIndex: index
        )
    }

    private mutating func headNorm(
        _ name: String,
        _ norm: QueryKeyNorm,
        _ heads: Int,
        _ configuration: DecoderConfiguration
    ) throws(ModelError) -> Norm {
        let width = configuration.headDimension
        switch norm.span {
        case .head: return try self.norm(name, width, norm.norm)
        case .row: return try self.norm(name, heads * width, norm.norm)
        case .ownHead:
            let weight = try plain(name + ".weight", Shape(heads, width)).widened
            return makeNorm(norm.norm, width: width, weight: weight, bias: nil)
        case .listedHeads:
            var weights: [Tensor] = []
            for head in 0..<heads { weights.append(try vector("\(name).norms.\(head).weight", width)) }
            return makeNorm(norm.norm, width: width, weight: Tensor.joined(weights), bias: nil)
        }
    }

    private mutating func queriesKeysValues(
        _ configuration: DecoderConfiguration,
        layer: String
    ) throws(ModelError) -> Linear {
        let (queries, keys) = (configuration.queryWidth, configuration.keyWidth)
        let (hidden, hasBias) = (configuration.hiddenSize, configuration.hasQKVBias)
        switch configuration.names.attention {
        case .separate(let query, let key, let value):
            return try linear(
                [(layer + query, queries), (layer + key, keys), (layer + value, keys)],
                inputs: hidden,
                hasBias: hasBias,
                isTransposed: configuration.names.isTransposed
            )
        case .stacked(let name):
            return try linear(
                [(layer + name, configuration.qkvWidth)],
                inputs: hidden,
                hasBias: hasBias,
                isTransposed: configuration.names.isTransposed
            )
        case .grouped(let name):
            let head = configuration.headDimension
            let group = configuration.headCount / configuration.kvHeadCount
            func rows(_ first: Int, _ count: Int) -> [Range<Int>] {
                (0..<configuration.kvHeadCount).map { kvHead in
                    let start = (kvHead * (group + 2) + first) * head
                    return start..<start + count * head
                }
            }
            return try linear(
                layer + name,
                outputs: configuration.qkvWidth,
                inputs: hidden,
                rows: rows(0, group) + rows(group, 1) + rows(group + 1, 1),
                hasBias: hasBias
            )
        }
    }
}
