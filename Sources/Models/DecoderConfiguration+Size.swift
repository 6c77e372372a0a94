package import MartletTensors

extension DecoderConfiguration {
    /// What the model needs of a key/value cache.
    package var kvCacheSpec: KVCacheSpec {
        guard let latent else {
            return KVCacheSpec(layerCount: layerCount, kvHeadCount: kvHeadCount, headDimension: headDimension)
        }
        return KVCacheSpec(layerCount: layerCount, kvHeadCount: 1, headDimension: latent.keyDimension)
    }

    /// The memory for intermediate results and position tables, in bytes; known before anything is loaded.
    package func scratchByteCount(_ limits: ForwardLimits) -> Int {
        rotaries.reduce(ForwardScratch.byteCount(self, limits: limits)) {
            $0 + RotaryEmbedding.byteCount($1, positions: limits.maxModelLength)
        }
    }

    /// The number of weights; the greatest number where that is more.
    package var parameterCount: Int {
        var total = Double(vocabularySize * embeddingSize) * (tieWordEmbeddings ? 1 : 2)
        for layer in 0..<layerCount {
            total += Double(attentionParameterCount)
            total += mixtureLayers[layer] ? mixtureParameterCount : Double(mlpParameterCount(intermediateSize))
        }
        let norms = [
            names.attentionNorm, names.attentionResultNorm, names.attentionSumNorm, names.mlpNorm, names.mlpResultNorm,
            names.mlpSumNorm,
        ]
        let distinct = Set(norms.compactMap { $0 })
        total += Double(
            (layerCount * distinct.count + (names.finalNorm == nil ? 0 : 1)) * norm.parameterCount(hiddenSize)
        )
        if names.embeddingNorm != nil { total += Double(norm.parameterCount(hiddenSize)) }
        if names.positions != nil { total += Double((maxPositions + positionOffset) * hiddenSize) }
        if names.embeddingProjections != nil { total += Double(2 * embeddingSize * hiddenSize) }
        if hasLogitBias { total += Double(vocabularySize) }
        return Int(exactly: total) ?? .max
    }

    private var attentionParameterCount: Int {
        if let latent {
            let heads = headCount * latent.projectedDimension
            let queries = latent.queryRank.map { $0 * (hiddenSize + heads + 1) } ?? hiddenSize * heads
            let values = headCount * latent.valueDimension
            return queries + hiddenSize * latent.keyDimension + latent.rank
                + latent.rank * (headCount * latent.plainDimension + values) + values * hiddenSize
        }
        var count = hiddenSize * (qkvWidth + queryWidth)
        if hasQKVBias { count += qkvWidth }
        if hasOutputBias { count += hiddenSize }
        if hasSinks { count += headCount }
        if let queryKeyNorm {
            let width = queryKeyNorm.span == .head ? 2 * headDimension : queryWidth + keyWidth
            count += queryKeyNorm.norm.parameterCount(width)
        }
        return count
    }

    private func mlpParameterCount(_ width: Int) -> Int {
        let first: Int
        switch names.mlp {
        case .gated, .stackedGate: first = 2 * width
        case .plain: first = width
        }
        return hiddenSize * (first + width) + (hasMLPBias ? first + hiddenSize : 0)
    }

    private var mixtureParameterCount: Double {
        guard let mixture else { return 0 }
        let count = Double(mixture.routing.expertCount)
        let biases = mixture.hasBias ? 2 * mixture.intermediateSize + hiddenSize : 0
        var total = count * Double(3 * hiddenSize * mixture.intermediateSize + biases + hiddenSize)
        if mixture.names.routerBias != nil { total += count }
        if mixture.names.correctionBias != nil { total += count }
        if let shared = mixture.shared {
            total += Double(3 * hiddenSize * shared.intermediateSize + (shared.gate == nil ? 0 : hiddenSize))
        }
        return total
    }
}
